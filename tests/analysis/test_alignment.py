"""The four experiments run as one command and write what a report needs; two steps of training teach nothing."""

import runpy
from pathlib import Path

import pandas as pd

SCRIPT = Path(__file__).parents[2] / "analysis" / "alignment.py"


def test_the_four_experiments_are_one_command(tmp_path, capsys):
    out = tmp_path / "out"
    argv = ["--studies", "1", "--steps", "2", "--questions", "30", "--new", "10", "--jobs", "1", "--out", str(out)]
    assert runpy.run_path(str(SCRIPT))["main"](argv) == 0
    runs = pd.read_csv(out / "runs.csv")
    assert set(runs["disagreement"]) == {"all", "majority", "mean", "posterior", "poststratified", "truth"}
    assert set(runs["scale"].astype(str)) == {"5", "3", "2"}
    assert set(runs["optimiser"]) == {"DPO", "GRPO"}
    rmse = pd.read_csv(out / "rmse.csv")
    assert rmse.groupby(["truth", "pairs"])["arm"].nunique().eq(10).all()  # all but GRPO, which implies no preference
    assert (out / "summary" / "card.json").is_file()
    assert (out / "steering.svg").is_file()
    assert "says nothing about" in capsys.readouterr().out
