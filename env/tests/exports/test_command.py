"""`invoke export` and `honcho export`: what is written where, and what is left alone."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from env.exports.command import TARGETS, export
from env.services.places import ROOT

PROCFILE = "db: postgres\nweb: serve $PORT\n"
MANIFEST = """\
[project]
name = "Shop Front"

[tool.pixcrawler.processes.db]
ports = [5432]
healthcheck = { tcp = 5432 }
env_file = [".env"]

[tool.pixcrawler.processes.web]
depends_on = { db = "service_healthy" }
"""
HONCHO = {"compose", "kubernetes", "pixcrawler-systemd", "pixcrawler-supervisord"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Procfile").write_text(PROCFILE)
    (tmp_path / "pyproject.toml").write_text(MANIFEST)
    (tmp_path / ".env").write_text("DB_PASSWORD=very-secret-value\n")
    return tmp_path


def run(project: Path, target: str = "compose", **options: object) -> int:
    return export(target, project / "Procfile", project / "pyproject.toml", **options)  # type: ignore[arg-type]


class TestExport:
    def test_says_what_was_written_and_what_comes_next(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(project) == 0
        wrote, following = capsys.readouterr().out.splitlines()
        path = project / "deploy" / "compose" / "compose.yaml"
        assert wrote == f"wrote {path}"
        assert following == f"    -> docker compose --project-directory {project} -f {path} up --detach"
        assert 'name: "shop-front"' in path.read_text()

    @pytest.mark.parametrize("target", TARGETS)
    def test_the_same_as_json(self, project: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
        out = project / "here"
        assert run(project, target, out=out, as_json=True) == 0
        said = json.loads(capsys.readouterr().out)
        assert {Path(path) for path in said["written"]} == set(out.iterdir())
        assert said["target"] == target
        assert str(out) in said["next"]

    def test_a_second_time_changes_nothing(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run(project)
        path = project / "deploy" / "compose" / "compose.yaml"
        before = path.stat()
        capsys.readouterr()
        assert run(project) == 0
        assert f"unchanged {path}" in capsys.readouterr().out
        after = path.stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    def test_its_own_files_follow_the_manifest(self, project: Path) -> None:
        run(project)
        (project / "Procfile").write_text("db: postgres --new\nweb: serve\n")
        assert run(project) == 0
        assert "--new" in (project / "deploy" / "compose" / "compose.yaml").read_text()

    @pytest.mark.parametrize("change", ["services: {}\n", "{}# mine\n", "", "\udcff"])
    def test_what_is_foreign_or_edited_stays(
        self, project: Path, change: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(project)
        path = project / "deploy" / "compose" / "compose.yaml"
        edited = change.replace("{}# mine", path.read_text() + "# mine").encode("utf-8", "surrogateescape")
        path.write_bytes(edited)
        assert run(project) == 1
        assert path.read_bytes() == edited
        assert "--force" in capsys.readouterr().err
        assert run(project, force=True) == 0
        assert "postgres" in path.read_text()

    def test_nothing_is_written_when_one_file_is_foreign(self, project: Path) -> None:
        folder = project / "units"
        folder.mkdir()
        (folder / "shop-front-web.service").write_text("mine")
        assert run(project, "systemd", out=folder) == 1
        assert [path.name for path in folder.iterdir()] == ["shop-front-web.service"]

    def test_what_is_left_of_an_earlier_export_is_named(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(project, "systemd")
        folder = project / "deploy" / "systemd"
        (folder / "foreign.service").write_text("[Unit]\n")
        (project / "Procfile").write_text("db: postgres\n")
        (project / "pyproject.toml").write_text(MANIFEST.partition("[tool.pixcrawler.processes.web]")[0])
        assert run(project, "systemd") == 0
        out = capsys.readouterr().out
        assert f"note: {folder / 'shop-front-web.service'} is left from an earlier export" in out
        assert "foreign" not in out

    def test_a_wrong_target_is_explained(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(project, "kubernets") == 1
        assert "did you mean 'kubernetes'?" in capsys.readouterr().err

    def test_a_wrong_manifest_is_explained(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (project / "pyproject.toml").write_text(MANIFEST.replace("service_healthy", "service_heathy"))
        assert run(project) == 1
        assert "service_healthy" in capsys.readouterr().err
        assert not (project / "deploy").exists()

    def test_a_folder_that_cannot_be_is_explained(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(project, out=project / "Procfile" / "x") == 1
        assert "--out" in capsys.readouterr().err

    @pytest.mark.parametrize(("user", "is_named"), [("root", False), ("nobody-of-this-name", True)])
    def test_a_user_who_is_not_there_is_named(
        self, project: Path, user: str, is_named: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(project, "systemd", user=user)
        assert (f"sudo useradd --system {user}" in capsys.readouterr().out) is is_named

    def test_user_and_image(self, project: Path) -> None:
        run(project, "systemd", user="www-data")
        assert "\nUser=www-data\n" in (project / "deploy/systemd/shop-front-web.service").read_text()
        run(project, "kubernetes", image="registry/shop:1")
        assert 'image: "registry/shop:1"' in (project / "deploy/kubernetes/shop-front.yaml").read_text()

    @pytest.mark.parametrize(
        ("line", "systemd", "kubectl"),
        [
            ("A=plain:text/1,2?x=y", False, False),
            ("A=", False, False),
            ("A='quoted text'", False, True),
            ('A="quoted # text"', False, True),
            ('A="${B}"', True, True),
            ("A=$B", True, True),
            ("export A=b", True, True),
            ("A=b # c", True, True),
            ("A = b", True, True),
            ("A=b\\\\n", True, True),
            ("A='b", True, True),
            ("A='$B'", False, True),
        ],
    )
    def test_a_line_that_a_target_reads_otherwise_is_named(
        self, project: Path, line: str, systemd: bool, kubectl: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (project / ".env").write_text(f"# comment\n\n{line}\n")
        named = {"systemd": systemd, "kubernetes": kubectl, "compose": line == "A=$B"}
        for target, is_named in named.items():
            run(project, target)
            assert (".env:3 may mean something else" in capsys.readouterr().out) is is_named

    def test_a_path_with_blanks_is_quoted(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for target in TARGETS:
            run(project, target, out=project / "a b")
            assert f"'{project / 'a b'}" in capsys.readouterr().out.splitlines()[-1]

    def test_secrets_are_made_from_the_files_that_exist(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(project, "kubernetes")
        following = capsys.readouterr().out.splitlines()[-1]
        assert following.count("kubectl create secret") == 1
        assert f"shop-front-env --from-env-file={project / '.env'} " in following


class TestHoncho:
    def test_its_own_exporters_keep_their_names(self) -> None:
        names = [entry.name for entry in entry_points(group="honcho_exporters")]
        assert len(names) == len(set(names))
        assert HONCHO | {"systemd", "supervisord", "upstart", "runit"} <= set(names)

    @pytest.mark.parametrize("name", sorted(HONCHO))
    def test_writes_the_same_files(self, project: Path, name: str) -> None:
        target = name.removeprefix("pixcrawler-")
        self._honcho(project, "--app", "shop-front", name, str(project / "honcho"))
        assert run(project, target, out=project / "ours") == 0
        ours = {path.name: path.read_text() for path in (project / "ours").iterdir()}
        assert {path.name: path.read_text() for path in (project / "honcho").iterdir()} == ours

    def test_its_concurrency_is_scale(self, project: Path) -> None:
        self._honcho(project, "--concurrency", "web=2", "pixcrawler-systemd", str(project / "honcho"))
        assert len(list((project / "honcho").glob("*web@*.service"))) == 2

    def test_a_wrong_manifest_is_explained(self, project: Path) -> None:
        (project / "pyproject.toml").write_text(MANIFEST.replace("tcp = 5432", "tcp = 0"))
        done = self._honcho(project, "compose", str(project / "honcho"), code=1)
        assert "not a port" in done.stderr
        assert "Traceback" not in done.stderr

    def _honcho(self, folder: Path, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        command = [str(Path(sys.executable).with_name("honcho")), "export", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert "very-secret" not in "".join(path.read_text() for path in folder.glob("honcho/*"))
        return done


def test_invoke_knows_it(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("invoke")), "export", "--target", "kubernetes", "--json"]
    done = subprocess.run([*command, "--out", tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"] == [str(tmp_path / "pixcrawler.yaml")]


@pytest.mark.parametrize("target", TARGETS)
def test_every_run_writes_the_same(tmp_path: Path, target: str) -> None:
    """Whatever the order of sets is in a process."""
    code = (
        "from pathlib import Path; from env.exports.command import export; import sys;"
        "sys.exit(export(sys.argv[1], Path('Procfile'), Path('pyproject.toml'), out=Path(sys.argv[2])))"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, target, tmp_path / seed],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / seed).iterdir()} for seed in ("1", "2"))
    assert first == second
