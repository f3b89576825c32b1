// Run by node's own runner against running emulators (or a real project): see env/tests/auth/test_javascript_client.py.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ANON_KEY,
  administrator,
  follow,
  letters,
  MODES,
  type Mode,
  member,
  newEmail,
  newestLetter,
  PASSWORD,
  REUSE_MS,
  SITE,
  visitor,
} from "./workspace.ts";

const FLOWS = ["implicit", "pkce"] as const;

describe("sign-up", { concurrency: true }, () => {
  for (const flow of FLOWS) {
    test(`${flow}: a newcomer is signed in at once where no confirmation is asked`, async () => {
      const { data, error } = await visitor("autoconfirm", flow).auth.signUp({
        email: newEmail(),
        password: PASSWORD,
        options: { data: { full_name: "Ada" } },
      });
      assert.equal(error, null);
      assert.equal(data.session?.token_type, "bearer");
      assert.equal(data.user?.user_metadata.full_name, "Ada");
      assert.equal(data.user?.identities?.length, 1);
    });

    test(`${flow}: a newcomer has no session before confirming`, async () => {
      const { data, error } = await visitor("confirming", flow).auth.signUp({ email: newEmail(), password: PASSWORD });
      assert.equal(error, null);
      assert.equal(data.session, null);
      assert.ok(data.user?.confirmation_sent_at);
      assert.equal(data.user?.email_confirmed_at, undefined);
    });
  }

  test("a taken address is named where no confirmation is asked", async () => {
    const { email } = await member("autoconfirm");
    const { error } = await visitor("autoconfirm").auth.signUp({ email, password: PASSWORD });
    assert.equal(error?.code, "user_already_exists");
    assert.equal(error?.status, 422);
  });

  test("a taken address is not given away where confirmation is asked", async () => {
    const { email, id } = await member("confirming");
    const { data, error } = await visitor("confirming").auth.signUp({ email, password: PASSWORD });
    assert.equal(error, null);
    assert.deepEqual(data.user?.identities, []);
    assert.notEqual(data.user?.id, id);
    assert.deepEqual(await letters(email), []);
  });

  for (const [name, password, code] of [
    ["short", "abc", "weak_password"],
    ["of more than 72 bytes", "é".repeat(40), "validation_failed"],
  ] as const) {
    test(`a password ${name} is refused as ${code}`, async () => {
      const { error } = await visitor("autoconfirm").auth.signUp({ email: newEmail(), password });
      assert.equal(error?.code, code);
      assert.equal(error?.status, 422);
    });
  }

  for (const email of ["nobody", "a b@example.test", "a@", "@b.test", `${"a".repeat(250)}@example.test`, "a@b..test"]) {
    test(`"${email.slice(0, 20)}" is no address`, async () => {
      const { error } = await visitor("autoconfirm").auth.signUp({ email, password: PASSWORD });
      assert.equal(error?.code, "validation_failed");
      assert.equal(error?.status, 400);
    });
  }

  test("anonymous users are refused", async () => {
    const { error } = await visitor("autoconfirm").auth.signInAnonymously();
    assert.equal(error?.code, "anonymous_provider_disabled");
  });

  test("a phone number is refused", async () => {
    const { error } = await visitor("autoconfirm").auth.signUp({ phone: "+15550100", password: PASSWORD });
    assert.equal(error?.code, "phone_provider_disabled");
  });
});

