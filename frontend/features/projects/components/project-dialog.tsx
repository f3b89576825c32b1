"use client";

import { type SubmitEvent, useState } from "react";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { toApiError } from "@/lib/api/errors";

export interface ProjectValues {
  name: string;
  description: string;
}

interface ProjectDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  submitLabel: string;
  initial?: ProjectValues;
  onSubmit: (values: ProjectValues) => void;
  isPending: boolean;
  error: unknown;
}

export function ProjectDialog({ isOpen, onOpenChange, title, initial, ...form }: ProjectDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={title}
      description="A project is a dataset in the making: crawl jobs fill it, exports freeze it."
    >
      <ProjectForm initial={initial ?? { name: "", description: "" }} {...form} />
    </Dialog>
  );
}

type ProjectFormProps = Pick<ProjectDialogProps, "submitLabel" | "onSubmit" | "isPending" | "error"> & {
  initial: ProjectValues;
};

function ProjectForm({ initial, submitLabel, onSubmit, isPending, error }: ProjectFormProps) {
  const [values, setValues] = useState(initial);
  const [isMissingName, setMissingName] = useState(false);
  const fields = error ? toApiError(error).fields : {};
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const name = values.name.trim();
    setMissingName(name === "");
    if (name !== "") onSubmit({ name, description: values.description.trim() });
  };
  return (
    <form onSubmit={submit} className="space-y-4" noValidate>
      {Boolean(error) && <ErrorPanel error={error} />}
      <TextField
        label="Name"
        data-autofocus=""
        dir="auto"
        value={values.name}
        maxLength={120}
        autoComplete="off"
        placeholder="Alpine flowers"
        error={isMissingName ? "Give the project a name." : fields.name}
        onChange={(event) => setValues({ ...values, name: event.target.value })}
      />
      <Field label="Description" hint="Optional." error={fields.description}>
        {(control) => (
          <textarea
            {...control}
            dir="auto"
            rows={3}
            maxLength={2000}
            value={values.description}
            onChange={(event) => setValues({ ...values, description: event.target.value })}
            className={`${inputClass} py-2.5`}
          />
        )}
      </Field>
      <div className="flex justify-end">
        <Button type="submit" isBusy={isPending}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
