"""The ten lines of the README run as they stand."""

from pathlib import Path

import pandas as pd

import pluralstats as ps

README = Path(__file__).parents[1] / "README.md"


def test_the_ten_lines_run_on_a_file(tmp_path, monkeypatch, capsys):
    ratings = ps.simulate(
        n_raters=60,
        n_items=20,
        ratings_per_rater=8,
        demographics={
            "gender": {"female": 0.5, "male": 0.5},
            "politics": {"liberal": 0.5, "conservative": 0.5},
        },
    )
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    with pd.option_context("display.width", 250, "display.max_columns", 30, "display.max_rows", 100):
        exec(compile(code, str(README), "exec"), {})
    printed = capsys.readouterr().out
    for expected in ("()", "conservative", "reference", "residual", "alpha_ordinal"):
        assert expected in printed
