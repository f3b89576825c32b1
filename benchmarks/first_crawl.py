"""From `invoke dev --demo` to a gallery: seconds until all healthy, and until 200 images are there to see.

    python benchmarks/first_crawl.py [--rounds 3]

Starts and stops the stack of this checkout itself. Each round is a warm start, a sign-in, one job over the
demo site's list of 200 URLs, and a read of the gallery's first page with its first thumbnail.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from env.development import DEMO_HOST  # noqa: E402
from env.services.demo.account import EMAIL, PASSWORD  # noqa: E402
from env.variables import load  # noqa: E402

API = "http://127.0.0.1:8000"
POLL_SECONDS = 0.1
LIMIT_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = [measure() for _ in range(parser.parse_args().rounds)]
    for name in rounds[0]:
        values = [measured[name] for measured in rounds]
        print(f"{name:<34} median {statistics.median(values):7.2f}   {' '.join(f'{v:.2f}' for v in values)}")


def measure() -> dict[str, float]:
    begun = time.monotonic()
    invoke("dev", "--demo", "--detach")
    healthy = time.monotonic() - begun
    try:
        return {"all healthy, s": healthy, **crawl()}
    finally:
        invoke("stop")


def crawl() -> dict[str, float]:
    token = sign_in()
    sources = fetch(f"http://{DEMO_HOST}/urls.txt").decode().split()
    project = call("POST", "/projects", token, {"name": "Benchmark"})
    settings = {"project_id": project["id"], "source_type": "url_list", "sources": sources}
    job = call("POST", "/crawl-jobs", token, settings)
    begun = time.monotonic()
    call("POST", f"/crawl-jobs/{job['id']}/start", token)
    progress = await_end(job["id"], token, begun)
    page = call("GET", f"/projects/{project['id']}/images?limit=100", token)
    fetch(API + page["items"][0]["thumbnail_url"])
    took = time.monotonic() - begun
    call("DELETE", f"/projects/{project['id']}", token)
    stored = progress["images_stored"]
    return {
        f"{len(sources)} URLs to gallery, s": took,
        "images stored": stored,
        "images a second": stored / took,
    }


def await_end(job: str, token: str, begun: float) -> Any:
    while time.monotonic() - begun < LIMIT_SECONDS:
        progress = call("GET", f"/crawl-jobs/{job}/progress", token)
        if progress["status"] in ("completed", "failed", "stopped"):
            return progress
        time.sleep(POLL_SECONDS)
    raise SystemExit(f"the job did not end within {LIMIT_SECONDS} s")


def sign_in() -> str:
    root = load(ROOT).tiers["root"]
    request = urllib.request.Request(
        f"{root['SUPABASE_URL']}/auth/v1/token?grant_type=password",
        json.dumps({"email": EMAIL, "password": PASSWORD}).encode(),
        {"apikey": root["SUPABASE_ANON_KEY"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        return str(json.load(reply)["access_token"])


def call(method: str, path: str, token: str, body: dict[str, object] | None = None) -> Any:
    request = urllib.request.Request(
        f"{API}/api/v1{path}",
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as reply:
        content = reply.read()
        return json.loads(content) if content else None


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        return bytes(reply.read())


def invoke(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "invoke", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    main()
