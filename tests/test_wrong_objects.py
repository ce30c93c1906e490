"""Every public function answers the wrong kind of object with a sentence of ours, whatever it is."""

import inspect
import warnings

import pandas as pd
import pytest

import pluralstats as ps

# What functions return, which people hold and never make themselves; dataclasses take what they are given.
HELD = {"Check", "Fit", "Labels", "LeaveOneOut", "Pairs", "Population", "StudyConfig", "Summary", "Truth"}
THINGS = {
    "None": None,
    "text": "no such thing",
    "number": 3,
    "list": [1],
    "frame": pd.DataFrame({"a": [1]}),
    "object": object(),
}
# Where it is a right one: a prior's scale and a number of chains, raters of a simulation, its seed.
RIGHT = {(name, "number") for name in ("Priors", "Sampler", "simulate", "simulate_seed_study")}
REPORTED = {"check"}  # problems of the data are returned, and no file at all is one


def asked(function):
    """The arguments that a function must be given, the first among them also where it has a default."""
    parameters = list(inspect.signature(function).parameters.values())
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    first = next((one for one in parameters if one.kind in kinds), None)
    needed = [
        one for one in parameters if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    return first, [one for one in needed if one is not first]


def called(function, thing):
    others = asked(function)[1]
    named = {one.name: thing for one in others if one.kind is one.KEYWORD_ONLY}
    return function(thing, *(thing for one in others if one.name not in named), **named)


PUBLIC = [
    name
    for name in sorted(ps.__all__)
    if callable(getattr(ps, name))
    and name not in HELD
    and not (inspect.isclass(getattr(ps, name)) and issubclass(getattr(ps, name), Exception))
]


@pytest.mark.parametrize("what", THINGS)
@pytest.mark.parametrize("name", PUBLIC)
def test_the_wrong_kind_of_object_is_refused_with_a_sentence(name, what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = getattr(ps, name)
    if asked(function)[0] is None or (name, what) in RIGHT:
        pytest.skip("it has no argument, or this is a right one")
    if name in REPORTED:
        assert not called(function, THINGS[what]).ok
        return
    with pytest.raises(ps.PluralstatsError) as caught:
        called(function, THINGS[what])
    said = str(caught.value)
    assert len(said) > 30 and said.rstrip()[-1] in ".?)", said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_ratings_and_fits_are_taken_or_refused_and_nothing_else_happens(name, small, small_fit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = getattr(ps, name)
    if asked(function)[0] is None or name == "calibration_ranks":
        pytest.skip("it has no argument, or would fit hundreds of simulations of these ratings")
    for thing in (small, small_fit):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                called(function, thing)
            except ps.PluralstatsError as error:
                assert len(str(error)) > 30


NEEDS_FIT = ("contested_items", "contrasts", "difference_sources", "dimension_correlations", "effects", "group_means",
             "intersection_shares", "intersections", "joint_tests", "loo", "predict", "predictive_checks",
             "prior_sensitivity", "proportional_odds_tests", "r2", "rater_table", "raters_needed", "reliability",
             "robustness", "variance_shares")  # fmt: skip


@pytest.mark.parametrize("name", NEEDS_FIT)
def test_ratings_where_a_fit_belongs_are_told_how_to_become_one(name, small):
    with pytest.raises(ps.ConfigError) as caught:
        called(getattr(ps, name), small)
    assert str(caught.value) == f"`ps.{name}` needs a fit; found Ratings. Make one with ps.fit(ratings)."
