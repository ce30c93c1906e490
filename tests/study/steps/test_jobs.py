"""What a study fits: when dimensions are one model, and what is refused before anything is fitted."""

import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.jobs import jobs
from pluralstats.study.steps.joint import joins
from pluralstats.study.steps.models import Model, models


@pytest.fixture(scope="module")
def both() -> ps.Ratings:
    return ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, dimensions=["hate", "harm"], seed=1)


@pytest.fixture(scope="module")
def one() -> ps.Ratings:
    return ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)


def study(text: str = "") -> StudyConfig:
    return StudyConfig.from_toml(f"[model]\n{text}")


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("", True),
        ('method = "nuts"', True),
        ('method = "laplace"', False),
        ('method = "laplace"\ndimensions = "joint"', True),
        ('dimensions = "separate"', False),
        ('family = "gaussian"', False),
        ('thresholds = "wave"', False),
    ],
)
def test_dimensions_are_one_model_where_it_is_asked_for_or_exact(both: ps.Ratings, text: str, joint: bool):
    assert joins(both, study(text)) == joint


def test_one_dimension_is_never_joint_and_nine_are_not_unasked(one: ps.Ratings):
    many = ps.simulate(n_raters=10, n_items=5, ratings_per_rater=2, dimensions=list("abcdefghi"), seed=1)
    assert not joins(one, study())
    assert not joins(many, study())
    with pytest.raises(ps.ConfigError, match=r"and the ratings have 9 dimensions; up to 8 are fitted in one model\."):
        jobs(many, study('dimensions = "joint"'))
    with pytest.raises(ps.ConfigError, match=r'is "joint", and the ratings have one dimension\. Remove it, or name'):
        jobs(one, study('dimensions = "joint"'))


def test_structure_is_of_each_dimension_whatever_the_main_model_is(both: ps.Ratings):
    config = StudyConfig.from_toml('[data]\ndemographics = ["gender"]\n[structure]\ncontested = "gender"')
    assert [(job.model, job.dimension) for job in jobs(both, config)] == [
        ("main", ""),
        ("items only", ""),
        ("gaps by item", "hate"),
        ("gaps by item", "harm"),
    ]
    apart = [(job.model, job.dimension) for job in jobs(both, config.with_method("laplace"))]
    assert apart[:3] == [("main", "hate"), ("items only", "hate"), ("gaps by item", "hate")]


def test_a_formula_of_several_dimensions_is_refused(both: ps.Ratings):
    with pytest.raises(ps.ConfigError) as caught:
        jobs(both, study('formula = "rating ~ dimension * gender + (1 | item) + (1 | rater)"\nalternatives = {}'))
    assert str(caught.value) == (
        "Model 'main': the formula names `dimension`. The formulas of a study are those of one dimension; all are "
        'fitted in one model with dimensions = "joint" under [model].'
    )


def test_every_model_has_the_submodels_and_one_has_none(one: ps.Ratings):
    found = models(one, study('disc = "~ gender + (1 | rater)"\nstretch = "~ (1 | rater)"'))
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    assert found == {
        "main": Model(formula, "~ gender + (1 | rater)", "~ (1 | rater)"),
        "without disc and stretch": Model(formula),
        "items only": Model("rating ~ gender + (1 | item)", "~ gender"),
    }
    named = models(one, study('disc = "~ gender"\n[model.alternatives]\nshort = "rating ~ (1 | item)"'))
    assert list(named) == ["main", "without disc", "short"]
    assert named["short"] == Model("rating ~ (1 | item)", "~ gender")
    assert list(models(one, study('stretch = "~ gender"\nalternatives = {}'))) == ["main"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('disc = "~ gendr"', "Did you mean 'gender'?"),
        ('disc = "~ 0 + gender"', "`disc` has no intercept of its own"),
        ('stretch = "~ 1"', "`stretch` says nothing: '~ 1' names no column and no random term."),
        ('thresholds = "wav"', "`thresholds` names a column of the ratings (item, rater, gender); found 'wav'."),
    ],
)
def test_a_wrong_submodel_is_refused_before_anything_is_fitted(one: ps.Ratings, text: str, message: str):
    with pytest.raises(ps.ConfigError) as caught:
        jobs(one, study(text))
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_priors_of_submodels_reach_the_models_that_have_them(one: ps.Ratings):
    todo = jobs(one, study('disc = "~ gender"\n[model.priors]\npart_sd = 0.3\nterms = {"disc: gender" = 0.2}'))
    assert [(job.model, job.priors.part_sd, job.priors.terms) for job in todo] == [
        ("main", 0.3, {"disc: gender": 0.2}),
        ("without disc", 0.3, {}),
        ("items only", 0.3, {"disc: gender": 0.2}),
    ]


def test_a_prior_of_a_term_that_no_joint_model_has_is_told_in_the_words_of_one_dimension(both: ps.Ratings):
    with pytest.raises(ps.ConfigError) as caught:
        jobs(both, study('[model.priors]\nterms = {"sd(ratr)" = 1.0}'))
    assert str(caught.value) == (
        "`model.priors.terms` names 'sd(ratr)', which the formula does not have; it has gender[male], gender, "
        "sd(rater), sd(item). Did you mean 'sd(rater)'?"
    )
