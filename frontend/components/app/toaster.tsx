"use client";

import { useTheme } from "next-themes";
import { Toaster as Sonner } from "sonner";

export function Toaster() {
  const { resolvedTheme } = useTheme();
  return (
    <Sonner
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-center"
      toastOptions={{
        style: {
          background: "var(--sheet)",
          color: "var(--ink)",
          borderColor: "var(--rule)",
          borderRadius: "0.875rem",
        },
      }}
    />
  );
}
