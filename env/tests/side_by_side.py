"""A checkout with a stack of its own, and what is to be true of several at once."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from env.services.ports import USUAL
from env.variables import load

PASSWORD = "correct horse battery"
HEALTH = {
    "api": "/health/ready",
    "auth": "/auth/v1/health",
    "mailbox": "/health",
    "demo": "/health",
    "web": "/",
}


class Stack:
    """`environment` is that of every command; the stack is up once `ports` are read."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.email = folder, f"{folder.name}@example.test"
        self._environment = {**environment, "PYTHONPATH": str(folder)}
        self.ports: dict[str, int] = {}
        self.memory_bytes = 0

    def begin(self, *options: str) -> "subprocess.Popen[str]":
        return self._invoke("dev", "--ports", "auto", "--detach", "--json", *options)

    def begin_stop(self) -> "subprocess.Popen[str]":
        return self._invoke("stop")

    def read_ports(self) -> None:
        answer, _ = self._invoke("status", "--json").communicate(timeout=60)
        status = json.loads(answer)
        moved = {int(usual): port for usual, port in status["moved_ports"].items()}
        self.ports = {name: moved[usual] for name, usual in USUAL.items() if usual in moved}
        self.memory_bytes = sum(process["memory_bytes"] or 0 for process in status["processes"])

    def unhealthy(self) -> list[str]:
        """Which of its services do not answer where they should be."""
        wanted = {name: f"{self.url(name)}{path}" for name, path in HEALTH.items() if name in self.ports}
        return [f"{name} at {url}" for name, url in wanted.items() if asked(url)[0] != 200]

    def sign_up(self) -> str:
        """The access token of the one person of this stack."""
        return self._session("signup")

    def sign_in(self, email: str) -> str:
        """Empty when Auth knows nobody of that name."""
        return self._session("token?grant_type=password", email)

    def emails(self) -> list[str]:
        key = load(self.folder, {}).tiers["root"]["SUPABASE_SERVICE_ROLE_KEY"]
        _, answer = asked(
            f"{self.url('auth')}/auth/v1/admin/users", apikey=key, Authorization=f"Bearer {key}"
        )
        return [user["email"] for user in answer["users"]]

    def welcomes(self, token: str) -> bool:
        """Whether its API, asked by a page of its own web app, takes the token."""
        origin = f"http://localhost:{self.ports.get('web', USUAL['web'])}"
        url = f"{self.url('api')}/api/v1/projects"
        return asked(url, Authorization=f"Bearer {token}", Origin=origin)[0] == 200

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def _session(self, path: str, email: str = "") -> str:
        key = load(self.folder, {}).tiers["root"]["SUPABASE_ANON_KEY"]
        person = {"email": email or self.email, "password": PASSWORD}
        _, answer = asked(f"{self.url('auth')}/auth/v1/{path}", person, apikey=key)
        token: str = answer.get("access_token", "")
        return token

    def _invoke(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "invoke", *words],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def asked(url: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """The status and what the JSON says; 0 when nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    except OSError:
        return 0, {}
    try:
        return status, json.loads(text)
    except ValueError:
        return status, {}


def strangers(stacks: list[Stack]) -> list[str]:
    """Who of one stack is known to another; everybody has signed up at their own before."""
    tokens = {stack: stack.sign_up() for stack in stacks}
    found = []
    for home in stacks:
        if home.emails() != [home.email] or not home.welcomes(tokens[home]):
            found.append(f"{home.email} is not at home in {home.folder}, where {home.emails()} are known")
        others = [stack for stack in stacks if stack is not home]
        known = [other for other in others if other.sign_in(home.email) or other.welcomes(tokens[home])]
        found += [f"{home.email} is known to {other.folder}" for other in known]
    return found


def bare_environment() -> dict[str, str]:
    """Without settings of whoever runs this."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
