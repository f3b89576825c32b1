"""One log for ours and for others': structlog events and standard-library records leave through one chain.

JSON lines in production, coloured columns in development; secrets are blotted out in both.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from asgi_correlation_id import correlation_id

_SECRET_KEY = re.compile(
    r"pass(word|wd)?$|secret|token|authorization|cookie|api_?key|signing_?key|service_?role|dsn|signature",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    # To the last @, because passwords hold / and @ too. No two tries may run over the same text, so that
    # a megabyte of a stranger's is searched in one pass.
    r"(?P<credentials>(?<=://)[^/\s:@]*:(?:(?!://)\S)+(?=@))"
    r"|(?P<jwt>(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,})"
    r"|(?P<supabase>(?<=sb_secret_)[\w-]+)"
    r"|(?P<password>(?<=password=)[^\s&]+)"
    r"|(?P<signature>(?<=signature=)[\w%-]+)"
    r"|(?P<bearer>(?<=[Bb]earer )[\w.~+/-]{8,})"
)
_BLOT = "[redacted]"

_Event = MutableMapping[str, Any]


def get_logger(name: str | None = None) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def redact(value: object) -> object:
    if isinstance(value, str):
        return _SECRET_VALUE.sub(_BLOT, value)
    if isinstance(value, Mapping):
        return {key: _BLOT if _SECRET_KEY.search(str(key)) else redact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    # An exception among them: its text may quote an address with its password.
    return redact(repr(value))


def _redact_event(_: object, __: str, event: _Event) -> _Event:
    # uvicorn says everything twice, the second time in colour.
    event.pop("color_message", None)
    for key, value in event.items():
        event[key] = _BLOT if _SECRET_KEY.search(key) else redact(value)
    return event


def _add_request_id(_: object, __: str, event: _Event) -> _Event:
    if request_id := correlation_id.get():
        event["request_id"] = request_id
    return event


def _shared_chain() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _add_request_id,
    ]


def _render_chain(*, json: bool, colours: bool) -> list[structlog.typing.Processor]:
    if json:
        ending: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.processors.JSONRenderer(),
        ]
    else:
        ending = [
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
        ]
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending]


def configure_logging(*, level: str = "INFO", json: bool = False, stream: TextIO | None = None) -> None:
    """Call once at the edge of a process, before it logs."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_chain(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_chain(), processors=_render_chain(json=json, colours=stream.isatty())
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Our own access log has the request id and no query string.
    logging.getLogger("uvicorn.access").disabled = True
