// Whenever a browser connects, Next's development server asks the package registry for its newest version, and
// has no switch for it. Loaded by `node --import` in development, this lets that one question fail at once.
const REGISTRY_PATH = "/-/package/next/dist-tags";
const ask = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input, "http://localhost");
  return pathname === REGISTRY_PATH ? Promise.reject(new TypeError("development stays offline")) : ask(input, init);
};
