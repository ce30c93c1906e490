"""``read_ratings``: a file of any known shape into ratings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pluralstats.data.frames import as_list, dimension_names
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.shapes import BY_NAME, SHAPES, long
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError, nearest

AUTO = "auto"


def read_ratings(
    path: str | Path,
    *,
    format: str = AUTO,
    dimensions: Sequence[str] = (),
    items: str | Sequence[str] = (),
    raters: str | Sequence[str] = (),
    **options: Any,
) -> Ratings:
    """Ratings from a file.

    Parameters
    ----------
    path : path
        CSV or TSV (also .gz; UTF-8, or UTF-16 with a byte order mark; comma, semicolon, tab or what a first line
        "sep=" says), JSON lines (.jsonl, .ndjson, also .gz), Parquet, Feather; with the ``io`` extra SPSS (.sav,
        .zsav), Stata (.dta) and Excel (.xlsx, first sheet). Ids and demographics are the text that stands in the file:
        1.1 and 1.10 are two. Empty cells and NA, NaN, NULL are missing in text files and Excel, also as ids; other
        codes are named with ``na_values=``. Value labels of SPSS and Stata files are used, for ratings only when
        ``scale`` consists of labels; what a file declares missing is missing and counted in ``policies``. Titles above
        the header, blank rows, repeated headers, totals and row names of R are left out and counted there too.
    format : str
        The shape of the file; "auto" recognises it.
    dimensions : list of str
        The rating columns of a file with one column per dimension; see ``Ratings.from_wide``.
    items, raters : str or list of str
        The rating columns of a file with one column per item or per rater, or a pattern such as "Q1_*".
    **options
        As for ``Ratings``.

    Raises
    ------
    DataError
        When the file cannot be read, or its content cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ratings.csv"
    ...     _ = path.write_text("item,rater,rating\\na,1,5\\nb,1,2\\n")
    ...     read_ratings(path, scale=(1, 5))
    Ratings: 2 ratings of 2 items by 1 rater, scale 1-5
    """
    source = Source(Path(path), wanted(dimensions, items, raters, options))
    found = opened(source, format)
    return Ratings(found.numbered, **{**found.options, **options})


def opened(source: Source, format: str = AUTO) -> Found:
    """The content of a source as rows of ratings, read as ``format`` says or as the first shape that fits."""
    return _shape(source, format).read(source)


def _shape(source: Source, format: str) -> Shape:
    if format == AUTO:
        return next((shape for shape in SHAPES if shape.recognises(source)), long.SHAPE)
    if format not in BY_NAME:
        raise ConfigError(
            f"`format` is auto or one of {', '.join(BY_NAME)}; found {format!r}.{nearest(format, BY_NAME)}"
        )
    return BY_NAME[format]


def wanted(dimensions: Sequence[str] | None, items: Any, raters: Any, options: Mapping[str, Any]) -> Wanted:
    """What the user said about the shape, checked."""
    names = dimension_names(dimensions)
    columns = options.get("columns")
    columns = columns if isinstance(columns, Mapping) else {}
    return Wanted(names, _patterns(items), _patterns(raters), columns, _without_labels(names, options, columns))


def _patterns(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(as_list(given or ()))


def _without_labels(
    dimensions: Sequence[str], options: Mapping[str, Any], columns: Mapping[str, str]
) -> tuple[str, ...]:
    """The columns of the file whose value labels are not wanted, because the scale is one of numbers."""
    scale = options.get("scale")
    if scale is not None and not Scale.parse(scale).is_numeric:
        return ()
    return (*dimensions, *(old for old, new in columns.items() if new == "rating"), "rating")
