"""Shared by all tests: where real data lie, small ratings that many tests fit, and the module ``sampled``."""

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# One worker a core: a second thread of BLAS only waits for the first, which burned a third of all processor time. Read
# when numpy is loaded, here and in the programs that tests start; torch reads its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
# of every node of a graph, where it was made: a fifth of the time of making PyMC graphs, and read by nobody
os.environ.setdefault("PYTENSOR_FLAGS", "traceback__limit=0")

import pandas as pd
import pytest
from hypothesis import settings

import pluralstats as ps

# The same examples every time, and no limit that a busy machine breaks: a test that fails fails for everybody.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
sys.path.insert(0, str(Path(__file__).parent))  # of ``sampled``
SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def pytest_collectstart() -> None:
    """Imports make hardly any garbage, and looking for it takes about a tenth of the time of collecting all tests."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays: garbage is looked for among what tests make, not in torch and pandas again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real ratings next to the checkout; they are never committed."""
    if not SHARED.is_dir():
        pytest.skip("real ratings (../shared/data) are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def popquorn(shared_data: Path) -> pd.DataFrame:
    """POPQUORN offensiveness prepared as for the oracles: two genders, three races, 0/1 columns."""
    frame = pd.read_csv(shared_data / "popquorn_offensiveness.csv.gz")
    races = {"White": "white", "Black or African American": "black", "Asian": "asian"}
    frame = frame[frame["gender"].isin(["Woman", "Man"]) & frame["race"].isin(races)]
    return pd.DataFrame(
        {
            "item": frame["item"],
            "rater": frame["rater"],
            "rating": frame["rating"].astype(int),
            "woman": (frame["gender"] == "Woman").astype(float),
            "black": (frame["race"] == "Black or African American").astype(float),
            "asian": (frame["race"] == "Asian").astype(float),
            "age60": frame["age"].isin(["60-64", ">65"]).astype(float),
        }
    )


@pytest.fixture(scope="session")
def small() -> ps.Ratings:
    """60 raters x 30 items, 12 ratings a rater, two demographics."""
    return ps.simulate(
        n_raters=60,
        n_items=30,
        ratings_per_rater=12,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}},
        effects={"gender[male]": -0.4, "politics[right]": 0.5},
        seed=3,
    )


@pytest.fixture(scope="session")
def small_fit(small: ps.Ratings) -> ps.Fit:
    """The default formula of ``small`` by maximum likelihood, 400 draws: for tests that merely need some fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ps.FitWarning)  # this model has no problem, and a test below relies on it
        return ps.fit(small, method="laplace", draws=400)


@pytest.fixture(scope="session")
def small_posterior(small: ps.Ratings) -> ps.Fit:
    """The exact posterior of the default model of ``small``, with every default."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ps.FitWarning)
        return ps.fit(small)


@pytest.fixture(scope="session")
def drawing_only():
    """A context in which studies draw only the figures named: drawing is most of a small study's time."""
    from pluralstats.study.report import pictures  # the study's modules, which most tests never load
    from pluralstats.study.sections.order import plans

    @contextmanager
    def only(*names: str) -> Iterator[None]:
        chosen = {name: plan for name, plan in plans().items() if name in names}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pictures, "plans", lambda: chosen)
            yield

    return only


@pytest.fixture
def undrawn(drawing_only) -> Iterator[None]:
    """Studies of a test that looks at no figure draw none."""
    with drawing_only():
        yield
