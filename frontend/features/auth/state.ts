/** What a form of the sign-in pages shows after the server has answered. */
export interface AuthFormState {
  error?: string;
  fields?: Partial<Record<string, string>>;
  /** Given back, because the browser empties a form after its action. Never a password. */
  values?: Partial<Record<string, string>>;
  /** A mail is on its way to this address. */
  sentTo?: string;
}

export type AuthAction = (state: AuthFormState, form: FormData) => Promise<AuthFormState>;
