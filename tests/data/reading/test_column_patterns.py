"""Columns named or described: what a pattern means, and what it must not mean."""

import pytest

import pluralstats as ps
from pluralstats.data.reading.column_patterns import Names, NamesLike, columns_like

KNOWN = ["id", "T1_toxic", "T1_helpful", "T2_toxic", "G[1]", "G[2]", "Q1_1", "Q1_10", "age_band"]


def like(*patterns, part="item", others=()):
    columns = columns_like(patterns, Names({name: name for name in KNOWN}, frozenset(others)), part)
    return {column.name: dict(column.parts) for column in columns}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("Q1_*", {"Q1_1": {"item": "Q1_1"}, "Q1_10": {"item": "Q1_10"}}),
        ("Q1_?", {"Q1_1": {"item": "Q1_1"}}),
        ("G[*]", {"G[1]": {"item": "G[1]"}, "G[2]": {"item": "G[2]"}}),
        ("G[{item}]", {"G[1]": {"item": "1"}, "G[2]": {"item": "2"}}),
        ("G[1]", {"G[1]": {"item": "G[1]"}}),
        ("{item}_toxic", {"T1_toxic": {"item": "T1"}, "T2_toxic": {"item": "T2"}}),
        (
            "T{item}_{dimension}",
            {
                "T1_toxic": {"item": "1", "dimension": "toxic"},
                "T1_helpful": {"item": "1", "dimension": "helpful"},
                "T2_toxic": {"item": "2", "dimension": "toxic"},
            },
        ),
        (
            "*_{dimension}",
            {
                "T1_toxic": {"item": "T1_toxic", "dimension": "toxic"},
                "T1_helpful": {"item": "T1_helpful", "dimension": "helpful"},
                "T2_toxic": {"item": "T2_toxic", "dimension": "toxic"},
                "Q1_1": {"item": "Q1_1", "dimension": "1"},
                "Q1_10": {"item": "Q1_10", "dimension": "10"},
            },
        ),
    ],
)
def test_patterns(pattern, found):
    assert like(pattern, others=["age_band"]) == found


def test_patterns_pass_over_columns_that_mean_something_else_and_names_do_not():
    assert list(like("a*")) == ["age_band"]
    with pytest.raises(ps.DataError, match="`items` names 'a\\*'"):
        like("a*", others=["age_band"])
    assert list(like("age_band", others=["age_band"])) == ["age_band"]


def test_every_pattern_that_means_nothing_is_named():
    with pytest.raises(ps.DataError) as caught:
        like("Q2_*", "toxic", part="rater")
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "`raters` names 'Q2_*', and no column is called or like that",
        "`raters` names 'toxic', and no column is called or like that",
    ]


def test_unknown_parts_and_mixed_parts_are_refused():
    with pytest.raises(ps.ConfigError, match=r"found \{itm\} in '\{itm\}_x'. Did you mean 'item'"):
        like("{itm}_x")
    with pytest.raises(ps.DataError, match="name different parts"):
        like("G[*]", "T{item}_{dimension}")


def test_names_and_patterns_together_are_a_collection():
    named = NamesLike(("Q1_*", "age"))
    assert ["Q1_1" in named, "age" in named, "Q2" in named, len(named)] == [True, True, False, 2]
