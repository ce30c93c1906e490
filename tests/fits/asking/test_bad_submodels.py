"""Submodels and groups of thresholds that nothing can identify are refused with sentences that say what to do."""

import numpy as np
import pytest

import pluralstats as ps

OPTIONS = {"method": "laplace", "draws": 60, "on_problem": "ignore"}


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=30, n_items=15, ratings_per_rater=8, scale=(1, 5), seed=1)


def changed(ratings, demographics=("gender",), **columns):
    frame = ratings.frame.assign(rating=ratings.values, **columns)
    return ps.Ratings(frame, scale=(1, 5), demographics=list(demographics))


def own_level(ratings):
    """Every rater has a job that nobody else has, and one of them a gender."""
    rater, gender = ratings.frame["rater"].astype(str), ratings.frame["gender"].astype(str)
    gender = gender.where(rater != rater.iloc[0], "other")
    return changed(ratings, ("gender", "job"), job="job of " + rater, gender=gender)


@pytest.mark.parametrize(
    ("make", "asked", "message"),
    [
        (lambda r: r, {"disc": "~ gendr"}, "In `disc`, '~ gendr': The formula names 'gendr', which is not a column"),
        (
            lambda r: r,
            {"thresholds": "wave"},
            "`thresholds` names a column of the ratings (item, rater, gender); found",
        ),
        (
            lambda r: r,
            {"disc": "~ cs(gender)"},
            "and noise is one number for all thresholds: '~ cs(gender)'. Write the",
        ),
        (own_level, {"disc": "~ gender"}, "a single rater has the level. Lump rare levels (`lump=`), or leave the"),
        (own_level, {"stretch": "~ job"}, "has the level. Write (1 | rater) for the differences of single raters, or"),
    ],
)
def test_what_nothing_identifies_is_refused_with_what_to_do(ratings, make, asked, message):
    with pytest.raises(ps.PluralstatsError) as error:
        ps.fit(make(ratings), "rating ~ (1 | item) + (1 | rater)", **asked, **OPTIONS)
    assert message in str(error.value)


def test_two_categories_have_no_use_of_the_scale():
    two = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, scale=(1, 2), seed=1)
    with pytest.raises(ps.ConfigError) as error:
        ps.fit(two, stretch="~ gender", **OPTIONS)
    assert "a scale of 2 categories has one threshold only. It needs three categories or more" in str(error.value)


def test_a_rater_who_withheld_the_level_does_not_count_as_a_level_where_it_is_imputed(ratings):
    rater = ratings.frame["rater"].astype(str)
    frame = ratings.frame.assign(rating=ratings.values)
    frame["gender"] = ratings.frame["gender"].astype(str).where(rater != rater.iloc[0], None)
    withheld = ps.Ratings(frame, (1, 5), ["gender"], undisclosed="impute")
    fit = ps.fit(withheld, "rating ~ gender + (1 | item) + (1 | rater)", disc="~ gender", imputations=2, **OPTIONS)
    assert fit.provenance["imputation"]["raters"] == {"gender": 1}


def test_a_group_of_thresholds_with_one_answer_has_a_sentence(ratings):
    both = ps.simulate(n_raters=30, n_items=15, ratings_per_rater=8, dimensions=["hate", "harm"], seed=1)
    constant = np.where(both.frame["dimension"] == "hate", 1, both.values)
    fit = ps.fit(ps.Ratings(both.frame.assign(rating=constant), scale=(1, 5), demographics=["gender"]), **OPTIONS)
    assert (
        "All 240 ratings of dimension 'hate' are '1': nothing can be estimated about them, and numbers that name "
        "'hate' mean nothing. Leave these ratings out."
    ) in fit.problems


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"disc": "~ (1 | item)"}, "and `disc` rests on 'item' in this fit, which varies within raters."),
        ({"stretch": "~ gender", "thresholds": "wave"}, "and `stretch` and `thresholds` rest on 'wave' in this fit"),
    ],
)
def test_cohesion_needs_noise_and_thresholds_of_raters(ratings, parts, message):
    waves = changed(ratings, wave=np.where(np.arange(ratings.n_ratings) % 2, "a", "b"))
    fit = ps.fit(waves, "rating ~ (0 + gender | item) + (1 | rater)", **parts, **OPTIONS)
    with pytest.raises(ps.ConfigError) as error:
        ps.model_cohesion(fit, "gender")
    assert message in str(error.value)
