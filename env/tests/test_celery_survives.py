"""The running task of a real worker lives through the end of its supervisor."""

import pytest

from env.tests.celery_run import CeleryRun, stop_in_the_middle

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("procfile", ["Procfile", "Procfile.prod"])
@pytest.mark.parametrize(("how", "code"), [(CeleryRun.press_ctrl_c, 130), (CeleryRun.terminate, 143)])
def test_a_running_task_is_finished(redis_url: str, procfile: str, how, code: int) -> None:
    outcome = stop_in_the_middle(
        f"{redis_url}/3", how, task_seconds=1.5, after_seconds=0.1, procfile=procfile
    )
    assert outcome.is_done, outcome.output
    assert (outcome.begun, outcome.code, outcome.survivors) == (1, code, 0), outcome.output
