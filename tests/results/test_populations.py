"""Who is averaged over: raters once each, items once each, and what is looked up, averaged or integrated."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.results.populations import MANY_PROFILES, observed_profiles, term_roles

REFERENCE = {"gender": "f", "politics": "x"}


def study(*, uneven=False, **columns):
    """60 raters, 30 items; ``columns`` are covariates, functions of (rater number, item number, row number)."""
    rng = np.random.default_rng(5)
    rater = np.repeat(np.arange(60), 10)
    item = np.concatenate([rng.choice(30, 10, replace=False) for _ in range(60)])
    gender, politics = np.where(rater % 2, "m", "f"), np.array(list("xyz"))[(rater // 2) % 3]
    latent = 0.6 * (rater % 2) + 0.3 * (item % 3) + 0.6 * rng.normal(size=60)[rater] + rng.normal(size=600)
    data = {"rater": [f"r{r}" for r in rater], "item": [f"i{i}" for i in item], "gender": gender, "politics": politics}
    data["rating"] = 1 + np.digitize(latent, [-1.0, 0.0, 0.7, 1.6])
    data |= {name: make(rater, item, np.arange(600)) for name, make in columns.items()}
    frame = pd.DataFrame(data)
    keep = (frame["politics"] == "x") | (frame.groupby("rater").cumcount() < 3) if uneven else frame.index >= 0
    demographics, covariates = list(REFERENCE), list(columns)
    return ps.Ratings(frame[keep], scale=(1, 5), demographics=demographics, covariates=covariates, reference=REFERENCE)


def topic(rater, item, row):
    return np.where(item % 3 == 0, "even", np.where(item % 3 == 1, "odd", "rare"))


def fit_of(ratings, right, **options):
    return ps.fit(ratings, f"rating ~ {right}", method="laplace", draws=100, on_problem="ignore", **options)


def share_of(setting, column):
    return setting.share @ pd.get_dummies(setting.profiles[column]).to_numpy(float)


def test_an_item_covariate_does_not_weight_raters_by_how_much_they_rated():
    """A third of the raters gave 10 ratings and the others 3; the third counted as 62% once a topic was named."""
    ratings = study(uneven=True, topic=topic)
    terms = "+ (1 | item) + (1 | rater)"
    without, with_topic = (observed_profiles(fit_of(ratings, f"{f} {terms}")) for f in ("politics", "politics + topic"))
    assert share_of(without, "politics") == pytest.approx([1 / 3] * 3)
    assert share_of(with_topic, "politics") == pytest.approx([1 / 3] * 3)
    assert share_of(with_topic, "topic") == pytest.approx([1 / 3] * 3)  # each item once, of 30
    assert len(with_topic.share) == 9
    assert with_topic.share.sum() == pytest.approx(1.0)


def test_what_varies_within_items_counts_each_rating_once():
    ratings = study(hour=lambda rater, item, row: np.where(row % 10 < 2, "early", "late"))
    setting = observed_profiles(fit_of(ratings, "gender + hour + (1 | rater)"))
    assert share_of(setting, "hour") == pytest.approx([0.2, 0.8])
    assert share_of(setting, "gender") == pytest.approx([0.5, 0.5])


def test_a_formula_of_item_covariates_only_has_their_distribution():
    setting = observed_profiles(fit_of(study(topic=topic), "topic + (1 | item) + (1 | rater)"))
    assert share_of(setting, "topic") == pytest.approx([1 / 3] * 3)


def test_effects_within_a_group_use_its_raters_and_all_circumstances():
    ratings = study(uneven=True, topic=topic)
    fit = fit_of(ratings, "gender * politics + topic + (1 | item) + (1 | rater)")
    setting = observed_profiles(fit, {"politics": "y"})
    assert set(setting.profiles["politics"]) == {"y"}
    assert share_of(setting, "topic") == pytest.approx([1 / 3] * 3)
    assert ps.effects(fit, "gender", by="politics")["estimate"].notna().all()


def test_a_topic_that_shifts_every_rating_leaves_gaussian_differences_alone():
    fit = fit_of(study(uneven=True, topic=topic), "gender + topic + (1 | item) + (1 | rater)", family="gaussian")
    coefficient = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    assert ps.effects(fit, "gender")["estimate"][0] == pytest.approx(np.median(coefficient))


def test_a_number_that_differs_in_every_rating_is_thinned_and_keeps_its_distribution():
    """60 ages times 600 durations would be 36,000 profiles a contrast, and large studies millions."""
    ratings = study(age=lambda rater, item, row: 20.0 + rater, seconds=lambda rater, item, row: (row * 7919 % 600) / 60)
    fit = fit_of(ratings, "gender + age + seconds + (1 | item) + (1 | rater)")
    setting = observed_profiles(fit)
    assert len(setting.share) <= MANY_PROFILES
    assert setting.share.sum() == pytest.approx(1.0)
    seconds = setting.profiles["seconds"]
    assert setting.share @ seconds == pytest.approx(ratings.frame["seconds"].mean(), abs=0.02)
    assert setting.share @ seconds**2 == pytest.approx((ratings.frame["seconds"] ** 2).mean(), rel=0.01)
    assert setting.share @ setting.profiles["age"] == pytest.approx(20.0 + 29.5)


def roles_of(fit):
    """Names of the terms in each role."""
    names, roles = [grouping.name for grouping in fit.design.groupings], term_roles(fit)
    kinds = {"profile": roles.profile, "item": roles.item, "new": roles.new, "rater": roles.rater}
    return {kind: {names[t] for t in terms} for kind, terms in kinds.items()}


def site(rater, item, row):
    return np.array(list("pqrs"))[rater % 4]


ROLES = [
    ("gender + (1 | item) + (1 | rater)", set(), {"item"}, {"rater"}, {"rater"}),
    ("gender + (1 | item) + (1 | site/rater)", set(), {"item"}, {"site", "site:rater"}, {"site:rater"}),
    ("gender + (1 | item) + (1 | rater) + (1 | gender:item)", set(), {"item"}, {"rater", "gender:item"}, {"rater"}),
    ("1 + (1 | topic/item) + (1 | rater)", set(), {"topic", "topic:item"}, {"rater"}, {"rater"}),
    ("gender + (1 | gender:politics) + (1 | item)", {"gender:politics"}, {"item"}, set(), set()),
    ("gender + (1 | item) + (1 | alias)", set(), {"item"}, {"alias"}, {"alias"}),
]


@pytest.mark.parametrize(("right", "profile", "item", "new", "rater"), ROLES, ids=[row[0] for row in ROLES])
def test_terms_are_sorted_by_their_groups(right, profile, item, new, rater):
    ratings = study(topic=topic, site=site, alias=lambda rater, item, row: [f"person {r}" for r in rater])
    assert roles_of(fit_of(ratings, right)) == {"profile": profile, "item": item, "new": new, "rater": rater}


def test_where_each_item_has_one_rating_only_items_are_about_items():
    """Every term is constant within items there, and (1 | site) was averaged over as if sites were items."""
    frame = study(site=site).frame
    alone = frame.assign(item=[f"i{k}" for k in range(len(frame))], rating=frame["rating"].astype(int) + 1)
    ratings = ps.Ratings(alone, scale=(1, 5), demographics=list(REFERENCE), covariates=["site"], reference=REFERENCE)
    roles = roles_of(fit_of(ratings, "gender + (1 | item) + (1 | rater) + (1 | site)"))
    assert roles == {"profile": set(), "item": {"item"}, "new": {"rater", "site"}, "rater": {"rater"}}


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_latent_d_divides_by_raters_and_residual_and_not_by_what_crosses_them_with_items(family):
    fit = fit_of(study(), "gender + (1 | item) + (1 | rater) + (1 | gender:item)", family=family)
    b = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    sd = fit.samples.sd[:, [grouping.name for grouping in fit.design.groupings].index("rater")]
    residual = 1.0 if fit.samples.residual_sd is None else fit.samples.residual_sd**2
    table = ps.effects(fit, "gender", estimands="latent_d")
    assert table["estimate"][0] == pytest.approx(np.median(b / np.sqrt(residual + sd**2)))
