"""Reads the mailbox as a person would: the newest mail, its link and its code."""

import re
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

# One client for all, because each would read the certificate store anew.
BROWSER = httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=10)


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str

    @property
    def link(self) -> str:
        found = re.search(r"https?://\S+", self.text)
        assert found, "the mail has no link"
        return found.group()

    @property
    def code(self) -> str:
        found = re.search(r"code: (\d{6})", self.text)
        assert found, "the mail has no code"
        return found.group(1)

    @property
    def token_hash(self) -> str:
        return parse_qs(urlsplit(self.link).query)["token"][0]

    def follow(self) -> httpx.URL:
        """Where the browser ends up."""
        answer = BROWSER.get(self.link, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["location"])


@dataclass(frozen=True)
class Mailbox:
    url: str

    def letters(self, to: str) -> list[Letter]:
        items = BROWSER.get(f"{self.url}/messages", params={"to": to}).json()["items"]
        found = (BROWSER.get(f"{self.url}/messages/{item['id']}").json() for item in items)
        return [Letter(message["subject"], message["text"]) for message in found]

    def newest(self, to: str) -> Letter:
        letters = self.letters(to)
        assert letters, "no mail arrived"
        return letters[0]
