"use client";

import { LogOut } from "lucide-react";
import { useTransition } from "react";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";
import { signOut } from "@/features/auth/actions";

export function UserMenu({ email }: { email: string }) {
  const [isPending, startTransition] = useTransition();
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label="Account"
          aria-busy={isPending}
          className="grid size-9 place-items-center rounded-full bg-well text-sm font-semibold uppercase hover:bg-rule"
        >
          {email.charAt(0) || "?"}
        </button>
      }
    >
      <MenuLabel>{email}</MenuLabel>
      <MenuItem onSelect={() => startTransition(() => signOut())}>
        <LogOut aria-hidden="true" className="size-4" />
        Sign out
      </MenuItem>
    </Menu>
  );
}
