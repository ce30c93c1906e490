"""Failed checks in finished sentences."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.results.checks.predictive import predictive_problems


def failed(statistic, unit="all", observed=3.0, p=0.0, category="", level=None):
    row = {"statistic": statistic, "level": level or ("overall" if unit == "all" else "group"), "unit": unit}
    return row | {"category": category, "observed": observed, "estimate": 2.0, "lower": 1.7, "upper": 2.3, "p": p}


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        ([failed("mean", "gender:male")],
         ["The mean rating by raters with gender 'male' is higher than the model says: 3.0 rating points "
          "(the model expects 2.0 [1.7, 2.3])."]),
        ([failed("sd", observed=1.0, p=1.0)],
         ["Ratings by all raters vary less than the model says: their sd is 1.0 rating points "
          "(the model expects 2.0 [1.7, 2.3])."]),
        ([failed("sd", "gender:male")],
         ["Ratings by raters with gender 'male' vary more than the model says: their sd is 3.0 rating points "
          "(the model expects 2.0 [1.7, 2.3]). A noise (disc='~ gender') or use of the scale (stretch=) of their own "
          "may explain it."]),
        ([failed("agreement", observed=1.0, p=0.998)],
         ["Pairs of raters agree less often than the model says: 1.0% (the model expects 2.0 [1.7, 2.3])."]),
        ([failed("sd of item means", observed=1.0, p=1.0)],
         ["Items differ less than the model says: the sd of item means is 1.0 rating points "
          "(the model expects 2.0 [1.7, 2.3])."]),
        ([failed("share", category=str(k), observed=2.0 + k) for k in (1, 2, 3, 4)],
         ["Ratings by all raters fall into other categories than the model says: '4' 6.0% (the model expects 2.0 "
          "[1.7, 2.3]), '3' 5.0% (the model expects 2.0 [1.7, 2.3]), '2' 4.0% (the model expects 2.0 [1.7, 2.3]), "
          "and 1 more."]),
        ([failed("mean", p=0.006), failed("mean", "r1", level="rater"), failed("mean", p=np.nan)], []),
    ],
)  # fmt: skip
def test_each_failed_check_is_one_finished_sentence(rows, sentences):
    assert list(predictive_problems(pd.DataFrame(rows))) == sentences


def test_another_table_is_refused():
    with pytest.raises(ps.ConfigError, match="it lacks statistic, level"):
        predictive_problems(pd.DataFrame({"unit": ["all"], "p": [0.5]}))
