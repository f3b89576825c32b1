from typing import Any

from env.commands.critical_chain import Link, chain, drawn, of_the_start, timeline

COMPLETED, HEALTHY, STARTED = "service_completed_successfully", "service_healthy", "service_started"


def process(
    name: str, started: float | None, ready: float | None, *waits: tuple[str, str, float]
) -> dict[str, Any]:
    return {
        "name": name,
        "started_after_seconds": started,
        "ready_after_seconds": ready,
        "waited_for": [{"name": n, "condition": c, "after_seconds": after} for n, c, after in waits],
    }


POSTGRES = process("postgres", 0.0, 0.8)
REDIS = process("redis", 0.0, 0.3)
MIGRATE = process("migrate", 0.81, 1.9, ("postgres", HEALTHY, 0.81))
API = process("api", 1.91, 3.0, ("migrate", COMPLETED, 1.9), ("redis", STARTED, 0.1))


class TestTheChain:
    def test_leads_from_the_last_one_back_to_the_one_that_waited_for_nobody(self) -> None:
        assert chain([POSTGRES, REDIS, MIGRATE, API]) == [
            Link("api", "ready", 3.0, 1.1),
            Link("migrate", "completed", 1.9, 1.09),
            Link("postgres", "healthy", 0.81, 0.81),
        ]

    def test_its_links_add_up_to_the_whole(self) -> None:
        assert round(sum(link.took_seconds for link in chain([POSTGRES, REDIS, MIGRATE, API])), 3) == 3.0

    def test_passes_on_what_was_waited_for_last_and_not_what_took_longest(self) -> None:
        slow = process("slow", 0.0, 9.0)
        late = process("late", 2.0, 9.5, ("slow", STARTED, 0.1), ("redis", HEALTHY, 2.0))
        assert [link.name for link in chain([slow, REDIS, late])] == ["late", "redis"]

    def test_of_those_ready_at_once_begins_with_the_last(self) -> None:
        once = process("once", 0.0, 0.5)
        web = process("web", 0.5, 0.5, ("once", COMPLETED, 0.5))
        assert [link.name for link in chain([once, web])] == ["web", "once"]

    def test_of_nothing_is_empty(self) -> None:
        assert chain([process("a", None, None)]) == []
        assert drawn([]) == ["nothing is ready yet"]

    def test_leaves_out_who_came_back_later(self) -> None:
        again = process("web", 100.0, 101.0, ("redis", HEALTHY, 100.0))
        answer = {"ready_after_seconds": 3.0, "processes": [REDIS, API, again]}
        assert of_the_start(answer) == [REDIS, API]


class TestTheDrawing:
    def test_indents_every_link_and_aligns_the_figures(self) -> None:
        lines = drawn(chain([POSTGRES, REDIS, MIGRATE, API]))
        assert lines == [
            "api           ready      @3.00 s  +1.10 s",
            "└─migrate     completed  @1.90 s  +1.09 s",
            "  └─postgres  healthy    @0.81 s  +0.81 s",
        ]

    def test_draws_a_bar_a_process_in_the_order_of_their_starts(self) -> None:
        lines = timeline([API, MIGRATE, POSTGRES, process("late", None, None)])
        assert [line.split()[0] for line in lines] == ["postgres", "migrate", "api", "late"]
        assert max(map(len, lines)) <= 80
        assert lines[-1].endswith("waits")

    def test_shows_the_quickest_of_them_too(self) -> None:
        (line, _) = timeline([process("quick", 3.0, 3.0), process("last", 3.0, 3.0)])
        assert "█" in line
