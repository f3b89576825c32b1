"""Tests, lint, types, frontend and end-to-end, each self-contained on a fresh clone: `nox --list`."""

import os

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)

# Frozen into the bundle by a build; this one is thrown away.
PUBLIC_ADDRESSES = {
    "NEXT_PUBLIC_API_URL": "http://localhost:8000",
    "NEXT_PUBLIC_APP_URL": "http://localhost:3000",
    "NEXT_PUBLIC_SUPABASE_URL": "http://127.0.0.1:54321",
    "NEXT_PUBLIC_SUPABASE_ANON_KEY": "a-build-signs-nobody-in",
}

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = bool(os.environ.get("CI"))
nox.options.sessions = ["tests", "lint", "types", "frontend", "e2e"]


def install(session: nox.Session) -> None:
    """Every dependency exactly as locked, and the project itself in place."""
    session.install("--require-hashes", "-r", "requirements.lock")
    session.install("--no-deps", "--editable", ".")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Python tests on a real PostgreSQL and Redis, in parallel."""
    install(session)
    session.run("python", "-m", "env.frontend")  # the conformance tests run the real JavaScript client
    # Whole stacks take most of the time and behave alike on each: the oldest, which has the least, runs them.
    selection = [] if session.python == PYTHONS[0] else ["-m", "not heavy"]
    session.run("pytest", "-n", "auto", "--dist", "loadgroup", *selection, *session.posargs)


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Ruff (lint and format) and the import contracts."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Strict types, the supervisor's as Windows sees them too."""
    install(session)
    session.run("mypy")
    session.run("mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32", "-p", "env.supervisor")


@nox.session(python=PYTHONS[0])
def frontend(session: nox.Session) -> None:
    """Biome, types, unit tests, production build."""
    install(session)
    for script in ("lint", "typecheck", "test", "build"):
        session.run("python", "-m", "env.frontend", script, env=PUBLIC_ADDRESSES)


@nox.session(python=PYTHONS[0])
def e2e(session: nox.Session) -> None:
    """A browser signs up, crawls, looks and downloads, against the stack that `invoke dev` starts. Twice."""
    install(session)
    session.run("python", "-m", "env.e2e", *session.posargs)
