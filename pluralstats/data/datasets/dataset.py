"""A data set that many use: what is in it, what a high rating means, whose it is and where it is published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pluralstats.data.scale import Scale, ScaleSpec

type RatingsOf = Callable[[Mapping[str, pd.DataFrame], Sequence[str]], pd.DataFrame]

GOOD, BAD, NEITHER = 1, -1, 0
_MEANING = {GOOD: "high is good", BAD: "high is bad", NEITHER: "high is neither good nor bad"}
_KEPT = {"duplicates": "first", "contradictions": "first", "undisclosed": "level"}  # nobody is left out unasked


@dataclass(frozen=True)
class Dimension:
    """One question that raters answered.

    Attributes
    ----------
    scale : Scale or one of its short forms
        The possible answers, lowest first.
    polarity : {1, -1, 0}
        Whether a higher rating is better (1), worse (-1) or neither (0).
    question : str
        What was asked.
    """

    scale: ScaleSpec
    polarity: int
    question: str

    def describe(self) -> str:
        """The question, its answers and their direction in a line.

        >>> Dimension((1, 5), -1, "how offensive").describe()
        'how offensive; 1-5, high is bad'
        """
        return f"{self.question}; {Scale.parse(self.scale).describe()}, {_MEANING[self.polarity]}"


@dataclass(frozen=True)
class Published:
    """One file of a data set.

    Attributes
    ----------
    table : str
        "ratings", "people" or another part that the data set is made of.
    file : str
        Its name.
    address : str
        Where its authors publish it.
    sha256 : str, optional
        Of what lies at the address; the published file may change where it is not known.
    also : tuple of str
        Other names the file has gone by.
    archived : bool
        The file is inside the archive (.tgz) at the address.
    required : bool
        Whether the data set is of no use without it.
    """

    table: str
    file: str
    address: str
    sha256: str | None = None
    also: tuple[str, ...] = ()
    archived: bool = False
    required: bool = True


@dataclass(frozen=True, repr=False)
class Dataset:
    """What ``ps.datasets.describe`` tells of a data set, and how its files become ratings.

    Attributes
    ----------
    name, title, size : str
        Its short name here, its own name, and how many rows, raters and items its authors published.
    dimensions : dict, name -> Dimension
        Every question in it.
    default : tuple of str
        The dimensions that are loaded unless others are asked for.
    demographics : tuple of str
        Facts about the raters that are loaded unless others are asked for.
    covariates : tuple of str
        Further columns, loaded when ``demographics=`` or ``covariates=`` names them.
    reference : dict, column -> level
        The level others are compared with, where one is natural.
    options : dict
        Options of ``Ratings`` chosen for this data set; those given to ``load`` come first.
    free_text : tuple of str
        Columns whose answers "Other ..." carry what people typed; they become "Other".
    published : tuple of Published
        Its files.
    page, licence, citation, link : str
        Where to read about it, under which terms it may be used, and what to cite.
    note : str
        What one should know before using it.
    ratings : callable
        (tables, dimensions) -> one row per rating.
    people : callable, optional
        The table "people" -> one row per rater, where facts about raters come in a file of their own.
    """

    name: str
    title: str
    size: str
    dimensions: Mapping[str, Dimension]
    default: tuple[str, ...]
    demographics: tuple[str, ...]
    published: tuple[Published, ...]
    page: str
    licence: str
    citation: str
    link: str
    ratings: RatingsOf
    people: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    covariates: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    free_text: tuple[str, ...] = ()
    note: str = ""

    @property
    def polarity(self) -> dict[str, int]:
        """Whether a higher rating is better (1), worse (-1) or neither (0), for each dimension."""
        return {name: dimension.polarity for name, dimension in self.dimensions.items()}

    @property
    def choices(self) -> dict[str, Any]:
        """The options of ``Ratings`` that ``load`` uses unless told otherwise."""
        return {**_KEPT, **self.options}

    @property
    def tables(self) -> dict[str, bool]:
        """Its tables, and whether the data set is of no use without each."""
        names = dict.fromkeys(file.table for file in self.published)
        return {name: any(file.required for file in self.published if file.table == name) for name in names}

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.title}", f"  {self.size}"]
        lines += [f"  {name}: {self.dimensions[name].describe()}" for name in self.default]
        if others := [name for name in self.dimensions if name not in self.default]:
            lines.append(f"  further dimensions: {', '.join(others)}")
        lines.append(f"  demographics: {', '.join(self.demographics)}")
        if self.covariates:
            lines.append(f"  further columns: {', '.join(self.covariates)}")
        lines.append("  options: " + ", ".join(f"{name}={value!r}" for name, value in self.choices.items()))
        lines += [f"  {file.table}: {file.file} ({file.address})" for file in self.published]
        lines += [f"  {self.note}"] if self.note else []
        return "\n".join([*lines, f"  licence: {self.licence}", f"  cite: {self.citation} {self.link}"])
