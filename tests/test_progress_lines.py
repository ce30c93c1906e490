"""A log shows life: a line for each step, one a minute while a step goes on, nothing where nobody asked."""

import re
import threading

import pytest

import pluralstats as ps
from pluralstats import progress
from pluralstats.progress import EVERY, Log
from pluralstats.study.steps.running import progress_bar


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_every_step_is_a_line_with_the_time_since_the_start(clock):
    lines: list[str] = []
    log = Log(lines.append, clock)
    log.step("Reading the ratings")
    clock.now = 3725.9
    log.step("Fitting model 1 of 2: main")
    assert lines == ["0:00:00 Reading the ratings", "1:02:05 Fitting model 1 of 2: main"]


def test_a_step_that_goes_on_says_so_once_a_minute_and_how_far_it_is(clock):
    lines: list[str] = []
    log = Log(lines.append, clock)
    log.step("Fitting")
    waits = []
    for clock.now in (59.0, 60.0, 61.0, 119.5, 120.0):
        if clock.now == 119.5:
            log.count("640 of about 4,000 transitions")
        waits.append(log.beat())
    assert [line[:7] for line in lines] == ["0:00:00", "0:01:00", "0:02:00"]
    assert lines[1:] == ["0:01:00 Fitting: still running", "0:02:00 Fitting: 640 of about 4,000 transitions"]
    assert waits == [1.0, EVERY, EVERY - 1, 0.5, EVERY]


def test_a_new_step_forgets_how_far_the_one_before_was(clock):
    lines: list[str] = []
    log = Log(lines.append, clock)
    log.count("9 of 10")
    log.step("Drawing")
    clock.now = 61.0
    log.beat()
    assert lines[-1] == "0:01:01 Drawing: still running"


def test_a_thread_of_its_own_watches_and_ends_with_the_block(monkeypatch):
    lines: list[str] = []
    told = threading.Event()

    def write(line: str) -> None:
        lines.append(line)
        told.set()

    monkeypatch.setattr(progress, "EVERY", 0.0)
    before = threading.active_count()
    with progress.progress_lines(write):
        assert told.wait(60.0)
    assert threading.active_count() == before
    assert re.fullmatch(r"0:\d\d:\d\d Working: still running", lines[0])


def test_steps_of_a_study_and_transitions_of_a_fit_reach_the_log(capsys):
    lines: list[str] = []
    with progress.progress_lines(lines.append), progress_bar() as step:
        step("Fitting model 1 of 1: main")
        with progress.sampling_bar(200) as tick:
            tick(30)
            tick(20)
        (log,) = progress._listening
        assert log._count == "50 of about 200 transitions"
    assert [line[8:] for line in lines] == ["Fitting model 1 of 1: main"]
    assert progress._listening == []
    assert capsys.readouterr() == ("", "")


def test_a_call_from_a_script_says_nothing_in_a_pipe(capfd):
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)
    ps.fit(ratings, "rating ~ (1 | item)", draws=40, sampler=ps.Sampler(chains=2, warmup=50), on_problem="ignore")
    assert capfd.readouterr() == ("", "")


def test_where_lines_are_not_wanted_nobody_listens():
    with progress.progress_lines(print, wanted=False):
        assert progress._listening == []
