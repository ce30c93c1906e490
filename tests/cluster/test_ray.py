"""The same on Ray, where it is installed: it is no part of the locked versions."""

import os

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.cluster.spreading import is_elsewhere, spread
from pluralstats.fits.asking.several import as_made
from pluralstats.fits.fitting import planned
from pluralstats.fits.methods.sampled import make_one

pytest.importorskip("ray", reason="ray is not installed")

FORMULAS = ("rating ~ gender + (1 | item) + (1 | rater)", "rating ~ (1 | item) + (1 | rater)")


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=40, n_items=20, ratings_per_rater=8, seed=1)


@pytest.fixture(scope="module")
def calls(ratings):
    return (
        lambda: ps.agreement(ratings, "gender", replicates=30),
        lambda: ps.cohesion(ratings, "gender", replicates=60, permutations=120),
    )


@pytest.fixture(scope="module")
def plans(ratings):
    return [planned(ratings, formula, method="laplace", draws=100) for formula in FORMULAS]


@pytest.fixture(scope="module")
def here(plans, calls):
    return [*(call() for call in calls), *(make_one(plan.requests[0]).parameters for plan in plans)]


@pytest.fixture(scope="module")
def there(here):
    with ps.on_cluster("ray:local"):
        yield


def test_the_numbers_are_the_same(here, plans, calls, ratings, there):
    assert is_elsewhere()
    fits = dict(as_made(plans, make_one))
    assert fits[0].ratings is ratings
    found = [*(call() for call in calls), *(fits[i].parameters for i in range(len(plans)))]
    for one, other in zip(here, found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_what_fails_there_fails_here_with_its_own_error(there):
    def refuse(number):
        raise ps.DataError(f"Rating {number} is none.", ["one", "two"])

    with pytest.raises(ps.DataError, match=r"^Rating 7 is none\.$") as found:
        spread(refuse, [(7,), (7,)])
    assert found.value.problems == ("one", "two")


def test_a_task_that_ends_every_worker_is_given_up_with_a_sentence(there):
    def end(number):
        os.kill(os.getpid(), 9)

    with pytest.raises(ps.FitError, match=r"The workers that tried the task 'end' died, .* want of memory"):
        spread(end, [(1,)])


def test_an_address_where_nobody_listens_is_a_sentence():
    said = r"No Ray cluster answers at 'ray:127\.0\.0\.1:9' \(.*refused.*\)\. Start one with `ray start --head`"
    with pytest.raises(ps.ConfigError, match=said), ps.on_cluster("ray:127.0.0.1:9", seconds=1.0):
        pass
