"""A data directory: made once, brought to Supabase's form, and cleared of what a crash left."""

import hashlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from env.services.places import LOOPBACK, ServiceError
from env.services.postgres.binaries import MAJOR, binary, data_major

BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")
PASSWORD = "postgres"  # noqa: S105 -- loopback only, and Supabase's own local default
_APPLIED = "pixcrawler.bootstrap"
_ORPHAN_SECONDS = 10.0


def initialise(data: Path, *, sync: bool) -> None:
    """Make the cluster beside its place and rename it there: a killed initdb leaves no half of one."""
    if (found := data_major(data)) == MAJOR:
        return
    if found is not None:
        raise ServiceError(
            f"{data} was made by PostgreSQL {found}, this is {MAJOR}; move it away to start with an empty one"
        )
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w") as password_file:
        password_file.write(PASSWORD)
        password_file.flush()
        _run(
            binary("initdb"),
            *("--pgdata", draft, "--username", "postgres", "--pwfile", password_file.name),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            # The builtin provider sorts alike on every operating system.
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if sync else ("--no-sync",)),
        )
    if data.exists():
        data.rmdir()
    draft.rename(data)


def bootstrap(data: Path, script: Path = BOOTSTRAP) -> bool:
    """Run the script in single-user mode unless it ran before in this very form; True when it ran.

    The script is one transaction, so a mistake in it changes nothing.
    """
    text = script.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    applied = data / _APPLIED
    if applied.exists() and applied.read_text().strip() == digest:
        return False
    # With -j a command ends at a semicolon and an empty line: without any, the file is one command.
    single = re.sub(r";[ \t]*\n(?:[ \t]*\n)+", ";\n", text)
    # log_statement stays off: on an error the server would print the whole script.
    _run(
        binary("postgres"),
        *("--single", "-j", "-D", data, "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"),
        *("-c", "client_min_messages=warning", "postgres"),
        stdin=single,
    )
    applied.write_text(f"{digest}\n")
    return True


def clear_crash(data: Path) -> None:
    """Let a server that was killed go: wait for its orphans, drop a pid file whose pid is another's now.

    Raise ServiceError when a server really is running on this directory.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    recorded = _recorded_pid(lock)
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while living := list(_processes_in(data)):
        if recorded in living:
            raise ServiceError(f"PostgreSQL already runs on {data} (process {recorded})")
        if time.monotonic() > deadline:
            raise ServiceError(f"processes {living} of a killed PostgreSQL still use {data}; end them")
        time.sleep(0.1)
    lock.unlink(missing_ok=True)


def server_command(data: Path, port: int, *, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "port": str(port),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%q%d ",
        "log_checkpoints": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_connections": "120",
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(binary("postgres")), "-D", str(data), *options]


def _recorded_pid(lock: Path) -> int | None:
    first = lock.read_text(errors="replace").partition("\n")[0].strip()
    return int(first) if first.isdigit() else None


def _processes_in(data: Path) -> Iterator[int]:
    """Every process of a server works in its data directory."""
    place = str(data.resolve())
    for process in psutil.process_iter(["pid", "cwd"]):
        if process.info["cwd"] == place:
            yield process.info["pid"]


def _run(*command: str | Path, stdin: str = "") -> None:
    done = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise ServiceError(f"{Path(command[0]).name} failed ({done.returncode}):\n{last}")
