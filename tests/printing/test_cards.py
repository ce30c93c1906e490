"""Objects show at most ten lines of themselves, whole sentences, and nothing that a page would read as its own."""

import re
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.printing.cards import MOST_LINES, Card, card_html, card_text

NASTY = "<script>alert(1)</script> & \x1b[31m"


@pytest.fixture(scope="module")
def objects(small, small_fit):
    labels = ps.label_distributions(small_fit, by="gender")
    return {
        "ratings": small,
        "fit": small_fit,
        "summary": small_fit.summary(),
        "labels": labels,
        "shares": ps.aggregate(small, "shares"),
        "pairs": ps.Pairs.of_table(pd.DataFrame({"prompt": ["Hi"], "chosen": ["a"], "rejected": ["b"], "p": [0.8]})),
        "population": ps.Population.of_raters(small),
        "check": ps.check(small.frame.assign(rating=small.values)),
        "loo": ps.loo(small_fit, "rater"),
        "truth": small.truth,
    }


def test_every_object_says_what_it_is_in_ten_lines(objects):
    for name, shown in objects.items():
        text = repr(shown)
        assert name == "summary" or len(text.splitlines()) <= MOST_LINES, name
        assert not re.search(r"\bnan\b|DataFrame|array\(|<pluralstats|None", text), (name, text)
        page = shown._repr_html_()
        assert page.startswith('<div class="pluralstats">') and page.endswith("</div>"), name
        assert not re.search(r"\bnan\b|(src|href)\s*=|@import|url\(|#[0-9a-f]{3}", page), name


def test_a_fit_shows_its_formula_data_sds_and_problems(small_fit):
    text = repr(small_fit)
    for part in (small_fit.formula, f"{small_fit.n_ratings:,} ratings", "probit", "sd(rater)", "problems"):
        assert part in text


def test_problems_are_whole_sentences_and_what_is_left_out_is_counted(small):
    fit = ps.fit(small, "rating ~ (1 | item) + (1 | rater)", draws=60, on_problem="ignore")
    assert len(fit.problems) > 2
    assert fit.problems[0] in repr(fit)
    lines = repr(fit).splitlines()
    assert len(lines) == MOST_LINES
    named = sum(problem in repr(fit) for problem in fit.problems)
    assert lines[-1] == f"  ... and {len(fit.problems) - named} more"


def test_references_come_first_and_are_called_so(small):
    for name in small.demographics:
        levels = list(small.frame[name].cat.categories)
        assert f"{levels[0]} (reference), {levels[1]}" in repr(small)


def test_texts_are_escaped_and_control_characters_written_out():
    card = Card(NASTY, [(NASTY, NASTY)], [NASTY])
    page = card_html(card)
    assert "<script>" not in page and "\x1b" not in page
    assert page.count("&lt;script&gt;") == 4
    assert "\x1b" not in card_text(card)
    frame = pd.DataFrame({"item": ["<b>x</b>"] * 2, "rater": [1, 2], "rating": [1, 2], "g<i>": ["<u>f</u>", "m"]})
    page = ps.Ratings(frame, (1, 5), demographics=["g<i>"])._repr_html_()
    assert not re.search("<[biu]>", page)


def test_long_texts_are_cut_and_many_lines_counted():
    text = card_text(Card("t", [(f"name {i}", "x" * 500) for i in range(30)]))
    lines = text.splitlines()
    assert len(lines) == MOST_LINES and max(map(len, lines)) <= 110
    assert lines[-1] == "  ... and 22 more"


def work(shown):
    """Calls of Python and C functions, and the most memory held, while an object is represented."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    repr(shown)  # what is made once and kept
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        repr(shown)
    finally:
        sys.setprofile(before)
    tracemalloc.start()
    repr(shown)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return calls, peak


def test_representing_a_fit_or_ratings_does_no_work_that_grows_with_the_raters():
    """Counted, not timed: the same calls for 40 and for 4,000 raters, and no array as long as the ratings."""
    found = {}
    for n in (40, 4000):
        ratings = ps.simulate(n_raters=n, n_items=20, ratings_per_rater=5, seed=1)
        fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace", on_problem="ignore")
        found[n] = [work(fit), work(ratings)]
    for (few, _), (many, peak) in zip(found[40], found[4000], strict=True):
        assert many <= few + 20  # digits of larger numbers
        assert peak < 4 * 4000 * 5  # bytes: half of the shortest column of codes and numbers


def test_a_bernoulli_intercept_and_a_fit_without_levels_show_themselves(small):
    two = small.collapse(2)
    fit = ps.fit(two, "rating ~ (1 | item) + (1 | rater)", family="bernoulli", method="laplace", on_problem="ignore")
    assert "Reference levels" not in str(fit.summary())
    assert np.isfinite(fit.table().set_index("parameter").loc["Intercept", "p_positive"])
