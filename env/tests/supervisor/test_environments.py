from pathlib import Path

import pytest

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Settings, Specification
from env.tests.supervisor.stack import Stack, free_port, kid, standard_signals


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A", "B", "C", "PORT", "URL", "WEB_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_files_lose_to_the_environment_and_that_to_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\nC=file\n")
    monkeypatch.setenv("B", "environment")
    monkeypatch.setenv("C", "environment")
    spec = Specification("a", "x", Settings(env_files=(".env",)))
    found = Environments(tmp_path, [spec], {"C": "run"}).of(spec)
    assert [found[name] for name in "ABC"] == ["file", "environment", "run"]


def test_files_are_read_anew_for_every_life(tmp_path: Path) -> None:
    spec = Specification("a", "x", Settings(env_files=(".env",)))
    environments = Environments(tmp_path, [spec])
    for value in ("one", "two"):
        (tmp_path / ".env").write_text(f"A={value}\n")
        assert environments.of(spec)["A"] == value


def test_every_child_is_told_every_port_variable() -> None:
    web = Specification("web", "x", Settings(ports=(8123,), port_variables={"WEB_PORT": 8123}))
    other = Specification("other", "x", port_offset=100)
    found = Environments(Path(), [web, other])
    assert (found.of(web)["PORT"], found.of(web)["WEB_PORT"]) == ("8123", "8123")
    assert (found.of(other)["PORT"], found.of(other)["WEB_PORT"]) == ("5100", "8123")


def test_port_counts_from_the_one_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert Environments(Path()).of(Specification("a", "x", port_offset=101))["PORT"] == "9101"


def test_addresses_follow_the_ports_that_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("A=http://localhost:8123/x,http://example.com:8123\n")
    monkeypatch.setenv("URL", "redis://:secret@127.0.0.1:8123/0")
    spec = Specification("a", "x", Settings(env_files=(".env",)))
    found = Environments(tmp_path, [spec], ports={8123: 20001}).of(spec)
    assert found["A"] == "http://localhost:20001/x,http://example.com:8123"
    assert found["URL"] == "redis://:secret@127.0.0.1:20001/0"


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A_TOKEN=abcdefghijkl\nB=mnopqrstuvwx\n")
    spec = Specification("a", "x", Settings(env_files=(".env",)))
    found = Environments(tmp_path, [spec]).secrets(["B"])
    assert {"abcdefghijkl", "mnopqrstuvwx"} <= found


def test_secrets_that_come_later_are_told_unless_another_file_makes_them_public(tmp_path: Path) -> None:
    spec = Specification("a", "x", Settings(env_files=("a",)))
    other = Specification("b", "x", Settings(env_files=("b",)))
    environments = Environments(tmp_path, [spec, other])
    told: set[str] = set()
    environments.on_secrets = told.update
    environments.secrets([])
    (tmp_path / "a").write_text("ANON_KEY=known-to-everybody\nA_TOKEN=known-to-nobody\n")
    (tmp_path / "b").write_text("NEXT_PUBLIC_KEY=known-to-everybody\n")
    environments.of(spec)
    assert "known-to-nobody" in told
    assert "known-to-everybody" not in told


class TestAChild:
    def test_reads_what_changed_in_a_file_when_it_is_restarted(self, stack: Stack) -> None:
        (stack.folder / ".env").write_text("COLOUR=red\n")
        stack.start(
            {"a": 'echo "it is $COLOUR"; sleep 0.2; exit 1'}, {"a": 'env_file = [".env"]\nrestart = "always"'}
        )
        assert stack.said("it is red")
        (stack.folder / ".env").write_text("COLOUR=blue\n")
        assert stack.said("it is blue")

    def test_shows_no_secret_that_came_to_a_file_later(self, stack: Stack) -> None:
        (stack.folder / ".env").write_text("A_TOKEN=first-long-secret\n")
        stack.start(
            {"a": 'echo "it is $A_TOKEN$COLOUR"; sleep 0.2; exit 1'},
            {"a": 'env_file = [".env"]\nrestart = "always"'},
        )
        assert stack.said("it is [redacted]")
        (stack.folder / ".env").write_text("A_TOKEN=second-long-secret\nCOLOUR=blue\n")
        assert stack.said("it is [redacted]blue")
        assert "long-secret" not in stack.output

    def test_whose_file_is_broken_later_cannot_be_started(self, stack: Stack) -> None:
        (stack.folder / ".env").write_text("COLOUR=red\n")
        stack.start(
            {"a": "sleep 0.5; exit 1", "b": kid("polite")}, {"a": 'env_file = [".env"]\nrestart = "always"'}
        )
        assert stack.said("a started")
        (stack.folder / ".env").write_text("COLOUR='red\n")
        assert stack.said("a cannot be started: ")
        assert ".env:1: is not of the form" in stack.output

    def test_hears_its_port_where_ports_moved(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            {"a": 'echo "port $PORT $A_PORT"', "b": 'echo "url $URL"'},
            {
                "a": f'ports = {{ A_PORT = {port} }}\nrestart = "no"',
                "b": 'env_file = ["urls"]\nrestart = "no"',
            },
            "--ports",
            "auto",
        )
        stack.code()
        (stack.folder / "urls").write_text(f"URL=http://127.0.0.1:{port}/\n")
        stack.launch("--ports", "auto")
        assert stack.code() == 0
        said = dict(stack.lines)
        moved = said["a"].split()[1]
        assert 20000 <= int(moved) <= 29999
        assert said["a"] == f"port {moved} {moved}"
        assert said["b"] == f"url http://127.0.0.1:{moved}/"

    @pytest.mark.parametrize("field", ["SigBlk", "SigIgn"])
    def test_gets_no_signal_blocked_or_ignored(self, stack: Stack, field: str) -> None:
        stack.start({"a": f"grep {field} /proc/self/status"})
        assert stack.code() == 0
        assert standard_signals(field, stack.output) == 0

    def test_gets_no_descriptor_of_ours(self, stack: Stack) -> None:
        stack.start({"a": "ls /proc/self/fd"})
        assert stack.code() == 0
        assert [text for name, text in stack.lines if name == "a"] == ["0", "1", "2", "3"]

    def test_that_cannot_be_executed_says_why(self, stack: Stack) -> None:
        gone = stack.folder / "gone"
        gone.mkdir()
        (gone / "Procfile").write_text("a: sleep 0.3; exit 1\n")
        (gone / "m.toml").write_text('[tool.pixcrawler.processes.a]\nrestart = "always"\n')
        command = stack.command()[:4]
        options = ["--procfile", str(gone / "Procfile"), "--manifest", str(gone / "m.toml")]
        stack.launch(command=[*command, *options, "--state-dir", str(stack.state_dir)])
        assert stack.said("a started")
        gone.rename(stack.folder / "elsewhere")
        assert stack.said("a exited with code 127")
        assert "/bin/sh: [Errno 2] No such file or directory" in stack.output
