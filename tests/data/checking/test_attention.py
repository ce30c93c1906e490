"""Attention checks: named, no demographic, and an exclusion ready to use."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.drafts.drafting import draft_study
from pluralstats.study.drafts.text import draft_text


def table(name: str) -> pd.DataFrame:
    rows = [
        {"item": f"i{k}", "rater": f"r{rater}", "rating": 1 + (rater + k) % 5, "gender": "fm"[rater % 2]}
        | {name: {0: "Disagree", 1: None}.get(rater, "Agree")}
        for rater in range(20)
        for k in range(5)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", ["attention", "attn2", "ac_1", "bot_check", "Please select Agree for this question"])
def test_attention_checks_are_named_and_no_demographics(name, tmp_path):
    found = ps.check(table(name))
    assert found.options["demographics"] == ["gender"]
    advice = [one for one in found.advice if one.option == "exclude"]
    assert [(one.column, one.values) for one in advice] == [(name, ("Disagree", ""))]
    assert f"'{name}' looks like an attention check: 18 of 20 raters have 'Agree'" in " ".join(found.problems)
    ratings = ps.Ratings(table(name), (1, 5), exclude={name: list(advice[0].values)})
    assert ratings.n_raters == 18
    table(name).to_csv(tmp_path / "ratings.csv", index=False)
    text = draft_text(draft_study(tmp_path / "ratings.csv"), tmp_path)
    line = [line for line in text.splitlines() if line.startswith("# exclude = ")][-1]
    config = ps.StudyConfig.from_toml("[data]\n" + line.removeprefix("# "))
    assert config.data["exclude"] == {name: ["Disagree", ""]}


@pytest.mark.parametrize("name", ["country", "Please select your country", "checkout"])
def test_other_columns_are_none(name):
    found = ps.check(table(name))
    assert found.options["demographics"] == ["gender", name]
    assert "attention" not in " ".join(found.problems)
