"""Formulas: what is accepted, what it means, and that nothing is ever evaluated."""

import pytest

from pluralstats.errors import ConfigError
from pluralstats.model.formula.parsing import RandomTerm, default_formula, expansion, parse_formula

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
    "code",
    [
        *("np.log(age)", "I(age)", "I(age + 1)", "I(2^age)", "poly(age)", "poly(log(age), 2)", "poly(age, race)"),
        *(
            "bs(age)",
            "bs(age, 4)",
            "bs(age, df=x)",
            "bs(age, df=4, df=5)",
            "bs(age, knots=())",
            "bs(age, knots=(1,, 2))",
        ),
        *("offset()", "offset(offset(age))", "offset(sqrt(age))", "mo(age, 2)", "bs(log(age), df=4)"),
        *("s(log(age))", "s(s(age))", "s(I(age^2), k=5)"),
        *("C(gender, Sum)", "log()", "exit()", "log(age, 2)"),
    ],
)
def test_python_in_a_formula_is_refused_unevaluated(code):
    with pytest.raises(ConfigError, match=r"which a formula never does\. It knows C"):
        parse_formula(f"rating ~ {code}", AVAILABLE)


@pytest.mark.parametrize("code", ["{age + 1}", "age[0]", "'age'", "age; race", "age.__class__ = 1", "age == 1"])
def test_characters_without_a_meaning_are_refused(code):
    with pytest.raises(ConfigError, match="never evaluated as Python"):
        parse_formula(f"rating ~ {code}", AVAILABLE)


@pytest.mark.parametrize(
    "name",
    [
        *("political views", "gender:race", "a+b", "per%", "2nd", "a/b", "gender (self-reported)", "(x", "a|b", "a~b"),
        *("5`scale", "``", "two  spaces", "log(age)", "line\nbreak", "C(x", "[T.x]", "{x}"),
    ],
)
def test_a_column_of_any_name_stands_in_backticks(name):
    available, written = ("item", "rater", "gender", "race", name), "`" + name.replace("`", "``") + "`"
    parsed = parse_formula(default_formula((name,)), available)
    assert parsed.columns == (name,)
    assert parse_formula(str(parsed), available) == parsed
    assert parse_formula(f"rating ~ C({written}) + gender:race", available).columns == (name, "gender", "race")
    assert parse_formula(f"rating ~ 1 + (1 | {written}:gender)", available).random[0].factors == (name, "gender")


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
        "rating ~ (1 + sqrt(age) | item)",
        "'sqrt(age)' would have to be evaluated as Python, which a formula never does. It knows C(x), poly(x, 2), "
        "bs(x, df=4), s(x), mo(x), I(x^2), log(x), scale(x), center(x), offset(x), cs(x), each with a column of the "
        "ratings; "
        "compute other columns beforehand and pass them in `covariates=`.",
    ),
    ("rating ~ (1 | item) + (1 | item)", "The random term (1 | item) stands twice in the formula. Keep one of them."),
    (
        "rating ~ gender | item",
        "'|' belongs inside a random term such as '(1 | rater)'; found it in 'gender | item'. "
        "Put the term in parentheses.",
    ),
    (
        "rating ~ gender + age**2",
        "'age**2' crosses age with itself, which is age again. For its powers write I(age^2), or poly(age, 2) for all "
        "of them up to 2.",
    ),
    (
        "rating ~ gender:age:age",
        "'gender:age:age' has age twice, which counts once. For a square write I(age^2).",
    ),
    (
        "rating ~ (1|)",
        "'(1|)': behind the '|' stand the columns to group by, as in '(1 | rater)', combined by ':' and '/', and there "
        "is nothing.",
    ),
    (
        "rating ~ (1 | item + rater)",
        "'(1 | item + rater)': behind the '|' stand the columns to group by, as in '(1 | rater)', combined by ':' and "
        "'/'; found '+'.",
    ),
    (
        "rating ~ (1 | | item)",
        "'|' belongs inside a random term such as '(1 | rater)'; found it in '(1 | | item)'. "
        "Put the term in parentheses.",
    ),
    (
        "rating ~ s(age, by=gender)",
        "'s(age, by=gender)' asks for a smooth that there is not: s(x) and s(x, k=10) are curves of one number whose "
        "smoothness is estimated. For curves of groups write their product with a spline of fixed columns, as gender * "
        "bs(age, df=4); for two numbers 's(x) + s(z)', a curve of each.",
    ),
    (
        "rating ~ s(age, k=4)",
        "The k of 's(age, k=4)' is how many B-splines its curve is made of, from 5 to 51; found 4. 10 is the usual "
        "one: how far the curve bends is estimated, and a larger k only allows more.",
    ),
    (
        "rating ~ age + s(age)",
        "The formula has 's(age)' and 'age', and a curve has the straight line in it. Keep 's(age)' alone.",
    ),
    (
        "rating ~ gender * s(age)",
        "'s(age)' stands in an interaction, and its curve is one for all. Write 's(age)' as a term of its own, or the "
        "interaction with bs(age, df=4) or age itself.",
    ),
    (
        "rating ~ (1 + s(age) | item)",
        "'s(age)' stands in a random term, but its curve is one for all. Write it outside of random terms, or the "
        "column itself as slope.",
    ),
    (
        "rating ~ bs(age, df=2)",
        "The df of 'bs(age, df=2)' is its number of columns, from 3 (its degree) to 50; found 2.",
    ),
    (
        "rating ~ bs(age, df=9, degree=7)",
        "The degree of 'bs(age, df=9, degree=7)' is a whole number from 1 to 5; found 7. 3 is the usual one.",
    ),
    (
        "rating ~ bs(age, df=5, knots=30)",
        "'bs(age, df=5, knots=30)' has df and knots, of which one follows from the other. Give one of them.",
    ),
    (
        "rating ~ bs(age, knots=(50, 30))",
        "The knots of 'bs(age, knots=(50, 30))' are different numbers in rising order.",
    ),
    (
        "rating ~ gender*mo(race)",
        "'mo(race)' stands in an interaction, in which its effect would not be monotonic for everybody. Write "
        "'mo(race)' as a term of its own, or the interaction with race itself.",
    ),
    (
        "rating ~ (1 + mo(race) | item)",
        "'mo(race)' stands in a random term, but a monotonic effect is one for all. Write it outside of random terms, "
        "or the column itself as slope.",
    ),
    (
        "rating ~ gender:offset(age)",
        "'offset(age)' stands in an interaction, but an offset has no coefficient that could depend on anything. Write "
        "it as a term of its own.",
    ),
    (
        "rating ~ (1 + offset(age) || item)",
        "'offset(age)' stands in a random term, but an offset has no effect that could differ. Write it outside of "
        "random terms.",
    ),
    (
        "rating ~ offset(poly(age, 2))",
        "'offset(poly(age, 2))': an offset is one number for each rating, added as it is. Write offset(x) with a "
        "column of numbers, or offset(log(x)).",
    ),
    ("rating ~ age - (1 | item)", "'- (1 | item)': a random term is left out by not writing it."),
    (
        "rating ~ (gender + race)^999999999999",
        "A power or degree is a whole number from 1 to 10; found 999999999999.",
    ),
    ("rating ~ poly(age, 11)", "A power or degree is a whole number from 1 to 10; found 11."),
    ("rating ~ I(age^1)", "A power or degree is a whole number from 2 to 10; found 1."),
    (
        "rating ~ gender +",
        "'rating ~ gender +' cannot be read: nothing stands behind the last '+'. Operators are + - * : / ^ ** ( ); a "
        "column whose name is not a plain word stands in backticks, such as `political views`.",
    ),
    ("rating ~ 3*gender", "The formula has the constant 3; only 0 and 1 (intercept) have a meaning."),
    ("rating ~ rating", "'rating' cannot explain the ratings. Take it out of the right-hand side."),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[text for text, _ in BAD])
