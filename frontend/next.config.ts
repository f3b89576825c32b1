import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";
// Importing it stops the start with the whole list of missing variables instead of a broken page later.
import { env } from "./lib/env";
import { contentSecurityPolicy, securityHeaders } from "./lib/security/headers";

export default function config(phase: string): NextConfig {
  const policy = contentSecurityPolicy({
    apiOrigin: env.NEXT_PUBLIC_API_URL,
    isDevelopment: phase === PHASE_DEVELOPMENT_SERVER,
  });
  return {
    poweredByHeader: false,
    reactStrictMode: true,
    // Both names of this machine; the dev server itself only knows `localhost`.
    allowedDevOrigins: ["127.0.0.1"],
    devIndicators: false,
    images: { unoptimized: true },
    experimental: {
      globalNotFound: true,
      optimizePackageImports: ["lucide-react"],
      // Otherwise the development server asks the package registry for security advisories whenever it starts.
      agentUpgrade: false,
    },
    headers: async () => [
      { source: "/:path*", headers: securityHeaders },
      { source: "/", headers: [{ key: "Content-Security-Policy", value: policy }] },
    ],
    redirects: async () => [{ source: "/dashboard", destination: "/projects", permanent: false }],
  };
}
