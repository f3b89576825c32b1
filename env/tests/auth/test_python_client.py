"""The real Python client, blocking and asynchronous, against the emulator."""

import asyncio
from urllib.parse import parse_qs

import pytest
from supabase import AsyncClient, Client, ClientOptions, acreate_client, create_client
from supabase.lib.client_options import AsyncClientOptions
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from env.tests.auth.conftest import PASSWORD, SITE, Running, new_email


def client_of(auth: Running, flow: str = "implicit") -> Client:
    options = ClientOptions(auto_refresh_token=False, flow_type=flow)  # type: ignore[arg-type]
    return create_client(auth.url, auth.anon_key, options)


async def async_client_of(auth: Running, flow: str = "implicit") -> AsyncClient:
    options = AsyncClientOptions(auto_refresh_token=False, flow_type=flow)  # type: ignore[arg-type]
    return await acreate_client(auth.url, auth.anon_key, options)


def signed_in(auth: Running) -> tuple[Client, str]:
    client, email = client_of(auth), new_email()
    client.auth.sign_up({"email": email, "password": PASSWORD})
    return client, email


def test_sign_up_signs_in_at_once(auth: Running) -> None:
    answer = client_of(auth).auth.sign_up({
        "email": new_email(), "password": PASSWORD, "options": {"data": {"full_name": "Ada"}},
    })  # fmt: skip
    assert answer.session and answer.user
    assert answer.user.user_metadata["full_name"] == "Ada"
    assert answer.user.app_metadata == {"provider": "email", "providers": ["email"]}


def test_password_signs_in_and_claims_verify_locally(auth: Running) -> None:
    _, email = signed_in(auth)
    client = client_of(auth)
    session = client.auth.sign_in_with_password({"email": email.upper(), "password": PASSWORD}).session
    found = client.auth.get_claims()
    assert session and found
    assert dict(found["claims"])["email"] == email
    assert found["claims"]["role"] == "authenticated"
    assert found["headers"]["alg"] == "ES256"


@pytest.mark.parametrize("password", ["wrong password", "x" * 100, "\u2603"])
def test_wrong_password_is_invalid_credentials(auth: Running, password: str) -> None:
    _, email = signed_in(auth)
    with pytest.raises(AuthApiError) as caught:
        client_of(auth).auth.sign_in_with_password({"email": email, "password": password})
    assert (caught.value.code, caught.value.status) == ("invalid_credentials", 400)


def test_short_password_is_weak(auth: Running) -> None:
    with pytest.raises(AuthWeakPasswordError) as caught:
        client_of(auth).auth.sign_up({"email": new_email(), "password": "short"})
    assert caught.value.reasons == ["length"]


def test_second_sign_up_is_told_that_the_user_exists(auth: Running) -> None:
    _, email = signed_in(auth)
    with pytest.raises(AuthApiError) as caught:
        client_of(auth).auth.sign_up({"email": email, "password": PASSWORD})
    assert caught.value.code == "user_already_exists"


def test_refresh_gives_a_new_refresh_token(auth: Running) -> None:
    client, _ = signed_in(auth)
    before = client.auth.get_session()
    after = client.auth.refresh_session().session
    assert before and after
    assert before.refresh_token != after.refresh_token


def test_update_changes_metadata_and_password(auth: Running) -> None:
    client, email = signed_in(auth)
    changed = client.auth.update_user({"data": {"full_name": "Grace"}, "password": "another password"})
    assert changed.user.user_metadata["full_name"] == "Grace"
    assert (
        client_of(auth).auth.sign_in_with_password({"email": email, "password": "another password"}).session
    )


def test_same_password_is_refused(auth: Running) -> None:
    client, _ = signed_in(auth)
    with pytest.raises(AuthApiError) as caught:
        client.auth.update_user({"password": PASSWORD})
    assert caught.value.code == "same_password"


@pytest.mark.parametrize("flow", ["implicit", "pkce"])
def test_unconfirmed_user_cannot_sign_in_and_confirms_by_link(confirming_auth: Running, flow: str) -> None:
    client, email = client_of(confirming_auth, flow), new_email()
    answer = client.auth.sign_up({"email": email, "password": PASSWORD})
    assert answer.session is None
    with pytest.raises(AuthApiError) as caught:
        client_of(confirming_auth).auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert caught.value.code == "email_not_confirmed"
    confirming_auth.mailbox.newest(email).follow()
    assert (
        client_of(confirming_auth).auth.sign_in_with_password({"email": email, "password": PASSWORD}).session
    )


