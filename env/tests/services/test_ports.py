import pytest

from env import development
from env.services.places import ServiceError
from env.services.ports import USUAL, port_of, port_said, variable_of
from env.supervisor.run import read_plan


def test_are_those_of_the_manifest_under_the_same_variables() -> None:
    plan = read_plan(development.PROCFILE, development.MANIFEST, profiles=["demo"])
    declared = {spec.name: dict(spec.settings.port_variables) for spec in plan if spec.settings.ports}
    assert declared == {service: {variable_of(service): port} for service, port in USUAL.items()}


def test_are_the_usual_ones_unless_their_variable_says_otherwise() -> None:
    assert port_of("web", {}) == 3000
    assert port_of("web", {"WEB_PORT": "3100"}) == 3100
    assert port_of("web", {"WEB_PORT": " "}) == 3000


def test_honchos_own_port_is_nobodys() -> None:
    assert {
        port_said(service, {"PORT": "5000", "PGPORT": "5432", "REDIS_PORT": "6379"}) for service in USUAL
    } == {None}


def test_an_address_that_kubernetes_left_is_not_meant() -> None:
    assert port_of("web", {"WEB_PORT": "tcp://10.0.0.5:3000"}) == 3000


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1", "3000.0", "٣"])
def test_what_is_no_port_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ServiceError, match="WEB_PORT must be a number between 1 and 65535"):
        port_of("web", {"WEB_PORT": text})
