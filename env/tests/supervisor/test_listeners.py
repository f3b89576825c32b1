import os
import pwd
import socket

import pytest

from env.supervisor.readiness.listeners import Listener, user_of
from env.supervisor.readiness.probes import Target

V4, V6 = socket.AF_INET, socket.AF_INET6


@pytest.mark.parametrize(
    ("family", "host", "is_dual", "found"),
    [
        (V4, "127.0.0.1", False, {V4}),
        (V4, "0.0.0.0", False, {V4}),  # noqa: S104 - to be found there is the point
        (V6, "::1", False, {V6}),
        (V6, "::", False, {V6}),
        (V6, "::", True, {V4, V6}),
    ],
)
def test_a_listener_is_found_from_the_moment_it_listens(
    family: int, host: str, is_dual: bool, found: set[int]
) -> None:
    with socket.socket(family) as server:
        if family == V6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_dual)
        server.bind((host, 0))
        port = server.getsockname()[1]
        listeners = {V4: Listener(V4, "127.0.0.1", port), V6: Listener(V6, "::1", port)}
        assert all(listener.is_missing() for listener in listeners.values())
        server.listen()
        assert {family for family, listener in listeners.items() if not listener.is_missing()} == found
    assert all(listener.is_missing() for listener in listeners.values())


def test_its_user_is_known_and_nobody_has_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert user_of(port) == f"user {pwd.getpwuid(os.getuid()).pw_name}"
    assert user_of(port) is None


class TestTarget:
    def test_is_closed_until_somebody_listens_on_any_of_its_addresses(self) -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            target = Target.tcp(f"localhost:{server.getsockname()[1]}")
            assert target.is_closed()
            server.listen()
            assert not target.is_closed()

    def test_of_another_machine_is_never_known_to_be_closed(self) -> None:
        assert not Target.tcp("192.0.2.1:1").is_closed()

    @pytest.mark.parametrize("host", ["x.invalid", "é" * 64, "a" * 300])
    def test_without_an_address_is_not_known_to_be_closed(self, host: str) -> None:
        target = Target(host, 1)
        assert not target.addresses
        assert not target.is_closed()
