import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from env import development
from env.services.places import ROOT
from env.supervisor.run import read_plan
from env.variables.inventory import TIERS

LOCAL = {
    "root": {"SUPABASE_URL": "http://127.0.0.1:54321"},
    "backend": {
        "DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
        "CELERY_BROKER_URL": "redis://127.0.0.1:56379/2",
        "REDIS_URL": "redis://127.0.0.1:56379/0",
    },
    "frontend": {
        "NEXT_PUBLIC_SUPABASE_URL": "http://127.0.0.1:54321",
        "POSTGRES_URL": "postgresql://authenticator:postgres@127.0.0.1:54322/postgres",
        "NEXT_PUBLIC_APP_URL": "http://localhost:3000",
        "NEXT_PUBLIC_API_URL": "http://localhost:8000",
    },
}


def with_addresses(place: str) -> dict[str, dict[str, str]]:
    return {tier: dict.fromkeys(values, f"redis://{place}/0") for tier, values in LOCAL.items()}


class TestReplacedProcesses:
    def test_are_none_when_everything_points_here(self) -> None:
        assert development.replaced(LOCAL, {}) == []

    def test_may_be_written_with_the_name_of_this_machine(self) -> None:
        here = with_addresses(":pass@localhost:56379")
        assert development.replaced(here, {}) == ["postgres", "auth", "mailbox"]

    def test_are_those_whose_address_is_elsewhere(self) -> None:
        everything = ["postgres", "redis", "auth", "mailbox"]
        assert development.replaced(with_addresses("u:p@elsewhere.example:54322"), {}) == everything
        assert development.replaced(with_addresses("127.0.0.1"), {}) == everything

    @pytest.mark.parametrize(
        ("tier", "variable"), [("backend", "REDIS_URL"), ("backend", "CELERY_BROKER_URL")]
    )
    def test_are_not_those_that_one_address_still_names(self, tier: str, variable: str) -> None:
        mixed = {**LOCAL, tier: {**LOCAL[tier], variable: "redis://elsewhere.example:6379/0"}}
        assert development.replaced(mixed, {}) == []

    def test_are_not_those_whose_port_a_variable_has_moved(self) -> None:
        moved = with_addresses("127.0.0.1:7001")
        said = {"PIXCRAWLER_POSTGRES_PORT": "7001"}
        assert development.replaced(moved, said) == ["redis", "auth", "mailbox"]
        assert development.replaced(LOCAL, said) == []


class TestTheManifest:
    def test_brings_back_whatever_is_to_stay_also_after_an_orderly_end(self) -> None:
        plan = read_plan(development.PROCFILE, development.MANIFEST, profiles=["demo"])
        assert [process.name for process in plan if not process.returns_after(0)] == ["migrate", "warm"]


class TestAddresses:
    def test_are_those_of_what_runs(self) -> None:
        assert list(development.addresses(LOCAL, {"api", "worker"}, {})) == ["API"]
        assert "Demo account" in development.addresses(LOCAL, {"demo"}, {})

    def test_are_those_to_which_they_have_moved(self) -> None:
        moved = {3000: 20001, 8000: 20002, 54324: 20003, 54326: 20004}
        found = development.addresses(LOCAL, {"web", "api", "mailbox", "demo"}, moved)
        account = found.pop("Demo account")
        assert found == {
            "Application": "http://localhost:20001",
            "API": "http://localhost:20002/openapi.json",
            "Mailbox": "http://127.0.0.1:20003",
            "Demo site": "http://127.0.0.1:20004/gallery",
        }
        assert account == development.addresses(LOCAL, {"demo"}, {})["Demo account"]


class TestDefaults:
    def test_that_name_a_port_are_said_so_that_it_can_move(self) -> None:
        files = {tier.name: {variable.name: "set" for variable in tier.variables} for tier in TIERS}
        assert development.defaults(files) == {}
        del files["backend"]["ALLOWED_ORIGINS"], files["backend"]["CRAWLER_USER_AGENT"]
        said = {"ALLOWED_ORIGINS": "http://localhost:3000,http://127.0.0.1:3000"}
        assert development.defaults(files) == said


class TestTheDemo:
    @pytest.mark.parametrize(("own", "both"), [("", ""), ("10.0.0.5:80", "10.0.0.5:80,")])
    def test_keeps_the_hosts_that_are_allowed_already(self, own: str, both: str) -> None:
        tiers = {**LOCAL, "backend": {**LOCAL["backend"], "CRAWLER_ALLOWED_HOSTS": own}}
        expected = {"CRAWLER_ALLOWED_HOSTS": f"{both}{development.DEMO_HOST}"}
        assert development.demo_environment(tiers) == expected


