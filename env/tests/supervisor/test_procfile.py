import pytest
from honcho.environ import PROCFILE_LINE as HONCHOS_LINE
from honcho.environ import parse_procfile as honchos_parse

from env.supervisor.configuration.procfile import PROCFILE_LINE, parse_procfile


def test_the_grammar_is_honchos() -> None:
    assert PROCFILE_LINE.pattern == HONCHOS_LINE.pattern


def test_names_and_commands_are_what_honcho_reads() -> None:
    text = "# comment\nweb: python -m http.server $PORT\n\nworker_2:celery worker\nmy-clock:   a: b # c\n"
    entries, problems = parse_procfile(text)
    assert not problems
    assert {name: entry.command for name, entry in entries.items()} == honchos_parse(text).processes


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("web.1: run", "letters, digits"),
        ("  web: run", "blanks at the start"),
        ("web : run", "'web: run'"),
        ("web run", "a colon before the command"),
        ("api run --at host:1", "a colon after the name: 'api: ...'"),
        ("web:", "a command after the colon"),
        ("web:   ", "a command after the colon"),
        (": run", "a name before the colon"),
    ],
)
def test_a_line_honcho_drops_in_silence_is_reported_with_its_number_and_a_hint(line: str, hint: str) -> None:
    entries, (problem,) = parse_procfile(f"good: run\n{line}\n")
    assert list(entries) == ["good"]
    assert problem.where == "Procfile:2"
    assert hint in problem.hint


def test_every_bad_line_is_reported_at_once() -> None:
    _, problems = parse_procfile("a b\nweb: x\nc d\nweb: y\n")
    assert [problem.where for problem in problems] == ["Procfile:1", "Procfile:3", "Procfile:4"]


def test_a_name_that_appears_twice_says_where_it_was_first() -> None:
    _, (problem,) = parse_procfile("web: a\nweb: b\n")
    assert "line 1" in problem.hint


def test_an_empty_file_is_a_problem() -> None:
    assert parse_procfile("# nothing\n")[1]
