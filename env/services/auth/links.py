"""Makes the mailed link of each kind, with its one-time token, its PKCE flow and its time of sending."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from env.services.auth import flows, mail, one_time, users
from env.services.auth.database import Connection, Row
from env.services.auth.flows import Challenge
from env.services.auth.mail import Mail
from env.services.auth.settings import AuthSettings

TOKEN_OF_LINK: Final = {
    "signup": (one_time.CONFIRMATION, "confirmation_sent_at"),
    "invite": (one_time.CONFIRMATION, "confirmation_sent_at"),
    "recovery": (one_time.RECOVERY, "recovery_sent_at"),
    "magiclink": (one_time.RECOVERY, "recovery_sent_at"),
}


@dataclass(frozen=True, slots=True)
class LinkWriter:
    settings: AuthSettings
    redirect_to: str

    async def prepare(
        self, conn: Connection, user: Row, link_type: str, challenge: Challenge | None = None
    ) -> Mail:
        """The mail is to be sent after the commit, so that nobody follows a link that is not there yet."""
        token_type, sent_column = TOKEN_OF_LINK[link_type]
        await mail.check_interval(conn, self.settings, user, token_type)
        if challenge:
            await flows.begin(conn, user["id"], challenge, link_type)
        await users.update(conn, user["id"], **{sent_column: datetime.now(UTC)})
        token = await one_time.create(conn, user["id"], user["email"], token_type, pkce=challenge is not None)
        return self._mail(user["email"], link_type, token)

    async def prepare_email_change(
        self, conn: Connection, user: Row, new_email: str, challenge: Challenge | None
    ) -> list[Mail]:
        """Two mails: both the old and the new address must agree."""
        await mail.check_interval(conn, self.settings, user, one_time.EMAIL_CHANGE_NEW)
        if challenge:
            await flows.begin(conn, user["id"], challenge, "email_change")
        await users.update(
            conn, user["id"], email_change=new_email, email_change_sent_at=datetime.now(UTC),
            email_change_confirm_status=0,
        )  # fmt: skip
        pkce = challenge is not None
        return [
            self._mail(to, "email_change", await one_time.create(conn, user["id"], to, token_type, pkce=pkce))
            for to, token_type in (
                (user["email"], one_time.EMAIL_CHANGE_CURRENT),
                (new_email, one_time.EMAIL_CHANGE_NEW),
            )
        ]

    def _mail(self, to: str, link_type: str, token: one_time.OneTime) -> Mail:
        link = mail.action_link(self.settings, token.token_hash, link_type, self.redirect_to)
        return Mail(to, link_type, link, token.code)
