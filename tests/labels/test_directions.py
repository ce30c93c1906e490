"""Which ratings are preferred, and the question where higher seems to be worse."""

import warnings

import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.labels.directions import higher_is_worse, sounds_bad

BAD = [
    *("toxicity", "Toxic", "is_toxic", "toxicityScore", "TOXICITY", "hate", "hatefulness", "hate_speech", "hateSpeech"),
    *("offensiveness", "Offensive language", "degree_of_harm", "self-harm", "bias", "Biased", "stereotype", "abuse"),
    *("insult", "threat", "racism", "violence", "rudeness", "unsafe", "hallucination", "Hassrede", "Beleidigung"),
    *("Menschenfeindlichkeit", "Bedrohung", "schädlich", "Schaedlichkeit", "Vorurteile", "Diskriminierung", "Gewalt"),
    *("very toxic", "definitely offensive", "sehr beleidigend"),
]
GOOD = [
    *("helpfulness", "quality", "rating", "politeness", "safety", "harmlessness", "harmless", "harmlos", "unbiased"),
    *("non-toxic", "not toxic", "nontoxic", "no hate", "absence of harm", "bias-free", "vorurteilsfrei", "inoffensive"),
    *("whatever", "charm", "phase", "chassis", "harmony", "nicht beleidigend", "keine Gewalt", "overall", "3", "agree"),
]


@pytest.mark.parametrize("text", BAD)
def test_names_of_what_people_want_less_of_are_known(text):
    assert sounds_bad(text)


@pytest.mark.parametrize("text", GOOD)
def test_other_names_and_denials_are_not(text):
    assert not sounds_bad(text)


@pytest.mark.parametrize(
    ("name", "answers", "reason"),
    [
        ("toxicity", ["1", "2", "3"], "its name"),
        ("toxicity", [], "its name"),
        ("toxicity", ["no", "yes"], "its name"),
        ("q3", ["not toxic", "a bit toxic", "very toxic"], "its answers"),
        ("helpfulness", ["harmless", "harmful"], "its answers"),
        ("toxicity", ["very toxic", "a bit toxic", "not toxic"], ""),
        ("hate", ["hateful", "neutral", "supportive"], ""),
        ("helpfulness", ["not at all", "very"], ""),
        ("rating", ["1", "2"], ""),
    ],
)
def test_answers_say_more_than_names(name, answers, reason):
    assert higher_is_worse(name, answers) == reason


def responses_of(ratings):
    items = sorted(ratings.frame["item"].unique())
    rows = pd.DataFrame({"item": items, "question": [f"q{i // 4}" for i in range(len(items))]})
    return rows.assign(prompt="Prompt " + rows["question"], response="Response " + rows["item"])


def ratings_of(dimension="", scale=(1, 5)):
    made = ps.simulate(n_raters=30, n_items=8, ratings_per_rater=6, seed=1)
    table = made.frame[["item", "rater"]].astype(str).assign(rating=made.values.astype(int))
    if isinstance(scale, list):
        table["rating"] = [scale[value - 1] for value in table["rating"]]
    return ps.Ratings(table.assign(dimension=dimension) if dimension else table, scale=scale)


def fit_of(ratings):
    return ps.fit(ratings, "rating ~ 1 + (1 | item) + (1 | rater)", method="laplace", draws=50, on_problem="ignore")


def test_a_bad_name_asks_once_for_the_utility_to_write():
    fit = fit_of(ratings_of("toxicity"))
    with pytest.warns(ps.DirectionWarning) as caught:
        pairs = ps.preference_pairs(fit, responses_of(fit.ratings))
    (warning,) = [w for w in caught if issubclass(w.category, ps.DirectionWarning)]
    assert str(warning.message) == (
        "Pairs prefer higher ratings of 'toxicity', and its name suggests that higher is worse. Write "
        'utility={"toxicity": -1} to prefer the lower ones (--utility toxicity=-1 of the command), or {"toxicity": 1} '
        "if this is what you mean."
    )
    assert warning.filename == __file__
    assert pairs.card["direction"] == "Higher ratings of 'toxicity' are preferred: no utility was given."
    assert pairs.card["caveats"][0] == pairs.card["direction"]


@pytest.mark.parametrize("source", ["fit", "ratings", "labels"])
def test_bad_answers_ask_whatever_pairs_are_made_from(source):
    ratings = ratings_of(scale=["not toxic", "hardly toxic", "undecided", "toxic", "very toxic"])
    made = {"fit": lambda: fit_of(ratings), "ratings": lambda: ratings, "labels": lambda: ps.aggregate(ratings, "mean")}
    options = {"policy": "mean"} if source == "ratings" else {}
    with pytest.warns(ps.DirectionWarning, match=r"its answers \('not toxic' to 'very toxic'\) suggest that higher"):
        ps.preference_pairs(made[source](), responses_of(ratings), **options)


@pytest.mark.parametrize(
    ("utility", "sentence"),
    [
        ({"toxicity": -1}, "Lower ratings of 'toxicity' are preferred."),
        ({"toxicity": 1}, "Higher ratings of 'toxicity' are preferred."),
    ],
)
def test_a_utility_answers_the_question(utility, sentence):
    fit = fit_of(ratings_of("toxicity"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairs = ps.preference_pairs(fit, responses_of(fit.ratings), utility=utility)
    assert pairs.card["direction"] == pairs.card["caveats"][0] == sentence


def test_other_names_are_not_asked_about():
    fit = fit_of(ratings_of("helpfulness"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairs = ps.preference_pairs(fit, responses_of(fit.ratings))
    assert pairs.card["direction"] == "Higher ratings of 'helpfulness' are preferred: no utility was given."


def test_pairs_near_one_half_are_counted_in_card_and_caveats():
    fit = fit_of(ratings_of())
    pairs = ps.preference_pairs(fit, responses_of(fit.ratings))
    near = int((pairs.table["p"] <= 0.55).sum())
    assert 0 < near < len(pairs.table)
    assert pairs.card["near_half"] == {"all raters": near}
    words = f"{near} pair{'s' if near > 1 else ''} of {len(pairs.table)} with p within 0.05 of 1/2"
    assert sum(words in sentence for sentence in pairs.card["caveats"]) == 1
    kept = ps.preference_pairs(fit, responses_of(fit.ratings), min_margin=0.0500001)
    assert kept.card["near_half"] == {"all raters": 0}
    assert not any("within 0.05" in sentence for sentence in kept.card["caveats"])
    assert len(kept.table) == len(pairs.table) - near


def test_the_command_prints_direction_and_pairs_near_one_half(tmp_path):
    fit = fit_of(ratings_of("toxicity"))
    fit.save(tmp_path / "fit")
    responses_of(fit.ratings).to_csv(tmp_path / "responses.csv", index=False)
    command = ["pairs", str(tmp_path / "fit"), "--responses", str(tmp_path / "responses.csv")]
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "pairs.parquet")])
    assert done.exit_code == 0, done.output
    assert done.output.count("suggests that higher is worse") == 1
    assert "--utility toxicity=-1" in done.output
    assert "- Higher ratings of 'toxicity' are preferred: no utility was given." in done.output
    assert "with p within 0.05 of 1/2" in done.output
