import subprocess

import pytest

from env.supervisor.processes.shell import shell_argv, with_exec


@pytest.mark.parametrize(
    ("command", "executed"),
    [
        ("python -m http.server", "exec python -m http.server"),
        ("A=1 B=two env", "A=1 B=two exec env"),
        ("python -c 'a; b' > log", "exec python -c 'a; b' > log"),
        ('echo "a && b"', 'exec echo "a && b"'),
        ("echo $PORT", "exec echo $PORT"),
        ("a && b", "a && b"),
        ("a | b", "a | b"),
        ("a; b", "a; b"),
        ("(cd x && y)", "(cd x && y)"),
        ("echo `date`", "echo `date`"),
        ("exec a", "exec a"),
        ("exit 3", "exit 3"),
        ("cd web", "cd web"),
        ("A=1", "A=1"),
        ("A='x y' env", "A='x y' env"),
    ],
)
def test_exec_stands_where_it_is_safe(command: str, executed: str) -> None:
    assert with_exec(command) == executed


@pytest.mark.parametrize(
    "command", ["A=1 printenv A", "A='1' printenv A", "printf '%s\\n' 1", "exit 0; true", "echo 1 | cat"]
)
def test_the_meaning_of_a_command_stays(command: str) -> None:
    plain = subprocess.run(["/bin/sh", "-c", command], capture_output=True)
    ours = subprocess.run(shell_argv(command), capture_output=True)
    assert (ours.stdout, ours.returncode) == (plain.stdout, plain.returncode)
