"""What is generated and committed equals what the generator makes of today's sources."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from env.services.node import FRONTEND, bun_binary, install_packages, node_environment
from env.services.places import ROOT

LOCK_FILES = [ROOT / "requirements.lock", FRONTEND / "bun.lock"]


@pytest.fixture(scope="module")
def packages() -> None:
    install_packages()


def run_package(*command: str, cwd: Path = FRONTEND) -> str:
    done = subprocess.run(
        [bun_binary(), "run", *command],
        cwd=cwd,
        env=node_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_openapi_document_is_what_the_application_serves() -> None:
    written = subprocess.run(
        [sys.executable, "-m", "backend.openapi"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    committed = (FRONTEND / "lib/api/openapi.json").read_text()
    assert json.loads(committed) == json.loads(written.stdout), (
        "run: python -m backend.openapi > frontend/lib/api/openapi.json"
    )


def test_the_api_client_is_made_from_the_openapi_document(packages: None, tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    run_package("openapi-typescript", "lib/api/openapi.json", "-o", str(made))
    assert made.read_text() == (FRONTEND / "lib/api/schema.d.ts").read_text(), (
        "run: python -m env.frontend api:generate"
    )


def test_the_migrations_hold_everything_the_schema_says(packages: None, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(FRONTEND / "node_modules")
    shutil.copy(FRONTEND / "drizzle.config.ts", tmp_path)
    shutil.copy(FRONTEND / "package.json", tmp_path)
    shutil.copytree(FRONTEND / "lib/db", tmp_path / "lib/db")
    shutil.copytree(FRONTEND / "drizzle", tmp_path / "drizzle")
    told = run_package("drizzle-kit", "generate", cwd=tmp_path)
    assert "No schema changes" in told, "run: python -m env.frontend db:generate"


def test_the_custom_migration_holds_the_sql_files_word_for_word() -> None:
    migration = (FRONTEND / "drizzle/0001_functions_triggers_grants.sql").read_text()
    files = [
        (FRONTEND / f"lib/db/sql/{name}.sql").read_text() for name in ("functions", "triggers", "grants")
    ]
    assert _statements(migration) == _statements("\n".join(files))


def _statements(text: str) -> list[str]:
    lines = text.replace("--> statement-breakpoint", "").splitlines()
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: path.name)
def test_a_lock_file_names_no_address(path: Path) -> None:
    assert not re.findall(r"\w+://\S+", path.read_text())


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), flags=re.M))
    missing = {re.split(r"[\[><=,]", name)[0].lower() for group in groups for name in group} - locked
    assert not missing, (
        "run: uv lock && uv export --all-groups --no-emit-project --no-header -o requirements.lock"
    )
