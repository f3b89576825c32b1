"use client";

import { type SubmitEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { inputClass } from "@/components/ui/field";

interface LabelInputProps {
  initial: string;
  knownLabels: readonly string[];
  submitLabel: string;
  isFirst?: boolean;
  onSubmit: (label: string) => void;
}

export function LabelInput({ initial, knownLabels, submitLabel, isFirst = false, onSubmit }: LabelInputProps) {
  const id = useId();
  const [label, setLabel] = useState(initial);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit(label.trim());
  };
  return (
    <form onSubmit={submit} className="space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        Label
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          {...(isFirst && { "data-autofocus": "" })}
          dir="auto"
          list={`${id}-known`}
          value={label}
          maxLength={120}
          autoComplete="off"
          onChange={(event) => setLabel(event.target.value)}
          className={`${inputClass} h-10`}
        />
        <datalist id={`${id}-known`}>
          {knownLabels.map((known) => (
            <option key={known} value={known} />
          ))}
        </datalist>
        <Button type="submit" variant="secondary" disabled={label.trim() === initial}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
