"""Invoke tasks: the one entrance on every system; the work is in env/. `invoke --list`, `invoke -h dev`."""

import sys
from pathlib import Path

# Invoke forbids to keep compiled modules: every command of a fresh checkout would compile its own again.
sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)

from invoke import Collection, Context, task  # noqa: E402

from env import variable_tasks  # noqa: E402
from env.services.places import ROOT, STATE  # noqa: E402

# Every task loads what it needs: the others start faster without it.


@task(
    help={
        "demo": "a local site with real photographs and a ready account: a first crawl without the internet",
        "detach": "return as soon as everything is ready and leave it running",
        "only": "these processes and what they depend on, for example api,worker",
        "scale": "so many copies, for example worker=2",
        "ports": "auto: a block of free ports of this checkout's own, so that several run side by side",
        "json": "one JSON object a line instead of text",
    }
)
def dev(
    c: Context,
    demo: bool = False,
    detach: bool = False,
    only: str = "",
    scale: str = "",
    ports: str = "",
    json: bool = False,
) -> None:
    """Start the whole stack; Ctrl-C stops everything.

    Writes missing .env files first.

    invoke dev --demo --detach
    invoke dev --ports auto --scale worker=2
    """
    from env import development

    if ports not in {"", "auto"}:
        sys.exit(f"--ports knows no '{ports}'\n    -> write --ports auto")
    sys.exit(
        development.start(
            demo=demo,
            detach=detach,
            only=names(only),
            scale=names(scale),
            ports_auto=bool(ports),
            is_json=json,
        )
    )


@task(
    help={
        "name": "start this process of the running stack again",
        "only": "these processes and what they depend on, for example api,worker",
        "json": "one JSON object a line instead of text",
    }
)
def start(c: Context, name: str = "", only: str = "", json: bool = False) -> None:
    """Start production in the foreground, or one process again.

    invoke start
    invoke start --name worker
    """
    if name:
        from env.commands import changes

        sys.exit(changes.start(STATE, name))
    from env.start import start_production

    sys.exit(start_production(only=names(only), is_json=json))


@task(
    help={
        "json": "the results as one JSON document",
        "only": "these checks, for example node,ports",
    }
)
def check(c: Context, json: bool = False, only: str = "") -> None:
    """Is this machine ready? And if not, what mends it.

    Exit 0: yes, 1: no, 2: unknown.

    invoke check --only node,ports
    """
    from env.checks import runner

    sys.exit(runner.main([*(["--json"] if json else []), *(["--only", only] if only else [])]))


@task(help={"watch": "draw it again every second, until Ctrl-C", "json": "the state as one JSON document"})
def status(c: Context, watch: bool = False, json: bool = False) -> None:
    """Show state, readiness, restarts, uptime, CPU, memory, ports.

    invoke status --watch
    """
    from env.commands.status import status

    sys.exit(status(STATE, as_json=json, watch=watch))


@task(
    positional=["name"],
    help={
        "name": "a process of the Procfile, or all",
        "follow": "go on until Ctrl-C",
        "since": "only what is younger: 5m, 1h30m, 12:00",
        "grep": "only lines that match this regular expression",
        "lines": "how many of the last; 100 when nothing else narrows it down",
        "json": "a JSON object a line",
    },
)
def logs(
    c: Context,
    name: str,
    follow: bool = False,
    since: str = "",
    grep: str = "",
    lines: str = "",
    json: bool = False,
) -> None:
    """Show what a process wrote, also after it ended.

    invoke logs api --follow
    invoke logs all --since 5m --grep "ERROR|Traceback"
    """
    from env.commands.logs import logs

    sys.exit(logs(STATE, name, follow=follow, since=since, grep=grep, lines=lines, as_json=json))


@task(positional=["name"], help={"name": "a process of the Procfile"})
def restart(c: Context, name: str) -> None:
    """Stop one process and start it again.

    invoke restart worker
    """
    from env.commands import changes

    sys.exit(changes.restart(STATE, name))


@task(help={"name": "only this process of the Procfile"})
def stop(c: Context, name: str = "") -> None:
    """Stop the stack, or one process; nothing of it is left.

    invoke stop
    invoke stop --name worker
    """
    from env.commands import changes

    sys.exit(changes.stop(STATE, name or None))


@task(help={"timeout": "how long at most: 90s, 5m"})
def wait(c: Context, timeout: str = "120s") -> None:
    """Return when everything is ready, or can't become so.

    invoke wait --timeout 5m && run-my-tests
    """
    from env.commands import changes

    sys.exit(changes.wait(STATE, timeout))


@task(help={"name": "with the environment of this very process; otherwise with the env files of all"})
def run(c: Context, name: str = "") -> None:
    """Run a command with the environment of the stack.

    invoke run -- python -m pytest backend/tests
    invoke run --name worker -- celery -A backend.workers.app:app inspect active
    """
    from env.commands.run import of_this_checkout, run, typed

    files = {"procfile": ROOT / "Procfile", "manifest": ROOT / "pyproject.toml"}
    sys.exit(run(STATE, typed(sys.argv), name, **files, defaults=of_this_checkout))


@task(positional=["name"], help={"name": "a process with stdin_open = true in pyproject.toml"})
def attach(c: Context, name: str) -> None:
    """Type into a process: a debugger's prompt.

    Ctrl-C or Ctrl-D leaves it running.

    invoke attach api
    """
    from env.commands.attach import attach

    sys.exit(attach(STATE, name))


@task(help={"json": "the figures as one JSON document"})
def critical_chain(c: Context, json: bool = False) -> None:
    """Show what the start waited for, and when all came.

    invoke critical-chain
    """
    from env.commands.critical_chain import critical_chain

    sys.exit(critical_chain(STATE, as_json=json))


@task(help={"theme": "light or dark; the terminal's own when left out"})
def top(c: Context, theme: str = "") -> None:
    """Open the dashboard: processes, logs, keys.

    invoke top
    """
    from env.top import main

    sys.exit(main(STATE, theme or None))


@task(
    help={
        "target": "systemd, supervisord, compose or kubernetes",
        "out": "the folder to write to; deploy/TARGET when left out",
        "procfile": "Procfile.prod when left out",
        "user": "whom systemd runs it as; the project's name when left out",
        "image": "the image of the containers; NAME:latest when left out",
        "force": "also replace files that are not ours or were edited",
        "json": "what was written as one JSON document",
    }
)
def export(
    c: Context,
    target: str,
    out: str = "",
    procfile: str = "Procfile.prod",
    user: str = "",
    image: str = "",
    force: bool = False,
    json: bool = False,
) -> None:
    """Write the processes in the words of another manager.

    No value of an env file is written, only where they are.

    invoke export --target systemd
    invoke export --target compose --image registry.example/pixcrawler:1
    """
    from env.exports.command import export

    sys.exit(
        export(
            target,
            ROOT / procfile,
            ROOT / "pyproject.toml",
            out=Path(out) if out else None,
            user=user,
            image=image,
            force=force,
            as_json=json,
        )
    )


def names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


namespace = Collection(
    dev, start, check, status, logs, restart, stop, wait, run, attach, critical_chain, top, export,
)  # fmt: skip
namespace.add_collection(Collection.from_module(variable_tasks, name="env"))
