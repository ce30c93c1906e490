"""What is written as TOML is what is read from it."""

import ast
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from pluralstats.data.scale import Scale
from pluralstats.data.tables.texts import number_text
from pluralstats.study.configuration.toml import plain_values, python_call, scale_spec, toml_key, toml_value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = TEXTS | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_every_value_comes_back(table: dict[str, object]):
    text = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in table.items())
    assert tomllib.loads(text) == table


@given(TEXTS, st.dictionaries(st.sampled_from(["scale", "columns", "demographics"]), VALUES))
def test_the_python_call_says_the_same_values(path: str, options: dict[str, object]):
    (expression,) = ast.parse(python_call(path, options)).body
    assert ast.literal_eval(expression.value.args[0]) == path
    assert {word.arg: ast.literal_eval(word.value) for word in expression.value.keywords} == options


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=9, unique=True).map(sorted)
    | st.lists(st.floats(-9, 9), min_size=2, max_size=9, unique_by=lambda value: number_text(value + 0.0)).map(sorted)
    | st.just("continuous")
    | st.just(("continuous", 0, 100))
)
def test_a_scale_comes_back_from_its_short_form(spec: object):
    scale = Scale.parse(spec)
    assert Scale.parse(plain_values(scale)) == scale
    assert Scale.parse(tomllib.loads(f"scale = {toml_value(scale_spec(scale))}")["scale"]) == scale
