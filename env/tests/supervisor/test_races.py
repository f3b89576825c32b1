"""What people and programs wish for while something else is under way."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from env.supervisor.control import client
from env.tests.supervisor.stack import Stack, eventually, kid

GRACE = 'stop_grace_period = "300ms"'


def states(stack: Stack) -> dict[str, str]:
    return {process["name"]: process["state"] for process in client.status(stack.state_dir)["processes"]}


def test_a_start_brings_back_a_dependency_that_is_just_being_stopped(stack: Stack) -> None:
    stack.start(
        {"db": kid("stubborn"), "api": kid("polite")},
        {"db": 'stop_grace_period = "1s"', "api": 'depends_on = { db = "service_started" }'},
    )
    assert stack.are_ready(2)
    client.stop(stack.state_dir, "api")
    stopping = threading.Thread(target=client.stop, args=(stack.state_dir, "db"))
    stopping.start()
    assert eventually(lambda: states(stack)["db"] == "stopping")
    client.start(stack.state_dir, "api")
    stopping.join()
    assert eventually(lambda: states(stack) == {"db": "running", "api": "running"})


def test_a_one_shot_that_fails_in_a_complete_stack_ends_nobody(stack: Stack) -> None:
    """Its dependent waits until it has been mended and run again."""
    broken = stack.folder / "broken"
    stack.start(
        {"migrate": f"test ! -e {broken}", "api": kid("polite"), "other": kid("polite")},
        {
            "migrate": 'restart = "no"',
            "api": 'depends_on = { migrate = "service_completed_successfully" }',
        },
    )
    assert stack.said("everything is ready")
    broken.touch()
    client.restart(stack.state_dir, "migrate")
    assert eventually(lambda: states(stack)["migrate"] == "failed")
    client.restart(stack.state_dir, "api")
    assert eventually(lambda: states(stack) == {"migrate": "failed", "api": "waiting", "other": "running"})
    broken.unlink()
    client.restart(stack.state_dir, "migrate")
    assert eventually(lambda: states(stack)["api"] == "running")


def test_a_hundred_restarts_of_a_process_that_crashes_are_all_answered(stack: Stack) -> None:
    stack.start(
        {"crashes": "sleep 0.05; exit 3", "other": kid("polite")},
        {"crashes": f'restart = "always"\n{GRACE}'},
    )
    assert stack.are_ready(1)
    with ThreadPoolExecutor(20) as pool:
        wishes = [pool.submit(client.restart, stack.state_dir, "crashes") for _ in range(100)]
        assert all(wish.result() for wish in wishes)
    assert states(stack)["other"] == "running"
    stack.send(signal.SIGTERM)
    assert stack.code() == 143
    assert not stack.survivors()


def test_an_env_file_that_is_out_of_order_for_a_while_ends_nobody(stack: Stack) -> None:
    env_file = stack.folder / "env"
    env_file.write_text("A=1\n")
    stack.start(
        {"a": kid("polite"), "other": kid("polite")},
        {"a": f'env_file = ["env"]\nrestart = "always"\n{GRACE}'},
    )
    assert stack.said("everything is ready")
    env_file.write_bytes(b"A=\xff\n")
    client.restart(stack.state_dir, "a")
    assert stack.said("a cannot be started")
    assert states(stack)["other"] == "running"
    env_file.write_text("A=2\n")
    assert eventually(lambda: states(stack)["a"] == "running")


def test_a_stop_of_all_wins_over_restarts_and_starts(stack: Stack) -> None:
    stack.start({"a": kid("stubborn"), "b": kid("polite")}, dict.fromkeys("ab", GRACE))
    assert stack.are_ready(2)
    with ThreadPoolExecutor(10) as pool:
        for _ in range(10):
            pool.submit(client.restart, stack.state_dir, "a")
            pool.submit(client.start, stack.state_dir, "b")
        time.sleep(0.05)
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
    assert not stack.survivors()
