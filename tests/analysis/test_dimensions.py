"""Five dimensions in one model: the truth beside the correlations, and a run."""

import json
import runpy
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "analysis" / "dimensions.py"))


def test_true_correlations_are_those_of_the_effects_that_were_drawn():
    made = ps.simulate(**SCRIPT["SEED_STUDY"] | {"n_items": 5000, "n_questions": 1000, "n_raters": 2000}, seed=1)
    effects = made.truth.random_effects
    raters = effects[effects["term"] == "rater"].pivot_table(index="group", columns="dimension", values="value")
    found = raters.corr().loc["toxicity", "helpfulness"]
    # 2,000 raters: a standard error of (1 - 0.5^2) / sqrt(2000) = 0.017
    assert SCRIPT["true_correlation"]("rater", "toxicity", "helpfulness") == pytest.approx(found, abs=0.06)
    # sds of items and questions (0.55, 0.30) and (0.50, 0.20): -0.6 (0.275 + 0.06) / sqrt(0.3925 x 0.29)
    of_items = SCRIPT["true_correlation"]("item", "toxicity", "helpfulness")
    assert of_items == pytest.approx(-0.335 * 0.6 / 0.3925**0.5 / 0.29**0.5, rel=1e-12)


def test_a_run_writes_what_the_joint_fit_gains(tmp_path):
    options = ["--raters", "30", "--method", "laplace", "--draws", "120", "--loo-draws", "100"]
    assert SCRIPT["main"]([*options, "--out", str(tmp_path)]) == 0
    assert len(pd.read_csv(tmp_path / "correlations.csv")) == 20
    assert "elpd by rater" in set(pd.read_csv(tmp_path / "joint_gain.csv")["measure"])
    assert set(json.loads((tmp_path / "run.json").read_text())["cpu_seconds"]) == {"joint", "separate", "joint_gain"}
