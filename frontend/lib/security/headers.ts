/** Security headers and the content security policy, in one place for the static and the signed-in pages. */

export const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), browsing-topics=()" },
];

export interface PolicyOptions {
  apiOrigin: string;
  /** Present on pages rendered for each request; static pages have none and allow Next's inline bootstrap. */
  nonce?: string;
  isDevelopment: boolean;
}

function scriptSources({ nonce, isDevelopment }: PolicyOptions): string {
  const trust = nonce ? `'nonce-${nonce}' 'strict-dynamic'` : "'unsafe-inline'";
  // React rebuilds server stacks with eval in development, and only there.
  return `'self' ${trust}${isDevelopment ? " 'unsafe-eval'" : ""}`;
}

export function contentSecurityPolicy(options: PolicyOptions): string {
  const { apiOrigin, isDevelopment } = options;
  const directives: Record<string, string> = {
    "default-src": "'self'",
    "script-src": scriptSources(options),
    // Dialog scroll locks and the virtual list position elements with style attributes.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": `'self' data: blob: ${apiOrigin}`,
    "font-src": "'self'",
    "connect-src": `'self' ${apiOrigin}${isDevelopment ? " ws: wss:" : ""}`,
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}
