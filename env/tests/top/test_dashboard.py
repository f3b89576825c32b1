import shlex
import sys

import pytest

from env.supervisor.control import client
from env.tests.supervisor.stack import Stack, free_port, kid
from env.tests.top.conftest import Open
from env.tests.top.dashboard import Viewer

pytestmark = pytest.mark.anyio

NASTY = "[bold red]literal[/] \x1b[31mred\x1b]0;title\x07 \x9b2Jend \u202eright"


def says(*lines: str) -> str:
    """Prints these and stays."""
    code = f"import time; [print(line, flush=True) for line in {list(lines)!r}]; time.sleep(600)"
    return shlex.join([sys.executable, "-S", "-u", "-X", "utf8", "-c", code])


@pytest.fixture
def running(stack: Stack) -> Stack:
    stack.start(
        {"db": kid("polite"), "web": kid("polite"), "once": kid("leave", 0, "done")},
        {
            "db": 'ports = [5]\nhealthcheck = { log = "ready" }',
            "web": 'depends_on = { db = "service_healthy" }\nrestart = "always"',
            "once": 'restart = "no"',
        },
    )
    assert stack.said("everything is ready")
    return stack


@pytest.fixture
def talking(stack: Stack) -> Stack:
    numbered = [f"line {number} {'Needle' if number % 100 == 50 else 'hay'}" for number in range(500)]
    stack.start({"web": says(*numbered), "db": says("only here", NASTY)})
    assert stack.said("line 499")
    return stack


def row(viewer: Viewer, name: str) -> str:
    lines = viewer.screen.splitlines()
    return next((line for line in lines if line.lstrip("▌ ").startswith(f"{name} ")), "")


