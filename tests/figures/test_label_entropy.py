"""What a label is made of, on the page: dots of disagreement, lines of ignorance, one target a figure."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation

from pluralstats import figures
from pluralstats.errors import ConfigError


def labels(n=3, **more):
    rng = np.random.default_rng(1)
    disagreement = rng.uniform(0.4, 1.3, n)
    table = pd.DataFrame({"item": [f"i{i}" for i in range(n)], "target": "all raters"})
    return table.assign(
        expected=rng.uniform(1, 5, n), disagreement=disagreement, entropy=disagreement + rng.uniform(0, 0.2, n), **more
    )


def test_dots_are_disagreement_and_lines_run_from_there_to_the_entropy():
    table = labels()
    ax = figures.label_entropy(table, scale=(1, 5), named=1)
    (dots,) = ax.lines
    np.testing.assert_allclose(dots.get_ydata(), table["disagreement"])
    (lines,) = ax.collections
    ends = np.array([path.vertices[:, 1] for path in lines.get_paths()])
    np.testing.assert_allclose(ends, table[["disagreement", "entropy"]])
    named = [text.get_text() for text in ax.texts if isinstance(text, Annotation)]
    assert named == [table["item"][(table["entropy"] - table["disagreement"]).idxmax()]]


def test_one_target_is_drawn_and_dimensions_have_panels_of_their_own():
    table = pd.concat([labels(), labels(5).assign(target="gender: male")])
    assert len(figures.label_entropy(table).lines[0].get_ydata()) == 3
    assert len(figures.label_entropy(table, target="gender: male").lines[0].get_ydata()) == 5
    both = pd.concat([labels(dimension="toxic"), labels(4, dimension="kind")])
    assert [ax.get_title(loc="left") or ax.get_title() for ax in figures.label_entropy(both)] == ["toxic", "kind"]


@pytest.mark.parametrize(
    ("table", "options", "sentence"),
    [
        (
            labels(),
            {"target": "all ratres"},
            "found 'all ratres'. Did you mean 'all raters'",
        ),
        (labels().assign(disagreement=np.nan), {}, "come from a rule and not from a posterior"),
        (labels().drop(columns="entropy"), {}, "entropy"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        figures.label_entropy(table, **options)


def test_labels_that_everybody_agrees_on_can_be_drawn():
    ax = figures.label_entropy(labels().assign(entropy=0.0, disagreement=0.0))
    assert ax.get_ylim()[1] > 0
