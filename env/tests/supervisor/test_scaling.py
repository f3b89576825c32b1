from typing import Any

import pytest
from honcho.environ import expand_processes
from honcho.environ import parse_procfile as honchos_parse

from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.procfile import parse_procfile
from env.supervisor.configuration.specification import Condition, Specification
from env.supervisor.problems import ConfigurationError, Problem

PROCFILE = "db: d\nworker: w\nweb: serve --port $PORT\nlast: l\n"


def plan(manifest: str = "", scale: dict[str, int] | None = None, /, **selection: Any) -> list[Specification]:
    entries, _ = parse_procfile(PROCFILE)
    settings, problems = parse_manifest(manifest)
    return make_plan(entries, settings, scale=scale or {}, problems=problems, **selection)


def one_problem(manifest: str = "", scale: dict[str, int] | None = None) -> Problem:
    with pytest.raises(ConfigurationError) as caught:
        plan(manifest, scale)
    (problem,) = caught.value.problems
    return problem


def table(name: str, body: str) -> str:
    return f"[tool.pixcrawler.processes.{name}]\n{body}\n"


def test_copies_have_numbers_only_when_there_are_several() -> None:
    assert [spec.name for spec in plan("", {"worker": 2, "db": 1})] == [
        "db", "worker.1", "worker.2", "web", "last",
    ]  # fmt: skip


def test_every_copy_knows_whose_it_is() -> None:
    assert [spec.service for spec in plan("", {"worker": 2})] == ["db", "worker", "worker", "web", "last"]


def test_the_command_line_wins_over_the_manifest() -> None:
    manifest = table("worker", "scale = 3")
    assert len(plan(manifest)) == 6
    assert len(plan(manifest, {"worker": 1})) == 4


def test_dependents_wait_for_all_copies_and_copies_for_all_of_theirs() -> None:
    manifest = table("web", 'depends_on = { worker = "service_completed_successfully" }')
    manifest += table("worker", 'depends_on = ["db"]')
    by_name = {spec.name: spec for spec in plan(manifest, {"worker": 2, "db": 2})}
    assert by_name["web"].settings.depends_on == dict.fromkeys(["worker.1", "worker.2"], Condition.COMPLETED)
    assert by_name["worker.2"].settings.depends_on == dict.fromkeys(["db.1", "db.2"], Condition.STARTED)
    assert by_name["worker.2"].is_awaited


@pytest.mark.parametrize("selection", [{"only": ["worker"]}, {"skip": ["db", "web", "last"]}])
def test_a_name_in_a_selection_means_all_copies(selection: dict[str, list[str]]) -> None:
    assert [spec.name for spec in plan("", {"worker": 2}, **selection)] == ["worker.1", "worker.2"]


def test_the_offsets_of_port_are_honchos() -> None:
    scale = {"db": 2, "worker": 3}
    honchos = expand_processes(honchos_parse(PROCFILE).processes, concurrency=scale, port=5000)
    manifest = table("db", 'depends_on = ["worker"]')
    ours = {spec.name: 5000 + spec.port_offset for spec in plan(manifest, scale)}
    assert ours == {
        process.name if process.name.split(".")[0] in scale else process.name.split(".")[0]: int(
            process.env["PORT"]
        )
        for process in honchos
    }


def test_a_process_that_opens_its_port_variable_has_a_port_and_a_check_for_each_copy() -> None:
    manifest = table("web", 'ports = [8000]\nhealthcheck = { http = "http://127.0.0.1:8000/x" }')
    _, _, first, second, _ = plan(manifest, {"web": 2})
    assert (first.settings.ports, second.settings.ports) == ((8000,), (8001,))
    assert second.settings.healthcheck is not None
    assert second.settings.healthcheck.target == "http://127.0.0.1:8001/x"


@pytest.mark.parametrize(
    ("manifest", "scale", "what", "hint"),
    [
        ("", {"wroker": 2}, "no process 'wroker'", "did you mean 'worker'?"),
        ("", {"worker": 0}, "worker=0", "--skip worker"),
        ("", {"worker": -1}, "worker=-1", "--skip worker"),
        (table("worker", "scale = 0"), {}, "0 copies", "--skip"),
        (table("worker", "scale = true"), {}, "whole number", "scale = 3"),
        (table("worker", "ports = [9]"), {"worker": 2}, "all open port 9", "$PORT"),
        (table("web", "ports = [9, 10]"), {"web": 2}, "cannot share its ports", "declare one port"),
        (table("web", "ports = { A = 9 }"), {"web": 2}, "cannot share its ports", "declare one port"),
        (table("web", "ports = [65535]"), {"web": 2}, "no 2 ports from 65535", "do not scale"),
        (table("web", "ports = [8000]") + table("db", "ports = [8001]"), {"web": 2}, "8001", "move"),
    ],
)
def test_what_cannot_be_scaled_is_refused_with_a_way_out(
    manifest: str, scale: dict[str, int], what: str, hint: str
) -> None:
    problem = one_problem(manifest, scale)
    assert what in problem.what
    assert hint in problem.hint