describe("confirmation by mail", { concurrency: true }, () => {
  test("implicit: the link brings a session in the fragment", async () => {
    const email = newEmail();
    await visitor("confirming").auth.signUp({ email, password: PASSWORD, options: { emailRedirectTo: `${SITE}/in` } });
    const { url, fragment } = await follow((await newestLetter(email)).link);
    assert.equal(url.pathname, "/in");
    assert.equal(fragment.get("type"), "signup");
    const client = visitor("confirming");
    const { data, error } = await client.auth.setSession({
      access_token: fragment.get("access_token") ?? "",
      refresh_token: fragment.get("refresh_token") ?? "",
    });
    assert.equal(error, null);
    assert.equal(data.user?.email, email);
    assert.equal(data.user?.user_metadata.email_verified, true);
  });

  test("pkce: the link brings a code that the same client exchanges", async () => {
    const [client, email] = [visitor("confirming", "pkce"), newEmail()];
    await client.auth.signUp({ email, password: PASSWORD, options: { emailRedirectTo: `${SITE}/callback?next=%2Fp` } });
    const letter = await newestLetter(email);
    assert.match(letter.tokenHash, /^pkce_/);
    const { url } = await follow(letter.link);
    assert.equal(url.searchParams.get("next"), "/p");
    assert.equal(url.hash, "");
    const { data, error } = await client.auth.exchangeCodeForSession(url.searchParams.get("code") ?? "");
    assert.equal(error, null);
    assert.equal(data.user?.email, email);
  });

  test("pkce: another client's verifier is refused, and the code stays good for its owner", async () => {
    const [client, stranger, email] = [visitor("confirming", "pkce"), visitor("confirming", "pkce"), newEmail()];
    await client.auth.signUp({ email, password: PASSWORD });
    const code = (await follow((await newestLetter(email)).link)).url.searchParams.get("code") ?? "";
    await stranger.auth.signUp({ email: newEmail(), password: PASSWORD });
    const refused = await stranger.auth.exchangeCodeForSession(code);
    assert.equal(refused.error?.code, "bad_code_verifier");
    assert.equal((await client.auth.exchangeCodeForSession(code)).error, null);
  });

  test("pkce: a spent or invented code is not found", async () => {
    const client = visitor("confirming", "pkce");
    await client.auth.signUp({ email: newEmail(), password: PASSWORD });
    const { error } = await client.auth.exchangeCodeForSession("11111111-2222-4333-8444-555555555555");
    assert.equal(error?.code, "flow_state_not_found");
    assert.equal(error?.status, 404);
  });

  for (const flow of FLOWS) {
    test(`${flow}: a link works once, then leads to the site with otp_expired`, async () => {
      const [client, email] = [visitor("confirming", flow), newEmail()];
      await client.auth.signUp({ email, password: PASSWORD });
      const { link } = await newestLetter(email);
      await follow(link);
      const { url, fragment } = await follow(link);
      assert.equal(fragment.get("error_code"), "otp_expired");
      assert.equal(fragment.get("error"), "access_denied");
      assert.equal(url.searchParams.get("error_code"), flow === "pkce" ? "otp_expired" : null);
    });
  }

  test("a look ahead with HEAD does not spend the link", async () => {
    const email = newEmail();
    await visitor("confirming").auth.signUp({ email, password: PASSWORD });
    const { link } = await newestLetter(email);
    await fetch(link, { method: "HEAD", redirect: "manual" });
    assert.ok((await follow(link)).fragment.get("access_token"));
  });

  test("the typed code confirms, and only for its own address", async () => {
    const [client, email] = [visitor("confirming"), newEmail()];
    await client.auth.signUp({ email, password: PASSWORD });
    const { code } = await newestLetter(email);
    const foreign = await client.auth.verifyOtp({ email: newEmail(), token: code, type: "email" });
    assert.equal(foreign.error?.code, "otp_expired");
    assert.equal(foreign.error?.status, 403);
    const { data, error } = await client.auth.verifyOtp({ email, token: code, type: "email" });
    assert.equal(error, null);
    assert.ok(data.session);
  });

  test("the hash of the link confirms through verifyOtp", async () => {
    const [client, email] = [visitor("confirming", "pkce"), newEmail()];
    await client.auth.signUp({ email, password: PASSWORD });
    const { tokenHash } = await newestLetter(email);
    const { data, error } = await client.auth.verifyOtp({ token_hash: tokenHash, type: "email" });
    assert.equal(error, null);
    assert.ok(data.session);
  });

  test("resend sends a new link that replaces the first", async () => {
    const [client, email] = [visitor("confirming"), newEmail()];
    await client.auth.signUp({ email, password: PASSWORD });
    assert.equal((await client.auth.resend({ type: "signup", email })).error, null);
    const [second, first] = await letters(email);
    assert.equal((await follow(first?.link ?? "")).fragment.get("error_code"), "otp_expired");
    assert.ok((await follow(second?.link ?? "")).fragment.get("access_token"));
  });

  test("a link leads nowhere but to the site", async () => {
    for (const evil of [
      "https://evil.test/",
      "//evil.test",
      `${SITE}.evil.test/`,
      `${SITE}@evil.test/`,
      "javascript:1",
    ]) {
      const email = newEmail();
      await visitor("confirming").auth.signUp({ email, password: PASSWORD, options: { emailRedirectTo: evil } });
      const { link } = await newestLetter(email);
      const changed = new URL(link);
      changed.searchParams.set("redirect_to", evil);
      assert.equal((await follow(changed.href)).url.origin, SITE);
    }
  });
});

