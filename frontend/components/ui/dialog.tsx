"use client";

import * as Radix from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button";
import { cx } from "./cx";

interface DialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  description?: string;
  width?: "narrow" | "wide";
  children: ReactNode;
}

export function Dialog({ isOpen, onOpenChange, title, description, width = "narrow", children }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-black/45" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cx(
            "fixed inset-x-3 top-[max(1rem,8vh)] z-50 mx-auto max-h-[calc(100dvh-max(2rem,12vh))] animate-rise overflow-y-auto",
            "rounded-2xl border border-rule bg-sheet p-5 shadow-sheet sm:p-6",
            width === "narrow" ? "max-w-lg" : "max-w-5xl",
          )}
        >
          <div className="mb-4 flex items-start gap-4">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold break-words">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-sm text-ink-soft">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close
              aria-label="Close"
              className={buttonClass({ variant: "quiet", size: "icon" }, "-mt-1.5 -mr-2")}
            >
              <X aria-hidden="true" className="size-4.5" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
