"""A port variable that is set already, as a container's UVICORN_PORT: there its process listens."""

import re
from collections.abc import Iterable, Mapping

from env.supervisor.configuration.specification import Specification
from env.supervisor.problems import ConfigurationError, Problem


def said_ports(plan: Iterable[Specification], environment: Mapping[str, str]) -> dict[int, int]:
    """From the manifest's port to the one that is said. Raises ConfigurationError for what is no port."""
    found, problems = {}, []
    for spec in plan:
        for name, port in spec.settings.port_variables.items():
            text = environment.get(name, "").strip()
            # Kubernetes says where a service of that name is in a variable of that name.
            if not text or text.startswith("tcp://"):
                continue
            if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 0 < int(text) < 65536:
                hint = f"a number between 1 and 65535, such as {port}, or nothing"
                problems.append(Problem(name, f"not a port: {text!r}", hint))
            elif int(text) != port:
                found[port] = int(text)
    if problems:
        raise ConfigurationError(problems)
    return found