describe("recovery and magic links", { concurrency: true }, () => {
  for (const mode of Object.keys(MODES) as Mode[]) {
    for (const flow of FLOWS) {
      test(`${mode}, ${flow}: a recovery link leads to a new password`, async () => {
        const { email } = await member(mode);
        const client = visitor(mode, flow);
        const sent = await client.auth.resetPasswordForEmail(email, { redirectTo: `${SITE}/reset` });
        assert.equal(sent.error, null);
        const { url, fragment } = await follow((await newestLetter(email)).link);
        assert.equal(url.pathname, "/reset");
        const signedIn =
          flow === "pkce"
            ? await client.auth.exchangeCodeForSession(url.searchParams.get("code") ?? "")
            : await client.auth.setSession({
                access_token: fragment.get("access_token") ?? "",
                refresh_token: fragment.get("refresh_token") ?? "",
              });
        assert.equal(signedIn.error, null);
        assert.equal((await client.auth.updateUser({ password: "a new password" })).error, null);
        const old = await visitor(mode).auth.signInWithPassword({ email, password: PASSWORD });
        assert.equal(old.error?.code, "invalid_credentials");
        const fresh = await visitor(mode).auth.signInWithPassword({ email, password: "a new password" });
        assert.equal(fresh.error, null);
      });

      test(`${mode}, ${flow}: a magic link makes an account and signs in`, async () => {
        const [client, email] = [visitor(mode, flow), newEmail()];
        const sent = await client.auth.signInWithOtp({ email, options: { data: { full_name: "Ada" } } });
        assert.equal(sent.error, null);
        const { code } = await newestLetter(email);
        const { data, error } = await client.auth.verifyOtp({ email, token: code, type: "email" });
        assert.equal(error, null);
        assert.equal(data.user?.user_metadata.full_name, "Ada");
      });
    }
  }

  test("an unknown address gets the same answer and no mail", async () => {
    const [client, email] = [visitor("autoconfirm"), newEmail()];
    const { data, error } = await client.auth.resetPasswordForEmail(email);
    assert.equal(error, null);
    assert.deepEqual(data, {});
    assert.equal((await client.auth.resend({ type: "signup", email })).error, null);
    assert.deepEqual(await letters(email), []);
  });

  test("a magic link for an unknown address can be refused", async () => {
    const { error } = await visitor("autoconfirm").auth.signInWithOtp({
      email: newEmail(),
      options: { shouldCreateUser: false },
    });
    assert.equal(error?.code, "otp_disabled");
  });
});

