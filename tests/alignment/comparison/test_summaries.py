"""A training summary: tables, a card, and nothing of others written over."""

import json

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import reduction_ratios, write_summary

import pluralstats as ps


def test_a_summary_holds_tables_and_a_card(tmp_path):
    noise = np.random.default_rng(1).normal(0.0, 0.1, (2, 100))
    draws = [pd.DataFrame({"arm": arm, "draw": range(100), "effect": e}) for arm, e in zip("ab", noise, strict=True)]
    table = reduction_ratios(pd.concat(draws).eval("effect = effect - 1"), against="b")
    folder = write_summary(tmp_path / "summary", {"reductions": table}, problems=["One."], model="tiny", simulated=True)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "reductions.parquet"), table)
    assert (folder / "reductions.csv").is_file()
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert (card["kind"], card["problems"], card["simulated"]) == ("training summary", ["One."], True)
    with pytest.raises(ps.ConfigError, match="A training summary has the tables arm_effects"):
        write_summary(tmp_path, {"effects": table})


def test_a_summary_is_not_written_over_the_card_of_a_run(tmp_path):
    (tmp_path / "card.json").write_text('{"kind": "run"}')
    with pytest.raises(ps.ConfigError, match=r"holds a card\.json of something else, which would be lost"):
        write_summary(tmp_path, {"arm_effects": pd.DataFrame({"a": [1]})})
    assert (tmp_path / "card.json").read_text() == '{"kind": "run"}'
