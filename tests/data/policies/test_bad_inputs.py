"""Every bad input has one exact message: what was expected, what was found and where, what to do."""

import gzip
import re
from collections.abc import Callable

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.reading.tables import read_table

COLUMNS = {
    "item": ["a", "b", "a", "b"],
    "rater": ["r1", "r1", "r2", "r2"],
    "rating": [1, 5, 3, 3],
    "gender": ["female", "female", "male", "male"],
}


def table(**changes: list) -> pd.DataFrame:
    """Four good ratings with some columns changed."""
    return pd.DataFrame(COLUMNS | changes)


FRAMES: dict[str, tuple[object, dict, type[Exception], str]] = {}


def bad(name: str, frame: object, error: type[Exception], message: str, **options: object) -> None:
    FRAMES[name] = (frame, {"scale": (1, 5)} | options, error, message)


D, C = ps.DataError, ps.ConfigError
bad(
    "not a frame",
    {"item": [1]},
    D,
    "Ratings need a data frame (pandas, polars, pyarrow or any that narwhals knows); found "
    "dict. Use ps.read_ratings(path) for a file.",
)
bad("no rows", table().iloc[:0], D, "The data have no rows; at least one rating is needed.")
bad(
    "two columns of one name",
    table().set_axis(["item", "rater", "rating", "item"], axis=1),
    D,
    "Two columns have one name: 'item'. Rename or drop one of each.",
)
bad(
    "rating column missing",
    table().rename(columns={"rating": "ratings"}),
    D,
    "Column 'rating' is missing; the data have 'item', 'rater', 'ratings', 'gender'. Did you "
    'mean \'ratings\'? Use columns={"<your name>": "rating"} to rename one. Columns that are a '
    "dimension each are named with dimensions= in ps.read_ratings.",
)
bad(
    "demographic misspelt",
    table(),
    D,
    "Column 'gendr' is missing; the data have 'item', 'rater', 'rating', 'gender'. Did you mean 'gender'?",
    demographics=["gendr"],
)
bad(
    "two columns missing",
    table()[["rating"]],
    D,
    "2 problems were found:\n"
    "- Column 'item' is missing; the data have 'rating'. Use columns={\"<your name>\": \"item\"} "
    "to rename one. Columns that are an item each are named with items= in ps.read_ratings.\n"
    "- Column 'rater' is missing; the data have 'rating'. Use columns={\"<your name>\": \"rater\"} "
    "to rename one. Columns that are a rater each are named with raters= in ps.read_ratings.",
)
bad(
    "rename of a column there is not",
    table(),
    D,
    "`columns` renames 'worker', but the data have no such column.",
    columns={"worker": "rater"},
)
bad(
    "rename onto a column there is",
    table(worker=list("abcd")),
    D,
    "`columns` would leave 2 columns named 'rater': 'worker', 'rater'. Drop all but one of them before.",
    columns={"worker": "rater"},
)
bad(
    "ratings outside the scale",
    table(rating=[0, 6, 99, 3]),
    D,
    "`rating` has 3 values outside the scale 1-5: 0, 6, 99 (rows 1, 2, 3). Recode or drop them "
    "(recode=, drop_ratings=), or pass another `scale=`.",
)
bad(
    "text among numbers",
    table(rating=["1", "5", "often", "3"]),
    D,
    "`rating` has 1 value outside the scale 1-5: often (row 3). Recode or drop them (recode=, "
    "drop_ratings=), or pass another `scale=`.",
)
bad(
    "half points",
    table(rating=[1, 2.5, 3, 4]),
    D,
    "`rating` has 1 value outside the scale 1-5: 2.5 (row 2). Recode or drop them (recode=, "
    "drop_ratings=), or pass another `scale=`.",
)
bad(
    "unknown label",
    table(rating=["no", "yes", "maybe", "no"]),
    D,
    "`rating` has 1 value outside the scale no, yes: maybe (row 3). Recode or drop them "
    "(recode=, drop_ratings=), or pass another `scale=`.",
    scale=["no", "yes"],
)
bad(
    "text on a continuous scale",
    table(rating=["1", "x", "3", "y"]),
    D,
    "`rating` has 2 values that are no finite number: x, y (rows 2, 4). Correct or drop them, or pass na_values=.",
    scale="continuous",
)
bad(
    "infinite rating",
    table(rating=[1, float("inf"), 3, 4]),
    D,
    "`rating` has 1 value that is no finite number: inf (row 2). Correct or drop them, or pass na_values=.",
    scale="continuous",
)
bad(
    "missing rater",
    table(rater=["r1", None, "r2", ""]),
    D,
    "`rater` is missing in 2 rows (rows 2, 4). Fill it in or drop them.",
)
bad(
    "missing item", table(item=["a", "b", None, "b"]), D, "`item` is missing in 1 row (row 3). Fill it in or drop them."
)
bad(
    "missing dimension",
    table(dimension=["x", "x", "x", None]),
    D,
    "`dimension` is missing in 1 row (row 4). Fill it in or drop them.",
)
bad(
    "no rating at all",
    table(rating=[None] * 4),
    D,
    "No ratings are left of 4 rows; left out: 4 by missing_ratings (rating). Choose other "
    "policies or correct the data.",
)
bad(
    "everybody undisclosed",
    table(gender=["Prefer not to say"] * 4),
    D,
    "No ratings are left of 4 rows; left out: 4 by undisclosed (gender). Choose other policies or correct the data.",
    demographics=["gender"],
)
bad(
    "repeated rating",
    table(item=["a", "a", "a", "b"]),
    D,
    "1 combination of rater, item has more than one rating, 1 row too many; 1 with different "
    'ratings (rows 1, 2). The first is rater r1, item a (rows 1, 2). Pass duplicates="first" '
    'or "last", or drop the extra rows.',
)
bad(
    "two genders",
    table(gender=["female", "male", "male", "male"]),
    D,
    "'gender' must be the same in all rows of a rater; it differs for 1 rater: r1 (female in "
    'row 1, male in row 2). Correct them, or pass contradictions="first" or "drop".',
    demographics=["gender"],
)
bad(
    "gender in some rows",
    table(gender=["female", None, "male", "male"]),
    D,
    "'gender' must be the same in all rows of a rater; it differs for 1 rater: r1 (female in "
    'row 1, missing in row 2). Correct them, or pass contradictions="first" or "drop".',
    demographics=["gender"],
)
bad(
    "negative weight",
    table(weight=[1, -1, 0, None]),
    D,
    "`weight` must be a positive number; found 3 other values: -1, 0, missing (rows 2, 3, 4). "
    "Drop ratings without weight.",
)
bad(
    "infinite covariate",
    table(age=[20, 30, float("inf"), 40]),
    D,
    "'age' must be finite; it is infinite in row 3. Correct them.",
    covariates=["age"],
)
bad(
    "nested values",
    table(gender=[{"a": 1}] * 4),
    D,
    "Column 'gender' holds nested objects. Make columns of plain values of it.",
    demographics=["gender"],
)
bad(
    "reference misspelt",
    table(),
    D,
    "`reference` level 'femal' of 'gender' is not in the data; found female, male. Did you mean 'female'?",
    demographics=["gender"],
    reference={"gender": "femal"},
)
bad(
    "reference lumped away",
    table(),
    D,
    "`lump=2` would put the reference level 'male' of 'gender' into 'other'. Choose a more "
    "frequent reference or a smaller `lump`.",
    demographics=["gender"],
    reference={"gender": "male"},
    lump=2,
)
bad(
    "recode of an answer there is not",
    table(),
    D,
    "`recode` of 'gender' has answers the data do not: m. Found: female, male.",
    demographics=["gender"],
    recode={"gender": {"m": "male"}},
)
bad(
    "three problems at once",
    table(rating=[0, 5, 3, 3], rater=["r1", "r1", "r2", None], gender=["female", "male", "male", "male"]),
    D,
    "3 problems were found:\n"
    "- `rater` is missing in 1 row (row 4). Fill it in or drop them.\n"
    "- 'gender' must be the same in all rows of a rater; it differs for 1 rater: r1 (female in "
    'row 1, male in row 2). Correct them, or pass contradictions="first" or "drop".\n'
    "- `rating` has 1 value outside the scale 1-5: 0 (row 1). Recode or drop them (recode=, "
    "drop_ratings=), or pass another `scale=`.",
    demographics=["gender"],
)
bad(
    "no scale",
    table(),
    C,
    "`scale` is missing; the ratings found are 1, 3, 5. Say what was possible, such as scale=(1, 5).",
    scale=None,
)
bad(
    "scale of one answer",
    table(),
    C,
    "`scale` needs at least 2 answers; found only 'yes'. Pass scale=(1, 5), a list such as "
    '["disagree", "neutral", "agree"], scale="continuous", or scale=("continuous", 0, 100) where it has ends.',
    scale=["yes"],
)
bad(
    "scale downwards",
    table(),
    C,
    "The values of a scale must increase; found 5, 1. List the lowest first.",
    scale=(5, 1),
)
bad(
    "scale with an answer twice",
    table(),
    C,
    "`scale` names an answer twice: no. Name each answer once.",
    scale=["no", "yes", "no"],
)
bad(
    "scale of mixed answers",
    table(),
    C,
    '`scale` cannot be [1, \'two\']. Pass scale=(1, 5), a list such as ["disagree", "neutral", '
    '"agree"], scale="continuous", or scale=("continuous", 0, 100) where it has ends.',
    scale=[1, "two"],
)
bad(
    "scale a word",
    table(),
    C,
    "`scale` cannot be the word 'likert'. Pass scale=(1, 5), a list such as [\"disagree\", "
    '"neutral", "agree"], scale="continuous", or scale=("continuous", 0, 100) where it has ends.',
    scale="likert",
)
bad(
    "mean of ordinal duplicates",
    table(),
    C,
    'duplicates="mean" needs scale="continuous": the mean of two answers need not be an answer '
    'on the ordinal scale 1-5. Use "first" or "last".',
    duplicates="mean",
)
bad(
    "unknown policy",
    table(),
    C,
    '`duplicates` must be "error", "first", "last" or "mean"; found \'frist\'. Did you mean \'first\'?',
    duplicates="frist",
)
bad(
    "two unknown policies",
    table(),
    C,
    "2 problems were found:\n"
    '- `undisclosed` must be "drop", "level" or "impute"; found \'keep\'.\n'
    '- `contradictions` must be "error", "first" or "drop"; found \'ignore\'.',
    undisclosed="keep",
    contradictions="ignore",
)
bad(
    "multi-select policy",
    table(),
    C,
    '`multi_select` of \'gender\' must be "first", "multiracial" or "share"; found \'all\'.',
    demographics=["gender"],
    multi_select={"gender": "all"},
)
bad(
    "a string for a list",
    table(),
    C,
    "`demographics` must be a list, such as [\"gender\"]; found 'gender'.",
    demographics="gender",
)
bad(
    "a list for a dictionary",
    table(),
    C,
    "`reference` must be a dictionary with column names as keys; found ['female'].",
    reference=["female"],
)
bad(
    "reference of no demographic",
    table(),
    C,
    "`reference` has 'gendre', which is not in `demographics` or `covariates`. Did you mean 'gender'?",
    demographics=["gender"],
    reference={"gendre": "female"},
)
bad(
    "demographic twice",
    table(),
    C,
    "'gender' is named 2 times in `demographics` and `covariates`; name it once.",
    demographics=["gender"],
    covariates=["gender"],
)
bad(
    "rating as a demographic",
    table(),
    C,
    "'rating' has its own meaning in ratings and cannot be a demographic or covariate. Rename "
    'your column, such as columns={"rating": "rating_answer"}.',
    demographics=["rating"],
)
bad("negative lump", table(), C, "`lump` must be a number of raters, 0 or more; found -1.", lump=-1)


