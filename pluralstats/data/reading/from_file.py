"""``read_ratings``: a file of any known shape into ratings."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.annotator_files import files_at, together
from pluralstats.data.reading.arguments import wanted
from pluralstats.data.reading.people import with_people
from pluralstats.data.reading.proposals import LikelyError, proposal
from pluralstats.data.reading.shapes import BY_NAME, FOLDERS, SHAPES, long
from pluralstats.data.reading.shapes import dimensions as dimensions_shape
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.data.tables.frames import REQUIRED
from pluralstats.errors import ConfigError, DataError, listed, nearest

AUTO = "auto"


def read_ratings(
    path: Any,
    *,
    format: str = AUTO,
    dimensions: Sequence[str] = (),
    items: str | Sequence[str] = (),
    raters: str | Sequence[str] = (),
    answers: str | Sequence[str] = (),
    people: Any = None,
    people_key: str = "",
    unfinished: str = "drop",
    **options: Any,
) -> Ratings:
    """Ratings from a file.

    Parameters
    ----------
    path : path, list of paths, or data frame
        CSV or TSV (also .gz; UTF-8, or UTF-16 with a byte order mark; comma, semicolon, tab or what a first line
        "sep=" says), JSON (.json, .jsonl, .ndjson, also .gz: objects in a list, on lines or keyed by id), Parquet,
        Feather; with the ``io`` extra SPSS (.sav, .zsav), Stata (.dta) and Excel (.xlsx, first sheet). Exports of
        annotation tools are read as they are. A folder, a pattern such as ``"annotations/*.csv"`` or a list are several
        files of one layout; where they have no column of raters, the name of each file is its rater.
        Ids and demographics are the text that stands in the file: 1.1 and 1.10 are two. Empty cells and NA, NaN, NULL
        are missing in text files and Excel, also as ids; other codes are named with ``na_values=``. Value labels of
        SPSS and Stata files are used, for ratings only when ``scale`` consists of labels; what a file declares missing
        is missing, and so is a formula of Excel whose result is not in the file. Titles above the header, blank rows,
        repeated headers, totals and row names of R are left out. All of it is counted in ``policies``.
    format : str
        The shape of the file; "auto" recognises it, and asks where it is not sure. Columns that are called item, rater
        and rating in the file are used as they stand.
    dimensions : list of str
        The rating columns of a file with one column per dimension; see ``Ratings.from_wide``.
    items, raters : str or list of str
        The rating columns of a file with one column per item (a survey) or per rater (a matrix): names, or patterns.
        In a pattern ``*`` is any text, ``?`` one character, and ``{item}``, ``{rater}``, ``{dimension}``,
        ``{question}``, ``{wave}`` are what that part of the name says: "{item}_{dimension}" reads T1_toxic and
        T1_helpful. Square brackets mean themselves, as in ``"G01Q01[*]"``. An empty cell of a matrix is an item that
        the rater was not asked about; of a survey too, where most cells are empty.
    answers : str or list of str
        The columns of a file with one column per answer of the scale, ticked or counted, such as ``"toxic:::*"``; what
        ``*`` stands for is the answer. Without a column of raters each rating has an anonymous rater of its own.
    people : path or data frame, optional
        A second table, one row a rater, whose columns become demographics and covariates. It may be given as
        ``raters="people.csv"`` too. DATA_EXPIRED and CONSENT_REVOKED in it are undisclosed.
    people_key : str
        Its column with the raters' ids; recognised when it is not given.
    unfinished : {"drop", "keep"}
        What to do with responses of a survey that were begun and not sent.
    **options : optional
        As for ``Ratings``.

    Raises
    ------
    DataError
        When the file cannot be read, or its content cannot be used.
    ConfigError
        When an argument cannot be meant.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ratings.csv"
    ...     _ = path.write_text("item,rater,rating\\na,1,5\\nb,1,2\\n")
    ...     read_ratings(path, scale=(1, 5))
    Ratings: 2 ratings of 2 items by 1 rater, scale 1-5

    A survey, one row a person:

    >>> import pandas as pd
    >>> survey = pd.DataFrame({"who": ["p1", "p2"], "Q1_1": [2, 4], "Q1_2": [5, 5]})
    >>> read_ratings(survey, items="Q1_*", columns={"who": "rater"}, scale=(1, 5))
    Ratings: 4 ratings of 2 items by 2 raters, scale 1-5
    """
    shape = wanted(dimensions, items, raters, options, answers, people, people_key, unfinished)
    found = opened(source_of(path, shape), format)
    return Ratings(found.numbered, **{**found.options, **options})


def read_item_texts(path: Any, *, format: str = AUTO, items: str | Sequence[str], **options: Any) -> pd.DataFrame:
    """What a survey asked about each item, as its headings say.

    Parameters
    ----------
    path, format, items, **options
        As for ``read_ratings``.

    Returns
    -------
    DataFrame
        item, question (what was asked of several items), text: a start for the tables of prompts and responses that
        ``Labels.with_texts`` and ``preference_pairs`` take.

    Raises
    ------
    DataError
        When the headings of the file hold no texts, or the file cannot be read.

    Examples
    --------
    >>> form = pd.DataFrame({"Timestamp": ["2026/01/01 10:00"], "How rude? [Hey]": [1], "How rude? [Hello]": [2]})
    >>> read_item_texts(form, items="How rude? [{item}]")
        item   question   text
    0    Hey  How rude?    Hey
    1  Hello  How rude?  Hello
    """
    found = opened(source_of(path, wanted((), items, (), options)), format)
    if found.texts is None:
        raise DataError("The headings of the file hold no texts of the items. Qualtrics, LimeSurvey and Google do.")
    return found.texts


def source_of(frame_or_path: Any, shape: Wanted) -> Source:
    """A file, several files, or a data frame, not yet read."""
    if isinstance(frame_or_path, str | Path):
        whole = Source(Path(frame_or_path), shape)
        is_export = Path(frame_or_path).is_dir() and any(one.recognises(whole) for one in FOLDERS)
        return whole if is_export else replace(whole, paths=files_at(frame_or_path))
    if isinstance(frame_or_path, list | tuple):
        return Source(None, shape, paths=files_at(frame_or_path))
    return Source(None, shape, frame_or_path)


def opened(source: Source, format: str = AUTO) -> Found:
    """The content of a source as rows of ratings, read as ``format`` says or as the first shape that fits."""
    if source.paths:
        found = together(source, lambda one: _read(one, _shape(one, format)))
    else:
        shape = _shape(source, format)
        if format == AUTO and not shape.recognises(source):
            _propose(source)
        found = _read(source, shape)
    return with_people(found, source.wanted)


def _read(source: Source, shape: Shape) -> Found:
    """What the shape makes of the source, its name among the notes where it was not to be expected."""
    found = shape.read(source)
    plain = (long.SHAPE.name, dimensions_shape.SHAPE.name)
    return found if shape.name in plain else replace(found, notes=(f"Read as {shape.title}.", *found.notes))


def _propose(source: Source) -> None:
    """What a table without the needed columns may be, as an error; nothing where that is not clear."""
    likely = proposal(source.table, source.wanted.others)
    if likely is not None:
        missing = listed([f"'{name}'" for name in REQUIRED if name not in source.names])
        raise LikelyError(likely, f"The data have no column {missing}. ")


def _shape(source: Source, format: str) -> Shape:
    if format == AUTO:
        return next((shape for shape in SHAPES if shape.recognises(source)), long.SHAPE)
    if format not in BY_NAME:
        raise ConfigError(
            f"`format` is auto or one of {', '.join(BY_NAME)}; found {format!r}.{nearest(format, BY_NAME)}"
        )
    return BY_NAME[format]
