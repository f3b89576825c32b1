/**
 * Runs before the first paint: gives the page the chosen colours, or those of the system, and answers the button.
 * Plain text rather than a component, so that a page whose only control is that button needs no script of its own.
 */
export const THEME_SCRIPT = `(() => {
  const page = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const read = () => {
    // Storage may be forbidden; the choice then lasts as long as the page.
    try { chosen = localStorage.getItem("theme"); } catch {}
    page.classList.toggle("dark", chosen === "dark" || (chosen !== "light" && system.matches));
  };
  read();
  system.addEventListener("change", read);
  addEventListener("storage", read);
  addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-theme-toggle]")) return;
    chosen = page.classList.contains("dark") ? "light" : "dark";
    try { localStorage.setItem("theme", chosen); } catch {}
    read();
  });
})()`;