bad(
    "scale of very many numbers",
    table(),
    C,
    "`scale` has 1,000,000,000,000 answers; 1,000 are the most. "
    'Use scale="continuous" for ratings that are measurements.',
    scale=(1, 10**12),
)
bad(
    "scale of very many labels",
    table(),
    C,
    '`scale` has 1,001 answers; 1,000 are the most. Use scale="continuous" for ratings that are measurements.',
    scale=[f"answer {i}" for i in range(1001)],
)
bad(
    "demographic that is no name",
    table(),
    C,
    "3 problems were found:\n"
    "- `demographics` must list text that is not empty; found 1.\n"
    "- `demographics` must list text that is not empty; found ['gender'].\n"
    "- `demographics` must list text that is not empty; found ''.",
    demographics=[1, ["gender"], ""],
)
bad(
    "column renamed to a number",
    table(),
    C,
    "`columns` must have names of columns as text, {your name: fixed name}; found {'gender': 5}.",
    columns={"gender": 5},
)
bad(
    "undisclosed by numbers",
    table(),
    C,
    "2 problems were found:\n"
    "- `undisclosed_values` must list text that is not empty; found 5.\n"
    "- `undisclosed_label` must be text that is not empty; found None.",
    undisclosed_values=[5],
    undisclosed_label=None,
)
bad(
    "undisclosed under a stated name",
    table(),
    D,
    "`undisclosed_label='Female'` is an answer that raters gave to 'gender' ('female'). Choose another label, or "
    "add the answer to undisclosed_values= if it means withheld.",
    demographics=["gender"],
    undisclosed_label="Female",
)
bad(
    "dates as weights",
    table(weight=[pd.Timestamp(2020, 1, 1)] * 4),
    D,
    "`weight` must be a positive number; found dates. Rename or drop the column.",
)
bad(
    "truth as weight",
    table(weight=[True, False, None, True]),
    D,
    "`weight` must be a positive number; found true and false. Rename or drop the column.",
)
bad(
    "everybody lumped",
    table(),
    D,
    "`lump=2` would put every level of 'gender' into 'other'; the largest, 'female', has 1 rater. "
    "Choose a smaller `lump`.",
    demographics=["gender"],
    lump=2,
)