def test_a_bad_formula_is_answered_with_a_whole_sentence(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_formula(text, AVAILABLE)
    assert str(caught.value) == message


def test_all_problems_of_a_formula_come_at_once():
    with pytest.raises(ConfigError, match="3 problems were found") as caught:
        parse_formula("rating ~ sqrt(age) + gendr + (0 | item)", AVAILABLE)
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


def test_two_bars_are_effects_without_correlations():
    formula = parse_formula("rating ~ (1 + gender||item/question) + (1 | rater)", AVAILABLE)
    assert formula.random == (
        RandomTerm(("item",), "1 + gender", ("gender",), correlated=False),
        RandomTerm(("item", "question"), "1 + gender", ("gender",), correlated=False),
        RandomTerm(("rater",)),
    )
    assert str(formula.random[0]) == "(1 + gender || item)"
    assert parse_formula(str(formula), AVAILABLE) == formula


def test_splines_and_offsets_are_read_and_written():
    formula = parse_formula(
        "rating ~ bs(age, df = 4)*gender + bs(age, knots=(-20,50.5), degree=2) + offset(log(age))+offset(`age`)",
        AVAILABLE,
    )
    terms = expansion(formula.fixed)
    assert [":".join(f.text for f in term) for term in terms.coded.terms] == [
        *("bs(age, df=4)", "gender", "bs(age, df=4):gender", "bs(age, knots=(-20, 50.5), degree=2)")
    ]
    assert [factor.text for factor in terms.offsets] == ["offset(log(age))", "offset(age)"]
    assert formula.columns == ("age", "gender")
    assert parse_formula(str(formula), AVAILABLE) == formula
    alone = formula.without_columns(["age"])
    assert str(alone) == "rating ~ 1 + gender + offset(log(age)) + offset(age)"
    assert alone.columns == ("age", "gender")


def test_an_unreadable_formula_says_how_to_write_odd_names():
    with pytest.raises(ConfigError, match="stands in backticks, such as `political views`"):
        parse_formula("rating ~ political views", AVAILABLE)
    with pytest.raises(ConfigError, match="A formula is text"):
        parse_formula(5, AVAILABLE)
    with pytest.raises(ConfigError, match="cannot be read"):
        parse_formula("rating ~ .", AVAILABLE)
