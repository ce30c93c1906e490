"""Ratings: who rated what how, checked once and trusted afterwards.

Longer than 250 lines because the class is the reference of all its options: each stands in one docstring and one
signature, and more than a third of the lines are documentation. What the methods do lies in other modules.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from pluralstats.data.answer_order import ScaleWarning, alphabetical_order
from pluralstats.data.batch import policy_table
from pluralstats.data.cards import ratings_card
from pluralstats.data.choosing import Condition, chosen_rows, rows_of_level
from pluralstats.data.policies.choices import sets_of_columns
from pluralstats.data.policies.demographics import undisclosed_levels
from pluralstats.data.policies.exclusions import ExclusionWarning, not_found_sentences
from pluralstats.data.policies.options import rating_options
from pluralstats.data.preparing import prepared, rows_kept
from pluralstats.data.scale import Scale, ScaleSpec
from pluralstats.data.scales.by_level import Scales
from pluralstats.data.scales.merging import collapsed
from pluralstats.data.shares import Sets, sets_in
from pluralstats.data.summaries import content_hash, item_table, rater_table, summary_table
from pluralstats.data.tables.frames import numbered_table
from pluralstats.data.tables.wide import melted
from pluralstats.data.truth import Truth
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.printing.cards import Card, Shown

UNDISCLOSED_VALUES = (
    "I wish not to declare",
    "Prefer not to say",
    "Prefer not to answer",
    "Prefer not to disclose",
    "Rather not say",
    "Not disclosed",
    "No answer",
    "DATA_EXPIRED",
    "CONSENT_REVOKED",
)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Ratings(Shown):
    """Ratings of items by raters, with the raters' demographics.

    Everything that can be wrong with a file is found here, in one error; everything that was changed or left
    out is counted in ``policies``. Nothing later checks again.

    Parameters
    ----------
    frame : data frame
        pandas, polars, pyarrow or any other that narwhals knows; one row per rating. Columns ``item``,
        ``rater`` and ``rating`` are needed, ``dimension``, ``question`` (items are nested in it), ``wave``, and
        ``weight`` or ``rater_weight`` are used when present, other columns only when named below. It is not changed.
        ``weight`` counts ratings: a row with weight 3 stands for three equal ratings. ``rater_weight`` is a survey's
        design weight: how many people a rater stands for, the same in all rows of a rater. Intervals of fits allow for
        what unequal weights cost.
    scale : pair of int, list of numbers, list of str, "continuous" or Scale
        The possible answers, lowest first; see ``Scale.parse``. May be left out when ``rating`` is an ordered
        categorical. Where waves, dimensions or questions had other answers, a dictionary with the scale of each:
        ``{"wave": {"1": (1, 5), "2": (1, 3)}}``.
    demographics : list of str
        Columns with facts about raters; the same in all rows of a rater.
    covariates : list of str
        Other columns for formulas: of raters, items or rows. Numbers stay numbers; decimals, and text such as "20.5"
        or "20,5", become numbers, which ``policies`` says. Other columns, and whole numbers as text, become
        categories; in a text file whole numbers are numbers. Rows where one is missing are left out and counted.
    reference : dict, column -> level
        Level the others are compared with. Default: the level with most raters (the first of several).
    order : dict, column -> list of levels
        Levels of a category from the lowest to the highest, which ``mo(column)`` in a formula needs. Ordered
        categories have theirs. The reference stays as it is.
    columns : dict, your name -> fixed name
        Columns to rename, such as ``{"worker_id": "rater"}``.
    recode : dict, column -> {old: new}
        Answers to rename or merge; new ``None`` means missing.
    na_values : list
        Codes that mean missing in ratings, demographics and covariates, such as "DATA_EXPIRED".
    drop_ratings : list
        Answers that are no position on the scale, such as "don't know"; these rows are left out. One that
        never occurs is recorded in ``policies`` as not found.
    undisclosed : {"drop", "level", "impute"}
        What to do with raters whose demographic is missing or withheld: leave them out, keep them as a level of their
        own, or let ``ps.fit`` impute what they did not say, several times, and pool the fits. Under "impute" tables of
        the ratings show them as the level ``undisclosed_label``.
    undisclosed_values : list of str
        Answers that mean withheld; capitals do not matter. Prolific's DATA_EXPIRED and CONSENT_REVOKED are among the
        usual ones.
    undisclosed_label : str
        Name of that level; none that raters gave as their answer.
    lump : int
        Levels with fewer raters than this become "other", or join a frequent level called so in any case. 0: none.
        Refused when every level would.
    multi_select : dict, column -> {"first", "multiracial", "share"}
        Columns with several choices in one cell: take the first, call two or more "multiracial", or give each level
        its share of the person. Under "share", for demographics, "White;Asian" is the group "Asian + White" in tables
        of the ratings, and half of each level in models, whose effects compare people of one level only.
    separator : str
        What stands between the choices.
    duplicates : {"error", "first", "last", "mean"}
        What to do when a rater rated an item twice (on one dimension, in one wave). "mean" is for continuous
        ratings only.
    contradictions : {"error", "first", "drop"}
        What to do with raters who gave different answers on a demographic, or an answer in some rows only:
        refuse, take the first answer given, or leave the rater out.
    questions : {"nested", "crossed"}
        What an item is that stands under several questions, as where numbers are used anew inside each: "nested", an
        item of each question, named by both ("2 / 3"); "crossed", one item that is asked about several times.
    exclude : dict, column -> values
        Rows to leave out by any column of the data, such as an attention check: ``{"attention": ["failed"]}``. The
        column need not be a demographic or covariate; ``policies`` counts the rows and raters. ``""`` or None
        means blank cells: ``{"attention": ["failed", ""]}``.
    simulated : bool
        Whether people or a program made the ratings; reports say so.
    truth : Truth, optional
        What a simulation knows.

    Attributes
    ----------
    frame : DataFrame, (n_ratings, columns)
        item, rater, rating, [dimension, question, wave, weight or rater_weight], demographics, covariates.
        ``rating`` holds codes 0..K-1 (int16) of the row's own scale, or numbers on a continuous scale;
        ``rater_weight`` has mean 1 over raters. Categories have no unused levels; the reference comes first, then the
        order of a categorical column or natural order, then "other" and "undisclosed", then sets as "Asian + White".
    policies : DataFrame
        step, column, policy, n_rows, n_raters, detail: every policy applied, also where it touched nothing.
    shares : dict, demographic -> {"Asian + White": ("Asian", "White")}
        The sets that raters have, of demographics under "share".
    to_impute : dict, demographic -> level
        What is to be imputed: the level that stands for it.
    orders : dict, column -> levels
        Levels from the lowest on, by ``order`` or of columns that came as ordered categories.

    Raises
    ------
    DataError
        All problems of the data at once, with row numbers that count data rows from 1.
    ConfigError
        When an argument cannot be meant.

    Warns
    -----
    ScaleWarning
        No ``scale``, and the order of the ordered categorical is the alphabet's.
    ExclusionWarning
        A value of ``exclude`` that never occurs.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"item": ["a", "b", "a"], "rater": [1, 1, 2], "rating": [1, 3, 5],
    ...                       "gender": ["female", "female", "male"]})
    >>> ratings = Ratings(table, scale=(1, 5), demographics=["gender"])
    >>> ratings
    Ratings: 3 ratings of 2 items by 2 raters, scale 1-5
      gender  female (reference), male
    """

    frame: pd.DataFrame
    _scale: Scale | Scales
    demographics: tuple[str, ...]
    covariates: tuple[str, ...]
    policies: pd.DataFrame
    simulated: bool
    truth: Truth | None
    shares: Mapping[str, Sets]
    to_impute: Mapping[str, str]
    orders: Mapping[str, tuple[str, ...]]

    def __init__(
        self,
        frame: Any,
        scale: ScaleSpec | Mapping[str, Mapping[Any, ScaleSpec]] | None = None,
        demographics: Sequence[str] = (),
        covariates: Sequence[str] = (),
        *,
        reference: Mapping[str, str] | None = None,
        order: Mapping[str, Sequence[str]] | None = None,
        columns: Mapping[str, str] | None = None,
        recode: Mapping[str, Mapping[object, object]] | None = None,
        na_values: Sequence[object] = (),
        drop_ratings: Sequence[object] = (),
        undisclosed: str = "drop",
        undisclosed_values: Sequence[str] = UNDISCLOSED_VALUES,
        undisclosed_label: str = "undisclosed",
        lump: int = 0,
        multi_select: Mapping[str, str] | None = None,
        separator: str = ";",
        duplicates: str = "error",
        contradictions: str = "error",
        questions: str = "nested",
        exclude: Mapping[str, Sequence[object]] | None = None,
        simulated: bool = False,
        truth: Truth | None = None,
    ) -> None:
        options = rating_options(
            scale=scale,
            demographics=demographics,
            covariates=covariates,
            reference=reference,
            order=order,
            columns=columns,
            recode=recode,
            na_values=na_values,
            drop_ratings=drop_ratings,
            undisclosed=undisclosed,
            undisclosed_values=undisclosed_values,
            undisclosed_label=undisclosed_label,
            lump=lump,
            multi_select=multi_select,
            separator=separator,
            duplicates=duplicates,
            contradictions=contradictions,
            questions=questions,
            exclude=exclude,
        )
        result = prepared(frame, options)
        if result.batch.problems:
            raise problems_error(DataError, result.batch.problems)
        self._hold(
            frame=result.batch.table,
            _scale=result.scale,
            demographics=tuple(options.demographics),
            covariates=tuple(options.covariates),
            policies=policy_table(result.batch.policies),
            simulated=simulated,
            truth=truth,
            shares=sets_of_columns(options, result.batch.shares),
            to_impute=undisclosed_levels(result.batch.table, options),
            orders=dict(result.batch.orders),
        )
        for sentence in alphabetical_order(self.scale.labels) if options.scale is None else ():
            warnings.warn(sentence, ScaleWarning, stacklevel=2)
        for sentence in not_found_sentences(result.batch.policies):
            warnings.warn(sentence, ExclusionWarning, stacklevel=2)

    @classmethod
    def from_wide(cls, frame: Any, dimensions: Sequence[str], **options: Any) -> Self:
        """Ratings from a table with one column of ratings per dimension.

        Parameters
        ----------
        frame : data frame
            One row per rater and item.
        dimensions : list of str
            The rating columns, by the names they have in ``frame``; they become the levels of ``dimension``,
            in this order.
        **options
            As for ``Ratings``.

        Examples
        --------
        >>> import pandas as pd
        >>> wide = pd.DataFrame({"item": ["a"], "rater": [1], "toxic": [2], "helpful": [4]})
        >>> Ratings.from_wide(wide, ["toxic", "helpful"], scale=(1, 5)).dimensions
        ('toxic', 'helpful')
        """
        return cls(melted(numbered_table(frame), dimensions), **options)

    def _hold(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)  # the dataclass is frozen

    def _changed(self, **fields: Any) -> Self:
        other = object.__new__(type(self))
        held = {name: getattr(self, name) for name in self.__dataclass_fields__} | fields
        if isinstance(held["_scale"], Scales):  # fewer rows may have fewer scales
            held["_scale"] = held["_scale"].settled(held["frame"])
        other._hold(**held)
        return other

    def _card(self) -> Card:
        return ratings_card(self.frame, self._scale, self.demographics, self.covariates, self.simulated)

    @property
    def n_ratings(self) -> int:
        """Number of ratings."""
        return len(self.frame)

    @property
    def n_raters(self) -> int:
        """Number of raters with at least one rating."""
        return len(self.frame["rater"].cat.categories)

    @property
    def n_items(self) -> int:
        """Number of items with at least one rating."""
        return len(self.frame["item"].cat.categories)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions; empty when the ratings have no column ``dimension``."""
        return tuple(self.frame["dimension"].cat.categories) if "dimension" in self.frame else ()

    @property
    def scale(self) -> Scale:
        """The answers that were possible.

        Raises
        ------
        DataError
            When each wave (dimension, question) has its own: ``scales`` has them all, ``select`` takes one.
        """
        if isinstance(self._scale, Scales):
            raise self._scale.needs_one()
        return self._scale

    @property
    def scale_by(self) -> str:
        """The column of which each level has its own scale: "wave", "dimension", "question"; "" for one scale."""
        return self._scale.column if isinstance(self._scale, Scales) else ""

    @property
    def scales(self) -> dict[str, Scale]:
        """Every scale by the level of ``scale_by`` that has it; one scale has the name ""."""
        return dict(self._scale.of) if isinstance(self._scale, Scales) else {"": self._scale}

    @property
    def scale_text(self) -> str:
        """The scale, or all scales, in a few words: "1-5", "1-5 (wave 1); 1-3 (wave 2)"."""
        return self._scale.describe()

    @cached_property
    def scale_of_rows(self) -> np.ndarray:
        """Which of ``scales`` each rating is on, int (n_ratings,): 0 for the first."""
        return self._scale.rows(self.frame) if isinstance(self._scale, Scales) else np.zeros(self.n_ratings, dtype=int)

    @cached_property
    def values(self) -> np.ndarray:
        """The ratings in points of the scale, float (n_ratings,); refused where there is more than one scale."""
        rating = self.frame["rating"].to_numpy()
        return rating.astype(float) if self.scale.is_continuous else np.array(self.scale.values)[rating]

    @cached_property
    def raters(self) -> pd.DataFrame:
        """One row per rater: rater, demographics, n_ratings."""
        return rater_table(self.frame, self.demographics)

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row per item: item, n_ratings, mean (in points of the scale, where there is one scale)."""
        return item_table(self.frame, None if self.scale_by else self.values)

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 (hex) of scale and ratings; the same for any order of rows or columns of the file."""
        return content_hash(self.frame, self._scale, self.shares)

    def select(self, dimension: str | None = None, *, wave: str | None = None, question: str | None = None) -> Self:
        """The ratings on one dimension, of one wave, or about one question; on one scale where each has its own.

        Raises
        ------
        ConfigError
            When there is no such dimension, wave or question, or none is named.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"item": list("aab"), "rater": [1, 2, 1], "rating": [5, 3, 4], "wave": [1, 2, 1]})
        >>> ratings = Ratings(table, scale={"wave": {"1": (1, 5), "2": (1, 3)}})
        >>> ratings.scale_text, ratings.select(wave="2").scale.labels
        ('1-5 (wave 1); 1-3 (wave 2)', ('1', '2', '3'))
        """
        asked = {"dimension": dimension, "wave": wave, "question": question}
        named: dict[str, Any] = {column: level for column, level in asked.items() if level is not None}
        if not (named or self.dimensions):
            raise ConfigError('`select` needs a dimension, wave or question, such as ratings.select(wave="1").')
        named = named or {"dimension": None}
        chosen, truth = self, self.truth if dimension is None or self.truth is None else self.truth.of(dimension)
        for column, level in named.items():
            part = rows_kept(chosen.frame, rows_of_level(chosen.frame, column, level), chosen.shares)
            record: dict[str, object] = {"step": "select", "column": column, "policy": level}
            record |= {"n_rows": chosen.n_ratings - len(part)}
            chosen = chosen._with_rows(part, record, truth=truth)
        return chosen

    def where(self, condition: Condition = None, /, **columns: Any) -> Self:
        """The ratings that meet all conditions, on the same scale and with the same demographics and dimensions.

        Levels that nobody has any more are gone; where the reference is among them, the next level takes its place.
        What was left out is the last row of ``policies``.

        Parameters
        ----------
        condition : function of ``frame``, or (n_ratings,) bool, optional
            True for each rating to keep.
        **columns
            ``country="US"``, or a list of which any will do: ``politics=["liberal", "centre"]``. ``rating`` takes
            answers of the scale; columns of numbers take numbers.

        Raises
        ------
        ConfigError
            No condition, a column or level that the ratings do not have, something that is not true or false for each
            rating, or no rating is left.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"item": list("aab"), "rater": [1, 2, 1], "rating": [1, 3, 5], "g": list("fmf")})
        >>> ratings = Ratings(table, scale=(1, 5), demographics=["g"])
        >>> ratings.where(g="f").n_ratings, ratings.where(lambda frame: frame["item"] == "a", g=["f", "m"]).n_ratings
        (2, 2)
        """
        keep, said = chosen_rows(self.frame, self._scale, condition, columns)
        part = rows_kept(self.frame, keep, self.shares)
        n_raters = self.n_raters - len(part["rater"].cat.categories)
        record: dict[str, object] = {"step": "where", "column": ", ".join(columns), "policy": "keep", "detail": said}
        record |= {"n_rows": self.n_ratings - len(part), "n_raters": n_raters}
        return self._with_rows(part, record)

    def with_covariates(self, columns: Mapping[str, Any]) -> Self:
        """The same ratings with more columns for formulas, one entry for each row of ``frame``."""
        frame = self.frame.assign(**columns)
        covariates = (*self.covariates, *(name for name in columns if name not in self.covariates))
        return self._changed(frame=frame, covariates=covariates)

    def collapse(self, n: int, midpoint: str | None = None) -> Self:
        """The same ratings on a coarser scale; the rule used is the last row of ``policies``.

        Parameters
        ----------
        n : int
            Number of new answers, about equally wide; see ``Scale.merged`` for the exact borders.
        midpoint : {"up", "down", "own"}, optional
            Where the middle answer of a scale with an odd number of answers goes: with the upper answers,
            with the lower ones, or its own category. Default: "own" when n is odd, "up" when n is even.

        Raises
        ------
        ConfigError
            When the scale, or one of them, cannot be collapsed that way, or is continuous.

        Notes
        -----
        Where each wave has its own scale, each is collapsed; one of ``n`` answers stays as it is. They are still two
        scales: the thirds of five answers are not three answers.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"item": list("abc"), "rater": [1, 1, 1], "rating": [1, 3, 5]})
        >>> ratings = Ratings(table, scale=(1, 5))
        >>> ratings.collapse(3).values.tolist(), ratings.collapse(2, midpoint="down").values.tolist()
        ([1.0, 2.0, 3.0], [1.0, 1.0, 2.0])
        """
        done = collapsed(self._scale, self.frame, n, midpoint)
        record: dict[str, object] = {"step": "collapse", "column": "rating", "detail": done.detail}
        record |= {"policy": f"{n} answers, midpoint {done.rule}", "n_rows": self.n_ratings, "n_raters": self.n_raters}
        frame, policies = self.frame.assign(rating=done.rating), self._with_policy(record)
        truth = None if self.truth is None else self.truth.collapsed(done.codes)
        return self._changed(frame=frame, _scale=done.scale, policies=policies, truth=truth)

    def _with_rows(self, part: pd.DataFrame, record: dict[str, object], **fields: Any) -> Self:
        """With some of the rows, and only those sets and unknown levels that are left."""
        missing = {name: level for name, level in self.to_impute.items() if level in part[name].cat.categories}
        fields |= {"shares": sets_in(part, self.shares), "to_impute": missing}
        return self._changed(frame=part, policies=self._with_policy(record), **fields)

    def _with_policy(self, record: dict[str, object]) -> pd.DataFrame:
        record = {"n_rows": 0, "n_raters": 0, "detail": ""} | record
        return policy_table([*self.policies.to_dict("records"), record])

    def summary(self) -> pd.DataFrame:
        """What is in the data: column, level, n_raters, n_ratings, percent (of all ratings).

        The first row is everything; then come the answers of the scale (of each scale: "rating, wave 1"), the
        dimensions, and the demographics with their reference level first.
        """
        return summary_table(self.frame, self._scale, self.demographics)
