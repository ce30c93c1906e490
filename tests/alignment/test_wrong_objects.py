"""Every function of alignment, and every object that people make for it, answers the wrong kind with a sentence."""

import inspect

import pandas as pd
import pluralstats.alignment as alignment
import pytest

import pluralstats as ps

THINGS = {"None": None, "number": 3, "list": [1], "frame": pd.DataFrame({"a": [1]}), "object": object()}
MADE = {"Endpoint", "LexiconScorer", "RewardScorer"}  # classes whose first argument is checked where they are made
RIGHT = {("synthetic_study", "number"), ("reliability_table", "list")}  # a seed; one event
PUBLIC = [name for name in sorted(alignment.__all__) if name in MADE or inspect.isfunction(getattr(alignment, name))]


@pytest.mark.parametrize("what", THINGS)
@pytest.mark.parametrize("name", PUBLIC)
def test_the_wrong_kind_of_object_is_refused_with_a_sentence(name, what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parameters = inspect.signature(getattr(alignment, name)).parameters.values()
    needed = [one for i, one in enumerate(parameters) if i == 0 or one.default is one.empty]
    needed = [one for one in needed if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    if not needed or (name, what) in RIGHT:
        pytest.skip("it has no argument, or this is a right one")
    thing = THINGS[what]
    given = [thing for one in needed if one.kind is not one.KEYWORD_ONLY]
    named = {one.name: "x" for one in needed if one.kind is one.KEYWORD_ONLY}
    with pytest.raises(ps.PluralstatsError) as caught:
        getattr(alignment, name)(*given, **named)
    assert len(str(caught.value)) > 30
    assert list(tmp_path.iterdir()) == []
