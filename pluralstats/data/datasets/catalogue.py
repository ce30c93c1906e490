"""The data sets by name: which there are, what is in one, and its ratings."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pluralstats.data.datasets.acceptability import ACCEPTABILITY, TOXICITY
from pluralstats.data.datasets.coval import COVAL
from pluralstats.data.datasets.dataset import NEITHER, Dataset
from pluralstats.data.datasets.dices import DICES_350, DICES_990
from pluralstats.data.datasets.files import Given, given_tables
from pluralstats.data.datasets.hate_speech import CREHATE, MEASURING_HATE_SPEECH, SBIC
from pluralstats.data.datasets.irony import MULTIPICO
from pluralstats.data.datasets.offensiveness import D3CODE, POPQUORN
from pluralstats.data.datasets.prism import PRISM, PRISM_MODELS
from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.data.tables.wide import dimension_names
from pluralstats.errors import ConfigError, counted, listed, nearest, problems_error

DATASETS = {
    dataset.name: dataset
    for dataset in (
        *(CREHATE, SBIC, MEASURING_HATE_SPEECH, POPQUORN, D3CODE, DICES_350, DICES_990, PRISM, PRISM_MODELS, COVAL),
        *(MULTIPICO, ACCEPTABILITY, TOXICITY),
    )
}
_OTHER = "Other"
_ONE = "rating"  # what the only dimension is called in a utility


def names() -> tuple[str, ...]:
    """The names of the data sets that ``load`` knows.

    >>> "dices-350" in names()
    True
    """
    return tuple(DATASETS)


def describe(name: str) -> Dataset:
    """What is in a data set: questions and their direction, demographics, files, licence, what to cite.

    Parameters
    ----------
    name : str
        One of ``names()``.

    Raises
    ------
    ConfigError
        When there is no such data set.

    Examples
    --------
    >>> dices = describe("dices-350")
    >>> dices.licence, dices.polarity["Q_overall"]
    ('CC BY 4.0', -1)
    """
    if name not in DATASETS:
        raise ConfigError(f"There is no data set {name!r}; there are {', '.join(DATASETS)}.{nearest(name, DATASETS)}")
    return DATASETS[name]


def utility(name: str, dimensions: Sequence[str] | None = None) -> dict[str, float]:
    """What a higher rating is worth on each dimension, for ``preference_pairs(utility=...)``.

    Parameters
    ----------
    name : str
        One of ``names()``.
    dimensions : list of str, optional
        As for ``load``. Ratings on one dimension are called "rating".

    Returns
    -------
    dict, dimension -> 1.0 or -1.0
        1.0 where a higher rating is better, -1.0 where it is worse.

    Raises
    ------
    ConfigError
        There is no such data set or dimension, or neither direction of it is better.

    Examples
    --------
    >>> utility("coval")
    {'world': 1.0, 'personal': 1.0}
    >>> utility("crehate")
    {'rating': -1.0}
    """
    dataset = describe(name)
    chosen = _chosen(dataset, dimensions)
    if undirected := [dimension for dimension in chosen if dataset.polarity[dimension] == NEITHER]:
        raise ConfigError(
            f"{dataset.title}: neither direction of {listed(undirected)} is better. Pass a utility of your own, such "
            f'as utility={{"{_ONE if len(chosen) == 1 else undirected[0]}": -1}}.'
        )
    worth = {dimension: float(dataset.polarity[dimension]) for dimension in chosen}
    return worth if len(worth) > 1 else dict.fromkeys([_ONE], *worth.values())


def load(name: str, path: Any = None, *, dimensions: Sequence[str] | None = None, **options: Any) -> Ratings:
    """The ratings of a published data set: columns, scale and demographics are known, your options come first.

    Parameters
    ----------
    name : str
        One of ``names()``; ``describe(name)`` tells what is in it and what is decided for you.
    path : path, data frame or dict, optional
        The file; the folder that holds the files of a data set with several; or a dictionary of table name ("ratings",
        "people") -> path or data frame. Left out, the files are fetched from where their authors publish them, into the
        folder that the environment variable PLURALSTATS_DATA names (otherwise the cache of this computer), and their
        checksums are compared.
    dimensions : list of str, optional
        The questions to load; the scale must be the same for all of them, or ``scale`` be passed.
    **options
        As for ``Ratings``; each replaces the choice made here.

    Returns
    -------
    Ratings
        ``policies`` has the files with their SHA-256, people without ratings and the reverse, and each policy applied.

    Raises
    ------
    DataError
        Files are missing or cannot be fetched, or lack columns.
    ConfigError
        There is no such data set or dimension, or an option cannot be meant.

    Examples
    --------
    >>> table = pd.DataFrame({"instance_id": [1, 1], "user_id": [7, 8], "offensiveness": [1.0, 5.0],
    ...                       "gender": ["Man", "Woman"]})
    >>> load("popquorn", table)
    Ratings: 2 ratings of 1 item by 2 raters, scale 1-5
      gender  Man (reference), Woman
    """
    dataset = describe(name)
    chosen = _chosen(dataset, dimensions)
    scale = options["scale"] if options.get("scale") is not None else _scale(dataset, chosen)
    given = given_tables(dataset, path)
    table, joined = _with_people(dataset, dataset.ratings(given.tables, chosen), given)
    ratings = Ratings(table, **_defaults(dataset, table, options), **{**options, "scale": scale})
    for record in (_origin(dataset, given, ratings), *joined, *_absent(dataset, table, options)):
        ratings = ratings._changed(policies=ratings._with_policy(record))
    return ratings


def _chosen(dataset: Dataset, dimensions: Sequence[str] | None) -> tuple[str, ...]:
    chosen = dataset.default if dimensions is None else dimension_names(dimensions)
    problems = [
        f"{dataset.title} has no dimension {name!r}; it has {', '.join(dataset.dimensions)}."
        f"{nearest(name, dataset.dimensions)}"
        for name in chosen
        if name not in dataset.dimensions
    ]
    if problems or not chosen:
        raise problems_error(ConfigError, problems or ["`dimensions` names no dimension. Leave it out for the usual."])
    return chosen


def _scale(dataset: Dataset, dimensions: Sequence[str]) -> Scale:
    scales = {name: Scale.parse(dataset.dimensions[name].scale) for name in dimensions}
    if len(set(scales.values())) > 1:
        found = "; ".join(f"{name}: {scale.describe()}" for name, scale in scales.items())
        raise ConfigError(
            f"{dataset.title}: these dimensions have different answers ({found}). Load those of one scale at a time, "
            f"or pass scale=, a list of all their answers, lowest first."
        )
    return scales[dimensions[0]]


def _with_people(
    dataset: Dataset, table: pd.DataFrame, given: Given
) -> tuple[pd.DataFrame, tuple[dict[str, object], ...]]:
    """Ratings with the facts about their raters, and who was found in one of the two files only."""
    if dataset.people is None or "people" not in given.tables:
        return table, ()
    people = dataset.people(given.tables["people"])
    first = people.drop_duplicates("rater", ignore_index=True)
    unknown = ~table["rater"].isin(first["rater"])
    silent = int((~first["rater"].isin(table["rater"])).sum())
    detail = f"{silent:,} of the people in that file rated nothing"
    if len(first) < len(people):
        detail += f"; {counted(len(people) - len(first), 'further row')} of people who have one already"
    record = {"step": "people", "column": "rater", "policy": "left join", "n_rows": int(unknown.sum())}
    record |= {"n_raters": table["rater"][unknown].nunique(), "detail": detail}
    return table.merge(first, on="rater", how="left"), (record,)


def _defaults(dataset: Dataset, table: pd.DataFrame, options: Mapping[str, Any]) -> dict[str, Any]:
    """The choices made for a data set that the user did not make, about the columns that are used."""
    present = [name for name in dataset.demographics if name in table]
    asked = (*(options.get("demographics", present)), *options.get("covariates", ()))
    used = [name for name in asked if name in table]
    natural = {name: level for name, level in dataset.reference.items() if name in used}
    reference = {name: level for name, level in natural.items() if (table[name] == level).any()}
    typed = {name: _typed(table[name]) for name in dataset.free_text if name in used}
    choices = {**dataset.choices, "demographics": present, "reference": reference}
    choices["recode"] = {name: mapping for name, mapping in typed.items() if mapping}
    if "multi_select" in choices:
        choices["multi_select"] = {name: how for name, how in choices["multi_select"].items() if name in used}
    return {name: value for name, value in choices.items() if name not in options}


def _typed(column: pd.Series) -> dict[object, object]:
    answers = [str(answer) for answer in column.dropna().unique()]
    return {answer: _OTHER for answer in answers if answer.startswith(_OTHER) and answer != _OTHER}


def _origin(dataset: Dataset, given: Given, ratings: Ratings) -> dict[str, object]:
    sources = "; ".join(given.sources) or "data frames"
    detail = f"{sources}; licence {dataset.licence}; {dataset.link}"
    record: dict[str, object] = {"step": "dataset", "column": "", "policy": dataset.name, "detail": detail}
    return record | {"n_rows": ratings.n_ratings, "n_raters": ratings.n_raters}


def _absent(dataset: Dataset, table: pd.DataFrame, options: Mapping[str, Any]) -> list[dict[str, object]]:
    """Demographics of the data set that these files do not have."""
    return [
        {"step": "dataset", "column": name, "policy": "absent", "detail": "no such column in these files"}
        for name in dataset.demographics
        if name not in table and "demographics" not in options
    ]
