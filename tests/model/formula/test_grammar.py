"""The algebra of formulas: R's expansions, and that no text whatever does anything but parse or be refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pluralstats.errors import ConfigError
from pluralstats.model.formula.parsing import default_formula, expansion, parse_formula

LETTERS = ("a", "b", "c", "item", "rater", "site")

# R 4.2: for (x in formulas) { t <- terms(as.formula(paste("~", x)));
#        cat(x, "|", c(attr(t, "intercept"), attr(t, "term.labels")), "\n") }
IN_R = """
a*b | 1 a b a:b
a/b | 1 a a:b
(a+b)^2 | 1 a b a:b
(a+b)**2 | 1 a b a:b
(a+b+c)^2 | 1 a b c a:b a:c b:c
(a+b)^3 | 1 a b a:b
a*b-a | 1 b a:b
a-1 | 0 a
0+a | 0 a
a+0 | 0 a
-1+a | 0 a
a+-1 | 0 a
a+(-1) | 0 a
a-0 | 1 a
a-1+1 | 1 a
0+a+1 | 1 a
(0+a)+b | 0 a b
a-(1+b) | 0 a
(a-1)*b | 0 a b a:b
a*(b-1) | 0 a b a:b
(1+a)*b | 1 a b a:b
(a+b):c | 1 a:c b:c
a/b/c | 1 a a:b a:b:c
a/(b+c) | 1 a a:b a:c
(a+b)/c | 1 a b a:b:c
a:b/c | 1 a:b a:b:c
a/b*c | 1 a c a:b a:c a:b:c
a*b:c | 1 a b:c a:b:c
a:b*c | 1 c a:b a:b:c
(a:b)*a | 1 a a:b
(a+b)*(a+c) | 1 a b c a:c a:b b:c
a*b*c-a:b:c | 1 a b c a:b a:c b:c
(a+b+c)^2-a:b | 1 a b c a:c b:c
b:a | 1 b:a
a+b-b | 1 a
a+b-(a-b) | 1 b
a-(b-a) | 1 a
a+b--b | 1 a b
a+a | 1 a
"""


@pytest.mark.parametrize("line", IN_R.strip().splitlines())
def test_a_fixed_part_expands_as_in_r(line):
    text, expected = (part.strip() for part in line.split("|"))
    intercept, *labels = expected.split()
    found = expansion(text)
    assert found.intercept == (intercept == "1")
    in_formula = [frozenset(factor.text for factor in term) for term in found.terms]
    assert sorted(map(sorted, in_formula)) == sorted(sorted(label.split(":")) for label in labels)
    parsed = parse_formula(f"rating ~ {text}", LETTERS)
    assert parsed.intercept == found.intercept
    assert expansion(parsed.fixed) == found  # what is printed says the same


# R 4.2: attr(terms(~ group), "term.labels"); lme4 1.1-31 has the same for those that it can read, the first, second and
# fourth: names(ranef(lmer(y ~ (1 | a/b/c), d))) is "c:(b:a)" "b:a" "a"
GROUPS = [
    ("a/b", ["a", "a:b"]),
    ("a/b/c", ["a", "a:b", "a:b:c"]),
    ("site:item/rater", ["site:item", "site:item:rater"]),
    ("a:b:c", ["a:b:c"]),
    ("(a/b)", ["a", "a:b"]),
]


@pytest.mark.parametrize(("group", "names"), GROUPS)
def test_a_random_term_expands_as_in_lme4(group, names):
    parsed = parse_formula(f"rating ~ 1 + (1 | {group})", LETTERS)
    assert [term.name for term in parsed.random] == names
    assert parse_formula(str(parsed), LETTERS) == parsed


def test_calls_are_factors_of_their_column():
    parsed = parse_formula("rating ~ C(b)*poly(a, 2) + I(c**3) + (1 + log(`a`) | item)", LETTERS)
    assert parsed.columns == ("b", "a", "c")
    assert parsed.described == ("b", "a", "c")
    texts = [[factor.text for factor in term] for term in expansion(parsed.fixed).terms]
    assert texts == [["C(b)"], ["poly(a, 2)"], ["C(b)", "poly(a, 2)"], ["I(c^3)"]]


def test_a_call_that_is_also_the_name_of_a_column_is_refused():
    with pytest.raises(ConfigError, match=r"'C\(a\)' is a call and the name of a column"):
        parse_formula("rating ~ C(a)", ("a", "C(a)"))


WORDS = st.sampled_from(
    [
        *("a", "b", "c", "item", "rater", "`a`", "`two words`", "`", "1", "0", "2", "10", "99999999", "1.5", "rating"),
        *(
            "+",
            "-",
            "*",
            "/",
            ":",
            "^",
            "**",
            "(",
            ")",
            "|",
            "||",
            "~",
            ",",
            ".",
            "{",
            "}",
            " ",
            "\n",
            "==",
            "é",
            "\x00",
        ),
        *("C(", "poly(", "I(", "log(", "np.exp(", "scale(a)", "poly(a, 2)", "I(a^2)", "(1 | ", "(1 + a | item)"),
        *("bs(", "df=4", "=", "knots=(1, 2.5)", "offset(", "mo(b)", "bs(a, df=5, degree=2)", "(1 + b || item)"),
        *("__import__('os')", "lambda: 0", "weight", "rater_weight", "two words"),
    ]
)
FORMULAS = st.one_of(
    st.text(max_size=60),
    st.text(max_size=60).map("rating ~ {}".format),
    st.lists(WORDS, max_size=25).map("".join).map("rating ~ {}".format),
    st.lists(st.sampled_from("ab+-*/:^(|)01 "), max_size=30).map("".join).map("rating ~ {}".format),
)


@given(FORMULAS)
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_formula_or_is_refused_in_words(text):
    try:
        parsed = parse_formula(text, LETTERS)
    except ConfigError as error:
        assert str(error).strip().endswith((".", "?", ")"))
        return
    assert set(parsed.described) <= set(LETTERS)
    assert parse_formula(str(parsed), LETTERS) == parsed


@given(st.text(min_size=1).filter(str.strip))
@settings(max_examples=200, deadline=None)
def test_a_column_of_any_name_can_be_named(name):
    if name.strip().replace(".", "", 1).isdecimal() or name in {"rating", "weight", "rater_weight", "item", "rater"}:
        return  # refused with a sentence of their own
    parsed = parse_formula(default_formula((name,)), (name, "item", "rater"))
    assert parsed.columns == (name,)


EIGHT = "(" + " + ".join(f"x{i}" for i in range(8)) + ")"
ENDLESS = {
    "a chain of crossings": "*".join(f"x{i}" for i in range(900)),
    "a chain of nestings": "/".join(f"x{i}" for i in range(900)),
    "powers of powers": "(" * 15 + EIGHT + "^10)" * 15,
    "many powers": " + ".join([f"{EIGHT}^10"] * 400),
    "many parentheses": "(" * 5000 + "x1" + ")" * 5000,
    "a long power": f"{EIGHT}^" + "9" * 5000,
    "more characters than are read": "x1 + " * 50_000 + "x1",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=list(ENDLESS))
def test_a_formula_that_would_never_end_is_refused(text):
    """Each of these took minutes, or all memory, without the bounds."""
    with pytest.raises(ConfigError, match=r"far too many interactions|within each other|a whole number|more than the"):
        parse_formula(f"rating ~ {text}", tuple(f"x{i}" for i in range(900)))


def test_signs_in_a_row_do_not_recurse():
    assert parse_formula("rating ~ a" + "-" * 3000 + "b", LETTERS).columns == ("a",)
