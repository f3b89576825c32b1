from pathlib import Path

import pytest

from env.supervisor.output.logfiles import STAMP_LENGTH, log_path, older
from env.supervisor.output.logs import LogLine
from env.top import feed
from env.top.feed import LONGEST_LINE, TAIL_BYTES, Feed, cleaned
from env.top.pattern import Pattern
from env.top.snapshot import Meter
from env.top.words import duration, percent, size, sparkline

STAMP = "2026-01-31 12:34:56.789"[:STAMP_LENGTH]


def write(state_dir: Path, name: str, *texts: str, stamp: str = STAMP) -> None:
    path = log_path(state_dir / "logs", name)
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(f"{stamp} {text}\n" for text in texts)


def texts(lines) -> list[str]:
    return [line.text for line in lines]


class TestFeed:
    def test_reads_what_is_there_and_then_what_is_new(self, tmp_path: Path) -> None:
        write(tmp_path, "web", "one", "two")
        lines = Feed(tmp_path, "web")
        assert texts(lines.read()) == ["one", "two"]
        assert lines.read() == []
        write(tmp_path, "web", "three")
        assert texts(lines.read()) == ["three"]

    def test_waits_for_a_file_that_is_not_there_yet(self, tmp_path: Path) -> None:
        one, every = Feed(tmp_path, "web"), Feed(tmp_path)
        assert one.read() == every.read() == []
        write(tmp_path, "web", "born")
        assert texts(one.read()) == texts(every.read()) == ["born"]

    def test_puts_all_in_the_order_of_time(self, tmp_path: Path) -> None:
        for second, name in enumerate(["web", "db", "web", "db"]):
            write(tmp_path, name, str(second), stamp=STAMP[:17] + f"{second:02}" + STAMP[19:])
        assert texts(Feed(tmp_path).read()) == ["0", "1", "2", "3"]

    def test_a_line_comes_when_it_is_whole(self, tmp_path: Path) -> None:
        write(tmp_path, "web", "one")
        lines = Feed(tmp_path, "web")
        lines.read()
        path = log_path(tmp_path / "logs", "web")
        with path.open("ab", buffering=0) as file:
            file.write(f"{STAMP} ha".encode())
            assert lines.read() == []
            file.write("lf ä\n".encode())
        assert texts(lines.read()) == ["half ä"]

    def test_goes_on_in_the_next_file_after_a_rotation(self, tmp_path: Path) -> None:
        write(tmp_path, "web", "one")
        lines = Feed(tmp_path, "web")
        lines.read()
        write(tmp_path, "web", "two")
        path = log_path(tmp_path / "logs", "web")
        path.rename(older(path))
        write(tmp_path, "web", "three")
        assert texts(lines.read()) == ["two", "three"]
        assert texts(Feed(tmp_path, "web").read()) == ["one", "two", "three"]

    def test_begins_again_with_a_file_that_was_emptied(self, tmp_path: Path) -> None:
        write(tmp_path, "web", "one", "two")
        lines = Feed(tmp_path, "web")
        lines.read()
        log_path(tmp_path / "logs", "web").write_text("")
        write(tmp_path, "web", "anew")
        assert texts(lines.read()) == ["anew"]

    def test_begins_with_all_generations(self, tmp_path: Path) -> None:
        path = log_path(tmp_path / "logs", "web")
        for text in ("oldest", "older"):
            write(tmp_path, "web", text)
            if older(path).exists():
                older(path).rename(older(path, 2))
            path.rename(older(path))
        write(tmp_path, "web", "newest")
        assert texts(Feed(tmp_path, "web").read()) == ["oldest", "older", "newest"]

    def test_reads_only_the_end_of_what_is_long(self, tmp_path: Path) -> None:
        write(tmp_path, "web", *(f"{number:06}{'x' * 94}" for number in range(20_000)))
        read = texts(Feed(tmp_path, "web").read())
        assert read[-1].startswith("019999")
        assert sum(map(len, read)) < TAIL_BYTES
        assert all(len(text) == 100 for text in read)

    def test_says_what_it_left_out(self, tmp_path: Path) -> None:
        write(tmp_path, "web", "one")
        lines = Feed(tmp_path, "web")
        lines.read()
        write(tmp_path, "web", *("y" * 99 for _ in range(20_000)))
        read = texts(lines.read())
        assert "MiB came too fast" in read[0]
        assert set(read[1:]) == {"y" * 99}

    def test_keeps_no_endless_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, "web", "z" * 10 * LONGEST_LINE)
        (line,) = Feed(tmp_path, "web").read()
        assert len(line.text) == LONGEST_LINE + 1
        monkeypatch.setattr(feed, "TAIL_BYTES", 4096)
        path = log_path(tmp_path / "logs", "web")
        lines = Feed(tmp_path, "web")
        for _ in range(10):
            with path.open("a") as file:
                file.write("w" * 3000)
            assert lines.read() == []
        write(tmp_path, "web", "end", "next")
        assert len(texts(lines.read())[0]) <= LONGEST_LINE + 1


