"""Supabase Auth for development: GoTrue's HTTP surface over the real `auth` schema.

Absent, and refused as Supabase Auth refuses a provider that is off: OAuth, phone, anonymous users.
Absent without a route: MFA, SSO, passkeys, the OAuth server, the audit log.
Stricter than Supabase Auth: a refresh token that comes back after the reuse window always ends its session
(there, the one just replaced stays good), and the deletion of that session closes its access tokens too.
"""
