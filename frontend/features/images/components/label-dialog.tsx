"use client";

import { Dialog } from "@/components/ui/dialog";
import { plural } from "@/lib/format";
import { LabelInput } from "./label-input";

interface LabelDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  count: number;
  knownLabels: readonly string[];
  onSubmit: (label: string) => void;
}

export function LabelDialog({ isOpen, onOpenChange, count, knownLabels, onSubmit }: LabelDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={`Label ${plural(count, "image")}`}
      description="Replaces the label of every selected image."
    >
      <LabelInput
        initial=""
        isFirst
        knownLabels={knownLabels}
        submitLabel="Apply"
        onSubmit={(label) => {
          onSubmit(label);
          onOpenChange(false);
        }}
      />
    </Dialog>
  );
}
