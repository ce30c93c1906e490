"""What the answers of groups become on the page."""

import numpy as np
import pandas as pd
import pytest

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_likert_bars_are_centred_on_the_middle_category(tables):
    table = tables["rating_shares"](groups={})
    percent = table["percent"].to_numpy()
    bars = figures.likert(table).patches
    assert [bar.get_width() for bar in bars] == pytest.approx(percent)
    assert bars[2].get_x() == pytest.approx(-percent[2] / 2)
    assert bars[0].get_x() == pytest.approx(-percent[2] / 2 - percent[1] - percent[0])


def test_likert_bars_of_an_even_scale_meet_at_zero(tables):
    bars = figures.likert(tables["rating_shares"](groups={}, categories=("low", "lower", "higher", "high"))).patches
    assert bars[2].get_x() == pytest.approx(0)


def test_likert_orders_categories_by_position_not_by_name_or_row(tables):
    table = tables["rating_shares"](categories=("never", "always", "mostly"))
    shuffled = pd.concat([part.iloc[::-1] for _, part in table.groupby(["demographic", "level"], sort=False)])
    for case in (table, shuffled):
        (legend,) = figures.likert(case).figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["never", "always", "mostly"]


def test_likert_reads_an_absent_category_as_nobody(tables):
    table = tables["rating_shares"]()
    ax = figures.likert(table[~((table["level"] == "Asian") & (table["position"] == 4))])
    assert "Asian" in labels_of(ax)


def test_likert_writes_the_number_of_ratings(tables):
    table = tables["rating_shares"](groups={})
    assert f"{table['n'].sum():,}" in texts_of(figures.likert(table))


def test_a_category_without_a_share_takes_its_whole_bar_with_it(tables):
    table = tables["rating_shares"]()
    table.loc[(table["level"] == "Asian") & (table["position"] == 2), "percent"] = np.nan
    ax = figures.likert(table)
    assert "Asian" not in labels_of(ax)
    assert "race Asian" in figures.alt_text(ax)
