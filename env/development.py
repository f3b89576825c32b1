"""What `invoke dev` does: write missing files, check them, run the Procfile, say where it is."""

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from env.checks import env_files
from env.checks.result import Result, Status
from env.services.auth.keys import SigningKeyError
from env.services.demo import account
from env.services.places import LOOPBACK, ROOT, STATE, ServiceError, refuse_production
from env.services.ports import USUAL, variable_of
from env.supervisor.arguments import counts
from env.supervisor.configuration.environments import Environments
from env.supervisor.control import client
from env.supervisor.detach import detached
from env.supervisor.ports.moves import moved
from env.supervisor.problems import NotRunningError, SupervisorError
from env.supervisor.run import read_plan, report, run
from env.variables import create_missing, load
from env.variables.inventory import TIERS, VARIABLES

DEMO_HOST = f"{LOOPBACK}:{USUAL['demo']}"
PROCFILE, MANIFEST = ROOT / "Procfile", ROOT / "pyproject.toml"

# A process of ours is left out where all that point to its like name one that stands elsewhere.
REPLACEABLE = {
    "postgres": (("backend", "DATABASE_URL"), ("frontend", "POSTGRES_URL")),
    "redis": (("backend", "CELERY_BROKER_URL"), ("backend", "REDIS_URL")),
    "auth": (("root", "SUPABASE_URL"), ("frontend", "NEXT_PUBLIC_SUPABASE_URL")),
}

Tiers = Mapping[str, Mapping[str, str]]


def start(
    *,
    demo: bool = False,
    detach: bool = False,
    only: Sequence[str] = (),
    scale: Iterable[str] = (),
    ports_auto: bool = False,
    is_json: bool = False,
) -> int:
    """The exit code: 130 after a Ctrl-C that left nothing behind, as everywhere."""
    try:
        return _start(
            demo=demo, detach=detach, only=only, scale=counts(scale), ports_auto=ports_auto, is_json=is_json
        )
    except ServiceError as error:
        reason = f"{error}\n    -> to develop, set PIXCRAWLER_ENVIRONMENT to development"
    except (SigningKeyError, SupervisorError) as error:
        reason = str(error)
    except OSError as error:
        if error.filename is None:
            raise
        reason = f"{error.filename}: {error.strerror}\n    -> work in a folder that you may write to"
    print(reason, file=sys.stderr)
    return 1


def _start(
    *,
    demo: bool,
    detach: bool,
    only: Sequence[str],
    scale: Mapping[str, int],
    ports_auto: bool,
    is_json: bool,
) -> int:
    say = partial(tell, is_json=is_json)
    for path in create_missing(ROOT):
        say("wrote", f"wrote {path}", file=path)
    verdict = env_files.judge(ROOT)
    complain(verdict)
    if verdict.status is Status.FAIL:
        return 1
    tiers = load(ROOT).tiers
    refuse_production("invoke dev", tiers["root"])
    everything = read_plan(PROCFILE, MANIFEST, profiles=["demo"])
    said = Environments(ROOT, everything).said()
    skip, profiles = replaced(tiers, said), ["demo"] if demo else []
    if demo and only:
        only = [*only, "demo"]
    plan = read_plan(PROCFILE, MANIFEST, only=only, skip=skip, profiles=profiles, scale=scale)
    names = {process.name for process in plan}

    def announce(ports: Mapping[int, int]) -> None:
        found = addresses(tiers, names, ports)
        shown = "".join(f"\n  {name:<13} {value}" for name, value in found.items() if not is_json)
        say("addresses", f"\nPixCrawler is ready.\n{shown}\n", addresses=found)

    def begin() -> int:
        ports: dict[int, int] = {}
        try:
            return run(
                PROCFILE,
                MANIFEST,
                state_dir=STATE,
                only=only,
                skip=skip,
                profiles=profiles,
                scale=scale,
                environment={**defaults(tiers), **(demo_environment(tiers) if demo else {})},
                secret_names=[variable.name for variable in VARIABLES.values() if variable.secret],
                ports_auto=ports_auto,
                on_ports=ports.update,
                on_ready=lambda: announce(ports),
                is_json=is_json,
            )
        except SupervisorError as error:
            report(error)
            return 1

    if not detach:
        return begin()
    code = detached(STATE, begin)
    if code == 0:
        announce(moved_ports())
        say("detached", "Running in the background: invoke status · invoke logs NAME · invoke stop")
    return code


def moved_ports() -> dict[int, int]:
    """Of the stack that runs here: where each usual port went, nothing where all stayed."""
    try:
        found = client.status(STATE)["moved_ports"]
    except NotRunningError:
        return {}
    return {int(usual): port for usual, port in found.items()}


def tell(event: str, text: str, *, is_json: bool, **fields: object) -> None:
    line = json.dumps({"event": event, "message": text.strip(), **fields}) if is_json else text
    print(line, flush=True)


def complain(verdict: Result) -> None:
    if verdict.status is not Status.OK:
        print(verdict.message, *verdict.details, f"    -> {verdict.fix}", sep="\n", file=sys.stderr)


def replaced(tiers: Tiers, said: Mapping[str, str]) -> list[str]:
    """`said` may have moved a port of ours, with or without the addresses that name it."""
    skipped = []
    for name, variables in REPLACEABLE.items():
        ours = {str(USUAL[name]), said.get(variable_of(name), "").strip()}
        if not any(_is_ours(tiers[tier][variable], ours) for tier, variable in variables):
            skipped.append(name)
    return [*skipped, "mailbox"] if "auth" in skipped else skipped


def _is_ours(address: str, ports: Collection[str]) -> bool:
    parts = urlsplit(address)
    return parts.hostname in {LOOPBACK, "localhost"} and str(parts.port) in ports


def defaults(tiers: Tiers) -> dict[str, str]:
    """Said aloud where nobody sets the variable: a port in them can move like any other."""
    unset = (
        variable for tier in TIERS for variable in tier.variables if variable.name not in tiers[tier.name]
    )
    return {variable.name: variable.example for variable in unset if LOOPBACK in variable.example}


def demo_environment(tiers: Tiers) -> dict[str, str]:
    """The demo site beside the hosts that the files allow: the environment wins over them."""
    allowed = tiers["backend"].get("CRAWLER_ALLOWED_HOSTS", "")
    return {"CRAWLER_ALLOWED_HOSTS": ",".join(filter(None, (allowed, DEMO_HOST)))}


def addresses(tiers: Tiers, processes: Collection[str], ports: Mapping[int, int]) -> dict[str, str]:
    """What a person can open, of those that run."""
    frontend = tiers["frontend"]
    rows = [
        ("web", "Application", frontend["NEXT_PUBLIC_APP_URL"]),
        ("api", "API", f"{frontend['NEXT_PUBLIC_API_URL']}/openapi.json"),
        ("mailbox", "Mailbox", f"http://{LOOPBACK}:{USUAL['mailbox']}"),
        ("demo", "Demo site", f"http://{DEMO_HOST}/gallery"),
        ("demo", "Demo account", f"{account.EMAIL}  password {account.PASSWORD}"),
    ]
    return moved({name: value for process, name, value in rows if process in processes}, ports)
