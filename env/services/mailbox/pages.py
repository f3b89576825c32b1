"""The two pages. They load nothing: no script, no picture, no font."""

import re
from html import escape
from typing import Final

from env.services.mailbox.store import Message

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'none'"
)
LINK: Final = re.compile(r"https?://[^\s<>\"']+")
STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0 auto 0 0; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; }
li a { display: grid; gap: 0 1rem; grid-template-columns: 1fr auto; padding: .75rem .5rem;
  text-decoration: none; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
li a:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
li span, dd { overflow-wrap: anywhere; }
time, small, .note { opacity: .8; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dd { margin: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
iframe { width: 100%; height: 24rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  background: #fff; color-scheme: light; }
button { font: inherit; padding: .25rem .75rem; min-height: 24px; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
"""


def list_page(messages: list[Message]) -> str:
    rows = "".join(_row(message) for message in messages)
    body = (
        f"<ol>{rows}</ol>"
        if rows
        else '<p class="note">No mail yet. Mails of this workspace appear here.</p>'
    )
    clear = '<form method="post" action="/clear"><button>Delete all</button></form>' if rows else ""
    return _page(
        "Mailbox", f'<header><h1>Mailbox</h1><a href="/">Refresh</a>{clear}</header><main>{body}</main>'
    )


def message_page(message: Message) -> str:
    framed = f'<base target="_top"><meta charset="utf-8">{message.html}'
    return _page(
        message.subject,
        f'<header><h1>{escape(message.subject)}</h1><a href="/">All mails</a></header><main>'
        f"<dl><dt>To</dt><dd>{escape(message.to)}</dd><dt>Received</dt><dd>{_time(message)}</dd></dl>"
        # Sandboxed: a mail runs no script, and only a click may lead away.
        f'<iframe title="The mail as it looks" sandbox="allow-top-navigation-by-user-activation"'
        f' srcdoc="{escape(framed, quote=True)}"></iframe>'
        f"<h2>As text</h2><pre>{linked(message.text)}</pre></main>",
    )


def missing_page() -> str:
    return _page("No such mail", '<main><h1>No such mail</h1><p><a href="/">All mails</a></p></main>')


def linked(text: str) -> str:
    """Escaped text in which addresses can be clicked."""
    parts: list[str] = []
    end = 0
    for match in LINK.finditer(text):
        address = escape(match.group(), quote=True)
        parts += [escape(text[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def _row(message: Message) -> str:
    return (
        f'<li><a href="/mails/{message.id}"><span>{escape(message.subject) or "(no subject)"}</span>'
        f"{_time(message)}<small>{escape(message.to)}</small></a></li>"
    )


def _time(message: Message) -> str:
    moment = message.received_at
    return f'<time datetime="{escape(moment, quote=True)}">{escape(moment[:19].replace("T", " "))} UTC</time>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )
