"""``check`` and ``Ratings`` say the same of the same rows: what is refused, how many stay, and why others do not."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

RATERS = ["r1", "R1", "r2", "r3", "07", "7"]
GENDERS = ["f", "m", None, "prefer not to say", "DATA_EXPIRED"]


def _table(rng, n):
    gender = {name: rng.choice(GENDERS) for name in RATERS}
    age = {name: rng.choice([20, 30, -99, None]) for name in RATERS}
    rater = rng.choice(RATERS, n)
    rest = {"item": rng.choice(list("abcdefgh"), n), "rater": rater, "rating": rng.choice([1, 2, 3, 4, 5, 9, None], n)}
    table = pd.DataFrame({**rest, "gender": [gender[name] for name in rater], "age": [age[name] for name in rater]})
    return table.assign(question=rng.choice(["q1", "q2"], n)) if rng.random() < 0.5 else table


def _options(rng):
    return {
        "scale": (1, 5),
        "demographics": ["gender"],
        "undisclosed": str(rng.choice(["drop", "level"])),
        "duplicates": str(rng.choice(["first", "last"])),
        "covariates": ["age"] if rng.random() < 0.5 else [],
        "na_values": [9] if rng.random() < 0.5 else [9, -99],
        "lump": 2 if rng.random() < 0.3 else 0,
    }


@pytest.mark.parametrize("seed", range(40))
def test_check_counts_what_ratings_hold(seed):
    rng = np.random.default_rng(seed)
    table, options = _table(rng, int(rng.integers(6, 60))), _options(rng)
    found = ps.check(table, **options)
    try:
        ratings = ps.Ratings(table, **options)
    except ps.DataError:
        assert found.problems
        return
    assert not found.refused
    whole = found.summary.query("column == 'all'")[["n_raters", "n_ratings"]].iloc[0].tolist()
    assert whole == [ratings.n_raters, ratings.n_ratings]
    pd.testing.assert_frame_equal(found.policies, ratings.policies)
    left_out = ratings.policies["policy"].isin(["drop", "first", "last"])
    assert len(table) - ratings.n_ratings <= ratings.policies["n_rows"][left_out].sum()
