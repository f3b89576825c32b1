"""What each child is told: env files, then this process' own environment, then what the run adds."""

import os
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from env.supervisor.configuration.specification import Specification

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
        self._variables = {
            name: str(port) for spec in self._plan for name, port in spec.settings.port_variables.items()
        }

    def of(self, specification: Specification) -> dict[str, str]:
        """Reads the files anew. Raises ConfigurationError when one of them is not in order."""
        own = self._with_files(specification.settings.env_files)
        return {**own, "PORT": _port(specification, own.get("PORT", ""))}

    def of_all(self) -> dict[str, str]:
        """With the files of every process: for a command that is none of them."""
        return self._with_files(self._files())

    def secrets(self, names: Collection[str]) -> set[str]:
        from env.supervisor.output.redaction import secret_values

        return secret_values(self._with_files(self._files()), names)

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
