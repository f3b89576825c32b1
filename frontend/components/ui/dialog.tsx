"use client";

import { X } from "lucide-react";
import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from "react";
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

/** A modal dialog of the platform: the browser keeps the focus inside, makes the page inert and closes it by Escape. */
export function Dialog(props: DialogProps) {
  return props.isOpen ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ onOpenChange, title, description, width = "narrow", children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = () => onOpenChange(false);
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    // The platform would take the first control, which is the one that closes.
    dialog?.querySelector<HTMLElement>("[data-autofocus]")?.focus({ preventScroll: true });
    return () => {
      dialog?.close();
      // The element is leaving the document, so the browser does not give the focus back by itself.
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
  const closeFromBackdrop = (event: MouseEvent) => {
    if (event.target === element.current) close();
  };
  return (
    <dialog
      ref={element}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={closeFromBackdrop}
      className={cx(
        "mx-auto mt-[max(1rem,8vh)] w-[calc(100%-1.5rem)] max-w-none animate-rise overscroll-contain rounded-2xl p-0",
        "max-h-[calc(100dvh-max(2rem,12vh))] border border-rule bg-sheet text-ink shadow-sheet backdrop:bg-black/45",
        width === "narrow" ? "sm:max-w-lg" : "sm:max-w-5xl",
      )}
    >
      <div className="p-5 sm:p-6">
        <div className="mb-4 flex items-start gap-4">
          <div className="min-w-0 flex-1">
            <h2 id={`${id}-title`} dir="auto" className="text-lg font-semibold wrap-anywhere">
              {title}
            </h2>
            {description && (
              <p id={`${id}-description`} className="mt-1 text-sm text-ink-soft">
                {description}
              </p>
            )}
          </div>
          <button
            type="button"
            aria-label="Close"
            onClick={close}
            className={buttonClass({ variant: "quiet", size: "icon" }, "-mt-1.5 -mr-2")}
          >
            <X aria-hidden="true" className="size-4.5" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
