from pathlib import Path
from random import Random

import pytest

from env.tests.supervisor.real import API, WEB, WORKER, torture_real
from env.tests.supervisor.torture import Blow, describe

pytestmark = pytest.mark.heavy
# Idle as it is, a worker takes five seconds to leave.
ENDS = {
    Blow.CTRL_C: (API, WORKER, WEB),
    Blow.TERM: (API, WORKER),
    Blow.HUP: (API,),
    Blow.KILL: (API, WORKER),
}


@pytest.mark.parametrize("blow", Blow)
def test_nothing_of_the_real_ones_survives(tmp_path: Path, blow: Blow) -> None:
    verdict = torture_real(tmp_path, blow, Random(str(blow)), ENDS[blow])  # noqa: S311 - no secret
    assert not verdict.complaint, describe(verdict)
