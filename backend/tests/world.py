"""What API tests see: a served application, people with tokens, and the rows behind it."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import uvicorn
from psycopg.rows import dict_row

from backend.core.settings import CommonSettings
from backend.main import create_app
from backend.storage import LocalStorage, original_key, thumbnail_key
from backend.tests.issuer import Issuer

SIGNING_KEY = "a-signing-key-that-only-tests-ever-use-0123456789"


def settings_for(dsn: str, redis_url: str, issuer: Issuer, storage: Path, **changes: Any) -> CommonSettings:
    values: dict[str, Any] = {
        "environment": "test",
        "database": {"url": dsn, "pool_size": 10, "max_overflow": 10},
        "redis": {"url": f"{redis_url}/0"},
        "celery": {"broker_url": f"{redis_url}/2"},
        "supabase": {"url": issuer.url},
        "storage": {"signing_key": SIGNING_KEY, "local_path": str(storage)},
        "crawler": {"allowed_hosts": ("127.0.0.1:54326",)},
        **changes,
    }
    return CommonSettings(_env_file=None, **values)  # type: ignore[call-arg]


@contextmanager
def served(settings: CommonSettings) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_config=None, lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the API did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the API did not stop"


@dataclass
class Rows:
    """The database behind the API, seen by its owner."""

    dsn: str

    def all(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *parameters: object) -> dict[str, Any]:
        (row,) = self.all(statement, *parameters)
        return row

    def value(self, statement: str, *parameters: object) -> Any:
        (value,) = self.one(statement, *parameters).values()
        return value


@dataclass
class Person:
    """Somebody with an account: their requests carry their token."""

    id: UUID
    client: httpx.Client
    rows: Rows
    storage: LocalStorage

    def project(self, name: str = "Birds") -> str:
        return _id(self.client.post("/projects", json={"name": name}))

    def job(self, project_id: str | None = None, **changes: Any) -> str:
        body = {
            "project_id": project_id or self.project(),
            "source_type": "url_list",
            "sources": ["https://birds.example.org/1.jpg"],
            **changes,
        }
        return _id(self.client.post("/crawl-jobs", json=body))

    def running_job(self, project_id: str | None = None, **changes: Any) -> str:
        job_id = self.job(project_id, **changes)
        self.client.post(f"/crawl-jobs/{job_id}/start").raise_for_status()
        return job_id

    def image(self, project_id: str, crawl_job_id: str | None = None, **changes: Any) -> str:
        """A stored image as a worker leaves it: two files and a row."""
        content = changes.pop("content", uuid4().bytes * 100)
        sha256 = hashlib.sha256(content).hexdigest()
        self.storage.put(original_key(sha256), content)
        self.storage.put(thumbnail_key(sha256), b"RIFF" + content[:64])
        columns = {
            "project_id": project_id,
            "crawl_job_id": crawl_job_id,
            "user_id": self.id,
            "sha256": sha256,
            "phash": 1,
            "width": 640,
            "height": 480,
            "format": "jpeg",
            "bytes": len(content),
            "label": "robin",
            "source_url": "https://birds.example.org/1.jpg",
            "fetched_at": datetime.now(UTC),
            **changes,
        }
        places = ", ".join(["%s"] * len(columns))
        statement = f"insert into images ({', '.join(columns)}) values ({places}) returning id"  # noqa: S608
        return str(self.rows.value(statement, *columns.values()))


def wait_until_gone(storage: LocalStorage, key: str) -> None:
    """Files go after the answer was sent."""
    deadline = time.monotonic() + 10
    while storage.exists(key):
        assert time.monotonic() < deadline, f"{key} is still there"
        time.sleep(0.02)


@dataclass
class World:
    url: str
    issuer: Issuer
    rows: Rows
    storage: LocalStorage
    settings: CommonSettings
    clients: list[httpx.Client] = field(default_factory=list)

    def person(self) -> Person:
        user_id = uuid4()
        self.rows.all(
            "insert into auth.users (id, email) values (%s, %s)", user_id, f"{user_id}@test.invalid"
        )
        return Person(user_id, self.client(self.issuer.token(user_id)), self.rows, self.storage)

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=20)
        self.clients.append(client)
        return client


def _id(response: httpx.Response) -> str:
    assert response.status_code == 201, response.text
    return str(response.json()["id"])
