"""What a user asked of ``Ratings``, checked before any row is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales, answers_of, parsed
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED, as_list, is_list
from pluralstats.errors import ConfigError, nearest, problems_error

CHOICES = {
    "undisclosed": ("drop", "level", "impute"),
    "duplicates": ("error", "first", "last", "mean"),
    "contradictions": ("error", "first", "drop"),
    "questions": ("nested", "crossed"),
}
SHARE = "share"
MULTI_SELECT = ("first", "multiracial", SHARE)
_LISTS = ("demographics", "covariates", "na_values", "drop_ratings", "undisclosed_values")
_LISTS_OF_NAMES = ("demographics", "covariates", "undisclosed_values")


@dataclass(frozen=True)
class RatingOptions:
    """The arguments of ``Ratings`` in one piece; ``Ratings`` has their meaning and defaults.

    Raises
    ------
    ConfigError
        Naming every argument that cannot be meant.
    """

    scale: Scale | Scales | None
    demographics: tuple[str, ...]
    covariates: tuple[str, ...]
    reference: Mapping[str, str]
    order: Mapping[str, Sequence[str]]
    columns: Mapping[str, str]
    recode: Mapping[str, Mapping[object, object]]
    na_values: Sequence[object]
    drop_ratings: Sequence[object]
    undisclosed: str
    undisclosed_values: Sequence[str]
    undisclosed_label: str
    lump: int
    multi_select: Mapping[str, str]
    separator: str
    duplicates: str
    contradictions: str
    questions: str
    exclude: Mapping[str, Sequence[object]]

    def __post_init__(self) -> None:
        problems = [*self._not_lists(), *self._not_tables(), *self._not_text()]
        if not problems:
            problems = [*self._wrong_choices(), *self._wrong_columns(), *self._wrong_mean()]
        if problems:
            raise problems_error(ConfigError, problems)

    def _not_lists(self) -> list[str]:
        return [
            f'`{name}` must be a list, such as ["{value}"]; found {value!r}.'
            for name in _LISTS
            if not is_list(value := getattr(self, name))
        ] + [
            f"`{name}` must list text that is not empty; found {entry!r}."
            for name in _LISTS_OF_NAMES
            if is_list(value := getattr(self, name))
            for entry in value
            if not _is_name(entry)
        ]

    def _not_tables(self) -> list[str]:
        names = ("reference", "order", "columns", "recode", "multi_select", "exclude")
        return (
            [
                f"`{name}` must be a dictionary with column names as keys; found {value!r}."
                for name in names
                if not isinstance(value := getattr(self, name), Mapping)
            ]
            + [
                f"`recode` of '{name}' must be a dictionary {{old: new}}; found {mapping!r}."
                for name, mapping in (self.recode.items() if isinstance(self.recode, Mapping) else ())
                if not isinstance(mapping, Mapping)
            ]
            + [
                f'`exclude` of {name!r} must be a list of values to leave out, such as ["failed"]; found {values!r}.'
                for name, values in (self.exclude.items() if isinstance(self.exclude, Mapping) else ())
                if not (_is_name(name) and is_list(values) and len(values))
            ]
        )

    def _not_text(self) -> list[str]:
        columns = self.columns if isinstance(self.columns, Mapping) else {}
        problems = [
            f"`columns` must have names of columns as text, {{your name: fixed name}}; found {{{old!r}: {new!r}}}."
            for old, new in columns.items()
            if not (_is_name(old) and _is_name(new))
        ]
        problems += [
            f"`order` of {name!r} must list its levels from the lowest on, each once; found {levels!r}."
            for name, levels in (self.order.items() if isinstance(self.order, Mapping) else ())
            if not is_list(levels) or len(set(map(str, levels))) < max(len(levels), 2)
        ]
        if not _is_name(self.undisclosed_label):
            problems.append(f"`undisclosed_label` must be text that is not empty; found {self.undisclosed_label!r}.")
        return problems

    def _wrong_choices(self) -> list[str]:
        problems = [
            f"`{name}` must be {_alternatives(allowed)}; found {value!r}.{nearest(str(value), allowed)}"
            for name, allowed in CHOICES.items()
            if (value := getattr(self, name)) not in allowed
        ]
        problems += [
            f"`multi_select` of '{column}' must be {_alternatives(MULTI_SELECT)}; found {value!r}."
            for column, value in self.multi_select.items()
            if value not in MULTI_SELECT
        ]
        problems += [
            f"`multi_select` of '{column}' is \"share\", which is for demographics: it says how much of each level a "
            f"rater is. Name '{column}' in `demographics`."
            for column, value in self.multi_select.items()
            if value == SHARE and column in self.covariates
        ]
        if not isinstance(self.lump, int) or isinstance(self.lump, bool) or self.lump < 0:
            problems.append(f"`lump` must be a number of raters, 0 or more; found {self.lump!r}.")
        if not isinstance(self.separator, str) or not self.separator:
            problems.append(f'`separator` must be text such as ";"; found {self.separator!r}.')
        return problems

    def _wrong_columns(self) -> list[str]:
        factors = (*self.demographics, *self.covariates)
        reserved = (*REQUIRED, *OPTIONAL)
        problems = [
            f"'{name}' is named {factors.count(name)} times in `demographics` and `covariates`; name it once."
            for name in dict.fromkeys(factors)
            if factors.count(name) > 1
        ]
        problems += [
            f"'{name}' has its own meaning in ratings and cannot be a demographic or covariate. "
            f'Rename your column, such as columns={{"{name}": "{name}_answer"}}.'
            for name in dict.fromkeys(factors)
            if name in reserved
        ]
        for argument, allowed in self._columns_allowed(factors).items():
            problems += [
                f"`{argument}` has '{name}', which is not in `demographics` or `covariates`."
                f"{nearest(str(name), allowed)}"
                for name in getattr(self, argument)
                if name not in allowed
            ]
        return problems

    def _columns_allowed(self, factors: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        anywhere = (*factors, *REQUIRED, *OPTIONAL)
        return {"reference": factors, "order": factors, "recode": anywhere, "multi_select": factors}

    def _wrong_mean(self) -> list[str]:
        if self.duplicates == "mean" and self.scale is not None and not answers_of(self.scale).is_continuous:
            return [
                f'duplicates="mean" needs scale="continuous": the mean of two answers need not be an answer '
                f'on the ordinal scale {self.scale.describe()}. Use "first" or "last".'
            ]
        return []


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _alternatives(allowed: Sequence[str]) -> str:
    quoted = [f'"{value}"' for value in allowed]
    return ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def rating_options(**arguments: Any) -> RatingOptions:
    """The arguments of ``Ratings`` as options: the scale parsed, arrays as lists, absent dictionaries empty."""
    tables = ("reference", "order", "columns", "recode", "multi_select", "exclude")
    absent: dict[str, dict[str, Any]] = {name: {} for name in tables if arguments[name] is None}
    lists = {name: as_list(arguments[name]) for name in _LISTS}
    scale = arguments["scale"]
    if isinstance(arguments["order"], Mapping):
        arguments["order"] = {name: as_list(levels) for name, levels in arguments["order"].items()}
    settled: dict[str, Any] = {"scale": None if scale is None else parsed(scale)}
    if isinstance(arguments["exclude"], Mapping):
        settled["exclude"] = {name: as_list(_listed(values)) for name, values in arguments["exclude"].items()}
    return RatingOptions(**arguments | lists | absent | settled)


def _listed(values: Any) -> Any:
    """One value is a list of one."""
    return [values] if isinstance(values, str | int | float) or values is None or values is pd.NA else values
