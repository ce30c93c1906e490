"""Parts of a study in other processes: the same results, and nothing left behind."""

import os
import time
from functools import partial

import pytest

from pluralstats.study.steps import apart
from pluralstats.study.steps.apart import ROWS, others_beside


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(apart, "cpu_count", lambda: 2)


@pytest.fixture
def process_and_square():
    return lambda x: (os.getpid(), x * x)  # other processes do not find the modules of tests


def test_a_large_study_has_its_parts_made_elsewhere_in_their_order(process_and_square):
    with others_beside(ROWS) as others:
        tasks = [others.begin(partial(process_and_square, x)) for x in (3, 2, 1)]
        processes, squares = zip(*map(others.result, tasks), strict=True)
    assert squares == (9, 4, 1)
    assert len({*processes} - {os.getpid()}) == 1  # what waits meanwhile is taken over here


def test_a_small_study_stays_in_one_process(process_and_square):
    with others_beside(ROWS - 1) as others:
        tasks = [others.begin(partial(process_and_square, x)) for x in (3, 2, 1)]
        assert [others.result(task) for task in tasks] == [(os.getpid(), 9), (os.getpid(), 4), (os.getpid(), 1)]


# loky's own thread may still be handing out work when it is told to end, and stumble over what is gone
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_study_that_fails_ends_what_it_started():
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), others_beside(ROWS) as others:
        others.result(others.begin(partial(time.sleep, 0.0)))
        for _ in range(2):
            others.begin(partial(time.sleep, 200.0))
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 100.0  # it does not wait for the others


def test_what_fails_elsewhere_fails_here():
    with pytest.raises(ZeroDivisionError), others_beside(ROWS) as others:
        others.result(others.begin(partial((1.0).__truediv__, 0.0)))


def test_what_no_process_has_begun_is_taken_over_from_the_end_by_who_waits():
    order: list[int] = []
    others = apart.Others(0)
    tasks = [others.begin(lambda i=i: order.append(i) or i) for i in range(3)]
    assert others.take_over()
    assert [others.result(task) for task in tasks] == [0, 1, 2]
    assert order == [2, 1, 0]
    assert not others.take_over()
