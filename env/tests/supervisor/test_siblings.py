"""One manifest for two Procfiles."""

from pathlib import Path

import pytest

from env.services.places import ROOT
from env.supervisor.problems import ConfigurationError
from env.supervisor.run import read_plan

MANIFEST = """
[tool.pixcrawler.processes.database]
healthcheck = { tcp = 5432 }
[tool.pixcrawler.processes.web]
depends_on = { database = "service_healthy" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Procfile").write_text("database: sleep 9\nweb: sleep 9\n")
    (tmp_path / "Procfile.prod").write_text("web: sleep 9\n")
    (tmp_path / "manifest.toml").write_text(MANIFEST)
    return tmp_path


def complaints(folder: Path, procfile: str) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        read_plan(folder / procfile, folder / "manifest.toml")
    return [problem.what for problem in error.value.problems]


class TestAProcfileWithSomeOfTheProcesses:
    def test_leaves_the_others_to_somebody_else(self, folder: Path) -> None:
        (web,) = read_plan(folder / "Procfile.prod", folder / "manifest.toml")
        assert web.name == "web"
        assert web.settings.depends_on == {}

    def test_is_told_of_names_that_no_procfile_has(self, folder: Path) -> None:
        typo = MANIFEST.replace("processes.database", "processes.databse")
        (folder / "manifest.toml").write_text(typo.replace("{ database =", "{ dtabase ="))
        expected = ["'databse' is not in the Procfile", "web.depends_on: no process 'dtabase'"]
        assert complaints(folder, "Procfile.prod") == expected
        assert complaints(folder, "Procfile") == expected

    def test_cannot_select_what_it_does_not_have(self, folder: Path) -> None:
        with pytest.raises(ConfigurationError, match="no process 'database'"):
            read_plan(folder / "Procfile.prod", folder / "manifest.toml", only=["database"])

    def test_alone_has_to_have_all(self, folder: Path) -> None:
        (folder / "Procfile").unlink()
        assert "'database' is not in the Procfile" in complaints(folder, "Procfile.prod")


class TestTheFullProcfile:
    def test_lends_from_no_other(self, folder: Path) -> None:
        (folder / "Procfile").write_text("web: sleep 9\n")
        (folder / "Procfile.prod").write_text("database: sleep 9\nweb: sleep 9\n")
        assert "'database' is not in the Procfile" in complaints(folder, "Procfile")


def test_ours_share_settings_by_name() -> None:
    manifest = ROOT / "pyproject.toml"
    development = {spec.name: spec.settings for spec in read_plan(ROOT / "Procfile", manifest)}
    production = {spec.name: spec.settings for spec in read_plan(ROOT / "Procfile.prod", manifest)}
    assert list(production) == ["api", "worker", "scheduler", "web"]
    for name, settings in production.items():
        assert settings == development[name]._replace(depends_on={})
