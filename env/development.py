"""What `invoke dev` does: write missing files, check all, run the Procfile, say where it is."""

import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from env.services.demo import account
from env.services.places import ROOT, STATE, ServiceError
from env.supervisor.detach import detached
from env.supervisor.problems import SupervisorError
from env.supervisor.run import report, run
from env.variables import VariablesError, create_missing, require

DEMO_HOST = "127.0.0.1:54326"

# A process of ours is left out where its variable points to a service that stands elsewhere.
REPLACEABLE = {
    "postgres": ("backend", "DATABASE_URL", "127.0.0.1:54322"),
    "redis": ("backend", "CELERY_BROKER_URL", "127.0.0.1:56379"),
    "auth": ("root", "SUPABASE_URL", "127.0.0.1:54321"),
}


def start(
    *, demo: bool = False, detach: bool = False, only: Sequence[str] = (), is_json: bool = False
) -> int:
    """The exit code: 0 after a Ctrl-C that left nothing behind is 130, as everywhere."""
    try:
        for path in create_missing(ROOT):
            print(f"wrote {path}")
        tiers = require(ROOT).tiers
    except (ServiceError, VariablesError) as error:
        print(error, file=sys.stderr)
        return 1

    def begin() -> int:
        try:
            return run(
                ROOT / "Procfile",
                ROOT / "pyproject.toml",
                state_dir=STATE,
                only=only,
                skip=replaced(tiers),
                profiles=["demo"] if demo else [],
                environment={"CRAWLER_ALLOWED_HOSTS": DEMO_HOST} if demo else {},
                on_ready=lambda: announce(tiers, demo=demo, quiet=is_json),
                is_json=is_json,
            )
        except SupervisorError as error:
            report(error)
            return 1

    if not detach:
        return begin()
    code = detached(STATE, begin)
    if code == 0:
        announce(tiers, demo=demo, quiet=is_json)
        print("Running in the background: invoke status · invoke logs NAME · invoke stop")
    return code


def replaced(tiers: Mapping[str, Mapping[str, str]]) -> list[str]:
    skipped = [
        name
        for name, (tier, variable, ours) in REPLACEABLE.items()
        if urlsplit(tiers[tier][variable]).netloc.rpartition("@")[2]
        not in (ours, ours.replace("127.0.0.1", "localhost"))
    ]
    return [*skipped, "mailbox"] if "auth" in skipped else skipped


def announce(tiers: Mapping[str, Mapping[str, str]], *, demo: bool, quiet: bool) -> None:
    frontend = tiers["frontend"]
    app = frontend["NEXT_PUBLIC_APP_URL"]
    if quiet:
        return
    rows = [
        ("Application", app),
        ("API", f"{frontend['NEXT_PUBLIC_API_URL']}/openapi.json"),
        ("Mailbox", "http://127.0.0.1:54324"),
    ]
    if demo:
        rows += [
            ("Demo site", f"http://{DEMO_HOST}/gallery"),
            ("Demo account", f"{account.EMAIL}  password {account.PASSWORD}"),
        ]
    print(
        "\nPixCrawler is ready.\n",
        *(f"  {name:<13} {value}" for name, value in rows),
        "",
        sep="\n",
        flush=True,
    )