describe("sessions", { concurrency: true }, () => {
  for (const mode of Object.keys(MODES) as Mode[]) {
    test(`${mode}: getClaims verifies the access token against the published key, without a request`, async () => {
      const { client, id, email, session } = await member(mode);
      const { data, error } = await client.auth.getClaims();
      assert.equal(error, null);
      assert.equal(data?.header.alg, "ES256");
      assert.ok(data?.header.kid);
      const claims = data?.claims;
      assert.equal(claims?.sub, id);
      assert.equal(claims?.email, email);
      assert.equal(claims?.iss, `${MODES[mode]}/auth/v1`);
      assert.equal(claims?.aud, "authenticated");
      assert.equal(claims?.role, "authenticated");
      assert.equal(claims?.aal, "aal1");
      assert.equal(claims?.is_anonymous, false);
      assert.deepEqual(
        claims?.amr?.map((entry) => (typeof entry === "string" ? entry : entry.method)),
        ["password"],
      );
      assert.equal(claims?.exp, session.expires_at);
      assert.equal((claims?.exp ?? 0) - (claims?.iat ?? 0), session.expires_in);
    });
  }

  test("a changed access token fails", async () => {
    const { client, session } = await member("autoconfirm");
    const [header, payload, signature] = session.access_token.split(".");
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, role: "service_role" })).toString("base64url");
    const token = [header, forged, signature].join(".");
    assert.ok((await client.auth.getClaims(token)).error);
    assert.equal((await client.auth.getUser(token)).error?.code, "bad_jwt");
  });

  test("refresh rotates, and keeps session, user and way of signing in", async () => {
    const { client, session } = await member("autoconfirm");
    const before = (await client.auth.getClaims()).data?.claims;
    const { data, error } = await client.auth.refreshSession();
    assert.equal(error, null);
    assert.notEqual(data.session?.refresh_token, session.refresh_token);
    const after = (await client.auth.getClaims()).data?.claims;
    assert.equal(after?.session_id, before?.session_id);
    assert.deepEqual(after?.amr, before?.amr);
  });

  test("inside the reuse window a spent token brings the one that replaced it", async () => {
    const { client, session } = await member("autoconfirm");
    const refresh_token = session.refresh_token;
    const answers = await Promise.all([1, 2, 3].map(() => client.auth.refreshSession({ refresh_token })));
    const other = await visitor("autoconfirm").auth.refreshSession({ refresh_token });
    const tokens = new Set([...answers, other].map(({ data }) => data.session?.refresh_token));
    assert.equal(tokens.size, 1);
    assert.ok(!tokens.has(undefined));
  });

  test("after the reuse window a spent token ends the session", async () => {
    const { client, session } = await member("confirming");
    const { data } = await client.auth.refreshSession();
    await sleep(REUSE_MS + 100);
    const stolen = await visitor("confirming").auth.refreshSession({ refresh_token: session.refresh_token });
    assert.equal(stolen.error?.code, "refresh_token_already_used");
    assert.equal(stolen.error?.status, 400);
    const rightful = await visitor("confirming").auth.refreshSession({
      refresh_token: data.session?.refresh_token ?? "",
    });
    assert.equal(rightful.error?.code, "refresh_token_not_found");
    assert.equal((await client.auth.getUser()).error?.name, "AuthSessionMissingError");
  });

  test("an invented refresh token is not found", async () => {
    const { error } = await visitor("autoconfirm").auth.refreshSession({ refresh_token: "invented" });
    assert.equal(error?.code, "refresh_token_not_found");
  });

  for (const [scope, mine, other] of [
    ["global", false, false],
    ["local", false, true],
    ["others", true, false],
  ] as const) {
    test(`signing out with scope ${scope} ends the right sessions`, async () => {
      const { client, email, session } = await member("autoconfirm");
      const second = visitor("autoconfirm");
      const { data } = await second.auth.signInWithPassword({ email, password: PASSWORD });
      assert.equal((await client.auth.signOut({ scope })).error, null);
      const probe = visitor("autoconfirm");
      assert.equal((await probe.auth.getUser(session.access_token)).error === null, mine);
      assert.equal((await probe.auth.getUser(data.session?.access_token)).error === null, other);
      const refreshed = await probe.auth.refreshSession({ refresh_token: session.refresh_token });
      assert.equal(refreshed.error === null, mine);
    });
  }

  test("a new password ends the user's other sessions", async () => {
    const { client, email, session } = await member("autoconfirm");
    const second = visitor("autoconfirm");
    const { data } = await second.auth.signInWithPassword({ email, password: PASSWORD });
    await client.auth.updateUser({ password: "a new password" });
    const probe = visitor("autoconfirm");
    assert.equal((await probe.auth.getUser(session.access_token)).error, null);
    assert.ok((await probe.auth.getUser(data.session?.access_token)).error);
  });
});

