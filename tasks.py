"""Invoke tasks: the one entrance on every system; the work is in env/. `invoke --list`, `invoke -h dev`."""

import sys

from invoke import Context, task

from env import commands
from env.services.places import STATE


@task(
    help={
        "demo": "a local site with real photographs and a ready account: a first crawl without the internet",
        "detach": "return as soon as everything is ready and leave it running",
        "only": "these processes and what they depend on, for example api,worker",
        "json": "one JSON object a line instead of text",
    }
)
def dev(c: Context, demo: bool = False, detach: bool = False, only: str = "", json: bool = False) -> None:
    """Start the whole stack. Writes missing .env files first; Ctrl-C stops everything."""
    from env import development  # other tasks start faster without it

    sys.exit(development.start(demo=demo, detach=detach, only=names(only), is_json=json))


@task(
    help={
        "json": "the results as one JSON document",
        "only": "these checks, for example node,ports",
    }
)
def check(c: Context, json: bool = False, only: str = "") -> None:
    """Is this machine ready? A line a check and the command that mends it. Exit 0: yes, 1: no, 2: unknown."""
    from env.checks import runner  # loads psutil

    sys.exit(runner.main([*(["--json"] if json else []), *(["--only", only] if only else [])]))


@task(help={"json": "the state as one JSON document"})
def status(c: Context, json: bool = False) -> None:
    """Show the processes of this checkout's stack: state, readiness, restarts, uptime."""
    sys.exit(commands.status(STATE, as_json=json))


@task(
    positional=["name"],
    help={
        "name": "a process of the Procfile, or all",
        "follow": "go on until Ctrl-C",
        "lines": "how many of the last",
    },
)
def logs(c: Context, name: str, follow: bool = False, lines: str = "100") -> None:
    """Show what a process wrote, also after it ended: `invoke logs api --follow`, `invoke logs all`."""
    sys.exit(commands.logs(STATE, name, follow=follow, lines=lines))


@task(help={"name": "only this process of the Procfile"})
def stop(c: Context, name: str = "") -> None:
    """Stop the stack, or one process with `--name worker`, and wait until nothing of it is left."""
    sys.exit(commands.stop(STATE, name or None))


def names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]