class TestCleaned:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\x1b]0;title\x07after", "after"),
            ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bPq payload\x1b\\after", "after"),
            ("\x1b[2J\x1b[Hhome", "home"),
            ("bell\x07", "bell�"),
            ("\x9b31mred", "�31mred"),
            ("\u202etxt.exe", "�txt.exe"),
            ("tab\tstays", "tab\tstays"),
            ("[bold]stays[/]", "[bold]stays[/]"),
            ("cut \x1b", "cut "),
            ("cut \x1b[3", "cut "),
        ],
    )
    def test_nothing_acts_on_the_terminal(self, text: str, shown: str) -> None:
        assert cleaned(text) == shown


class TestPattern:
    def test_that_would_take_years_is_text(self) -> None:
        pattern = Pattern("/(a+)+$/")
        assert not pattern.fits(LogLine(STAMP, "web", "a" * 60 + "b"))
        assert pattern.places("/(a+)+$/") == [(0, 8)]

    def test_is_text_unless_between_slashes(self) -> None:
        line = LogLine(STAMP, "web", "[INFO] 3 of 4")
        assert Pattern("[info]").fits(line)
        assert not Pattern("[x]").fits(line)
        assert Pattern(r"/\d of \d/").places(line.text) == [(7, 13)]
        assert not Pattern("/[/").fits(line)  # not yet an expression
        assert Pattern("/x*/").places("no") == []


class TestWords:
    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [(None, "–"), (9.9, "9s"), (75, "1m15s"), (3700, "1h01m"), (90_000, "1d01h")],
    )
    def test_duration(self, seconds: float | None, shown: str) -> None:
        assert duration(seconds) == shown

    def test_figures(self) -> None:
        assert [percent(value) for value in (None, 0.04, 9.94, 120.4)] == ["–", "0.0%", "9.9%", "120%"]
        assert [size(value) for value in (None, 0, 81 << 20, 2000 << 20)] == [
            "–",
            "0 MiB",
            "81 MiB",
            "2.0 GiB",
        ]
        assert sparkline([0, 1, 50, 100, 400], 6) == "  ▁▄██"


def answer(pid: int, **seconds: float | None) -> dict:
    processes = [{"name": name, "pid": 7, "cpu_seconds": value} for name, value in seconds.items()]
    return {"pid": pid, "processes": processes}


class TestMeter:
    def test_is_the_difference_of_two_looks(self) -> None:
        meter = Meter()
        meter.feed(answer(1, web=10.0, db=1.0), 100.0)
        assert (meter.percent("web"), meter.total) == (None, None)
        meter.feed(answer(1, web=11.0, db=1.0), 102.0)
        assert (meter.percent("web"), meter.percent("db"), meter.total) == (50.0, 0.0, 50.0)

    def test_does_not_judge_by_a_moment(self) -> None:
        meter = Meter()
        meter.feed(answer(1, web=1.0), 100.0)
        meter.feed(answer(1, web=1.1), 100.1)
        assert meter.percent("web") is None
        meter.feed(answer(1, web=1.5), 101.0)
        assert meter.history("web") == [50.0]

    def test_begins_anew_with_another_run(self) -> None:
        meter = Meter()
        meter.feed(answer(1, web=50.0), 100.0)
        meter.feed(answer(2, web=1.0), 101.0)
        assert meter.percent("web") is None

    def test_seconds_that_left_with_a_child_are_no_gain(self) -> None:
        meter = Meter()
        meter.feed(answer(1, web=50.0), 100.0)
        meter.feed(answer(1, web=20.0), 101.0)
        assert meter.percent("web") == 0.0
