import { describe, expect, it } from "vitest";
import { THEME_SCRIPT } from "@/components/site/theme";

/** Runs the script as a page would, with a system that is light or dark and a storage that may be forbidden. */
function openPage({ systemIsDark, stored }: { systemIsDark: boolean; stored?: Map<string, string> | undefined }) {
  const classes = new Set<string>();
  const listeners = new Map<string, (event: unknown) => void>();
  const system = { matches: systemIsDark, change: () => {} };
  const page = {
    documentElement: {
      classList: {
        toggle: (name: string, isOn: boolean) => (isOn ? classes.add(name) : classes.delete(name)),
        contains: (name: string) => classes.has(name),
      },
    },
  };
  const storage = {
    getItem: (key: string) => {
      if (!stored) throw new Error("forbidden");
      return stored.get(key) ?? null;
    },
    setItem: (key: string, value: string) => {
      if (!stored) throw new Error("forbidden");
      stored.set(key, value);
    },
  };
  const matchMedia = () => ({
    get matches() {
      return system.matches;
    },
    addEventListener: (_: string, listener: () => void) => {
      system.change = listener;
    },
  });
  new Function("document", "localStorage", "matchMedia", "addEventListener", THEME_SCRIPT)(
    page,
    storage,
    matchMedia,
    (name: string, listener: (event: unknown) => void) => listeners.set(name, listener),
  );
  return {
    isDark: () => classes.has("dark"),
    click: (isToggle: boolean) => listeners.get("click")?.({ target: { closest: () => (isToggle ? {} : null) } }),
    turnSystem: (isDark: boolean) => {
      system.matches = isDark;
      system.change();
    },
  };
}

describe("the theme", () => {
  it("follows the system until somebody chooses", () => {
    const page = openPage({ systemIsDark: true, stored: new Map() });
    expect(page.isDark()).toBe(true);
    page.turnSystem(false);
    expect(page.isDark()).toBe(false);
  });

  it("keeps what was chosen, against the system", () => {
    const stored = new Map<string, string>();
    openPage({ systemIsDark: true, stored }).click(true);
    expect(stored.get("theme")).toBe("light");
    expect(openPage({ systemIsDark: true, stored }).isDark()).toBe(false);
  });

  it("leaves other clicks alone", () => {
    const page = openPage({ systemIsDark: false, stored: new Map() });
    page.click(false);
    expect(page.isDark()).toBe(false);
  });

  it("works without storage", () => {
    const page = openPage({ systemIsDark: false });
    page.click(true);
    expect(page.isDark()).toBe(true);
    page.click(true);
    expect(page.isDark()).toBe(false);
  });
});
