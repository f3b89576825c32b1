import type { ComponentProps } from "react";
import { cx } from "./cx";

const VARIANTS = {
  primary: "bg-ink text-ink-inverse hover:bg-ink/85 shadow-sheet",
  secondary: "border border-rule-strong/60 bg-sheet text-ink hover:bg-well",
  quiet: "text-ink-soft hover:bg-well hover:text-ink",
  danger: "bg-wine text-white hover:bg-wine/85 dark:text-ink-inverse",
};

const SIZES = {
  small: "h-8 gap-1.5 rounded-lg px-3 text-[0.8125rem]",
  medium: "h-10 gap-2 rounded-xl px-4 text-sm",
  large: "h-12 gap-2 rounded-xl px-6 text-base",
  icon: "size-9 rounded-lg",
  square: "size-10 rounded-xl",
};

export interface ButtonStyle {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
}

export function buttonClass({ variant = "primary", size = "medium" }: ButtonStyle = {}, extra?: string): string {
  return cx(
    "inline-flex shrink-0 items-center justify-center font-medium whitespace-nowrap transition-colors select-none",
    "disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:opacity-50",
    VARIANTS[variant],
    SIZES[size],
    extra,
  );
}

export interface ButtonProps extends ComponentProps<"button">, ButtonStyle {
  isBusy?: boolean;
}

export function Button({ variant, size, isBusy = false, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={rest.disabled || isBusy}
      aria-busy={isBusy || undefined}
      className={buttonClass({ ...(variant && { variant }), ...(size && { size }) }, className)}
    >
      {isBusy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-4 animate-spin rounded-full border-2 border-current border-r-transparent opacity-70"
    />
  );
}
