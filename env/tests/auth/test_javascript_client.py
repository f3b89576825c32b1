"""The real JavaScript client: frontend/tests/auth/conformance.test.ts under Node's own test runner."""

import re
import subprocess
from pathlib import Path

from env.services.node import node_binary, node_environment
from env.services.places import ROOT
from env.tests.auth.conftest import SITE, Running

CLIENT = ROOT / "frontend/node_modules/@supabase/supabase-js"
SCRIPT = Path("tests/auth/conformance.test.ts")
MINIMUM_CHECKS = 60


def test_javascript_client_conforms(auth: Running, confirming_auth: Running) -> None:
    assert CLIENT.is_dir(), (
        "the frontend's packages are missing: run `invoke dev`, or `bun install` in frontend/"
    )
    settings = {
        "AUTH_URL": auth.url,
        "CONFIRMING_AUTH_URL": confirming_auth.url,
        "SUPABASE_ANON_KEY": auth.anon_key,
        "SUPABASE_SERVICE_ROLE_KEY": auth.service_key,
        "MAILBOX_URL": auth.mailbox.url,
        "SITE_URL": SITE,
        "AUTH_REFRESH_REUSE_SECONDS": "0.3",
    }
    done = subprocess.run(
        [str(node_binary()), "--test", "--test-reporter=tap", str(SCRIPT)],
        cwd=ROOT / "frontend",
        env={**node_environment(), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed and int(passed.group(1)) >= MINIMUM_CHECKS
