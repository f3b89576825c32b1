import re
import subprocess
from pathlib import Path

import pytest

from backend.core.settings._paths import ENV_FILES
from env.development import MANIFEST, PROCFILE
from env.services.places import ROOT
from env.supervisor.configuration.envfiles import read_env_files
from env.supervisor.run import read_plan
from env.tests.variables.test_grammar import oracle
from env.variables import load
from env.variables.inventory import TIERS
from env.variables.layers import PARTS, Layers


def told(root: Path) -> list[str]:
    return [str(problem) for problem in load(root, {}).problems]


class TestTheLayers:
    def test_of_the_backend_are_those_that_its_settings_read(self) -> None:
        files = tuple(ROOT / file for tier in PARTS["backend"] for file in tier.files)
        assert files == ENV_FILES

    def test_are_those_that_the_manifest_hands_to_each_process(self) -> None:
        handed = {
            process.name: process.settings.env_files
            for process in read_plan(PROCFILE, MANIFEST, profiles=["demo"])
        }
        backend, frontend = (tuple(tier.file for tier in PARTS[part]) for part in ("backend", "frontend"))
        assert {handed[name] for name in ("api", "worker", "scheduler", "migrate")} == {backend}
        assert {handed[name] for name in ("web", "warm")} == {frontend}
        assert {handed[name] for name in ("postgres", "redis", "mailbox")} == {()}

    def test_are_watched_by_whoever_was_handed_them_and_can_come_back(self) -> None:
        plan = read_plan(PROCFILE, MANIFEST, profiles=["demo"])
        watched = {process.name: process.settings.watch for process in plan if process.returns_after(0)}
        files = {process.name: process.settings.env_files for process in plan}
        assert watched == {name: tuple(f"{file}*" for file in files[name]) for name in watched}

    def test_keep_the_tables_owner_and_the_service_key_from_the_web_server(self, root: Path) -> None:
        given = read_env_files(root, [tier.file for tier in PARTS["frontend"]])
        assert "NEXT_PUBLIC_API_URL" in given
        assert given.keys() & {"DATABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "STORAGE_SIGNING_KEY"} == set()

    @pytest.mark.parametrize("file", [file for tier in TIERS for file in tier.files])
    def test_are_never_committed(self, file: str) -> None:
        ignored = subprocess.run(["git", "check-ignore", "--no-index", file], cwd=ROOT, capture_output=True)
        assert ignored.returncode == 0

    def test_see_the_values_of_those_before_them(self, root: Path) -> None:
        (root / ".env.local").write_text("MACHINE=db.example\n")
        (root / "backend/.env.local").write_text("REDIS_URL=redis://${MACHINE}:1/0\n")
        layers = Layers(root, {})
        assert layers.of("REDIS_URL", "backend")[0].value == "redis://db.example:1/0"
        assert read_env_files(root, [".env", "backend/.env"])["REDIS_URL"] == "redis://db.example:1/0"
        real = Layers(root, {"MACHINE": "real.example"})
        assert real.of("REDIS_URL", "backend")[0].value == "redis://real.example:1/0"

    def test_that_name_nothing_else_say_what_python_dotenv_says(self, root: Path) -> None:
        values = oracle(root / "backend/.env")
        layers = Layers(root, {})
        assert {name: layers.of(name, "backend")[0].value for name in values} == values


class TestALocalFile:
    def test_wins_over_the_one_it_stands_beside(self, root: Path) -> None:
        (root / "backend/.env.local").write_text("REDIS_URL=redis://127.0.0.1:1/0\n")
        assert load(root, {}).tiers["backend"]["REDIS_URL"] == "redis://127.0.0.1:1/0"
        assert load(root, {"REDIS_URL": "redis://db/0"}).tiers["backend"]["REDIS_URL"] == "redis://db/0"

    def test_may_hold_everything(self, root: Path) -> None:
        (root / "backend/.env").rename(root / "backend/.env.local")
        assert told(root) == []

    def test_is_named_with_its_line_when_it_is_wrong(self, root: Path) -> None:
        (root / "backend/.env.local").write_text("# mine\n\n\nREDIS_URL=nowhere\n")
        assert told(root) == [
            "backend/.env.local:4: REDIS_URL must be an address that starts with redis:// or rediss:// or unix://"
        ]

    def test_is_named_when_it_empties_a_variable(self, root: Path) -> None:
        (root / "backend/.env.local").write_text("DATABASE_URL=\n")
        (problem,) = told(root)
        assert problem.startswith("backend/.env.local:1: DATABASE_URL is not set; it needs an address")

    def test_is_named_when_a_line_of_it_is_broken(self, root: Path) -> None:
        (root / "frontend/.env.local").write_text("\nA='hunter2\n")
        assert told(root) == ["frontend/.env.local:2: is not of the form NAME=value"]

    def test_is_looked_through_for_misspelt_names(self, root: Path) -> None:
        (root / ".env.local").write_text("SUPABASE_ULR=x\nlog_level=INFO\n")
        assert told(root) == [
            ".env.local:1: SUPABASE_ULR is read by nobody; meant SUPABASE_URL?",
            ".env.local:2: log_level must be written LOG_LEVEL: not every part reads it like this",
        ]

    def test_of_the_backend_may_say_what_the_root_says_and_is_judged_by_it(self, root: Path) -> None:
        (root / "backend/.env.local").write_text("LOG_LEVEL=LOUD\n")
        (problem,) = told(root)
        assert problem.startswith("backend/.env.local:1: LOG_LEVEL must be DEBUG")

    def test_that_makes_keys_unequal_is_named_with_the_place_of_the_other(self, root: Path) -> None:
        (root / ".env.local").write_text("SUPABASE_URL=http://127.0.0.1:9\n")
        (problem,) = told(root)
        expected = (
            r"frontend/\.env:\d+: NEXT_PUBLIC_SUPABASE_URL differs from SUPABASE_URL \(\.env\.local:1\); "
            r"make them equal"
        )
        assert re.fullmatch(expected, problem)
