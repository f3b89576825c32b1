import subprocess
import sys
from pathlib import Path

import pytest

from env.supervisor.arguments import VERBS, Options, overview, parse
from env.supervisor.problems import SupervisorError


def options(line: str) -> Options:
    found = parse(line.split())
    assert isinstance(found, Options)
    return found


class TestWhatIsUnderstood:
    def test_a_value_stands_behind_a_blank_or_an_equals_sign(self) -> None:
        for line in ("start --procfile P/Procfile", "start --procfile=P/Procfile"):
            assert options(line).procfile == Path("P/Procfile")

    def test_the_state_is_kept_beside_the_procfile_unless_it_is_said(self) -> None:
        assert options("start --procfile /a/Procfile").state_dir == Path("/a/.dev")
        assert options("start --procfile /a/Procfile --state-dir /b").state_dir == Path("/b")
        assert options("status").state_dir == Path.cwd() / ".dev"

    def test_lists_are_separated_by_commas_or_given_again(self) -> None:
        assert options("start --only a,b --only c").listed("--only") == ["a", "b", "c"]
        assert options("start --scale a=2,b=3 --scale c=4").scale == {"a": 2, "b": 3, "c": 4}

    def test_what_follows_two_dashes_is_a_command_as_it_stands(self) -> None:
        found = parse(["run", "--name", "api", "--", "echo", "--name", "a b", "--"])
        assert isinstance(found, Options)
        assert (found.name, found.command) == ("api", ("echo", "--name", "a b", "--"))

    def test_a_name_may_stand_alone_or_behind_its_option(self) -> None:
        assert options("stop worker").name == options("stop --name worker").name == "worker"
        assert options("stop").name == ""


class TestHelp:
    @pytest.mark.parametrize("verb", VERBS)
    def test_every_command_has_examples_that_are_understood(self, verb: str) -> None:
        for example in VERBS[verb].examples:
            assert example.split()[0] == verb
            assert isinstance(parse(example.split()), Options)
            assert example in str(parse([verb, "--help"]))

    def test_fits_a_terminal(self) -> None:
        pages = [overview(), *(str(parse([verb, "-h"])) for verb in VERBS)]
        assert max(len(line) for page in pages for line in page.splitlines()) <= 100

    def test_is_there_without_a_word(self) -> None:
        assert parse([]) == parse(["--help"]) == overview()


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("stat", "no command 'stat'", "did you mean"),
        ("start --procfle x", "no option '--procfle'", "did you mean '--procfile'?"),
        ("start --only", "--only needs a value", "--only A,B"),
        ("start --detach=1", "--detach takes no value", "write --detach"),
        ("start --ports 8000", "--ports knows no '8000'", "--ports auto"),
        ("start --scale worker", "'worker' is not NAME=NUMBER", "--scale worker=2"),
        ("start web", "does not know what to do with 'web'", "--help"),
        ("restart", "needs one NAME", "restart worker"),
        ("logs a b", "needs one NAME", "logs api"),
        ("wait -- x", "takes no command", "wait"),
        ("run", "needs a command", "run -- "),
    ],
)
def test_what_is_not_understood_is_said_with_what_would_be(line: str, what: str, hint: str) -> None:
    with pytest.raises(SupervisorError) as raised:
        parse(line.split())
    (problem,) = raised.value.problems
    assert what in problem.what
    assert hint in problem.hint


def test_a_wrong_command_line_leaves_with_two() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "env.supervisor", "stat"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no command 'stat'\n    -> " in done.stderr
    assert done.stdout == ""