class Checkout:
    """The platform alone, with two processes that want no port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "env", folder / "env", ignore=shutil.ignore_patterns("tests", "__pycache__"))
        shutil.copy(ROOT / "tasks.py", folder)
        (folder / "Procfile").write_text("web: sleep 60\nclock: sleep 60\ndemo: sleep 60\n")
        (folder / "pyproject.toml").write_text('[tool.pixcrawler.processes.demo]\nprofiles = ["demo"]\n')

    def invoke(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run("invoke", *arguments)

    def run(self, module: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env={**environment, **more, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def change(self, old: str, new: str) -> None:
        text = (self.folder / ".env").read_text()
        assert old in text
        (self.folder / ".env").write_text(text.replace(old, new))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Its files are written, nothing runs."""
    checkout = Checkout(tmp_path / "a checkout")
    first = checkout.invoke("dev", "--only", "clokc")
    assert "wrote frontend/.env" in first.stdout
    assert first.stderr == "--only: no process 'clokc'\n    -> did you mean 'clock'?\n"
    return checkout


class TestTheGround:
    def test_with_keys_of_a_deleted_state_is_refused_with_the_mend(self, checkout: Checkout) -> None:
        shutil.rmtree(checkout.folder / ".dev")
        done = checkout.invoke("dev")
        assert done.returncode == 1
        assert "not signed by the key in .dev/auth" in done.stderr
        assert "-> rm .env frontend/.env && invoke dev" in done.stderr
        assert not (checkout.folder / ".dev").exists()

    def test_with_a_misspelt_name_is_told_and_no_obstacle(self, checkout: Checkout) -> None:
        checkout.change("LOG_LEVEL=", "LOG_LEVL=")
        done = checkout.invoke("dev", "--detach")
        assert checkout.invoke("stop").returncode == 0
        assert done.returncode == 0
        assert "LOG_LEVL is read by nobody; meant LOG_LEVEL?" in done.stderr

    def test_of_production_is_refused(self, checkout: Checkout) -> None:
        checkout.change("PIXCRAWLER_ENVIRONMENT=development", "PIXCRAWLER_ENVIRONMENT=production")
        done = checkout.invoke("dev")
        assert done.returncode == 1
        assert "invoke dev is for development only" in done.stderr
        assert "-> to develop, set PIXCRAWLER_ENVIRONMENT to development" in done.stderr

    def test_that_cannot_be_written_is_named(self, checkout: Checkout) -> None:
        shutil.rmtree(checkout.folder / "frontend")
        (checkout.folder / "frontend").touch()
        done = checkout.invoke("dev")
        assert done.returncode == 1
        assert f"{checkout.folder}/frontend" in done.stderr
        assert "Traceback" not in done.stderr


class TestSelection:
    def test_may_have_blanks_and_brings_the_demo_along(self, checkout: Checkout) -> None:
        done = checkout.invoke("dev", "--demo", "--detach", "--only", "web, clock")
        running = checkout.invoke("status", "--json").stdout
        assert checkout.invoke("stop").returncode == 0
        assert "Demo account" in done.stdout
        assert [process["name"] for process in json.loads(running)["processes"]] == ["web", "clock", "demo"]


class TestJson:
    def test_is_all_that_is_printed(self, checkout: Checkout) -> None:
        (checkout.folder / "frontend/.env").unlink()
        done = checkout.invoke("dev", "--json", "--detach", "--only", "web")
        assert checkout.invoke("stop").returncode == 0
        assert done.returncode == 0
        wrote, found, detached = map(json.loads, done.stdout.splitlines())
        assert wrote == {"event": "wrote", "message": "wrote frontend/.env", "file": "frontend/.env"}
        assert found["addresses"] == {"Application": "http://localhost:3000"}
        assert found["message"] == "PixCrawler is ready."
        assert detached["event"] == "detached"


class TestTheEndToEndTest:
    def test_leaves_a_stack_alone_that_ran_before(self, checkout: Checkout) -> None:
        assert checkout.invoke("dev", "--detach").returncode == 0
        done = checkout.run("env.e2e", PIXCRAWLER_E2E="a round")
        status = checkout.invoke("status")
        assert checkout.invoke("stop").returncode == 0
        assert done.returncode == 1
        assert "already running" in done.stderr
        assert "clock  running" in status.stdout


class TestTheFrontend:
    def test_that_cannot_be_installed_is_told_in_a_line(self, checkout: Checkout) -> None:
        for file in ("package.json", "bun.lock"):
            (checkout.folder / "frontend" / file).write_text("{")
        done = checkout.run("env.frontend")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("frontend: bun install --frozen-lockfile failed in")
        assert "Traceback" not in done.stderr
