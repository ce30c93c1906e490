"""What contested items become on the page."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.items.gaps import percent_text

from pluralstats import figures
from pluralstats.errors import ConfigError


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def gaps(items=10):
    """Gaps from 1.0 down to -0.8 whose rank follows their size."""
    gap = np.linspace(1.0, -0.8, items)
    table = pd.DataFrame({"item": [f"i{i}" for i in range(items)], "level": "m", "reference": "f", "gap": gap})
    table = table.assign(lower=gap - 0.2, upper=gap + 0.2, rank=(-np.abs(gap)).argsort(kind="stable").argsort() + 1)
    return table.assign(expected_false_sign=table["rank"] / 1000)


def test_the_first_by_rank_of_either_direction_and_the_surest_agreement_are_drawn():
    ax = figures.contested(gaps(), k=2, agreed=2)
    assert labels_of(ax) == [
        "rated higher by m", "rated higher by f", "most agreed", "i0", "i1", "i9", "i8", "i5", "i4",
    ]  # fmt: skip


def test_contested_items_carry_the_false_sign_rate_up_to_their_rank():
    ax = figures.contested(gaps(), k=2, agreed=1)
    assert texts_of(ax) == ["0.1%", "0.2%", "0.3%", "0.4%", "false\nsigns"]
    assert "of the first 4 items by rank 0.4% are expected to have the wrong sign" in figures.alt_text(ax)


@pytest.mark.parametrize(("share", "words"), [(0.0, "0%"), (0.0004, "<0.1%"), (0.0123, "1.2%"), (0.2, "20%")])
def test_small_rates_are_told_from_none(share, words):
    assert percent_text(share) == words


def test_ids_are_drawn_unless_texts_are_asked_for():
    texts = {"i0": "An insult", "i9": "Praise"}
    assert not {"An insult", "Praise"} & set(labels_of(figures.contested(gaps())))
    labels = labels_of(figures.contested(gaps(), texts=texts))
    assert {"An insult", "Praise", "i1"} <= set(labels)  # an item without a text keeps its id
    assert {"i0", "i9"}.isdisjoint(labels)


def test_dollars_in_an_items_text_are_no_mathematics():
    labels = figures.contested(gaps(), texts={"i0": "from $5 to $9"}).get_yticklabels()
    (label,) = [label for label in labels if "$" in label.get_text()]
    assert label.get_text() == "from $5 to $9"
    assert not label.get_parse_math()


def test_the_margin_is_a_band_only_when_given():
    assert not figures.contested(gaps()).patches
    (band,) = figures.contested(gaps(), margin=0.25).patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.25, 0.5))


def test_the_margin_of_the_table_holds_unless_another_is_given():
    (band,) = figures.contested(gaps().assign(margin=0.4)).patches
    assert band.get_width() == pytest.approx(0.8)
    assert not figures.contested(gaps().assign(margin=0.4), margin=0.0).patches


def test_the_most_agreed_items_are_the_most_probably_within_the_margin():
    table = gaps().assign(p_within=np.linspace(0.0, 0.9, 10))
    assert labels_of(figures.contested(table, k=2, agreed=1))[-1] == "i7"  # i8 and i9 are contested


def test_few_items_are_drawn_once_each():
    ax = figures.contested(gaps(3))
    assert sorted(label for label in labels_of(ax) if label.startswith("i")) == ["i0", "i1", "i2"]


def test_contrasts_have_panels_of_their_own(tables):
    axes = figures.contested(tables["contested_items"](50, (("Black", "White"), ("Asian", "White"))), k=3)
    assert [ax.get_title(loc="left") for ax in axes] == ["Black minus White", "Asian minus White"]
    assert axes[0].get_xlim() == axes[1].get_xlim()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.contested(pd.concat([t["contested_items"](5)] * 2)), "5 rows repeat one (first: item-5f3"),
        (lambda t: figures.contested(gaps(), texts={0: "a"}), "it needs texts by id, such as 'i0', found 0."),
    ],
)
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