describe("the account", { concurrency: true }, () => {
  test("metadata is merged, and null removes", async () => {
    const { client } = await member("autoconfirm");
    await client.auth.updateUser({ data: { a: 1, b: 2 } });
    const { data } = await client.auth.updateUser({ data: { b: null, c: 3 } });
    const { a, b, c } = data.user?.user_metadata ?? {};
    assert.deepEqual({ a, b, c }, { a: 1, b: undefined, c: 3 });
  });

  test("the same password is refused", async () => {
    const { client } = await member("autoconfirm");
    const { error } = await client.auth.updateUser({ password: PASSWORD });
    assert.equal(error?.code, "same_password");
    assert.equal(error?.status, 422);
  });

  test("a weak password says why", async () => {
    const { client } = await member("autoconfirm");
    const { error } = await client.auth.updateUser({ password: "abc" });
    assert.equal(error?.code, "weak_password");
    assert.deepEqual((error as unknown as { reasons: string[] }).reasons, ["length"]);
  });

  for (const flow of FLOWS) {
    test(`${flow}: both addresses must agree to a change`, async () => {
      const { client, email } = await member("confirming", flow);
      const next = newEmail();
      const asked = await client.auth.updateUser({ email: next });
      assert.equal(asked.data.user?.email, email);
      assert.equal(asked.data.user?.new_email, next);
      const half = await follow((await newestLetter(email)).link);
      assert.match(half.fragment.get("message") ?? "", /other email/);
      assert.equal((await client.auth.getUser()).data.user?.email, email);
      const { url, fragment } = await follow((await newestLetter(next)).link);
      assert.ok(flow === "pkce" ? url.searchParams.get("code") : fragment.get("access_token"));
      const { data } = await client.auth.getUser();
      assert.equal(data.user?.email, next);
      assert.equal(data.user?.identities?.[0]?.identity_data?.email, next);
    });
  }

  test("another user's address cannot be taken over", async () => {
    const [{ client }, { email }] = [await member("autoconfirm"), await member("autoconfirm")];
    assert.equal((await client.auth.updateUser({ email })).error?.code, "email_exists");
  });
});