def test_pkce_link_brings_a_code_that_only_this_client_can_exchange(confirming_auth: Running) -> None:
    client, email = client_of(confirming_auth, "pkce"), new_email()
    client.auth.sign_in_with_otp(
        {"email": email, "options": {"email_redirect_to": f"{SITE}/auth/callback?next=/x"}}
    )
    target = confirming_auth.mailbox.newest(email).follow()
    assert target.path == "/auth/callback"
    assert target.params["next"] == "/x"
    session = client.auth.exchange_code_for_session({"auth_code": target.params["code"]}).session
    assert session and session.user.email == email


def test_recovery_link_brings_a_session_in_the_fragment(auth: Running) -> None:
    client, email = signed_in(auth)
    client.auth.reset_password_for_email(email, {"redirect_to": f"{SITE}/reset"})
    target = auth.mailbox.newest(email).follow()
    fields = parse_qs(target.fragment)
    assert fields["type"] == ["recovery"]
    fresh = client_of(auth)
    fresh.auth.set_session(fields["access_token"][0], fields["refresh_token"][0])
    fresh.auth.update_user({"password": "a new password"})
    assert client_of(auth).auth.sign_in_with_password({"email": email, "password": "a new password"}).session


@pytest.mark.parametrize("by", ["code", "hash"])
def test_typed_code_or_hash_confirms(confirming_auth: Running, by: str) -> None:
    client, email = client_of(confirming_auth), new_email()
    client.auth.sign_up({"email": email, "password": PASSWORD})
    letter = confirming_auth.mailbox.newest(email)
    if by == "code":
        answer = client.auth.verify_otp({"email": email, "token": letter.code, "type": "email"})
    else:
        answer = client.auth.verify_otp({"token_hash": letter.token_hash, "type": "signup"})
    assert answer.session and answer.user and answer.user.email_confirmed_at


def test_sign_out_ends_the_session(auth: Running) -> None:
    client, _ = signed_in(auth)
    token = client.auth.get_session().access_token  # type: ignore[union-attr]
    client.auth.sign_out()
    with pytest.raises(AuthApiError) as caught:
        client_of(auth).auth.get_user(token)
    assert caught.value.code == "session_not_found"


def test_admin_creates_lists_changes_and_deletes(auth: Running) -> None:
    admin = create_client(auth.url, auth.service_key).auth.admin
    email = new_email()
    user = admin.create_user({"email": email, "password": PASSWORD, "email_confirm": True}).user
    assert admin.get_user_by_id(user.id).user.email == email
    assert user.id in {found.id for found in admin.list_users(per_page=1000)}
    changed = admin.update_user_by_id(user.id, {"app_metadata": {"plan": "free"}, "ban_duration": "1h"}).user
    assert changed.app_metadata["plan"] == "free"
    with pytest.raises(AuthApiError) as caught:
        client_of(auth).auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert caught.value.code == "user_banned"
    admin.delete_user(user.id)
    with pytest.raises(AuthApiError) as missing:
        admin.get_user_by_id(user.id)
    assert (missing.value.code, missing.value.status) == ("user_not_found", 404)


def test_admin_invites_and_generates_links(auth: Running) -> None:
    admin = create_client(auth.url, auth.service_key).auth.admin
    email = new_email()
    invited = admin.invite_user_by_email(email).user
    assert invited.invited_at
    assert auth.mailbox.newest(email).subject == "You have been invited"
    link = admin.generate_link({"type": "magiclink", "email": email})
    answer = client_of(auth).auth.verify_otp(
        {"token_hash": link.properties.hashed_token, "type": "magiclink"}
    )
    assert answer.session


def test_anonymous_key_is_no_admin(auth: Running) -> None:
    with pytest.raises(AuthApiError) as caught:
        client_of(auth).auth.admin.list_users()
    assert (caught.value.code, caught.value.status) == ("not_admin", 403)


async def journey(auth: Running, flow: str) -> None:
    client, email = await async_client_of(auth, flow), new_email()
    await client.auth.sign_up({"email": email, "password": PASSWORD})
    await client.auth.sign_out()
    await client.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    claims = await client.auth.get_claims()
    assert claims and dict(claims["claims"])["email"] == email
    refreshed = await client.auth.refresh_session()
    assert refreshed.session
    user = await client.auth.get_user()
    assert user and user.user.email == email
    await client.auth.sign_out({"scope": "local"})
    assert await client.auth.get_session() is None


@pytest.mark.parametrize("flow", ["implicit", "pkce"])
def test_asynchronous_client_makes_the_same_journey(auth: Running, flow: str) -> None:
    asyncio.run(journey(auth, flow))
