"""What is to run and how: the words of compose as types."""

import signal
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Condition(StrEnum):
    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class Restart(StrEnum):
    NO = "no"
    ON_FAILURE = "on-failure"
    ALWAYS = "always"


class Check(StrEnum):
    TCP = "tcp"
    HTTP = "http"
    LOG = "log"
    EXEC = "exec"
    FILE = "file"


class Healthcheck(NamedTuple):
    kind: Check
    target: str | tuple[str, ...]
    start_period_seconds: float = 60.0
    interval_seconds: float = 30.0
    timeout_seconds: float = 3.0
    retries: int = 3
    start_interval_seconds: float | None = None
    """While it starts; None: as quick as costs nothing."""


class Settings(NamedTuple):
    """One table of the manifest. Without `restart` the first exit ends the run, even with 0, as in Honcho."""

    ports: tuple[int, ...] = ()
    depends_on: Mapping[str, Condition] = MappingProxyType({})
    healthcheck: Healthcheck | None = None
    restart: Restart | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_seconds: float = 10.0
    profiles: frozenset[str] = frozenset()
    port_variables: Mapping[str, int] = MappingProxyType({})
    """Variables that tell every child of the run one of these ports."""
    env_files: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    scale: int = 1
    stdin_open: bool = False


class Specification(NamedTuple):
    name: str
    command: str
    settings: Settings = Settings()
    is_awaited: bool = False
    """Somebody depends on its completion: then leaving with 0 is success and not the end of the run."""
    port_offset: int = 0
    """What Honcho adds to its base port to get PORT: 100 for each line of the Procfile, 1 for each copy."""

    @property
    def service(self) -> str:
        """Its name in the Procfile, which several copies share: no name there has a dot."""
        return self.name.partition(".")[0]

    @property
    def may_finish(self) -> bool:
        return self.is_awaited or self.settings.restart is not None

    def returns_after(self, code: int) -> bool:
        policy = self.settings.restart
        return policy is Restart.ALWAYS or (policy is Restart.ON_FAILURE and code != 0)
