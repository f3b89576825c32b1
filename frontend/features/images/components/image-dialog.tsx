"use client";

import { ChevronLeft, ChevronRight, Download, Trash2 } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { Button, buttonClass } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import type { Image } from "@/lib/api/types";
import { formatBytes, formatDateTime, hostOf } from "@/lib/format";
import { LabelInput } from "./label-input";

interface ImageDialogProps {
  images: readonly Image[];
  openId: string | null;
  onOpen: (id: string | null) => void;
  knownLabels: readonly string[];
  onLabel: (id: string, label: string) => void;
  onDelete: (id: string) => void;
}

export function ImageDialog({ images, openId, onOpen, ...rest }: ImageDialogProps) {
  const index = images.findIndex(({ id }) => id === openId);
  const image = images[index];
  const go = (step: number) => {
    const next = images[index + step];
    if (next) onOpen(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  };
  return (
    <Dialog
      isOpen={image !== undefined}
      onOpenChange={() => onOpen(null)}
      title={image ? image.alt_text || image.label || "Image" : "Image"}
      width="wide"
    >
      {image && (
        // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys work anywhere in the dialog; buttons do the same.
        <div
          data-autofocus=""
          tabIndex={-1}
          onKeyDown={onKeyDown}
          className="grid gap-6 outline-none md:grid-cols-[1fr_20rem]"
        >
          <Picture image={image}>
            <StepButton label="Previous image" isDisabled={index <= 0} onClick={() => go(-1)}>
              <ChevronLeft aria-hidden="true" className="size-5" />
            </StepButton>
            <StepButton label="Next image" isDisabled={index >= images.length - 1} onClick={() => go(1)}>
              <ChevronRight aria-hidden="true" className="size-5" />
            </StepButton>
          </Picture>
          <Details key={image.id} image={image} onClose={() => onOpen(null)} {...rest} />
        </div>
      )}
    </Dialog>
  );
}

function Picture({ image, children }: { image: Image; children: ReactNode }) {
  const { baseUrl } = useApi();
  return (
    <div className="relative">
      {/* biome-ignore lint/performance/noImgElement: the original, as it was found. */}
      <img
        key={image.id}
        src={absoluteUrl(baseUrl, image.download_url)}
        alt={image.alt_text || image.label || "The stored image"}
        width={image.width}
        height={image.height}
        style={{ backgroundImage: `url("${absoluteUrl(baseUrl, image.thumbnail_url)}")` }}
        className="max-h-[64dvh] w-full rounded-xl bg-well bg-contain bg-center bg-no-repeat object-contain"
      />
      <div className="mt-3 flex justify-between md:absolute md:inset-x-2 md:top-1/2 md:mt-0 md:-translate-y-1/2">
        {children}
      </div>
    </div>
  );
}

interface StepButtonProps {
  label: string;
  isDisabled: boolean;
  onClick: () => void;
  children: ReactNode;
}

function StepButton({ label, isDisabled, onClick, children }: StepButtonProps) {
  return (
    <Button
      variant="secondary"
      size="icon"
      aria-label={label}
      aria-disabled={isDisabled}
      onClick={onClick}
      className="rounded-full! shadow-sheet"
    >
      {children}
    </Button>
  );
}

interface DetailsProps extends Pick<ImageDialogProps, "knownLabels" | "onLabel" | "onDelete"> {
  image: Image;
  onClose: () => void;
}

function Details({ image, knownLabels, onLabel, onDelete, onClose }: DetailsProps) {
  const { baseUrl } = useApi();
  return (
    <div className="min-w-0 space-y-5">
      <LabelInput
        key={image.label}
        initial={image.label}
        knownLabels={knownLabels}
        submitLabel="Save"
        onSubmit={(label) => onLabel(image.id, label)}
      />
      <dl className="space-y-3 text-sm">
        <Fact name="Size">
          {image.width} × {image.height} px, {image.format.toUpperCase()}, {formatBytes(image.bytes)}
        </Fact>
        <Fact name="Licence">
          {image.licence || image.licence_url ? (
            <External href={image.licence_url}>{image.licence || image.licence_url}</External>
          ) : (
            <span className="text-ink-soft">Not stated at the source</span>
          )}
        </Fact>
        <Fact name="Author">{image.author || <span className="text-ink-soft">Not stated at the source</span>}</Fact>
        {image.source_page && (
          <Fact name="Source page">
            <External href={image.source_page}>{image.source_page}</External>
          </Fact>
        )}
        <Fact name="Source file">
          <External href={image.source_url}>{hostOf(image.source_url)}</External>
        </Fact>
        <Fact name="Fetched">{formatDateTime(image.fetched_at)}</Fact>
        <Fact name="SHA-256">
          <code className="font-mono text-xs break-all select-all">{image.sha256}</code>
        </Fact>
      </dl>
      <div className="flex flex-wrap gap-2">
        <a href={absoluteUrl(baseUrl, image.download_url)} download className={buttonClass()}>
          <Download aria-hidden="true" className="size-4" />
          Download original
        </a>
        <Button
          variant="quiet"
          className="text-wine"
          onClick={() => {
            onDelete(image.id);
            onClose();
          }}
        >
          <Trash2 aria-hidden="true" className="size-4" />
          Delete
        </Button>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[6rem_1fr] gap-2">
      <dt className="text-ink-soft">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}

/** Addresses come from crawled pages: anything but http(s) is shown, not linked. */
function External({ href, children }: { href: string | null; children: ReactNode }) {
  if (!href || !/^https?:\/\//i.test(href)) return children;
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      className="underline decoration-rule-strong underline-offset-2 hover:text-lamp-text"
    >
      {children}
    </a>
  );
}
