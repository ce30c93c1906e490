"""A study of slider ratings, from the file to the report: what sliders have, and sentences for what they have not."""

import re

import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.saved_labels import LabelRequest, study_labels

TEXT = """\
title = "Sliders"
simulated = true
[data]
path = "sliders.csv"
scale = ["continuous", 0, 100]
demographics = ["gender", "politics"]
[model]
family = "ordered_beta"
method = "laplace"
draws = 200
[agreement]
replicates = 20
[structure]
intersections = ["gender", "politics"]
contested = "gender"
[population]
equal = "politics"
[labels]
by = ["gender"]
bins = [25, 50]
"""
GROUPS = {"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.5, "right": 0.5}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sliders")
    made = ps.simulate(40, 15, 8, family="ordered_beta", demographics=GROUPS, effects={"gender[male]": 0.6}, seed=3)
    made.frame.assign(rating=made.values).to_csv(folder / "sliders.csv", index=False)
    (folder / "study.toml").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def done(folder, drawing_only):
    with drawing_only("label_entropy", "thresholds"):
        return ps.run_study(StudyConfig.read(folder / "study.toml"), out=folder / "results")


@pytest.fixture(scope="module")
def html(done):
    return (done.folder / "report.html").read_text(encoding="utf-8")


def test_effects_are_in_points_and_not_on_a_latent_scale_with_one_noise(done):
    assert set(done.tables["effects"]["estimand"]) == {"points", "percent", "percent_of_range"}
    assert {model for model, _ in done.fits} == {"main", "items only", "intersections", "gaps by item"}
    assert {"contested_items", "intersections", "effects_population", "raters"} <= set(done.tables)


def test_what_sliders_do_not_have_is_a_sentence(done, html):
    assert not {"variance_shares", "r2", "reliability", "intersection_shares", "rating_shares"} & {
        name for name, table in done.tables.items() if len(table)
    }
    assert "answers of a slider have no single one" in html
    assert re.search(r"On the latent \(logit\) scale: sd\(rater\) \d\.\d+ \[", html)


def test_cohesion_is_that_of_a_linear_model_and_said_to_be(done, html):
    assert set(done.tables["model_cohesion"]["scale"]) == {"ratings"}
    assert "this model was a linear one of the ratings" in html


def test_labels_are_in_the_bins_of_the_study_file(done, html):
    labels = done.tables["labels"]
    direct = ps.label_distributions(done.fits["main", ""], population=None, bins=[25, 50]).table
    answers = ["p_0", "p_(0, 25]", "p_(25, 50]", "p_(50, 100)", "p_100"]
    assert [name for name in labels if name.startswith("p_")] == answers == [n for n in direct if n.startswith("p_")]
    assert "counted as 0, (0, 25], (25, 50], (50, 100) and 100: both ends" in html
    summary = done.tables["label_summary"].set_index("target")
    everybody = labels[labels["target"] == labels["target"].iloc[0]]
    assert summary["percent_lowest"].iloc[0] == pytest.approx(100.0 * everybody["p_0"].mean())


def test_the_methods_name_the_model_and_its_link(html):
    assert "An ordered beta logit mixed model (Kubinec, 2023)" in html
    assert "Political Analysis, 31(4), 519–536" in html
    assert "on a continuous scale from 0 to 100" in html


def test_more_labels_come_from_the_results(done):
    made = study_labels(done.folder, LabelRequest(bins=2))
    assert made.scale.labels == ("0", "(0, 50]", "(50, 100)", "100")
    shares = study_labels(done.folder, LabelRequest(policy="shares", bins=(30.0,)))
    assert shares.scale.labels == ("0", "(0, 30]", "(30, 100)", "100")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('[effects]\nestimands = ["latent_d"]', "the ordered_beta family has no latent scale with one noise"),
        ("[effects]\nproportional_odds = true", "the ordered_beta family has none"),
        ('link = "logit"', 'has no meaning with family = "ordered_beta"'),
        ('disc = "~ gender"', "goes with cumulative models"),
        ('dimensions = "joint"', "has one precision for all dimensions"),
    ],
)
def test_settings_that_sliders_cannot_have_are_refused(section, message):
    model = '[data]\nscale = ["continuous", 0, 100]\n[model]\nfamily = "ordered_beta"\n'
    with pytest.raises(ps.ConfigError, match=re.escape(message)):
        StudyConfig.from_toml(f"{model}{section}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[data]\nscale = ["continuous", 0, 100]', 'Write family = "ordered_beta" under [model]'),
        ('[data]\nscale = [1, 5]\n[model]\nfamily = "ordered_beta"', "which is for sliders, and `data.scale` lists"),
        (
            '[data]\nscale = "continuous"\n[model]\nfamily = "ordered_beta"',
            'or ends, as scale = ["continuous", 0, 100]',
        ),
        ("[labels]\nbins = 3", "`labels.bins` cut a slider"),
        ('[model]\nfamily = "ordered_beta"\n[labels]\nbins = [50, 20]', "`labels.bins` should be a number of bins"),
    ],
)
def test_scales_and_bins_go_with_the_family(text, message):
    with pytest.raises(ps.ConfigError, match=re.escape(message)):
        StudyConfig.from_toml(f"{text}\n")


def test_cutpoints_of_a_slider_stand_without_its_intercept_and_precision(done):
    parameters = done.tables["parameters"]
    ax = ps.figures.wright(parameters, done.tables["random_effects"])
    at = parameters.set_index("parameter")["estimate"]
    drawn = {text.get_text() for text in ax.texts}
    assert not {text for text in drawn if "precision" in text}
    assert {"0 | between", "between | 100"} <= drawn
    places = sorted({round(float(s[0][0]), 9) for c in ax.collections if hasattr(c, "get_segments")
                     for s in c.get_segments()})  # fmt: skip
    for name in ("0|between", "between|100"):
        assert any(abs(place - (at[name] - at["Intercept"])) < 1e-6 for place in places), name
