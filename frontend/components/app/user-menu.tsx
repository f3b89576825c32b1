"use client";

import { LogOut } from "lucide-react";
import { useTransition } from "react";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";
import { signOut } from "@/features/auth/actions";

export function UserMenu({ email }: { email: string }) {
  const [isPending, startTransition] = useTransition();
  return (
    <Menu
      label="Account"
      trigger={<span aria-busy={isPending}>{email.charAt(0) || "?"}</span>}
      triggerClass="grid size-9 place-items-center rounded-full bg-well text-sm font-semibold uppercase hover:bg-rule"
    >
      <MenuLabel>{email}</MenuLabel>
      <MenuItem onSelect={() => startTransition(() => signOut())}>
        <LogOut aria-hidden="true" className="size-4" />
        Sign out
      </MenuItem>
    </Menu>
  );
}
