"""What goes over the wire besides the happy path: shapes, headers, limits, races, failures."""

import base64
import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from env.services.auth.keys import SigningKey
from env.tests.auth.conftest import PASSWORD, SITE, Running, new_email, running
from env.tests.auth.mails import Mailbox

VERIFIER = "v" * 64
CHALLENGE = {
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .decode()
    .rstrip("="),
    "code_challenge_method": "s256",
}


def sign_up(auth: Running, **fields: object) -> httpx.Response:
    with auth.http() as client:
        return client.post("/signup", json={"email": new_email(), "password": PASSWORD, **fields})


def test_error_names_its_api_version(auth: Running) -> None:
    answer = sign_up(auth, email="nobody")
    assert answer.headers["X-Supabase-Api-Version"] == "2024-01-01"
    assert set(answer.json()) == {"code", "message"}


def test_client_without_a_version_gets_the_older_shape(auth: Running) -> None:
    answer = httpx.post(
        f"{auth.url}/auth/v1/signup", json={"email": "nobody"}, headers={"apikey": auth.anon_key}
    )
    assert "X-Supabase-Api-Version" not in answer.headers
    assert set(answer.json()) == {"code", "error_code", "msg"}
    assert answer.json()["code"] == answer.status_code


def test_weak_password_carries_its_reasons(auth: Running) -> None:
    assert sign_up(auth, password="abc").json()["weak_password"] == {"reasons": ["length"]}


@pytest.mark.parametrize(("origin", "allowed"), [(SITE, True), ("https://evil.test", False)])
def test_only_the_app_may_call_from_a_browser(auth: Running, origin: str, allowed: bool) -> None:
    answer = httpx.options(f"{auth.url}/auth/v1/token", headers={
        "Origin": origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "apikey,authorization,content-type,x-client-info",
    })  # fmt: skip
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_refusal_can_be_read_by_the_app(auth: Running) -> None:
    answer = httpx.post(f"{auth.url}/auth/v1/token", headers={"Origin": SITE})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == SITE


def test_sessions_are_not_cached(auth: Running) -> None:
    assert sign_up(auth).headers["cache-control"] == "no-store"


def test_settings_say_whether_mails_are_confirmed(auth: Running, confirming_auth: Running) -> None:
    for emulator, expected in ((auth, True), (confirming_auth, False)):
        with emulator.http() as client:
            assert client.get("/settings").json()["mailer_autoconfirm"] is expected


def test_twenty_sign_ups_for_one_address_make_one_user(auth: Running) -> None:
    email = new_email()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: sign_up(auth, email=email).status_code, range(20)))
    assert sorted(answers) == [200] + [422] * 19


def test_twenty_refreshes_at_once_agree_on_one_token(auth: Running) -> None:
    token = sign_up(auth).json()["refresh_token"]

    def refresh(_: int) -> str:
        with auth.http() as client:
            answer = client.post("/token?grant_type=refresh_token", json={"refresh_token": token}).json()
        return str(answer["refresh_token"])

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(refresh, range(20)))) == 1


def test_code_is_good_for_one_exchange_of_twenty(confirming_auth: Running) -> None:
    email = new_email()
    sign_up(confirming_auth, email=email, **CHALLENGE)
    code = confirming_auth.mailbox.newest(email).follow().params["code"]

    def exchange(_: int) -> int:
        with confirming_auth.http() as client:
            body = {"auth_code": code, "code_verifier": VERIFIER}
            return client.post("/token?grant_type=pkce", json=body).status_code

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(exchange, range(20))) == [200] + [404] * 19


def test_deletion_amid_other_requests_brings_no_failure(auth: Running) -> None:
    email = new_email()
    session = sign_up(auth, email=email).json()

    def ask(turn: int) -> int:
        with auth.http(session["access_token"]) as client, auth.admin() as admin:
            if turn == 6:
                return admin.delete(f"/admin/users/{session['user']['id']}").status_code
            if turn % 3 == 0:
                body = {"email": email, "password": PASSWORD}
                return client.post("/token?grant_type=password", json=body).status_code
            if turn % 3 == 1:
                body = {"refresh_token": session["refresh_token"]}
                return client.post("/token?grant_type=refresh_token", json=body).status_code
            return client.post("/recover", json={"email": email}).status_code

    with ThreadPoolExecutor(12) as pool:
        assert all(status < 500 for status in pool.map(ask, range(24)))


