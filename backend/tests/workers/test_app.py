from collections.abc import Iterator
from importlib import import_module

import pytest
from celery import Celery

from backend.core.settings import get_settings
from backend.workers.app import QUEUE, create_app
from backend.workers.app import app as shared
from backend.workers.scheduler import TASKS


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1/test")
    monkeypatch.setenv("STORAGE_SIGNING_KEY", "k" * 40)
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CELERY_TASK_TIME_LIMIT", "30")
    get_settings.cache_clear()
    app = create_app()
    app.loader.import_default_modules()
    yield app
    get_settings.cache_clear()


class TestConfiguration:
    def test_messages_are_json_and_nothing_is_kept(self, app: Celery) -> None:
        assert (app.conf.task_serializer, list(app.conf.accept_content)) == ("json", ["json"])
        assert app.conf.task_ignore_result
        assert app.conf.result_backend is None

    def test_queue_survives_a_flush(self, app: Celery) -> None:
        (queue,) = app.amqp.queues.values()
        assert (queue.name, queue.exchange.name, queue.routing_key) == (QUEUE, "", QUEUE)

    def test_chunk_ends_before_celery_kills_its_task(self, app: Celery) -> None:
        assert app.conf.task_time_limit == 30
        assert app.conf.timing.chunk_seconds == 15

    def test_visibility_timeout_is_longer_than_any_chunk(self, app: Celery) -> None:
        assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


class TestTasks:
    def test_are_those_the_dispatcher_knows(self, app: Celery) -> None:
        # Tasks register with the one application of the module; importing them takes no settings.
        import_module("backend.workers.tasks")
        assert {name for name in shared.tasks if not name.startswith("celery.")} == TASKS

    def test_never_retry_by_themselves(self, app: Celery) -> None:
        for name in TASKS:
            task = shared.tasks[name]
            assert not getattr(task, "autoretry_for", ())
            assert not task.acks_late
