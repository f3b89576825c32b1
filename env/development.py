"""What `invoke dev` does: write missing files, check them, run the Procfile, say where it is."""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from env.checks import env_files
from env.checks.result import Result, Status
from env.services.auth.keys import SigningKeyError
from env.services.demo import account
from env.services.places import ROOT, STATE, ServiceError, refuse_production
from env.supervisor.detach import detached
from env.supervisor.problems import SupervisorError
from env.supervisor.run import read_plan, report, run
from env.variables import create_missing, load

DEMO_HOST = "127.0.0.1:54326"
PROCFILE, MANIFEST = ROOT / "Procfile", ROOT / "pyproject.toml"

# A process of ours is left out where its variable points to a service that stands elsewhere.
REPLACEABLE = {
    "postgres": ("backend", "DATABASE_URL", "127.0.0.1:54322"),
    "redis": ("backend", "CELERY_BROKER_URL", "127.0.0.1:56379"),
    "auth": ("root", "SUPABASE_URL", "127.0.0.1:54321"),
}


def start(
    *, demo: bool = False, detach: bool = False, only: Sequence[str] = (), is_json: bool = False
) -> int:
    """The exit code: 130 after a Ctrl-C that left nothing behind, as everywhere."""
    try:
        return _start(demo=demo, detach=detach, only=only, is_json=is_json)
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


def _start(*, demo: bool, detach: bool, only: Sequence[str], is_json: bool) -> int:
    say = partial(tell, is_json=is_json)
    for path in create_missing(ROOT):
        say("wrote", f"wrote {path}", file=path)
    verdict = env_files.judge(ROOT)
    complain(verdict)
    if verdict.status is Status.FAIL:
        return 1
    tiers = load(ROOT).tiers
    refuse_production("invoke dev", tiers["root"])
    skip, profiles = replaced(tiers), ["demo"] if demo else []
    if demo and only:
        only = [*only, "demo"]
    plan = read_plan(PROCFILE, MANIFEST, only=only, skip=skip, profiles=profiles)
    found = addresses(tiers, {process.name for process in plan})

    def announce() -> None:
        shown = "".join(f"\n  {name:<13} {value}" for name, value in found.items() if not is_json)
        say("addresses", f"\nPixCrawler is ready.\n{shown}\n", addresses=found)

    def begin() -> int:
        try:
            return run(
                PROCFILE,
                MANIFEST,
                state_dir=STATE,
                only=only,
                skip=skip,
                profiles=profiles,
                environment=demo_environment(tiers) if demo else {},
                on_ready=announce,
                is_json=is_json,
            )
        except SupervisorError as error:
            report(error)
            return 1

    if not detach:
        return begin()
    code = detached(STATE, begin)
    if code == 0:
        announce()
        say("detached", "Running in the background: invoke status · invoke logs NAME · invoke stop")
    return code


def tell(event: str, text: str, *, is_json: bool, **fields: object) -> None:
    line = json.dumps({"event": event, "message": text.strip(), **fields}) if is_json else text
    print(line, flush=True)


def complain(verdict: Result) -> None:
    if verdict.status is not Status.OK:
        print(verdict.message, *verdict.details, f"    -> {verdict.fix}", sep="\n", file=sys.stderr)


def replaced(tiers: Mapping[str, Mapping[str, str]]) -> list[str]:
    skipped = [
        name
        for name, (tier, variable, ours) in REPLACEABLE.items()
        if urlsplit(tiers[tier][variable]).netloc.rpartition("@")[2]
        not in (ours, ours.replace("127.0.0.1", "localhost"))
    ]
    return [*skipped, "mailbox"] if "auth" in skipped else skipped


def demo_environment(tiers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The demo site beside the hosts that the files allow: the environment wins over them."""
    allowed = tiers["backend"].get("CRAWLER_ALLOWED_HOSTS", "")
    return {"CRAWLER_ALLOWED_HOSTS": ",".join(filter(None, (allowed, DEMO_HOST)))}


def addresses(tiers: Mapping[str, Mapping[str, str]], processes: Collection[str]) -> dict[str, str]:
    """What a person can open, of those that run."""
    frontend = tiers["frontend"]
    rows = [
        ("web", "Application", frontend["NEXT_PUBLIC_APP_URL"]),
        ("api", "API", f"{frontend['NEXT_PUBLIC_API_URL']}/openapi.json"),
        ("mailbox", "Mailbox", "http://127.0.0.1:54324"),
        ("demo", "Demo site", f"http://{DEMO_HOST}/gallery"),
        ("demo", "Demo account", f"{account.EMAIL}  password {account.PASSWORD}"),
    ]
    return {name: value for process, name, value in rows if process in processes}