describe("administration", { concurrency: true }, () => {
  test("users are created, read, changed and deleted", async () => {
    const { admin } = administrator("autoconfirm").auth;
    const email = newEmail();
    const created = await admin.createUser({
      email,
      user_metadata: { full_name: "Ada" },
      app_metadata: { plan: "free" },
    });
    const id = created.data.user?.id ?? "";
    assert.equal(created.data.user?.app_metadata.plan, "free");
    assert.equal(created.data.user?.app_metadata.provider, "email");
    const changed = await admin.updateUserById(id, { email_confirm: true, user_metadata: { full_name: "Grace" } });
    assert.ok(changed.data.user?.email_confirmed_at);
    assert.equal((await admin.getUserById(id)).data.user?.user_metadata.full_name, "Grace");
    assert.equal((await admin.deleteUser(id)).error, null);
    const gone = await admin.getUserById(id);
    assert.equal(gone.error?.code, "user_not_found");
    assert.equal(gone.error?.status, 404);
  });

  test("a list counts its pages", async () => {
    await Promise.all([member("autoconfirm"), member("autoconfirm")]);
    const { data, error } = await administrator("autoconfirm").auth.admin.listUsers({ page: 1, perPage: 1 });
    assert.equal(error, null);
    assert.equal(data.users.length, 1);
    assert.ok("total" in data && data.total >= 2);
    assert.equal("nextPage" in data && data.nextPage, 2);
  });

  test("a taken address is refused", async () => {
    const { email } = await member("autoconfirm");
    const { error } = await administrator("autoconfirm").auth.admin.createUser({ email, password: PASSWORD });
    assert.equal(error?.code, "email_exists");
  });

  test("a ban shuts out until it is lifted", async () => {
    const { client, email, id } = await member("autoconfirm");
    const { admin } = administrator("autoconfirm").auth;
    assert.ok((await admin.updateUserById(id, { ban_duration: "1h30m" })).data.user?.banned_until);
    const banned = await visitor("autoconfirm").auth.signInWithPassword({ email, password: PASSWORD });
    assert.equal(banned.error?.code, "user_banned");
    assert.equal((await client.auth.refreshSession()).error?.code, "user_banned");
    await admin.updateUserById(id, { ban_duration: "none" });
    assert.equal((await visitor("autoconfirm").auth.signInWithPassword({ email, password: PASSWORD })).error, null);
  });

  test("a softly deleted user is nobody any more", async () => {
    const { client, email, id } = await member("autoconfirm");
    const { admin } = administrator("autoconfirm").auth;
    assert.equal((await admin.deleteUser(id, true)).error, null);
    const left = await admin.getUserById(id);
    assert.ok(left.data.user?.deleted_at);
    assert.notEqual(left.data.user?.email, email);
    assert.ok((await client.auth.getUser()).error);
    assert.equal((await admin.createUser({ email })).error, null);
  });

  test("an invited person signs in with the link", async () => {
    const email = newEmail();
    const { data } = await administrator("confirming").auth.admin.inviteUserByEmail(email, {
      redirectTo: `${SITE}/hi`,
    });
    assert.ok(data.user?.invited_at);
    const { url, fragment } = await follow((await newestLetter(email)).link);
    assert.equal(url.pathname, "/hi");
    assert.ok(fragment.get("access_token"));
  });

  for (const type of ["signup", "magiclink", "recovery", "invite"] as const) {
    test(`a generated ${type} link works and is not mailed`, async () => {
      const { admin } = administrator("confirming").auth;
      const email = type === "recovery" ? (await member("confirming")).email : newEmail();
      const { data, error } = await admin.generateLink({ type, email, password: PASSWORD } as Parameters<
        typeof admin.generateLink
      >[0]);
      assert.equal(error, null);
      assert.equal(data.properties?.verification_type, type === "magiclink" ? "signup" : type);
      assert.deepEqual(await letters(email), []);
      assert.ok((await follow(data.properties?.action_link ?? "")).fragment.get("access_token"));
    });
  }

  for (const [name, call] of [
    ["listUsers", (client: ReturnType<typeof visitor>) => client.auth.admin.listUsers()],
    ["createUser", (client: ReturnType<typeof visitor>) => client.auth.admin.createUser({ email: newEmail() })],
    ["inviteUserByEmail", (client: ReturnType<typeof visitor>) => client.auth.admin.inviteUserByEmail(newEmail())],
  ] as const) {
    test(`${name} is not for the public key`, async () => {
      const { error } = await call(visitor("autoconfirm"));
      assert.equal(error?.code, "not_admin");
      assert.equal(error?.status, 403);
    });
  }
});

describe("the wire", { concurrency: true }, () => {
  test("the key set is public, cacheable and holds no secret", async () => {
    const answer = await fetch(`${MODES.autoconfirm}/auth/v1/.well-known/jwks.json`);
    assert.match(answer.headers.get("cache-control") ?? "", /max-age=600/);
    const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] };
    assert.equal(keys.length, 1);
    const { kty, crv, alg, use, d } = keys[0] ?? {};
    assert.deepEqual({ kty, crv, alg, use, d }, { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", d: undefined });
  });

  for (const [flow, key] of [
    ["without an API key", ""],
    ["with a foreign API key", `${ANON_KEY.slice(0, -8)}AAAAAAAA`],
  ]) {
    test(`a request ${flow} is refused`, async () => {
      const headers: HeadersInit = key ? { apikey: key } : {};
      const answer = await fetch(`${MODES.autoconfirm}/auth/v1/settings`, { headers });
      assert.equal(answer.status, 401);
    });
  }

  test("every reply says that this is the emulator", async () => {
    const answer = await fetch(`${MODES.autoconfirm}/auth/v1/health`);
    assert.equal(answer.headers.get("x-pixcrawler-emulator"), "1");
  });
});