def test_mails_to_one_person_keep_an_interval(
    database_dsn: str, signing_key: SigningKey, mailbox: Mailbox, tmp_path: Path
) -> None:
    with running(database_dsn, signing_key, mailbox, tmp_path, mail_interval_seconds=60.0) as auth:
        email = new_email()
        sign_up(auth, email=email)
        with auth.http() as client:
            first, second = (client.post("/recover", json={"email": email}) for _ in range(2))
        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (429, "over_email_send_rate_limit")


def test_old_links_and_codes_expire(
    database_dsn: str, signing_key: SigningKey, mailbox: Mailbox, tmp_path: Path
) -> None:
    with running(database_dsn, signing_key, mailbox, tmp_path, one_time_seconds=0, autoconfirm=False) as auth:
        email = new_email()
        sign_up(auth, email=email)
        time.sleep(0.01)
        assert "error_code=otp_expired" in mailbox.newest(email).follow().fragment


def test_late_exchange_of_a_code_is_refused(
    database_dsn: str, signing_key: SigningKey, mailbox: Mailbox, tmp_path: Path
) -> None:
    with running(
        database_dsn, signing_key, mailbox, tmp_path, flow_state_seconds=0, autoconfirm=False
    ) as auth:
        email = new_email()
        sign_up(auth, email=email, **CHALLENGE)
        code = mailbox.newest(email).follow().params["code"]
        with auth.http() as client:
            body = {"auth_code": code, "code_verifier": VERIFIER}
            assert client.post("/token?grant_type=pkce", json=body).json()["code"] == "flow_state_expired"


def test_lost_mailbox_is_named_and_a_second_try_works(
    database_dsn: str, signing_key: SigningKey, confirming_auth: Running, tmp_path: Path
) -> None:
    email = new_email()
    nowhere = Mailbox("http://127.0.0.1:9")
    with running(database_dsn, signing_key, nowhere, tmp_path, autoconfirm=False) as auth:
        answer = sign_up(auth, email=email)
    assert answer.status_code == 500
    assert "mailbox" in answer.json()["message"]
    assert sign_up(confirming_auth, email=email).status_code == 200
    assert confirming_auth.mailbox.newest(email).code


@pytest.mark.parametrize("words", ["raise 'no'", "insert into public.nothing values (1)", "perform 1 / 0"])
def test_trigger_that_fails_leaves_no_user_behind(auth: Running, words: str) -> None:
    email = new_email()
    with psycopg.connect(auth.database_dsn, autocommit=True) as owner:
        owner.execute(f"""
            create or replace function public.refuse_one() returns trigger language plpgsql as $$ begin
              if new.email = '{email}' then {words}; end if; return new;
            end $$;
            create or replace trigger refuse_one before insert on auth.users
              for each row execute function public.refuse_one()
        """)
        assert sign_up(auth, email=email).status_code >= 400
        owner.execute("drop trigger refuse_one on auth.users")
    assert sign_up(auth, email=email).status_code == 200


def test_log_holds_no_secret(confirming_auth: Running, caplog: pytest.LogCaptureFixture) -> None:
    email = new_email()
    with caplog.at_level(logging.DEBUG, logger="auth"):
        sign_up(confirming_auth, email=email)
        letter = confirming_auth.mailbox.newest(email)
        target = letter.follow()
        with confirming_auth.http() as client:
            client.post("/token?grant_type=password", json={"email": email, "password": PASSWORD})
    assert "/auth/v1/verify 303" in caplog.text
    for secret in (email, PASSWORD, letter.token_hash, letter.code, target.fragment[-40:]):
        assert secret not in caplog.text


def test_stored_password_and_tokens_are_not_what_was_typed(auth: Running) -> None:
    session = sign_up(auth).json()
    with psycopg.connect(auth.database_dsn) as owner:
        row = owner.execute(
            "select encrypted_password from auth.users where id = %s", [session["user"]["id"]]
        ).fetchone()
    assert row and row[0].startswith("$scrypt$") and PASSWORD not in row[0]
