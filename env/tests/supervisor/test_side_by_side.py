"""Five checkouts of one project at the same time, from the same files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from env.tests.supervisor.stack import Stack, eventually, free_port, kid

MANIFEST = """\
ports = {{ API_PORT = {port} }}
env_file = [".env"]
healthcheck = {{ tcp = {port} }}
"""


@pytest.fixture
def checkouts(tmp_path: Path) -> Iterator[list[Stack]]:
    checkouts = []
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        checkouts.append(Stack(tmp_path / str(number)))
    yield checkouts
    for checkout in checkouts:
        checkout.clear()


def test_five_checkouts_start_in_the_same_second_without_a_clash(checkouts: list[Stack]) -> None:
    port = free_port()
    listen = kid("listen", "PORT_OF_IT").replace("PORT_OF_IT", "$API_PORT")
    for checkout in checkouts:
        (checkout.folder / ".env").write_text(
            f"API_URL=http://:pass@localhost:{port}/x\nOTHER=http://db:{port}\n"
        )
        checkout.write(
            {"api": listen, "web": "env > told; exec sleep 60"},
            {
                "api": MANIFEST.format(port=port),
                "web": 'env_file = [".env"]\ndepends_on = { api = "service_healthy" }',
            },
        )
    for checkout in checkouts:
        checkout.launch("--ports", "auto")
    assert all(checkout.said("everything is ready", seconds=60) for checkout in checkouts)
    seen = [told(checkout) for checkout in checkouts]
    ports = [int(environment["API_PORT"]) for environment in seen]
    assert len({*ports, port}) == 6
    for environment, own in zip(seen, ports, strict=True):
        assert environment["API_URL"] == f"http://:pass@localhost:{own}/x"
        assert environment["OTHER"] == f"http://db:{port}"


def told(checkout: Stack) -> dict[str, str]:
    path = checkout.folder / "told"
    assert eventually(lambda: path.exists() and "API_PORT=" in path.read_text())
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
