from typing import Any

import pytest

from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.procfile import parse_procfile
from env.supervisor.configuration.specification import Specification
from env.supervisor.problems import ConfigurationError

MANIFEST = """
[tool.pixcrawler.processes.api]
depends_on = { migrate = "service_completed_successfully", redis = "service_started" }
[tool.pixcrawler.processes.migrate]
depends_on = { postgres = "service_healthy" }
[tool.pixcrawler.processes.postgres]
healthcheck = { tcp = 5432 }
[tool.pixcrawler.processes.demo]
profiles = ["demo"]
"""


def plan(manifest: str = MANIFEST, /, **selection: Any) -> list[Specification]:
    entries, _ = parse_procfile("api: a\nmigrate: m\npostgres: p\nredis: r\ndemo: d\nweb: w\n")
    settings, problems = parse_manifest(manifest)
    return make_plan(entries, settings, problems=problems, **selection)


def names(manifest: str = MANIFEST, /, **selection: Any) -> list[str]:
    return [specification.name for specification in plan(manifest, **selection)]


def test_dependencies_come_first_and_the_rest_keeps_the_order_of_the_procfile() -> None:
    assert names() == ["postgres", "migrate", "redis", "api", "web"]


def test_only_brings_dependencies_along() -> None:
    assert names(only=["migrate"]) == ["postgres", "migrate"]


def test_a_skipped_dependency_counts_as_fulfilled() -> None:
    by_name = {specification.name: specification for specification in plan(skip=["postgres"])}
    assert "postgres" not in by_name
    assert not by_name["migrate"].settings.depends_on


def test_a_profile_adds_its_processes() -> None:
    assert "demo" in names(profiles=["demo"])


def test_a_name_in_only_needs_no_profile() -> None:
    assert names(only=["demo"]) == ["demo"]


def test_whoever_is_waited_for_until_it_completes_is_a_one_shot() -> None:
    assert [specification.name for specification in plan() if specification.is_awaited] == ["migrate"]


@pytest.mark.parametrize(
    ("manifest", "what", "hint"),
    [
        ("[tool.pixcrawler.processes.ap]", "'ap' is not in the Procfile", "did you mean 'api'?"),
        ("[tool.pixcrawler.processes.api]\ndepends_on = ['rediss']", "no process 'rediss'", "'redis'?"),
        (
            "[tool.pixcrawler.processes.api]\ndepends_on = { redis = 'service_healthy' }",
            "waits for the health of 'redis'",
            "healthcheck",
        ),
        (
            "[tool.pixcrawler.processes.api]\ndepends_on = { web = 'service_completed_successfully' }\n"
            "[tool.pixcrawler.processes.web]\nrestart = 'always'",
            "restarts always",
            'restart = "no"',
        ),
        (
            "[tool.pixcrawler.processes.api]\ndepends_on = ['web']\n"
            "[tool.pixcrawler.processes.web]\ndepends_on = ['redis']\n"
            "[tool.pixcrawler.processes.redis]\ndepends_on = ['api']",
            "a circle of dependencies: api -> web -> redis -> api",
            "remove one",
        ),
        (
            "[tool.pixcrawler.processes.api]\nports = [1]\n[tool.pixcrawler.processes.web]\nports = [1]",
            "'api' and 'web' both declare port 1",
            "move one",
        ),
    ],
)
def test_a_manifest_that_cannot_work_is_refused_with_a_way_out(manifest: str, what: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        plan(manifest)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert hint in problem.hint


@pytest.mark.parametrize("selection", [{"only": ["wep"]}, {"skip": ["wep"]}])
def test_an_unknown_name_in_a_selection_is_refused(selection: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'web'"):
        plan(**selection)


def test_a_name_that_the_supervisor_uses_itself_is_refused() -> None:
    entries, _ = parse_procfile("system: a\n")
    with pytest.raises(ConfigurationError, match="choose another name"):
        make_plan(entries, {})


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'demo'"):
        plan(profiles=["demmo"])


def test_a_selection_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nothing is left"):
        plan(only=["web"], skip=["web"])
