"""What each child is told: env files, then this process' own environment, then what the run adds."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from env.supervisor.configuration.specification import Specification
from env.supervisor.problems import ConfigurationError

# Honcho's.
BASE_PORT = 5000


class Environments:
    def __init__(
        self,
        folder: Path,
        plan: Iterable[Specification] = (),
        extra: Mapping[str, str] | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        """`ports`: where ports have moved. `extra` wins over the environment, that one over the files."""
        self._folder, self._extra, self._ports = folder, extra or {}, ports or {}
        self._plan = list(plan)
        self.on_secrets: Callable[[Collection[str]], None] = lambda _: None
        self._secret_names: Collection[str] = ()
        self._judged: set[str] = set()
        self._variables = {
            name: str(port) for spec in self._plan for name, port in spec.settings.port_variables.items()
        }

    def of(self, specification: Specification) -> dict[str, str]:
        """Reads the files anew. Raises ConfigurationError when one of them is not in order."""
        own = self._with_files(specification.settings.env_files)
        if specification.settings.env_files:
            self._look_for_secrets(own)
        return {**own, "PORT": _port(specification, own.get("PORT", ""))}

    def of_all(self) -> dict[str, str]:
        """With the files of every process: for a command that is none of them."""
        return self._with_files(self._files())

    def secrets(self, names: Collection[str]) -> set[str]:
        """As the files are now; what comes to them later is told to `on_secrets` before a child gets it."""
        self._secret_names = names
        return self._secrets_in(self.of_all())

    def _look_for_secrets(self, environment: Mapping[str, str]) -> None:
        """What is new may be public in the files of another process."""
        found = self._secrets_in(environment)
        if not found <= self._judged:
            self._judged |= found
            with suppress(ConfigurationError):
                found &= self.secrets(self._secret_names)
            self.on_secrets(found)

    def _secrets_in(self, environment: Mapping[str, str]) -> set[str]:
        from env.supervisor.output.redaction import secret_values

        return secret_values(environment, self._secret_names)

    def said(self) -> dict[str, str]:
        """Without what the run adds."""
        return {**self._read(self._files()), **os.environ, **self._extra}

    def _files(self) -> list[str]:
        return list({path: None for spec in self._plan for path in spec.settings.env_files})

    def _with_files(self, paths: Iterable[str]) -> dict[str, str]:
        found = {**self._read(paths), **os.environ, **self._extra}
        if self._ports:
            from env.supervisor.ports.moves import moved

            found = moved(found, self._ports)
        return {**found, **self._variables, "PYTHONUNBUFFERED": "1", "PATH": _path(found.get("PATH"))}

    def _read(self, paths: Iterable[str]) -> dict[str, str]:
        if not paths:
            return {}
        from env.supervisor.configuration.envfiles import read_env_files

        return read_env_files(self._folder, paths)


def _path(path: str | None) -> str:
    """The programs of this very environment come first."""
    return os.pathsep.join([str(Path(sys.executable).parent), path or os.defpath])


def _port(specification: Specification, base: str) -> str:
    """As Honcho numbers them, unless the manifest knows better."""
    if ports := specification.settings.ports:
        return str(ports[0])
    return str((int(base) if base.isdecimal() else BASE_PORT) + specification.port_offset)
