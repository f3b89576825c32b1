"""Our own processes and a stack with everything in it, exported and judged by the checker of each format."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from env.exports.application import Application, application
from env.exports.base import Export
from env.exports.command import TARGETS
from env.exports.compose import Compose
from env.exports.kubernetes import Kubernetes
from env.exports.supervisord import Supervisord
from env.exports.systemd import Systemd
from env.services.places import ROOT
from env.supervisor.problems import ConfigurationError
from env.supervisor.run import read_plan
from env.tests.exports.outlets import (
    app_of,
    documents,
    expanded,
    exposure,
    interpolated,
    launched,
    supervisord_programs,
    systemd_argvs,
    verify,
)

PROCFILE = """\
db: postgres -D 'my data'
migrate: python -m migrate "100%" $USER
api: uvicorn app:app --port $PORT
worker: celery -A app worker
beat: cd deep && celery -A app beat
warm: curl -sf http://localhost
"""
MANIFEST = """
[db]
ports = { DB_PORT = 5432 }
healthcheck = { exec = ["pg_isready", "-q", "-t", "$T"], start_period = "90s" }
restart = "always"
stop_signal = "SIGINT"
stop_grace_period = "15s"
[migrate]
depends_on = { db = "service_healthy" }
env_file = [".env", "backend/.env"]
restart = "on-failure"
[api]
ports = [80]
scale = 2
depends_on = { migrate = "service_completed_successfully", worker = "service_started" }
healthcheck = { http = "http://127.0.0.1:80/health?all=1", interval = "10s", retries = 2 }
restart = "on-failure"
[worker]
depends_on = { migrate = "service_completed_successfully", db = "service_healthy" }
healthcheck = { log = "ready" }
restart = "always"
stop_grace_period = "90s"
[beat]
depends_on = { worker = "service_healthy" }
healthcheck = { file = "run/beat" }
restart = "always"
[warm]
depends_on = { api = "service_healthy" }
restart = "no"
"""


def _export(exporter: Export, app: Application, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for file in exporter.files(app):
        path = folder / file.name
        path.write_text(file.content, "utf-8")
        paths.append(path)
    return paths


def _own(procfile: str) -> Application:
    return application(read_plan(ROOT / procfile, ROOT / "pyproject.toml"), "pixcrawler", ROOT)


def _run(*command: object) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(params=["Procfile", "Procfile.prod", "everything"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Application:
    return app_of(tmp_path, PROCFILE, MANIFEST) if request.param == "everything" else _own(request.param)


class TestCheckers:
    def test_systemd(self, app: Application, tmp_path: Path) -> None:
        assert verify(*_export(Systemd(), app, tmp_path)) == []

    def test_supervisord(self, app: Application, tmp_path: Path) -> None:
        (path,) = _export(Supervisord(), app, tmp_path)
        assert len(supervisord_programs(path)) == len(app.services)

    def test_compose(self, app: Application, tmp_path: Path) -> None:
        (path,) = _export(Compose(), app, tmp_path)
        _run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path)

    def test_kubernetes(self, app: Application, tmp_path: Path) -> None:
        (path,) = _export(Kubernetes(), app, tmp_path)
        _run(Path(sys.executable).with_name("kubernetes-validate"), "--strict", path)

    def test_systemd_finds_the_units_locked_down(self, app: Application, tmp_path: Path) -> None:
        units = _export(Systemd(), app, tmp_path)[1:]
        assert max(map(exposure, units)) < 3

    def test_the_checkers_do_complain(self, tmp_path: Path) -> None:
        (unit, *_) = [path for path in _export(Systemd(), _own("Procfile"), tmp_path) if "api" in path.name]
        unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=mostly"))
        assert len(verify(unit)) == 1
        (path,) = _export(Kubernetes(), _own("Procfile"), tmp_path)
        path.write_text(path.read_text().replace("runAsNonRoot", "runAsNobody"))
        with pytest.raises(AssertionError, match="runAsNobody"):
            _run(Path(sys.executable).with_name("kubernetes-validate"), "--strict", path)


class TestTheSameCommand:
    """What each would start is what the supervisor starts."""

    def test_systemd(self, app: Application, tmp_path: Path) -> None:
        paths = _export(Systemd(), app, tmp_path)[1:]
        assert [systemd_argvs(path) for path in paths] == [[service.argv] for service in app.services]

    def test_supervisord(self, app: Application, tmp_path: Path) -> None:
        (path,) = _export(Supervisord(), app, tmp_path)
        programs = supervisord_programs(path)
        for service in app.services:
            program = programs[f"{app.name}-{service.stage}:{service.name}"]
            assert launched(program) == service.argv
            assert program.environment == {**service.variables, "PATH": app.path}
            assert program.directory == str(app.root)

    def test_containers(self, app: Application, tmp_path: Path) -> None:
        composed = _composed(app, tmp_path)
        pods = {name: _container(pod) for name, pod in _pods(app, tmp_path).items()}
        for service in app.in_containers().services:
            ours, environment = service.argv, dict(service.variables)
            found = composed[service.name]
            assert [interpolated(word) for word in found["entrypoint"]] == ours
            assert {name: interpolated(value) for name, value in found["environment"].items()} == environment
            if not service.is_awaited:
                pod = pods[service.name]
                assert [expanded(word) for word in pod["command"]] == ours
                assert {each["name"]: expanded(each["value"]) for each in pod["env"]} == environment


def test_the_supervisor_gives_the_same_variables(tmp_path: Path) -> None:
    """Asked of real children: what it adds to its own environment is what the exports declare."""
    dump = "python -c 'import os, json; print(json.dumps(dict(os.environ)), flush=True)'"
    (tmp_path / "Procfile").write_text(f"one: {dump}\ntwo: {dump}\n")
    manifest = (
        '[one]\nports = { ONE_PORT = 23, ONE_ADMIN = 24 }\nrestart = "no"\n[two]\nscale = 2\nrestart = "no"\n'
    )
    tables = manifest.replace("[", "[tool.pixcrawler.processes.", 1).replace(
        "\n[", "\n[tool.pixcrawler.processes."
    )
    (tmp_path / "manifest.toml").write_text(tables)
    plan = read_plan(tmp_path / "Procfile", tmp_path / "manifest.toml")
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "env.supervisor", "start", "--json"]
    files = ["--procfile", f"{tmp_path}/Procfile", "--manifest", f"{tmp_path}/manifest.toml"]
    out = subprocess.run([*command, *files], capture_output=True, text=True, env=bare, timeout=60).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    given = {
        line["process"]: json.loads(line["line"]) for line in lines if line.get("line", "").startswith("{")
    }
    for service in application(plan, "x", tmp_path).services:
        ours = {
            n: v for n, v in given[service.name].items() if n not in bare and not n.startswith("PIXCRAWLER_")
        }
        assert {
            n: v for n, v in ours.items() if n not in {"PWD", "SHLVL", "_", "LC_CTYPE"}
        } == service.variables
        assert given[service.name]["PATH"].split(":")[0] == str(Path(sys.executable).parent)


class TestOrder:
    def test_systemd_waits_for_what_is_after(self, tmp_path: Path) -> None:
        units = _units(tmp_path)
        assert "Requires=pix-migrate.service\nAfter=pix-migrate.service" in units["pix-api@1"]
        assert "Wants=pix-worker.service\nAfter=pix-worker.service" in units["pix-api@2"]
        assert "Requires=pix-worker.service" not in units["pix-api@2"]
        assert "Type=oneshot\nRemainAfterExit=yes" in units["pix-migrate"]
        assert "ExecStartPost=:/bin/sh -c" in units["pix-db"]
        assert "TimeoutStartSec=90\n" in units["pix-db"]
        assert {"pix-api@1.service", "pix-api@2.service"} <= set(units["pix.target"].split())

    def test_supervisord_has_a_group_a_stage(self, tmp_path: Path) -> None:
        (path,) = _export(Supervisord(), app_of(tmp_path, PROCFILE, MANIFEST), tmp_path)
        assert set(supervisord_programs(path)) == {
            "pix-1:db",
            "pix-2:migrate",
            "pix-3:worker",
            "pix-4:api.1",
            "pix-4:api.2",
            "pix-4:beat",
            "pix-5:warm",
        }
        assert re.findall(r"priority=(\d)", path.read_text()) == ["1", "2", "3", "4", "5"]

    def test_compose_has_the_conditions_of_the_manifest(self, tmp_path: Path) -> None:
        services = _composed(app_of(tmp_path, PROCFILE, MANIFEST), tmp_path)
        conditions = {
            name: {other: wish["condition"] for other, wish in service.get("depends_on", {}).items()}
            for name, service in services.items()
        }
        assert conditions["api"] == {
            "migrate": "service_completed_successfully",
            "worker": "service_started",
        }
        assert conditions["worker"]["db"] == "service_healthy"
        assert conditions["warm"] == {"api": "service_healthy"}
        # Whose health is a line of its log, which nothing in a container can see.
        assert conditions["beat"] == {"worker": "service_started"}

    def test_kubernetes_runs_one_shots_and_waits_first(self, tmp_path: Path) -> None:
        pods = _pods(app_of(tmp_path, PROCFILE, MANIFEST), tmp_path)
        inits = {name: [init["name"] for init in pod.get("initContainers", [])] for name, pod in pods.items()}
        assert inits == {
            "db": [],
            "api": ["wait-for-db", "migrate"],
            "worker": ["wait-for-db", "migrate"],
            "beat": [],
            "warm": ["wait-for-api"],
        }
        wait, migrate = pods["api"]["initContainers"]
        assert '("pix-db", 5432)' in expanded(wait["command"][2])
        assert [secret["secretRef"]["name"] for secret in migrate["envFrom"]] == [
            "pix-env",
            "pix-env-local",
            "pix-backend-env",
            "pix-backend-env-local",
        ]


class TestEnd:
    def test_only_the_leader_gets_the_signal(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, PROCFILE, MANIFEST)
        for unit in _units(tmp_path).values():
            if "[Service]" in unit:
                assert "KillMode=mixed\n" in unit
        (path,) = _export(Supervisord(), app, tmp_path)
        for program in supervisord_programs(path).values():
            assert (program.stopasgroup, program.killasgroup) == (False, True)
        assert all(service["init"] for service in _composed(app, tmp_path).values())

    def test_signal_and_grace(self, tmp_path: Path) -> None:
        app, units = app_of(tmp_path, PROCFILE, MANIFEST), _units(tmp_path)
        assert "KillSignal=SIGINT\nTimeoutStopSec=15\n" in units["pix-db"]
        assert "KillSignal=SIGTERM\nTimeoutStopSec=90\n" in units["pix-worker"]
        (path,) = _export(Supervisord(), app, tmp_path)
        programs = supervisord_programs(path)
        assert (programs["pix-1:db"].stopsignal, programs["pix-1:db"].stopwaitsecs) == (2, 15)
        services = _composed(app, tmp_path)
        assert services["db"]["stop_signal"] == "SIGINT"
        assert services["worker"]["stop_grace_period"] == "90s"
        pods = _pods(app, tmp_path)
        assert pods["worker"]["terminationGracePeriodSeconds"] > 90
        assert "kill -s INT 1" in _container(pods["db"])["lifecycle"]["preStop"]["exec"]["command"][2]

    def test_no_grace_is_not_for_ever(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, "web: true", '[web]\nstop_grace_period = "0s"\nrestart = "always"\n')
        assert "TimeoutStopSec=0.001\n" in _export(Systemd(), app, tmp_path)[1].read_text()

    def test_restart(self, tmp_path: Path) -> None:
        app, units = app_of(tmp_path, PROCFILE, MANIFEST), _units(tmp_path)
        found = {name: re.findall(r"\nRestart=(.*)", unit) for name, unit in units.items()}
        assert (found["pix-worker"], found["pix-api@1"], found["pix-warm"]) == (
            ["always"],
            ["on-failure"],
            ["no"],
        )
        services = _composed(app, tmp_path)
        assert (services["worker"]["restart"], services["warm"]["restart"]) == ("always", "no")
        kinds = {document["metadata"]["name"]: document["kind"] for document in _documents(app, tmp_path)}
        assert kinds["pix-warm"] == "Job"
        assert "pix-migrate" not in kinds

    def test_who_declares_no_restart_comes_back(self, tmp_path: Path) -> None:
        assert _composed(app_of(tmp_path, "web: true"), tmp_path)["web"]["restart"] == "always"


class TestHealth:
    def test_kubernetes_asks_from_outside(self, tmp_path: Path) -> None:
        api = _container(_pods(app_of(tmp_path, PROCFILE, MANIFEST), tmp_path)["api"])
        get = {"path": "/health?all=1", "port": 80}
        assert api["startupProbe"]["httpGet"] == api["livenessProbe"]["httpGet"] == get
        assert api["startupProbe"]["failureThreshold"] * api["startupProbe"]["periodSeconds"] == 60
        assert (api["readinessProbe"]["periodSeconds"], api["readinessProbe"]["failureThreshold"]) == (10, 2)
        assert api["livenessProbe"]["failureThreshold"] > api["readinessProbe"]["failureThreshold"]

    def test_a_dollar_of_a_command_stays_one(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, PROCFILE, MANIFEST)
        probe = _container(_pods(app, tmp_path)["db"])["startupProbe"]["exec"]["command"]
        test = _composed(app, tmp_path)["db"]["healthcheck"]["test"]
        ours = ["pg_isready", "-q", "-t", "$T"]
        assert [expanded(word) for word in probe] == ours
        assert [interpolated(word) for word in test] == ["CMD", *ours]

    def test_a_ready_file_of_an_earlier_life_goes_first(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, PROCFILE, MANIFEST)
        unit = next(path for path in _export(Systemd(), app, tmp_path) if "beat" in path.name)
        assert systemd_argvs(unit, "ExecStartPre") == [["/bin/rm", "-f", "run/beat"]]
        assert "--remove run/beat" in _export(Supervisord(), app, tmp_path)[0].read_text()

    def test_what_cannot_be_asked_is_said(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, PROCFILE, MANIFEST)
        for exporter in TARGETS.values():
            notes = list(exporter().notes(app))
            assert sum(note.startswith("beat starts without waiting for") for note in notes) == 1
            assert sum(note.startswith("beat: a shell") for note in notes) == 1


class TestScaleAndPorts:
    def test_each_copy_has_a_port(self, tmp_path: Path) -> None:
        units = _units(tmp_path)
        assert "Environment=PORT=80\n" in units["pix-api@1"]
        assert "Environment=PORT=81\n" in units["pix-api@2"]
        assert "81, timeout" in units["pix-api@2"]
        assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in units["pix-api@2"]

    def test_replicas_share_theirs(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, PROCFILE, MANIFEST)
        api = _composed(app, tmp_path)["api"]
        assert (api["deploy"]["replicas"], api["environment"]["PORT"], api["expose"]) == (2, "80", ["80"])
        deployment, service = (d for d in _documents(app, tmp_path) if d["metadata"]["name"] == "pix-api")
        assert deployment["spec"]["replicas"] == 2
        assert [port["port"] for port in service["spec"]["ports"]] == [80]
        assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]

    def test_a_container_listens_for_others(self, tmp_path: Path) -> None:
        services = _composed(app_of(tmp_path, PROCFILE, MANIFEST), tmp_path)
        assert services["db"]["environment"]["DB_HOST"] == "0.0.0.0"  # noqa: S104
        assert services["db"]["ports"] == ["127.0.0.1:5432:5432"]

    def test_one_that_cannot_is_named(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, "web: serve 127.0.0.1:80", "[web]\nports = [80]\n")
        assert any("loopback" in note for note in Compose().notes(app))

    def test_names_that_would_meet_are_refused(self, tmp_path: Path) -> None:
        app = app_of(tmp_path, "a_b: true\na-b: true\n")
        with pytest.raises(ConfigurationError, match="pix-a-b"):
            list(Kubernetes().files(app))


@pytest.mark.parametrize("target", TARGETS)
def test_no_value_of_an_env_file_is_written(tmp_path: Path, target: str) -> None:
    for path in (".env", ".env.local", "backend/.env"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("API_KEY=very-secret-value\nPORT=7001\n")
    app = app_of(tmp_path, PROCFILE, MANIFEST)
    text = "".join(file.content for file in TARGETS[target]().files(app))
    assert "very-secret" not in text
    assert "backend/.env" in text or "pix-backend-env" in text


def _units(folder: Path) -> dict[str, str]:
    paths = _export(Systemd(), app_of(folder, PROCFILE, MANIFEST), folder)
    return {path.name.removesuffix(".service"): path.read_text("utf-8") for path in paths}


def _composed(app: Application, folder: Path) -> dict[str, Any]:
    (path,) = _export(Compose(), app, folder)
    services = documents(path)[0]["services"]
    assert isinstance(services, dict)
    return services


def _documents(app: Application, folder: Path) -> Iterable[Any]:
    return documents(_export(Kubernetes(), app, folder)[0])


def _pods(app: Application, folder: Path) -> dict[str, Any]:
    """The pod of each process, by its name in the Procfile."""
    specs = [d["spec"]["template"]["spec"] for d in _documents(app, folder) if d["kind"] != "Service"]
    return {spec["containers"][0]["name"]: spec for spec in specs}


def _container(pod: Any) -> Any:
    (container,) = pod["containers"]
    return container
