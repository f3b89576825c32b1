"""Everything a Procfile and its manifest can have wrong, each fault with its file, its line and a way out."""

import time
from pathlib import Path
from typing import Any

import pytest

from env.supervisor.configuration.positions import line_of
from env.supervisor.problems import ConfigurationError, Problem
from env.supervisor.run import read_plan
from env.tests.supervisor.stack import Stack

PROCFILE = """\
# the stack
db: postgres
api: uvicorn app
worker: celery
web: next --port $PORT
"""

TABLE = "[tool.pixcrawler.processes.{}]\n"
NAME = "[tool.pixcrawler.processes.NAME]"
DB, API, WORKER, WEB = map(TABLE.format, ["db", "api", "worker", "web"])


def problems_of(
    folder: Path, procfile: str | bytes = PROCFILE, manifest: str | bytes = "", **options: Any
) -> list[Problem]:
    for name, text in (("Procfile", procfile), ("m.toml", manifest)):
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        read_plan(folder / "Procfile", folder / "m.toml", **options)
    except ConfigurationError as error:
        return error.problems
    return []


class TestProcfile:
    @pytest.mark.parametrize(
        ("line", "what", "hint"),
        [
            ("web run", "not 'name: command'", "a colon before the command"),
            ("api run --at host:1", "not 'name: command'", "a colon after the name: 'api: ...'"),
            ("  clock: run", "not 'name: command'", "blanks at the start"),
            ("\tclock: run", "not 'name: command'", "blanks at the start"),
            ("clock : run", "not 'name: command'", "'clock: run'"),
            ("clock.1: run", "not 'name: command'", "letters, digits"),
            ("wörker: run", "not 'name: command'", "letters, digits"),
            ("clock/1: run", "not 'name: command'", "letters, digits"),
            ("clock=run", "not 'name: command'", "a colon before the command"),
            ("clock:", "not 'name: command'", "a command after the colon"),
            ("clock:  \t ", "not 'name: command'", "a command after the colon"),
            (": run", "not 'name: command'", "a name before the colon"),
            ("- clock: run", "not 'name: command'", "a colon after the name"),
            ("export A=b", "not 'name: command'", "a colon before the command"),
            ("db: again", "'db' appears twice", "already on line 2"),
            ("system: run", "a name of the supervisor's own", "another name"),
            ("errors: run", "a name of the supervisor's own", "another name"),
            ("clock: a\0b", "NUL character", "remove it"),
            (f"clock: {'x' * 200_000}", "200000 characters", "into a script"),
            ("x" * 5_000_000, "not 'name: command'", "a colon before the command"),
        ],
    )
    def test_a_bad_line_is_told_with_its_number_and_a_way_out(
        self, tmp_path: Path, line: str, what: str, hint: str
    ) -> None:
        (problem,) = problems_of(tmp_path, PROCFILE + line + "\nlast: fine\n")
        assert problem.where == f"{tmp_path / 'Procfile'}:6"
        assert what in problem.what
        assert hint in problem.hint
        assert len(str(problem)) < 1500

    def test_bytes_that_are_no_text_are_told_with_their_line(self, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path, PROCFILE.encode() + b"clock: \xff\xfe\n")
        assert problem.where == f"{tmp_path / 'Procfile'}:6"
        assert "UTF-8" in problem.what

    def test_nothing_of_it_reaches_the_terminal_as_a_command(self, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path, PROCFILE + "\x1b[2Jclock run\n")
        assert "\x1b" not in str(problem)

    @pytest.mark.parametrize("text", ["\ufeff" + PROCFILE, PROCFILE.replace("\n", "\r\n"), PROCFILE.rstrip()])
    def test_other_ways_to_write_text_are_none_of_our_business(self, tmp_path: Path, text: str) -> None:
        assert not problems_of(tmp_path, text)


