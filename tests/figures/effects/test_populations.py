"""Who rated and who was meant, on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from pluralstats import figures
from pluralstats.errors import ConfigError


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def shares():
    return pd.DataFrame({
        "demographic": "gender", "level": ["female", "male", "other"], "percent_raters": [60.0, 39.0, 1.0],
        "percent_target": [51.0, 49.0, np.nan], "n_raters": [120, 78, 2],
    })  # fmt: skip


def gender_effects(estimate):
    table = pd.DataFrame({"demographic": "gender", "level": ["male"], "reference": "female", "estimand": "points"})
    return table.assign(estimate=estimate, lower=estimate - 0.1, upper=estimate + 0.1)


def test_shares_of_sample_and_target_lie_in_the_row_of_their_level():
    ax = figures.population(shares())
    sample, target = (line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 3)
    np.testing.assert_array_equal(sample, [60.0, 39.0, 1.0])
    np.testing.assert_array_equal(target, [51.0, 49.0, np.nan])
    assert {"120", "78", "2", "raters"} <= set(texts_of(ax))
    assert "Farthest apart: gender male, 39% of the raters and 49% of the target." in figures.alt_text(ax)


def test_effects_under_either_population_share_the_rows_of_the_shares():
    effects = {"us": gender_effects(0.2), "them": gender_effects(0.4)}
    _, ax = figures.population(shares(), effects=effects)
    row = ax.get_ylim()[0]
    drawn = {x: y for line in ax.lines if line.get_marker() in "oD" for x, y in zip(*line.get_data(), strict=True)}
    assert set(drawn) == {0.2, 0.4}
    assert 0 < drawn[0.4] - drawn[0.2] < 2.5 < row
    assert texts_of(ax) == ["reference"]
    (legend,) = ax.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["us", "them"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.population(shares().assign(percent_raters=np.nan, percent_target=np.nan)),
         "`population` found no row to draw: 3 rows"),
        (lambda t: figures.population(pd.concat([shares()] * 2)), "but 3 rows repeat one (first: gender, female)"),
        (lambda t: figures.population(shares(), effects={"a": gender_effects(0.1)}), "by name"),
        (lambda t: figures.population(shares(), effects=[1, 2]), "found list."),
        (lambda t: figures.population(shares().head(1), effects={"a": gender_effects(0.1), "b": gender_effects(0.2)}),
         "effects of 1 level without a share (first: gender male)"),
        (lambda t: figures.population(t["population_shares"](), effects=dict.fromkeys(
            "ab", t["contrasts"](pairwise=True))), "Use `comparison` with a column `model`"),
        (lambda t: figures.population(shares(), ax=Figure().add_subplot(),
                                      effects={"a": gender_effects(0.1), "b": gender_effects(0.2)}),
         "`ax` holds one panel"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