class TestList:
    async def test_shows_the_true_states(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy", "● running", "✓ completed", "● ready after", "2 of 3 run")
            assert "● healthy" in row(viewer, "db")
            assert "MiB" in row(viewer, "db")
            assert row(viewer, "db").split()[-1] == "5"
            assert "✓ completed" in row(viewer, "once")

    async def test_measures_the_cpu(self, stack: Stack, viewing: Open) -> None:
        busy = shlex.join([sys.executable, "-S", "-c", "while True: pass"])
        stack.start({"busy": busy, "idle": kid("polite")})
        async with viewing() as viewer:
            assert await viewer.comes(lambda: (viewer.board.list.meter.percent("busy") or 0) > 20)
            assert (viewer.board.list.meter.percent("idle") or 0) < 5
            assert viewer.board.list.meter.history("busy")

    async def test_tells_a_failure_with_its_code(self, stack: Stack, viewing: Open) -> None:
        stack.start({"web": kid("polite"), "bad": kid("leave", 7, "alas")}, {"bad": 'restart = "no"'})
        async with viewing() as viewer:
            assert await viewer.shows("✗ failed 7", "▲ bad")

    @pytest.mark.parametrize(("width", "fits"), [(60, "CPU"), (80, "RESTARTS"), (200, "READY IN")])
    async def test_keeps_to_its_width(self, running: Stack, viewing: Open, width: int, fits: str) -> None:
        async with viewing(size=(width, 24)) as viewer:
            assert await viewer.shows("● healthy", fits, "leave, the stack runs on", "? help")
            assert max(map(len, viewer.screen.splitlines())) <= width

    async def test_keeps_the_titles_in_sight(self, stack: Stack, viewing: Open) -> None:
        stack.start({f"p{number:02}": kid("polite") for number in range(14)})
        async with viewing(size=(80, 20)) as viewer:
            assert await viewer.comes(lambda: len(viewer.processes) == 14)
            await viewer.press(*["down"] * 13)
            assert await viewer.shows("PROCESS", "▌ p13")
            assert "p00" not in viewer.screen
            await viewer.press(*["up"] * 13)
            assert await viewer.shows("PROCESS", "▌ p00")

    async def test_selects_what_is_clicked(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            await viewer.pilot.click(viewer.board.list, offset=(5, 2))
            assert await viewer.comes(lambda: viewer.board.subject == "web")
            await viewer.pilot.click(viewer.board.keys, offset=(29, 0))
            assert await viewer.comes(lambda: "web was restarted" in viewer.toasts)


class TestKeys:
    async def test_restart_really_restarts(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            before = viewer.processes["db"]["pid"]
            await viewer.press("r")
            assert await viewer.comes(lambda: "db was restarted" in viewer.toasts)
            assert await viewer.comes(lambda: viewer.processes["db"]["pid"] not in {before, None})
            assert client.status(running.state_dir)["processes"][0]["pid"] == viewer.processes["db"]["pid"]

    async def test_stop_stops_and_starts_again(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy", "s stop")
            await viewer.press("down", "s")
            assert await viewer.comes(lambda: "■ stopped" in row(viewer, "web"))
            assert client.status(running.state_dir)["processes"][1]["state"] == "stopped"
            assert await viewer.shows("s start")
            assert "%" not in row(viewer, "web")
            await viewer.press("s")
            assert await viewer.comes(lambda: "● running" in row(viewer, "web"))

    async def test_restart_of_all_asks_and_spares_what_is_done(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            before = {name: process["pid"] for name, process in viewer.processes.items()}
            await viewer.press("R")
            assert await viewer.shows("2 processes")
            await viewer.press("n")
            await viewer.press("R", "y")
            assert await viewer.comes(lambda: "web was restarted, 2 of 2" in viewer.toasts)
            assert await viewer.comes(lambda: viewer.processes["web"]["pid"] not in {before["web"], None})
            assert viewer.processes["db"]["pid"] not in {before["db"], None}
            assert viewer.processes["once"]["state"] == "completed"

    async def test_restart_of_all_waits_for_each(self, stack: Stack, viewing: Open) -> None:
        port = free_port()
        slow = f"ports = [{port}]\nhealthcheck = {{ tcp = {port} }}"
        stack.start({"db": kid("listen", port, 1), "web": kid("polite")}, {"db": slow})
        assert stack.said("everything is ready")
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            await viewer.press("R", "y")
            assert await viewer.comes(lambda: "web was restarted, 2 of 2" in viewer.toasts)
            db, web = client.status(stack.state_dir)["processes"]
            assert db["restarts"] == web["restarts"]
            assert web["started_after_seconds"] > db["ready_after_seconds"] > 2

    async def test_leaving_leaves_the_stack_alone(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            await viewer.press("q")
            assert await viewer.comes(lambda: viewer.app.return_code is not None)
            assert viewer.app.return_value == 0
        assert len(running.children()) == 2
        assert client.is_running(running.state_dir)

    async def test_what_is_refused_is_told_with_its_hint(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            viewer.app.restart("dbb")
            assert await viewer.comes(lambda: any("did you mean 'db'" in toast for toast in viewer.toasts))

    async def test_every_key_of_the_help_is_bound(self, running: Stack, viewing: Open) -> None:
        async with viewing(size=(100, 50)) as viewer:
            await viewer.press("question_mark")
            assert await viewer.shows("restart the selected process", "asks first", "show only lines")
            await viewer.press("escape")
            assert await viewer.comes(lambda: viewer.app.screen is viewer.board)

    async def test_the_theme_changes_with_a_key(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert viewer.app.current_theme.dark
            await viewer.press("d")
            assert not viewer.app.current_theme.dark
            await viewer.press("T")
            assert viewer.app.current_theme.dark

    async def test_the_palette_knows_every_process(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            await viewer.press("ctrl+p")
            await viewer.type("log of web")
            assert await viewer.shows("Log of web")
            await viewer.press("enter")
            assert await viewer.comes(lambda: viewer.board.subject == "web")

    async def test_the_chain_tells_what_the_start_waited_for(self, stack: Stack, viewing: Open) -> None:
        stack.start(
            {"db": kid("polite"), "web": kid("polite"), "other": kid("polite")},
            {
                "db": 'healthcheck = { log = "ready" }',
                "web": 'depends_on = { db = "service_healthy" }\nhealthcheck = { log = "ready" }',
            },
        )
        async with viewing() as viewer:
            assert await viewer.comes(lambda: list(viewer.processes))
            await viewer.press("c")
            assert await viewer.shows("db → web", "after db healthy", "other")


class TestLog:
    async def test_of_all_tells_the_names(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("web    line 499")

    async def test_of_one_leaves_the_others_out(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● running")
            await viewer.press("down")
            assert await viewer.shows("only here")
            assert "line 499" not in viewer.screen
            await viewer.press("a")
            assert await viewer.shows("line 499")

    async def test_lines_stay_literal(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● running")  # there is nothing to go down before
            await viewer.press("down")
            assert await viewer.shows("[bold red]literal[/] red")
            assert not any(ord(sign) in {0x1B, 0x07, 0x9B, 0x202E} for sign in viewer.screen)

    async def test_search_finds_in_any_case_and_goes_on(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("line 499")
            await viewer.press("slash")
            await viewer.type("nEEdle")
            await viewer.press("enter")
            assert await viewer.shows("5 of 5", "line 450 Needle")
            await viewer.press("N")
            assert await viewer.shows("4 of 5", "line 350 Needle")
            await viewer.press("n", "n")
            assert await viewer.shows("1 of 5", "line 50 Needle")
            await viewer.press("y")
            assert viewer.app.clipboard == "line 50 Needle"
            await viewer.press("escape", "escape")
            assert await viewer.shows("line 499", "follows")

    async def test_search_without_a_match_says_so(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("line 499")
            await viewer.press("slash")
            await viewer.type("[unheard]")
            await viewer.press("enter")
            assert await viewer.shows("/[unheard] not found", "line 499")

    async def test_filter_shows_only_what_fits(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("line 499")
            await viewer.press("f")
            await viewer.type("/needle|only/")
            await viewer.press("enter")
            assert await viewer.shows("line 50 ", "line 450 ", "only here", "filter: /needle|only/")
            assert "hay" not in viewer.screen
            await viewer.press("escape")
            assert await viewer.shows("line 499")

    async def test_stands_still_while_somebody_reads(self, stack: Stack, viewing: Open) -> None:
        code = "import time; [print('tick', n) or time.sleep(0.01) for n in range(10**6)]"
        stack.start({"web": shlex.join([sys.executable, "-S", "-u", "-c", code])})
        assert stack.said("tick 100")
        async with viewing() as viewer:
            assert await viewer.shows("tick 1")
            await viewer.press("pageup")
            top = viewer.board.log_view.scroll_y
            assert await viewer.comes(lambda: viewer.board.log_view.missed > 50)
            assert viewer.board.log_view.scroll_y == top
            assert "stands still" in viewer.screen
            await viewer.press("end")
            assert await viewer.shows("follows")
            assert viewer.board.log_view.is_vertical_scroll_end

    async def test_wraps_what_is_long(self, stack: Stack, viewing: Open) -> None:
        stack.start({"web": says(" ".join(f"語語語語{number:03}" for number in range(40)))})
        assert stack.said("039")
        async with viewing() as viewer:
            assert await viewer.shows("語語語語000", "›")
            assert "語語語語039" not in viewer.screen
            await viewer.press("w")
            assert await viewer.shows("語語語語000", "語語語語039")
            await viewer.pilot.resize_terminal(60, 24)
            assert await viewer.shows("語語語語000", "語語語語039")
            await viewer.press("w")
            await viewer.press(*["right"] * 60)
            assert await viewer.shows("語語語語039")

    async def test_fills_the_screen_and_gives_it_back(self, talking: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("PROCESS")
            await viewer.press("enter")
            assert await viewer.comes(lambda: "PROCESS" not in viewer.screen)
            await viewer.press("enter")
            assert await viewer.shows("PROCESS")


class TestEnd:
    async def test_connects_by_itself_and_shows_the_end(self, stack: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("Nothing runs here", "invoke dev")
            stack.start({"web": kid("polite")})
            assert await viewer.shows("● running")
            await viewer.press("down")
            assert viewer.board.subject == "web"
            await viewer.press("X")
            assert await viewer.shows("Stop the whole stack?")
            await viewer.press("y")
            assert stack.code() == 0
            assert await viewer.shows("Nothing runs here", "the last run ended at", "q leave  ")
            assert "PROCESS" not in viewer.screen
            assert await viewer.shows("all processes", "system")
        assert not stack.survivors()

    async def test_needs_a_yes(self, running: Stack, viewing: Open) -> None:
        async with viewing() as viewer:
            assert await viewer.shows("● healthy")
            await viewer.press("X", "n")
            assert viewer.app.screen is viewer.board
            assert client.is_running(running.state_dir)