class TestManifest:
    @pytest.mark.parametrize(
        ("manifest", "line", "what", "hint"),
        [
            (TABLE.format("wroker"), 1, "'wroker' is not in the Procfile", "did you mean 'worker'?"),
            (API + "depends_on = ['dbb']", 2, "api.depends_on: no process 'dbb'", "did you mean 'db'?"),
            (
                API + "restart = 'no'\n" + TABLE.format("api.depends_on") + "db = 'service_started'\n"
                "dbb = 'service_started'",
                5,
                "no process 'dbb'",
                "did you mean 'db'?",
            ),
            (
                DB + "restart = 'no'\n" + API + "depends_on = { db = 'service_healthy' }",
                4,
                "api waits for the health of 'db', which has no check",
                "add a healthcheck to 'db'",
            ),
            (
                DB + "restart = 'always'\n" + API + "depends_on = { db = 'service_completed_successfully' }",
                4,
                "api waits for 'db' to end, which restarts always",
                "give 'db' restart",
            ),
            (
                DB + "# why?\ndepends_on = ['worker']\n" + WORKER + "depends_on = ['api']\n"
                + API + "depends_on = [\n  'db',\n]",
                7,
                "a circle of dependencies: db -> worker -> api -> db",
                "remove one",
            ),
            (DB + "depends_on = ['db']", 2, "a circle of dependencies: db -> db", "remove one"),
            (
                DB + "ports = [\n  1,\n  5432,\n]\n" + API + "restart = 'no'\nports = { A = 5432 }",
                8,
                "'db' and 'api' both declare port 5432",
                "m.toml:2",
            ),
            (WORKER + "\nscale = 2\nports = [1]", 4, "2 copies of 'worker' would all open port 1", "$PORT"),
            (API + "watch = ['nowhere']", 2, "api.watch: 'nowhere' does not exist", "make the folder"),
            (API + "\n\nrestrat = 'no'", 4, "unknown key 'restrat'", "did you mean 'restart'?"),
            (API + "healthcheck = { tpc = 1 }", 2, "unknown key 'tpc'", "did you mean 'tcp'?"),
            (API + "healthcheck = { tcp = 1, htpp = 'x' }", 2, "unknown key 'htpp'", "did you mean 'http'?"),
            (API + TABLE.format("api.healthcheck") + "tcp = '1'\nretires = 3", 2, "'retires'", "'retries'?"),
            ("[tool.pixcrawler.proceses.api]\n" + API, 1, "'tool.pixcrawler.proceses'", NAME),
            ("\n[tool.pixcrawlr.processes.api]", 2, "'tool.pixcrawlr'", NAME),
            ("[tools.pixcrawler.processes.api]", 1, "unknown table 'tools'", NAME),
            ("[tool.pixcrawler]\nprocesses = 1", 2, "'processes' is not a table", NAME),
            ("[[tool.pixcrawler.processes]]\nx = 1", 1, "'processes' is not a table", NAME),
            ("\n\ntool = 3", 3, "'tool' is not a table", NAME),
            (TABLE.format('"a.b"'), 1, "'a.b' is not in the Procfile", "known: api, db, web, worker"),
            (DB + "a =", 2, "not TOML", "mend"),
            (DB + "restart = 'no", 2, "not TOML", "mend"),
            (DB + "restart = '''no\n\n", 2, "not TOML", "mend"),
            (DB + DB, 2, "not TOML", "mend"),
            (DB + "a = 'x\0'", 2, "not TOML", "mend"),
        ],
    )  # fmt: skip
    def test_a_fault_is_told_with_its_line_and_a_way_out(
        self, tmp_path: Path, manifest: str, line: int, what: str, hint: str
    ) -> None:
        (problem,) = problems_of(tmp_path, manifest=manifest)
        assert what in problem.what
        assert hint in problem.hint
        assert problem.where == f"{tmp_path / 'm.toml'}:{line}"

    @pytest.mark.parametrize(
        "manifest",
        [
            API + f"a = {'[' * 100_000}",
            API + f"a = {'{a=' * 100_000}",
            API + f"{'a.' * 2_000}a = 1",
            API + "stop_grace_period = nan",
            API + "stop_grace_period = inf",
            API + f"stop_grace_period = {'9' * 4000}",
            API + f"stop_grace_period = '{'9' * 5000}s'",
            API + f"healthcheck = {{ tcp = '{'9' * 5000}' }}",
            API + "healthcheck = { tcp = '²' }",
            API + 'healthcheck = { tcp = "a\\u0000b:1" }',
            API + "healthcheck = { tcp = '" + "a" * 70 + ".example:1' }",
            API + 'healthcheck = { http = "http://a\\r\\nX: y/" }',
            API + "healthcheck = { http = 'http://[::1/' }",
            API + "healthcheck = { http = 'http://x:99999/' }",
            API + 'healthcheck = { exec = ["a\\u0000b"] }',
            API + 'healthcheck = { file = "a\\u0000b" }',
            API + 'env_file = ["a\\u0000b"]',
            API + 'watch = ["a\\u0000b"]',
            API + "depends_on = { db = [] }",
            API + "restart = []",
            API + "scale = 1000000000",
            API + "ports = { '' = 1 }",
            "\n" * 50_000 + API + "restrat = 1",
            DB.encode() + b"a = '\xff'",
        ],
        ids=lambda manifest: str(manifest[-40:]),
    )
    def test_a_hostile_one_is_refused_like_any_other(self, tmp_path: Path, manifest: str | bytes) -> None:
        begin = time.monotonic()
        found = problems_of(tmp_path, manifest=manifest)
        assert found
        assert all(problem.where.startswith(str(tmp_path / "m.toml")) and problem.hint for problem in found)
        assert all(len(str(problem)) < 2000 and "\0" not in str(problem) for problem in found)
        assert time.monotonic() - begin < 60

    def test_a_byte_order_mark_and_the_line_ends_of_windows_are_fine(self, tmp_path: Path) -> None:
        text = "\ufeff" + (API + "restart = 'no'\n" + WEB + "depends_on = ['api']\n")
        assert not problems_of(tmp_path, manifest=text.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("options", "where", "hint"),
    [
        ({"only": ["wroker"]}, "--only", "did you mean 'worker'?"),
        ({"skip": ["wroker"]}, "--skip", "did you mean 'worker'?"),
        ({"profiles": ["dmo"]}, "--profile", "did you mean 'demo'?"),
        ({"scale": {"wroker": 2}}, "--scale", "did you mean 'worker'?"),
        ({"scale": {"worker": 0}}, "--scale", "--skip worker"),
    ],
)
def test_a_fault_of_the_command_line_names_the_option(
    tmp_path: Path, options: dict[str, Any], where: str, hint: str
) -> None:
    (problem,) = problems_of(tmp_path, manifest=WEB + "profiles = ['demo']", **options)
    assert problem.where == where
    assert hint in problem.hint


