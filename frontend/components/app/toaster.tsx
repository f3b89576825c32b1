"use client";

import type { CSSProperties } from "react";
import { Toaster as Sonner } from "sonner";

// Its own variables, set to ours: they follow the theme by themselves.
const COLOURS = {
  "--normal-bg": "var(--sheet)",
  "--normal-text": "var(--ink)",
  "--normal-border": "var(--rule)",
  "--border-radius": "0.875rem",
  fontFamily: "inherit",
} as CSSProperties;

export function Toaster() {
  return (
    <Sonner
      position="bottom-center"
      style={COLOURS}
      toastOptions={{
        style: { fontFamily: "inherit" },
        classNames: { description: "text-ink-soft!", actionButton: "bg-ink! text-ink-inverse! h-8! px-3!" },
      }}
    />
  );
}