@pytest.mark.parametrize("name", FRAMES)
def test_a_bad_frame_or_option_has_its_exact_message(name):
    frame, options, error, message = FRAMES[name]
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ps.Ratings(frame, **options)


FILES: dict[str, tuple[str, bytes | None, str]] = {}


def bad_file(name: str, file: str, content: bytes | None, message: str) -> None:
    FILES[name] = (file, content, message)


GOOD = b"item,rater,rating\na,r1,1\nb,r1,5\n"
bad_file("no file", "ratings.csv", None, "There is no file PATH.")
bad_file(
    "unknown format",
    "ratings.docx",
    GOOD,
    "PATH: the name of a file of ratings ends in .csv, .csv.gz, .tsv, .tsv.gz, .jsonl, "
    ".jsonl.gz, .ndjson, .ndjson.gz, .json, .json.gz, .parquet, .feather, .xlsx, .sav, .zsav, .dta; found "
    "'.docx'. Convert the file.",
)
bad_file(
    "no ending",
    "ratings",
    GOOD,
    "PATH: the name of a file of ratings ends in .csv, .csv.gz, .tsv, .tsv.gz, .jsonl, "
    ".jsonl.gz, .ndjson, .ndjson.gz, .json, .json.gz, .parquet, .feather, .xlsx, .sav, .zsav, .dta; found none. "
    "Convert the file.",
)
bad_file("empty file", "ratings.csv", b"", "PATH is empty (0 bytes). Export it again.")
bad_file("only blank lines", "ratings.csv", b"\n \n", "PATH has no text in it. Export it again.")
bad_file(
    "only a header", "ratings.csv", b"item,rater,rating\n", "The data have no rows; at least one rating is needed."
)
bad_file("gzip that is none", "ratings.csv.gz", GOOD, "PATH is no complete gzip file. Download or compress it again.")
bad_file(
    "gzip cut short",
    "ratings.csv.gz",
    gzip.compress(GOOD, mtime=0)[:-6],
    "PATH is no complete gzip file. Download or compress it again.",
)
bad_file(
    "Latin-1 text",
    "ratings.csv",
    "item,rater,rating\na,André,1\n".encode("latin-1"),
    "PATH is not UTF-8 text: line 2 has the byte 0xe9. Save it as UTF-8.",
)
bad_file(
    "UTF-16 text cut short",
    "ratings.csv",
    "item,rater,rating\n".encode("utf-16")[:-1],
    "PATH is not UTF-16 text: line 1 has the byte 0x0a. Save it as UTF-8.",
)
bad_file(
    "rows of other lengths",
    "ratings.csv",
    b"item,rater,rating\na,r1,1\nb,r1\nc,r1,2,3\n",
    "PATH: every row needs 3 fields as the header has; row 2 has 2, row 3 has 4. Put text with separators into quotes.",
)
bad_file(
    "a column twice",
    "ratings.csv",
    b"item,rater,rating,item\na,r1,1,b\n",
    "PATH: two columns have one name: item. Rename or drop one of each.",
)
bad_file(
    "JSON cut short",
    "ratings.jsonl",
    b'{"item": "a", "rater": 1, "rating": 1}\n{"item": "b", "ra\n',
    "PATH: row 2 is not JSON. Put one object on each line.",
)
bad_file(
    "JSON lists",
    "ratings.ndjson",
    b"[1, 2]\n3\n",
    "2 problems were found:\n"
    "- PATH: row 1 is no object with columns. Put one object on each line.\n"
    "- PATH: row 2 is no object with columns. Put one object on each line.",
)
bad_file(
    "Parquet that is none",
    "ratings.parquet",
    GOOD,
    "PATH is no readable Parquet file. Export it again, or rename it if it is of another kind.",
)
bad_file(
    "Feather that is none",
    "ratings.feather",
    GOOD,
    "PATH is no readable Feather file. Export it again, or rename it if it is of another kind.",
)
bad_file(
    "Excel that is none",
    "ratings.xlsx",
    GOOD,
    "PATH is no readable Excel file. Export it again, or rename it if it is of another kind.",
)
bad_file(
    "SPSS that is none",
    "ratings.sav",
    GOOD,
    "PATH is no readable SPSS file. Export it again, or rename it if it is of another kind.",
)
bad_file(
    "Stata that is none",
    "ratings.dta",
    GOOD,
    "PATH is no readable Stata file. Export it again, or rename it if it is of another kind.",
)
bad_file(
    "a column missing",
    "ratings.tsv",
    b"item\trater\tscore\na\tr1\t1\n",
    "Column 'rating' is missing; the data have 'item', 'rater', 'score'. Did you mean 'score'? Use "
    'columns={"<your name>": "rating"} to rename one. Columns that are a dimension each are '
    "named with dimensions= in ps.read_ratings.",
)


