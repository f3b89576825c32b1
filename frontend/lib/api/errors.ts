/** What the API says when it refuses: RFC 9457 `application/problem+json`. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  request_id?: string;
  errors?: readonly FieldProblem[];
}

export interface FieldProblem {
  /** A path into the request: `name`, `sources.3`. */
  field: string;
  message: string;
}

export type ApiErrorKind =
  | "unreachable"
  | "signed-out"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "invalid"
  | "too-many"
  | "unavailable"
  | "unexpected";

const KIND_OF_STATUS: Record<number, ApiErrorKind> = {
  400: "invalid",
  401: "signed-out",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  413: "invalid",
  422: "invalid",
  429: "too-many",
};

const TEXT: Record<ApiErrorKind, { title: string; detail: string }> = {
  unreachable: { title: "The API does not answer", detail: "Check your connection, then try again." },
  "signed-out": { title: "You are signed out", detail: "Sign in again to go on." },
  forbidden: { title: "Not allowed", detail: "Your account may not do this." },
  "not-found": { title: "Not found", detail: "It may have been deleted." },
  conflict: { title: "Something changed meanwhile", detail: "Reload to see the current state." },
  invalid: { title: "Not accepted", detail: "Check what you entered." },
  "too-many": { title: "Too many requests", detail: "Wait a moment, then try again." },
  unavailable: { title: "The API has a problem", detail: "Try again in a moment." },
  unexpected: { title: "Something went wrong", detail: "Try again; if it stays, report the request id." },
};

interface ApiErrorFields {
  kind: ApiErrorKind;
  title?: string | undefined;
  detail?: string | undefined;
  status?: number | undefined;
  requestId?: string | undefined;
  fields?: Readonly<Record<string, string>> | undefined;
  places?: readonly FieldProblem[] | undefined;
  cause?: unknown;
}

/** The one error a screen has to know: what happened, what to do, and the id to quote. */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly title: string;
  readonly detail: string;
  readonly status: number | null;
  readonly requestId: string | null;
  /** Message for each refused field, by its name in the request. */
  readonly fields: Readonly<Record<string, string>>;
  /** Every refused place, in the order of the API. */
  readonly places: readonly FieldProblem[];

  constructor({ kind, title, detail, status, requestId, fields, places, cause }: ApiErrorFields) {
    const text = TEXT[kind];
    super(detail ?? text.detail, { cause });
    this.name = "ApiError";
    this.kind = kind;
    this.title = title ?? text.title;
    this.detail = detail ?? text.detail;
    this.status = status ?? null;
    this.requestId = requestId ?? null;
    this.fields = fields ?? {};
    this.places = places ?? [];
  }

  get isRetryable(): boolean {
    return this.kind === "unreachable" || this.kind === "unavailable" || this.kind === "too-many";
  }
}

function kindOf(status: number): ApiErrorKind {
  return KIND_OF_STATUS[status] ?? (status >= 500 ? "unavailable" : "unexpected");
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

/** One message for each member of the request: the first that concerns it or anything inside it. */
function fieldMessages(places: readonly FieldProblem[]): Record<string, string> {
  const messages: Record<string, string> = {};
  for (const { field, message } of places) {
    const name = field.split(".")[0];
    if (name) messages[name] ??= message;
  }
  return messages;
}

function placesOf(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(
    (error): error is FieldProblem => typeof error?.field === "string" && typeof error.message === "string",
  );
}

/** `body` is whatever came: a problem, another JSON, text of a proxy, or nothing. */
export function errorFromResponse(response: Pick<Response, "status" | "headers">, body: unknown): ApiError {
  const problem: Problem = isProblem(body) ? body : {};
  const places = placesOf(problem.errors);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return new ApiError({
    kind: kindOf(response.status),
    title: text(problem.title),
    detail: text(problem.detail),
    status: response.status,
    requestId: text(problem.request_id) ?? response.headers.get("x-request-id") ?? undefined,
    fields: fieldMessages(places),
    places,
  });
}

/** Anything that was thrown, as an ApiError. A failed fetch throws a TypeError and says nothing more. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TypeError) return new ApiError({ kind: "unreachable", cause: error });
  return new ApiError({ kind: "unexpected", cause: error });
}

interface FetchResult<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an openapi-fetch call, or its problem thrown. */
export async function unwrap<T>(call: Promise<FetchResult<T>>): Promise<T> {
  let result: FetchResult<T>;
  try {
    result = await call;
  } catch (error) {
    throw toApiError(error);
  }
  if (!result.response.ok) throw errorFromResponse(result.response, result.error);
  return result.data as T;
}
