"use client";

import { type ReactNode, useActionState, useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import type { AuthAction } from "../state";

export interface AuthField {
  name: string;
  label: string;
  type: "text" | "email" | "password";
  autoComplete: string;
  hint?: string;
  isOptional?: boolean;
  minLength?: number;
}

interface AuthFormProps {
  action: AuthAction;
  fields: readonly AuthField[];
  submitLabel: string;
  next?: string | undefined;
  /** Shown instead of the form once a mail is on its way. */
  sent?: { title: string; text: string };
  children?: ReactNode;
}

export function AuthForm({ action, fields, submitLabel, next, sent, children }: AuthFormProps) {
  const [state, submit, isPending] = useActionState(action, {});
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The button gave up the focus while it was busy: what has to be mended takes it.
    if (state.error || state.fields) {
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.focus();
    }
  }, [state]);
  if (sent && state.sentTo) {
    return (
      <div role="status" className="rounded-2xl border border-moss/40 bg-moss-wash p-5">
        <p className="font-semibold">{sent.title}</p>
        <p className="mt-1 text-sm text-ink-soft">
          {sent.text} <strong className="font-medium wrap-anywhere text-ink">{state.sentTo}</strong>
        </p>
      </div>
    );
  }
  return (
    <form ref={form} action={submit} className="space-y-5" noValidate>
      {state.error && (
        <p role="alert" tabIndex={-1} className="rounded-xl border border-wine/40 bg-wine-wash px-4 py-3 text-sm">
          {state.error}
        </p>
      )}
      {fields.map(({ name, isOptional, ...field }) => (
        <TextField
          key={name}
          name={name}
          {...field}
          required={!isOptional}
          defaultValue={state.values?.[name] ?? ""}
          error={state.fields?.[name]}
        />
      ))}
      {next && <input type="hidden" name="next" value={next} />}
      {children}
      <Button type="submit" size="large" isBusy={isPending} className="w-full">
        {submitLabel}
      </Button>
    </form>
  );
}
