from env.supervisor.lifecycle.restart import CRASHES_OF_A_LOOP, LONGEST_SECONDS, STEADY_SECONDS, Backoff


def longest(_low: float, high: float) -> float:
    return high


def test_pauses_double() -> None:
    backoff = Backoff(jitter=longest)
    assert [backoff.record(0.1) for _ in range(3)] == [0.5, 1.0, 2.0]


def test_no_pause_exceeds_the_longest() -> None:
    backoff = Backoff(jitter=longest, crashes=-20)
    backoff.crashes = 3
    assert (backoff.record(0.1) or 0) <= LONGEST_SECONDS


def test_pauses_differ_from_each_other() -> None:
    assert len({Backoff().record(0.1) for _ in range(20)}) > 10


def test_crashes_in_a_row_become_a_verdict() -> None:
    backoff = Backoff()
    pauses = [backoff.record(0.1) for _ in range(CRASHES_OF_A_LOOP)]
    assert pauses[-1] is None
    assert None not in pauses[:-1]


def test_a_steady_life_starts_the_count_anew() -> None:
    backoff = Backoff(jitter=longest)
    for _ in range(CRASHES_OF_A_LOOP - 1):
        backoff.record(0.1)
    assert backoff.record(STEADY_SECONDS) == 0.5
