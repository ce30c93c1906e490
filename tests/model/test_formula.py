"""Formulas: what is accepted, what it means, and that nothing is ever evaluated."""

import pytest

from pluralstats.errors import ConfigError
from pluralstats.model.formula import RandomTerm, default_formula, parse_formula

AVAILABLE = ("item", "rater", "gender", "race", "age", "question")


@pytest.mark.parametrize(
    ("text", "fixed", "random", "columns"),
    [
        ("rating ~ gender + (1 | item) + (1 | rater)", "gender", ["item", "rater"], ("gender",)),
        ("rating ~ gender*race + (1|item)", "gender*race", ["item"], ("gender", "race")),
        ("rating ~ (gender + race)**2", "(gender + race)**2", [], ("gender", "race")),
        ("rating ~ (1 | question/item)", "1", ["question", "question:item"], ()),
        ("rating ~ C(age) + (1 | gender:race)", "C(age)", ["gender:race"], ("age",)),
        ("rating ~ 1", "1", [], ()),
        ("rating ~ (1 | item) + gender", "gender", ["item"], ("gender",)),
    ],
)
def test_a_formula_is_taken_apart_as_in_r(text, fixed, random, columns):
    parsed = parse_formula(text, AVAILABLE)
    assert (parsed.fixed, [term.name for term in parsed.random], parsed.columns) == (fixed, random, columns)
    assert parsed.intercept


def test_removing_the_intercept_is_noticed():
    assert not parse_formula("rating ~ 0 + gender", AVAILABLE).intercept
    assert not parse_formula("rating ~ gender - 1", AVAILABLE).intercept


def test_a_printed_formula_reads_back_as_itself():
    parsed = parse_formula("rating ~ gender:race + age + (1|item)+(1|rater)", AVAILABLE)
    assert parse_formula(str(parsed), AVAILABLE) == parsed


def test_the_default_has_raters_and_items():
    assert default_formula(()) == "rating ~ 1 + (1 | item) + (1 | rater)"


@pytest.mark.parametrize(
    "code", ["np.log(age)", "log(age)", "I(age)", "poly(age, 2)", "bs(age)", "{age + 1}", "C(gender, Sum)"]
)
def test_python_in_a_formula_is_refused_unevaluated(code):
    with pytest.raises(ConfigError, match="never does"):
        parse_formula(f"rating ~ {code}", AVAILABLE)


@pytest.mark.parametrize("name", ["political views", "gender:race", "a+b", "per%", "2nd", "a/b"])
def test_a_column_of_any_name_stands_in_backticks(name):
    available = ("item", "rater", "gender", "race", name)
    parsed = parse_formula(default_formula((name,)), available)
    assert parsed.columns == (name,)
    assert parse_formula(str(parsed), available) == parsed
    assert parse_formula(f"rating ~ C(`{name}`) + gender:race", available).columns == (name, "gender", "race")
    assert parse_formula(f"rating ~ 1 + (1 | `{name}`:gender)", available).random[0].factors == (name, "gender")


BAD = [
    (
        "rating ~ gender ~ race",
        "A formula starts with 'rating ~'; found 'rating ~ gender ~ race'. "
        "Write for example 'rating ~ gender + (1 | item)'.",
    ),
    ("rating ~ `1`", "A column named `1` cannot stand in a formula. Rename it (`columns=`)."),
    ("gender", "A formula starts with 'rating ~'; found 'gender'. Write for example 'rating ~ gender + (1 | item)'."),
    (
        "score ~ gender",
        "A formula starts with 'rating ~'; found 'score ~ gender'. Write for example 'rating ~ gender + (1 | item)'.",
    ),
    (
        "rating ~ gendr",
        "The formula names 'gendr', which is not a column of the ratings (item, rater, gender, race, age, question). "
        "Did you mean 'gender'? Declare it in `demographics=` or `covariates=`.",
    ),
    (
        "rating ~ (1 | judge)",
        "The formula names 'judge', which is not a column of the ratings (item, rater, gender, race, age, question). "
        "Declare it in `demographics=` or `covariates=`.",
    ),
    (
        "rating ~ ( | item)",
        "The random term ( | item) has neither intercept nor slope. "
        "Write '(1 | item)', or '(1 + gender | item)' with a column of yours.",
    ),
    (
        "rating ~ (0 | item)",
        "The random term (0 | item) has neither intercept nor slope. "
        "Write '(1 | item)', or '(1 + gender | item)' with a column of yours.",
    ),
    (
        "rating ~ (1 + log(age) | item)",
        "'log(age)' would have to be evaluated as Python, which a formula never does. Operators are "
        "+ - * : / ** ( ) and C(column); compute other columns beforehand and pass them in `covariates=`.",
    ),
    ("rating ~ (1 | item) + (1 | item)", "The random term (1 | item) stands twice in the formula. Keep one of them."),
    (
        "rating ~ gender | item",
        "'|' belongs inside a random term such as '(1 | rater)'; found it in 'gender | item'. "
        "Put the term in parentheses.",
    ),
    (
        "rating ~ log(age)",
        "'log(age)' would have to be evaluated as Python, which a formula never does. Operators are "
        "+ - * : / ** ( ) and C(column); compute other columns beforehand and pass them in `covariates=`.",
    ),
    ("rating ~ rating", "'rating' cannot explain the ratings. Take it out of the right-hand side."),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[text for text, _ in BAD])
def test_a_bad_formula_is_answered_with_a_whole_sentence(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_formula(text, AVAILABLE)
    assert str(caught.value) == message


def test_all_problems_of_a_formula_come_at_once():
    with pytest.raises(ConfigError, match="3 problems were found") as caught:
        parse_formula("rating ~ log(age) + gendr + (0 | item)", AVAILABLE)
    assert str(caught.value).count("\n- ") == 3


@pytest.mark.parametrize(
    ("text", "slopes", "columns"),
    [
        ("(1 + gender | item)", "1 + gender", ("gender",)),
        ("(gender*race|item)", "gender*race", ("gender", "race")),
        ("(0 + C(race) | item)", "0 + C(race)", ("race",)),
    ],
)
def test_random_slopes_are_read(text, slopes, columns):
    formula = parse_formula(f"rating ~ {text}", AVAILABLE)
    assert formula.random == (RandomTerm(("item",), slopes, columns),)
    assert formula.columns == ()
    assert formula.described == columns
    assert parse_formula(str(formula), AVAILABLE) == formula


def test_an_unreadable_formula_says_how_to_write_odd_names():
    with pytest.raises(ConfigError, match="stands in backticks, such as `political views`"):
        parse_formula("rating ~ political views", AVAILABLE)
    with pytest.raises(ConfigError, match="A formula is text"):
        parse_formula(5, AVAILABLE)
    with pytest.raises(ConfigError, match="cannot be read"):
        parse_formula("rating ~ .", AVAILABLE)
