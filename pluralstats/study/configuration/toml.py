"""Values as TOML and as Python write them; the standard library reads TOML only."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pluralstats.data.scale import CONTINUOUS, Scale
from pluralstats.data.scales.by_level import Scales

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: Any) -> str:
    """A text, number, list or table as TOML.

    >>> print(toml_value({"race": "White", "first language": ["a", 1, 0.5, True]}))
    { race = "White", "first language" = ["a", 1, 0.5, true] }
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{toml_key(key)} = {toml_value(entry)}" for key, entry in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(toml_value, value))}]"
    return repr(value)


def toml_key(name: object) -> str:
    """A key, in quotes where it has more than letters, digits, _ and -."""
    return str(name) if _BARE.fullmatch(str(name)) else _text(str(name))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one control character JSON lets pass


def plain_values(value: Any) -> Any:
    """Tuples, scales and numpy's numbers as values that both TOML and Python write shortly.

    >>> plain_values(Scale.parse((1, 5))), plain_values(("a", "b"))
    ([1, 5], ['a', 'b'])
    """
    if isinstance(value, Scale):
        return scale_spec(value)
    if isinstance(value, Scales):
        return {value.column: {level: scale_spec(scale) for level, scale in value.of.items()}}
    if isinstance(value, Mapping):
        return {key: plain_values(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain_values(entry) for entry in value]
    return value.item() if hasattr(value, "item") else value


def scale_spec(scale: Scale) -> str | list[Any]:
    """The shortest of the forms of ``Scale.parse`` that means this scale.

    >>> [scale_spec(Scale.parse(spec)) for spec in ([1, 2, 3], [1, 2, 4], ["no", "yes"], "continuous")]
    [[1, 3], [1, 2, 4], ['no', 'yes'], 'continuous']
    """
    if scale.is_continuous:
        return [CONTINUOUS, *map(_number, scale.ends)] if scale.ends else CONTINUOUS
    if not scale.is_numeric:
        return list(scale.labels)
    values = [_number(value) for value in scale.values]
    ends = [values[0], values[-1]]
    if Scale.parse(ends).values == scale.values:
        return ends
    return list(scale.values) if len(values) == 2 else values  # two whole numbers would mean all between them


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


def python_call(path: str, options: Mapping[str, Any]) -> str:
    """The call that reads a file with these options.

    >>> python_call("ratings.csv", {"scale": [1, 5], "demographics": ["gender"]})
    "ps.read_ratings('ratings.csv', scale=[1, 5], demographics=['gender'])"
    """
    arguments = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"ps.read_ratings({path!r}{arguments})"


def data_section(path: str, options: Mapping[str, Any]) -> str:
    """The [data] section of the study file that reads a file with these options."""
    lines = [f"{name} = {toml_value(value)}" for name, value in {"path": path, **options}.items()]
    return "\n".join(["[data]", *lines])
