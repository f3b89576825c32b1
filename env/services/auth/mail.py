"""Writes the mails of Supabase Auth and hands them to the mailbox."""

import html
import json
import math
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from anyio import to_thread

from env.services.auth import one_time
from env.services.auth.database import Connection, Row
from env.services.auth.errors import TooManyRequestsError, UnexpectedError
from env.services.auth.settings import AuthSettings

TIMEOUT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Kind:
    subject: str
    request: str
    action: str


KINDS: Final = {
    "signup": Kind("Confirm your email address", "Follow the link to finish signing up.", "Confirm address"),
    "invite": Kind("You have been invited", "Follow the link to accept the invitation.", "Accept invitation"),
    "recovery": Kind("Reset your password", "Follow the link to choose a new password.", "Reset password"),
    "magiclink": Kind("Your sign-in link", "Follow the link to sign in.", "Sign in"),
    "email_change": Kind(
        "Confirm the change of your email address",
        "Follow the link to confirm that the address of your account changes.",
        "Confirm change",
    ),
}


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    link_type: str
    link: str
    code: str

    def message(self) -> dict[str, str]:
        kind = KINDS[self.link_type]
        link = html.escape(self.link, quote=True)
        return {
            "to": self.to,
            "subject": kind.subject,
            "text": f"{kind.request}\n\n{self.link}\n\nOr enter the code: {self.code}\n",
            "html": f'<h1>{kind.subject}</h1><p>{kind.request}</p><p><a href="{link}">{kind.action}</a></p>'
            f"<p>Or enter the code: <strong>{self.code}</strong></p>",
        }


def action_link(settings: AuthSettings, token_hash: str, link_type: str, redirect_to: str) -> str:
    query = urlencode({"token": token_hash, "type": link_type, "redirect_to": redirect_to})
    return f"{settings.issuer}/verify?{query}"


async def check_interval(conn: Connection, settings: AuthSettings, user: Row, token_type: str) -> None:
    left = await one_time.sent_within(conn, user["id"], token_type, settings.mail_interval_seconds)
    if left:
        raise TooManyRequestsError(
            "over_email_send_rate_limit",
            f"For security purposes, you can only request this after {math.ceil(left)} seconds.",
        )


async def send(settings: AuthSettings, mail: Mail) -> None:
    try:
        await to_thread.run_sync(_post, f"{settings.mailbox_url}/messages", mail.message())
    except (OSError, urllib.error.URLError) as error:
        raise UnexpectedError(
            "unexpected_failure",
            f"Error sending email: the mailbox at {settings.mailbox_url} does not answer",
        ) from error


def _post(url: str, message: dict[str, str]) -> None:
    request = urllib.request.Request(  # noqa: S310 (the address is the workspace's own setting)
        url, data=json.dumps(message).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
        response.read()