def test_all_faults_of_both_files_are_told_at_once_and_nothing_is_started(stack: Stack) -> None:
    stack.write({"a": "touch started", "b c": "x"}, {"a": "restrat = 1\ndepends_on = ['d']", "e": ""})
    stack.launch()
    assert stack.code() == 1
    told = [
        line.partition(": ")[0].rpartition("/")[2] for line in stack.output.splitlines() if line[0] == "/"
    ]
    assert told == ["Procfile:2", "manifest.toml:2", "manifest.toml:3", "manifest.toml:5"]
    assert not (stack.folder / "started").exists()


class TestPositions:
    TEXT = """\
[a]
x = 1
y = [
  1,
  2,
]
z = '''
[a.b]
'''
"q.r".s = { t = 1 }

  [ a . 'b' ]  # comment
x.y = 1
"""

    @pytest.mark.parametrize(
        ("path", "line"),
        [
            (["a"], 1),
            (["a", "x"], 2),
            (["a", "y"], 3),
            (["a", "z"], 7),
            (["a", "q.r"], 10),
            (["a", "q.r", "s", "t"], 10),
            (["a", "b"], 12),
            (["a", "b", "x", "y"], 13),
            (["a", "b", "nothing", "there"], 12),
            (["nothing"], 1),
            ([], 1),
        ],
    )
    def test_are_found_in_every_way_to_write_toml(self, path: list[str], line: int) -> None:
        assert line_of(self.TEXT, path) == line

    def test_a_statement_of_many_lines_does_not_take_for_ever(self) -> None:
        text = "[a]\nx = [\n" + "1,\n" * 10_000 + "]\ny = 1\n"
        begin = time.monotonic()
        assert line_of(text, ["a", "x"]) >= 1
        assert time.monotonic() - begin < 60
