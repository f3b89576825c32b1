import io
import json
import logging
import time

import pytest
from asgi_correlation_id import correlation_id

from backend.utility.logging_config import configure_logging, get_logger, redact

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4"


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(level="INFO", json=True, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_one_json_line_with_its_facts(lines):
    get_logger("pix.test").info("job finished", images=7)

    (line,) = lines()
    assert (line["event"], line["images"], line["level"], line["logger"]) == (
        "job finished",
        7,
        "info",
        "pix.test",
    )
    assert line["timestamp"].endswith("Z")


def test_records_of_other_libraries_take_the_same_way(lines):
    logging.getLogger("celery.worker").warning("connected to %s", "redis://:hunter2@redis:6379/0")

    (line,) = lines()
    assert line["event"] == "connected to redis://[redacted]@redis:6379/0"
    assert line["logger"] == "celery.worker"


def test_the_request_id_is_on_every_line(lines):
    token = correlation_id.set("5e1f0c7e")
    get_logger("pix.test").info("one")
    correlation_id.reset(token)

    assert lines()[0]["request_id"] == "5e1f0c7e"


def test_an_exception_stays_on_its_line(lines):
    try:
        int(f"Bearer {TOKEN}")
    except ValueError:
        get_logger("pix.test").exception("broken")

    (line,) = lines()
    assert "ValueError" in line["exception"]
    assert TOKEN not in line["exception"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("postgresql://pix:hunter2@db/pix", "db/pix"),
        ("postgresql://pix:a/hunter2@db/pix", "db/pix"),
        ("postgresql://pix:a@hunter2@db/pix", "db/pix"),
        ("host=db password=hunter2 dbname=pix", "dbname=pix"),
        ("sb_secret_hunter2hunter2", "sb_secret_"),
        (ValueError("postgresql://pix:hunter2@db/pix"), "db/pix"),
        ({"reasons": {("redis://:hunter2@db",)}}, "reasons"),
        (f"token {TOKEN}", "token"),
        ("GET /x?expires=1&signature=hunter2abc", "expires=1"),
        ("Authorization: Bearer hunter2hunter2", "Authorization"),
        ({"password": "hunter2", "name": "Ada"}, "Ada"),
        ({"nested": [{"api_key": "hunter2"}], "signing_key": "hunter2"}, "nested"),
        ({"SUPABASE_SERVICE_ROLE_KEY": "hunter2"}, "SUPABASE"),
    ],
)
def test_secrets_are_blotted_out_wherever_they_hide(value, kept):
    shown = str(redact(value))
    assert "hunter2" not in shown
    assert TOKEN not in shown
    assert kept in shown


@pytest.mark.parametrize("part", ["eyJ", "eyJaaaaa.", "://a:", "://a:b@", "a:@", "bearer ", "signature="])
def test_a_strangers_long_text_is_searched_in_one_pass(part):
    started = time.perf_counter()
    redact("://" + part * 100_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("value", [7, 0.5, True, None])
def test_plain_values_keep_their_type(value):
    assert redact(value) is value


def test_an_ordinary_url_is_left_alone():
    assert redact("https://birds.example.org/a.jpg?x=1") == "https://birds.example.org/a.jpg?x=1"