bad_file(
    "a column twice but for spaces",
    "ratings.csv",
    b"item,item ,rater,rating\na,a,r1,1\n",
    "PATH: two columns have one name: item. Rename or drop one of each.",
)
bad_file(
    "bars between fields",
    "ratings.csv",
    b"item|rater|rating\na|r1|1\n",
    'PATH has one column; is the separator "|"? Save it as CSV with commas.',
)
bad_file(
    "spaces between fields",
    "ratings.csv",
    b"item rater rating\na r1 1\n",
    'PATH has one column; is the separator " "? Save it as CSV with commas.',
)


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_has_its_exact_message(name, tmp_path):
    file, content, message = FILES[name]
    path = tmp_path / file
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ps.DataError, match=f"^{re.escape(message.replace('PATH', str(path)))}$"):
        ps.read_ratings(path, scale=(1, 5))


def test_a_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "ratings.csv").write_bytes(GOOD)
    path = tmp_path / "rating.csv"
    with pytest.raises(ps.DataError, match=re.escape(f"There is no file {path}. Did you mean 'ratings.csv'?")):
        read_table(path)


def test_a_folder_is_no_file(tmp_path):
    path = tmp_path / "ratings.csv"
    path.mkdir()
    with pytest.raises(ps.DataError, match=re.escape(f"{path} is a folder; a file of ratings is needed.")):
        read_table(path)


