import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from backend.tests.world import SIGNING_KEY, Person, World

Event = dict[str, str]
ROOT = Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def following(
    person: Person, job_id: str, **headers: str
) -> Iterator[tuple[httpx.Response, Iterator[Event]]]:
    address = f"/crawl-jobs/{job_id}/events"
    with person.client.stream("GET", address, headers=headers, timeout=20) as response:
        yield response, _events(response)


def _events(response: httpx.Response) -> Iterator[Event]:
    event: Event = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event
            event = {}


def _change(world: World, job_id: str, **columns: object) -> None:
    """As a worker does: the trigger tells whoever listens."""
    assignments = ", ".join(f"{name} = %s" for name in columns)
    world.rows.all(
        f"update crawl_jobs set version = version + 1, {assignments} where id = %s",  # noqa: S608
        *columns.values(),
        job_id,
    )


class TestStream:
    def test_begins_with_how_things_stand(self, ada: Person):
        job_id = ada.running_job()
        with following(ada, job_id) as (response, events):
            first = next(events)

        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache, no-transform"
        assert response.headers["x-accel-buffering"] == "no"
        assert (first["event"], first["id"]) == ("progress", "1")
        assert ada.client.get(f"/crawl-jobs/{job_id}/progress").text == first["data"]

    def test_tells_every_change_as_it_happens(self, ada: Person, world: World):
        job_id = ada.running_job()
        with following(ada, job_id) as (_, events):
            next(events)
            for done in range(1, 4):
                started = time.monotonic()
                _change(world, job_id, urls_done=done)
                event = next(events)
                # Far below the pause after which a lost notification would be noticed.
                assert time.monotonic() - started < 5
                assert f'"urls_done":{done}' in event["data"]
                assert event["id"] == str(1 + done)

    @pytest.mark.parametrize("status", ["completed", "failed", "stopped"])
    def test_ends_after_the_last_word(self, ada: Person, world: World, status: str):
        job_id = ada.running_job()
        with following(ada, job_id) as (_, events):
            next(events)
            _change(world, job_id, status=status)
            rest = list(events)

        assert [event["event"] for event in rest] == ["progress", "end"]
        assert f'"status":"{status}"' in rest[0]["data"]

    def test_of_a_finished_job_is_one_word_and_the_end(self, ada: Person):
        job_id = ada.running_job()
        ada.client.post(f"/crawl-jobs/{job_id}/stop")
        with following(ada, job_id) as (_, events):
            assert [event["event"] for event in events] == ["progress", "end"]

    def test_a_quiet_stream_still_says_that_it_lives(self, ada: Person):
        job_id = ada.running_job()
        with following(ada, job_id, **{"Last-Event-ID": "1"}) as (response, _):
            assert next(response.iter_lines()) == ": alive"

    def test_goes_on_where_the_reader_left_off(self, ada: Person, world: World):
        job_id = ada.running_job()
        _change(world, job_id, urls_done=1)
        with following(ada, job_id, **{"Last-Event-ID": "2"}) as (_, events):
            _change(world, job_id, urls_done=2)
            assert next(events)["id"] == "3"
        with following(ada, job_id, **{"Last-Event-ID": "1"}) as (_, events):
            assert next(events)["id"] == "3"

    @pytest.mark.parametrize("seen", ["-1", "x", "1.5", "", "9" * 5000])
    def test_a_senseless_last_event_id_is_refused(self, ada: Person, seen: str):
        address = f"/crawl-jobs/{ada.running_job()}/events"
        assert ada.client.get(address, headers={"Last-Event-ID": seen}).status_code in (422, 431, 400)

    def test_a_viewer_who_sends_a_body_without_end_is_no_fault_of_ours(
        self, ada: Person, world: World, caplog: pytest.LogCaptureFixture
    ):
        job_id = ada.running_job()
        url = urlsplit(f"{ada.client.base_url}crawl-jobs/{job_id}/events")
        head = (
            f"GET {url.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            f"Authorization: {ada.client.headers['authorization']}\r\n\r\n"
        )
        with socket.create_connection((url.hostname, url.port), 10) as viewer:
            viewer.sendall(head.encode())
            answer = viewer.makefile("rb")
            assert b" 200 " in answer.readline()
            for _ in range(32):
                viewer.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            _change(world, job_id, status="completed")
            viewer.sendall(b"0\r\n\r\n")
            assert any(line == b"event: end\n" for line in answer)
        assert not [record for record in caplog.records if record.levelname == "ERROR"]

    def test_fifty_viewers_hold_no_database_connection(self, ada: Person, world: World):
        job_id = ada.running_job()
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(following(ada, job_id))[1] for _ in range(50)]
            for stream in streams:
                next(stream)
            deadline = time.monotonic() + 10
            while world.rows.value(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and application_name = 'pixcrawler' and state <> 'idle'"
            ):
                assert time.monotonic() < deadline
            _change(world, job_id, status="completed")
            words = [[event["event"] for event in stream] for stream in streams]

        assert words == [["progress", "end"]] * 50

    def test_survives_the_loss_of_the_listening_connection(self, ada: Person, world: World):
        job_id = ada.running_job()
        with following(ada, job_id) as (_, events):
            next(events)
            world.rows.all(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'pixcrawler-listen'"
            )
            _change(world, job_id, urls_done=5)
            assert '"urls_done":5' in next(events)["data"]

    def test_of_a_job_deleted_meanwhile_breaks_off(self, ada: Person, world: World):
        job_id = ada.job()
        with following(ada, job_id) as (_, events):
            next(events)
            address = f"{ada.client.base_url}crawl-jobs/{job_id}"
            assert httpx.delete(address, headers=ada.client.headers).status_code == 204
            assert list(events) == []
        assert ada.client.get(f"/crawl-jobs/{job_id}/events").status_code == 404


class TestShutdown:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_open_streams_end_and_the_process_with_them(
        self, ada: Person, world: World, redis_url: str, tmp_path: Path, number: signal.Signals
    ):
        job_id = ada.running_job()
        log = tmp_path / "api.log"
        environment = {
            **{name: value for name, value in os.environ.items() if "_URL" not in name},
            "PIXCRAWLER_ENVIRONMENT": "test",
            "DATABASE_URL": world.rows.dsn,
            "REDIS_URL": f"{redis_url}/0",
            "SUPABASE_URL": world.issuer.url,
            "STORAGE_SIGNING_KEY": SIGNING_KEY,
            "STORAGE_LOCAL_PATH": str(tmp_path),
        }
        command = [sys.executable, "-m", "uvicorn", "backend.main:app", "--host", "127.0.0.1", "--port", "0"]
        with log.open("wb") as output:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            url = _address(log, server)
            address = f"{url}/api/v1/crawl-jobs/{job_id}/events"
            headers = {"Authorization": ada.client.headers["authorization"]}
            with httpx.stream("GET", address, headers=headers, timeout=20) as response:
                events = _events(response)
                next(events)
                started = time.monotonic()
                server.send_signal(number)
                assert list(events) == []
            server.wait(10)
            assert time.monotonic() - started < 8
            # uvicorn raises the signal again once it has stopped in order.
            assert server.returncode in (0, -number), log.read_text()
            assert "Traceback" not in log.read_text()
        finally:
            server.kill()
            server.wait()


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        for word in log.read_text().replace("\x1b", " ").split():
            if word.startswith("http://127.0.0.1:") and not word.endswith(":0"):
                return word
        time.sleep(0.05)
    raise AssertionError(log.read_text())
