import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from env.services.places import LOOPBACK, ROOT, ServiceError, free_port
from env.services.redis import redis_binary, temporary_redis


@pytest.fixture
def service(tmp_path: Path) -> Iterator["Service"]:
    service = Service(tmp_path / "redis")
    yield service
    service.stop()


class Service:
    """The development server, as the supervisor starts it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "tuple[redis.Redis, int]":
        port = free_port()
        command = [sys.executable, "-m", "env.services.redis", "--directory", str(self._directory)]
        self._process = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT)
        client = redis.Redis(LOOPBACK, port, decode_responses=True)
        for _ in range(200):
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.05)
            else:
                return client, self._process.pid
        raise AssertionError("redis did not answer")

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


class TestTheService:
    def test_is_redis_itself_on_loopback_only(self, service: Service) -> None:
        client, pid = service.start()
        assert "redis-server" in psutil.Process(pid).name()
        listening = {connection.laddr[0] for connection in psutil.Process(pid).net_connections("inet")}
        assert listening == {LOOPBACK}
        client.close()

    def test_keeps_what_it_was_told_when_it_is_killed(self, service: Service) -> None:
        client, _ = service.start()
        client.set("kept", "yes")
        client.close()
        service.kill()
        client, _ = service.start()
        assert client.get("kept") == "yes"
        client.close()


class TestATemporaryRedis:
    def test_is_empty_and_answers(self, redis_url: str) -> None:
        with redis.Redis.from_url(f"{redis_url}/3") as client:
            assert client.dbsize() == 0

    def test_leaves_nothing_running(self) -> None:
        with temporary_redis() as url:
            client = redis.Redis.from_url(url)
            pid = client.info("server")["process_id"]
            client.close()
        assert not psutil.pid_exists(pid)


class TestTheBinary:
    def test_comes_from_path_when_there_is_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        installed = tmp_path / "redis-server"
        installed.write_text("#!/bin/sh\n")
        installed.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert redis_binary() == installed

    def test_without_any_the_alternatives_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(ServiceError, match=r"install Redis .* or set REDIS_URL"):
            redis_binary()