@pytest.mark.parametrize(("module", "file"), [("pyreadstat", "r.sav"), ("openpyxl", "r.xlsx")])
def test_a_missing_extra_names_the_pip_line(module, file, tmp_path, monkeypatch):
    path = tmp_path / file
    path.write_bytes(b"x")

    def absent(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("pluralstats.data.reading.tables.import_module", absent)
    message = f'{path} needs the package {module}: pip install "pluralstats[io]"'
    with pytest.raises(ps.DataError, match=f"^{re.escape(message)}$"):
        read_table(path)


def test_wide_files_name_every_column_in_the_way():
    wide = pd.DataFrame({"item": ["a"], "rater": ["r"], "toxic": [1], "rating": [2], "dimension": ["x"]})
    message = (
        "3 problems were found:\n"
        "- A wide file cannot have a column 'dimension'; rename or drop it.\n"
        "- A wide file cannot have a column 'rating'; rename or drop it.\n"
        "- Column 'toxicity' is missing; the data have 'item', 'rater', 'toxic', 'rating', 'dimension'. "
        "Did you mean 'toxic'?"
    )
    with pytest.raises(ps.DataError, match=f"^{re.escape(message)}$"):
        ps.Ratings.from_wide(wide, ["toxicity"], scale=(1, 5))


WRONG_CALLS: dict[str, tuple[Callable[[], object], str]] = {}


def wrong_call(name: str, call: Callable[[], object], message: str) -> None:
    WRONG_CALLS[name] = (call, message)


def ratings(**options: object) -> ps.Ratings:
    return ps.Ratings(table(), **{"scale": (1, 5)} | options)


wrong_call(
    "no dimensions to melt",
    lambda: ps.Ratings.from_wide(table(), [], scale=(1, 5)),
    '`dimensions` must list each rating column once, such as ["toxicity", "helpfulness"].',
)
wrong_call(
    "a dimension twice",
    lambda: ps.Ratings.from_wide(table(), ["rating", "rating"], scale=(1, 5)),
    '`dimensions` must list each rating column once, such as ["toxicity", "helpfulness"].',
)
wrong_call(
    "recode without old and new",
    lambda: ratings(demographics=["gender"], recode={"gender": ["f"]}),
    "`recode` of 'gender' must be a dictionary {old: new}; found ['f'].",
)
wrong_call(
    "a dimension there is not",
    lambda: ps.simulate(dimensions=["toxicity"]).select("toxic"),
    "There is no dimension 'toxic'; the ratings have toxicity. Did you mean 'toxicity'?",
)
wrong_call(
    "dimensions there are none",
    lambda: ratings().select("toxicity"),
    "There is no dimension 'toxicity'; the ratings have none.",
)
wrong_call(
    "collapse to more", lambda: ratings().collapse(5), "A scale with 5 answers cannot be collapsed to 5. Choose 2 to 4."
)
wrong_call(
    "collapse two answers",
    lambda: ratings(scale=[1, 3, 5]).collapse(2).collapse(2),
    "A scale with 2 answers cannot be collapsed to 2. Nothing is coarser.",
)
wrong_call(
    "unknown midpoint",
    lambda: ratings().collapse(2, midpoint="middle"),
    '`midpoint` must be "up", "down" or "own"; found \'middle\'.',
)
wrong_call(
    "midpoint of three answers",
    lambda: ratings().collapse(3, midpoint="up"),
    "collapse(3) keeps the middle answer apart; midpoint='up' needs an even n.",
)
wrong_call(
    "own midpoint of two answers",
    lambda: ratings().collapse(2, midpoint="own"),
    'collapse(2) has no middle answer; choose midpoint="up" or midpoint="down".',
)
wrong_call(
    "collapse numbers",
    lambda: ratings(scale="continuous").collapse(2),
    "A continuous scale has no answers to collapse.",
)
wrong_call(
    "unknown link",
    lambda: ps.simulate(link="probbit"),
    "`link` is one of probit, logit; found 'probbit'. Did you mean 'probit'?",
)
wrong_call(
    "unknown family",
    lambda: ps.simulate(family="gausian"),
    "`family` is one of cumulative, gaussian, ordered_beta; found 'gausian'. Did you mean 'gaussian'?",
)
wrong_call(
    "continuous probit",
    lambda: ps.simulate(scale="continuous"),
    'scale="continuous" needs family="gaussian"; found family=\'cumulative\'.',
)
wrong_call("no raters", lambda: ps.simulate(n_raters=0), "`n_raters` must be a whole number of 1 or more; found 0.")
wrong_call(
    "too many items a rater",
    lambda: ps.simulate(n_items=5, ratings_per_rater=6),
    "`ratings_per_rater` must be whole numbers from 1 to n_items = 5; found 6.",
)
wrong_call(
    "more questions than items",
    lambda: ps.simulate(n_items=20, n_questions=21),
    "`n_questions` must be 0 to n_items = 20; found 21.",
)
wrong_call(
    "shares beyond 1",
    lambda: ps.simulate(demographics={"a": {"x": 0.7, "y": 0.7}}),
    "The level probabilities of 'a' must be 0 or more and sum to 1; found x 0.7, y 0.7, sum 1.4.",
)
wrong_call(
    "effect of the reference",
    lambda: ps.simulate(effects={"gender[female]": 1}),
    "`effects` names 'gender[female]', which is no level to have an effect; possible are "
    "gender[male] (the first level of each demographic is the reference). Did you mean "
    "'gender[male]'?",
)
wrong_call(
    "effect of a misspelt level",
    lambda: ps.simulate(effects={"gender[mal]": 1}),
    "`effects` names 'gender[mal]', which is no level to have an effect; possible are "
    "gender[male] (the first level of each demographic is the reference). Did you mean "
    "'gender[male]'?",
)
wrong_call(
    "effect on no dimension",
    lambda: ps.simulate(effects={"gender[male]": {"toxic": 1}}),
    "`effects['gender[male]']` names the dimension 'toxic', which is not among `dimensions`.",
)
wrong_call("negative sd", lambda: ps.simulate(sd_item=-1), "`sd_item` must be 0 or more; found -1.")
wrong_call(
    "no correlation",
    lambda: ps.simulate(dimensions=["a", "b"], rater_correlation=1.5),
    "`rater_correlation` must be one number or a correlation matrix of 2 x 2 (symmetric, ones "
    "on the diagonal, no negative eigenvalue); found 1.5.",
)
wrong_call(
    "thresholds downwards",
    lambda: ps.simulate(thresholds=[1, 0, 2, 3]),
    "`thresholds` must be 4 increasing numbers for a scale of 5 answers; found [1.0, 0.0, 2.0, 3.0].",
)
wrong_call(
    "thresholds of one dimension",
    lambda: ps.simulate(dimensions=["a"], thresholds={"b": [1]}),
    "`thresholds` has none for the dimension 'a'.",
)
wrong_call(
    "unknown option of check",
    lambda: ps.check(table(), duplicate="first"),
    "`duplicate` is no option of Ratings. Did you mean 'duplicates'?",
)


wrong_call(
    "a number for dimensions",
    lambda: ps.Ratings.from_wide(table(), 5, scale=(1, 5)),
    '`dimensions` must list each rating column once, such as ["toxicity", "helpfulness"].',
)
wrong_call(
    "check of a number of dimensions",
    lambda: ps.check(table(), dimensions=5),
    '`dimensions` must list each rating column once, such as ["toxicity", "helpfulness"].',
)
wrong_call(
    "the dimension None",
    lambda: ps.simulate(dimensions=["toxicity"]).select(None),
    "There is no dimension None; the ratings have toxicity.",
)
wrong_call(
    "sizes that cannot be",
    lambda: ps.simulate(n_raters=-1, n_items=1.5, n_questions=1.5, seed=-1),
    "4 problems were found:\n"
    "- `n_raters` must be a whole number of 1 or more; found -1.\n"
    "- `n_items` must be a whole number of 1 or more; found 1.5.\n"
    "- `n_questions` must be a whole number of 0 or more; found 1.5.\n"
    "- `seed` must be a whole number of 0 or more; found -1.",
)
wrong_call(
    "ratings for other raters",
    lambda: ps.simulate(n_raters=3, ratings_per_rater=[1, 2]),
    "`ratings_per_rater` must be a whole number, or a list of 3 (one a rater); found a list of 2.",
)
wrong_call(
    "dimensions of one name",
    lambda: ps.simulate(dimensions=["a", "a"]),
    "`dimensions` must list different names, such as [\"toxicity\"]; found ['a', 'a'].",
)
wrong_call(
    "dimensions as text",
    lambda: ps.simulate(dimensions="ab"),
    "`dimensions` must list different names, such as [\"toxicity\"]; found 'ab'.",
)
wrong_call(
    "sd that is no number",
    lambda: ps.simulate(sd_rater=float("nan")),
    "`sd_rater` must be a finite number, or one for each dimension; found nan.",
)
wrong_call(
    "effect that is no number",
    lambda: ps.simulate(effects={"gender[male]": "big"}),
    "`effects['gender[male]']` must be a finite number, or one for each dimension; found 'big'.",
)
wrong_call(
    "effects as a number",
    lambda: ps.simulate(effects=5),
    '`effects` must be a dictionary such as {"gender[male]": 0.3}; found 5.',
)
wrong_call(
    "demographics as lists",
    lambda: ps.simulate(demographics={"gender": ["f", "m"]}),
    "`demographics` of 'gender' must be a dictionary {level: probability} of text and numbers; found ['f', 'm'].",
)
wrong_call(
    "thresholds as text",
    lambda: ps.simulate(thresholds="low"),
    "`thresholds` must hold numbers; found 'low'.",
)


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_has_its_exact_message(name):
    call, message = WRONG_CALLS[name]
    with pytest.raises(ps.ConfigError, match=f"^{re.escape(message)}$"):
        call()
