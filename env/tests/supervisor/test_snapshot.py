import os
import time
from typing import Any

from env.supervisor.control import client
from env.supervisor.lifecycle.usage import usage_of
from env.tests.supervisor.stack import Stack, eventually, kid


def processes(stack: Stack) -> dict[str, dict[str, Any]]:
    return {process["name"]: process for process in client.status(stack.state_dir)["processes"]}


class TestUsage:
    def test_grows_with_the_work_that_is_done(self) -> None:
        before = usage_of([os.getpid()])
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        after = usage_of([os.getpid()])
        assert after.cpu_seconds >= before.cpu_seconds + 0.08
        assert after.memory_bytes > 1 << 20

    def test_of_what_is_gone_is_nothing(self) -> None:
        assert usage_of([2**22 + 1]) == (0, 0.0, 0)

    def test_covers_the_whole_tree_with_its_daemons(self, stack: Stack) -> None:
        trees = {
            "one": kid("polite"),
            "two": kid("parent", "polite"),
            "daemon": kid("parent", "polite", "daemon"),
        }
        stack.start(trees)
        assert stack.are_ready(5)
        assert eventually(
            lambda: {p["name"]: p["processes"] for p in processes(stack).values()}["daemon"] == 2
        )
        found = processes(stack)
        assert [found[name]["processes"] for name in trees] == [1, 2, 2]
        assert found["two"]["memory_bytes"] > found["one"]["memory_bytes"] > 1 << 20


class TestMilestones:
    def test_say_what_the_start_waited_for(self, stack: Stack) -> None:
        stack.start(
            {"migrate": "sleep 0.3", "database": kid("polite"), "api": kid("polite")},
            {
                "database": 'healthcheck = { log = "ready" }',
                "api": 'depends_on = { migrate = "service_completed_successfully", '
                'database = "service_healthy" }',
            },
        )
        assert stack.said("everything is ready")
        found = processes(stack)
        migrate, database, api = (found[name] for name in ("migrate", "database", "api"))
        assert 0 < migrate["started_after_seconds"] < 0.3 <= migrate["ready_after_seconds"]
        assert database["started_after_seconds"] < database["ready_after_seconds"]
        waited = {wait["name"]: wait for wait in api["waited_for"]}
        assert waited["migrate"]["condition"] == "service_completed_successfully"
        assert waited["migrate"]["after_seconds"] >= migrate["ready_after_seconds"] - 0.01
        assert waited["database"]["after_seconds"] >= database["ready_after_seconds"] - 0.01
        last = max(wait["after_seconds"] for wait in waited.values())
        assert api["started_after_seconds"] >= last
        whole = client.status(stack.state_dir)
        assert whole["ready_after_seconds"] >= api["ready_after_seconds"]

    def test_begin_anew_with_a_new_life(self, stack: Stack) -> None:
        stack.start({"a": kid("polite"), "b": kid("polite")}, {"b": 'depends_on = ["a"]'})
        assert stack.said("everything is ready")
        first = processes(stack)["b"]
        client.restart(stack.state_dir, "b")
        second = processes(stack)["b"]
        assert second["started_after_seconds"] > first["started_after_seconds"]
        assert second["waited_for"][0]["after_seconds"] > first["started_after_seconds"]
