"""A worker under our supervisor that may not finish its chunk in time: the chunk is executed again."""

import subprocess
import sys
from pathlib import Path

from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import ROOT, Stack, World, eventually
from backend.tests.workers.work import assert_whole, serve_slowly

PROCFILE = """\
worker: celery -A backend.tests.workers.quick:app worker --loglevel INFO --concurrency 1
scheduler: python -m backend.tests.workers.quick
"""
# Too short for a warm shutdown, and so for handing the chunk back.
MANIFEST = '[tool.pixcrawler.processes.worker]\nstop_grace_period = "1ms"\n'


def start(stack: Stack, folder: Path) -> subprocess.Popen:
    files = ["--procfile", str(folder / "Procfile"), "--manifest", str(folder / "manifest.toml")]
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "env.supervisor", "start", *files],
            env={**stack.environment, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    stack.processes.append(process)
    return process


def test_chunk_of_a_worker_whose_grace_ran_out_is_done_by_the_next(
    world: World, stack: Stack, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "Procfile").write_text(PROCFILE)
    (tmp_path / "manifest.toml").write_text(MANIFEST)
    job_id = world.begin(serve_slowly(site, 40, 0.25))
    supervisor = start(stack, tmp_path)
    eventually(lambda: world.job(job_id).images_stored, lambda stored: 0 < stored < 40)
    supervisor.terminate()
    assert supervisor.wait(30) == 143
    (chunk,) = world.chunks(job_id)
    assert (chunk.state, chunk.attempt) == ("running", 1), "it was not killed in the middle"

    supervisor = start(stack, tmp_path)
    world.wait_for(job_id)
    assert_whole(world, job_id, 40)
    (chunk,) = world.chunks(job_id)
    assert (chunk.state, chunk.attempt) == ("done", 2)
    supervisor.terminate()
    assert supervisor.wait(30) == 143
