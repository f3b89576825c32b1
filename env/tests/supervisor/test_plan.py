import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from env.supervisor.configuration.manifest import _KEYS, parse_manifest
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.positions import Locator
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


WORDS = st.sampled_from(
    ["a", "b", "é", "service_healthy", "service_completed_successfully", "no", "always", "SIGINT", "1m", "",
     "http://127.0.0.1:80/", "http://[::1", "[::1]:80", "(", "\0", "**", "..", 'x"y', "1979-05-27"]
)  # fmt: skip
SCALARS = WORDS | st.booleans() | st.integers(-1, 70000) | st.floats() | st.text("ab\\\n$é", max_size=4)
WAYS = st.sampled_from(["tcp", "http", "exec", "log", "file", "interval", "retries", "a", "b"])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(WAYS, SCALARS, max_size=2)
TABLES = st.dictionaries(st.sampled_from([*_KEYS, "other"]), VALUES, max_size=3)


def toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "é"]), TABLES | SCALARS, max_size=3), st.integers(0, 3)
)
def test_whatever_a_manifest_says_is_a_plan_or_a_problem_with_line_and_hint(
    tables: dict[str, Any], scale: int
) -> None:
    text = "[tool.pixcrawler]\n" + "".join(
        f"processes.{json.dumps(name, ensure_ascii=False)} = {toml(table)}\n"
        for name, table in tables.items()
    )
    entries, _ = parse_procfile("a: a $PORT\nb: b\nc: c\n")
    found, problems = parse_manifest(text)
    try:
        make_plan(entries, found, problems=problems, scale={"a": scale}, locate=Locator(text))
    except ConfigurationError as error:
        for problem in error.problems:
            assert problem.hint
            assert problem.where == "--scale" or problem.where.partition(":")[2].isdecimal()
