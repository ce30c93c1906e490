"""Which columns of a table may be the item, the rater and the ratings: a proposal, for a person to confirm.

Names alone prove nothing, so every proposal must fit what stands in the column as well, and nothing is proposed where
two columns would do. ``read_ratings`` never uses it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pluralstats.data.reading.rating_columns import alike_columns, is_answer
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED, holds_nested, levels
from pluralstats.errors import listed

_ID = r"(_?(id|no|nr|number|code|key|name|index|pid))?"
_RATERS = "user|worker|annotator|participant|prolific|rater|respondent|response|subject|coder|judge|labell?er|assessor"
_RATERS += "|evaluator|person|teilnehmer|bewerter"
_ITEMS = "item|text|post|comment|prompt|instance|doc|document|tweet|sentence|stimulus|image|video|example|sample"
_ITEMS += "|message"
PATTERNS = {
    "rater": re.compile(f"({_RATERS}){_ID}"),
    "item": re.compile(f"({_ITEMS}){_ID}"),
    "rating": re.compile("rating|label|score|answer|value|judge?ment|bewertung|annotation"),
    "dimension": re.compile("dimension|attribute|aspect|criterion|criteria|metric"),
}
_NAME = 'Name it with columns={{"<its name>": "{}"}}.'


@dataclass(frozen=True)
class Roles:
    """What the columns of a table may be.

    Attributes
    ----------
    columns : dict, name in the file -> fixed name
        Columns to rename.
    dimensions : tuple of str
        Columns that may hold the ratings of one dimension each.
    doubts : tuple of str
        Finished sentences about what could not be told.
    """

    columns: dict[str, str] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def guessed_roles(table: pd.DataFrame) -> Roles:
    """Columns that may be the item, the rater and the ratings of a table that does not have all three by name.

    Examples
    --------
    >>> table = pd.DataFrame({"text_id": [1, 1, 2, 2], "worker": ["a", "b", "a", "b"], "label": [1, 2, 2, 1]})
    >>> guessed_roles(table).columns
    {'worker': 'rater', 'text_id': 'item', 'label': 'rating'}
    """
    table = table[[name for name in table.columns if not holds_nested(table[name])]]
    ids = {name: name for name in REQUIRED if name in table.columns}
    doubts: list[str] = []
    for role in ("rater", "item"):
        found = [] if role in ids else _candidates(table, role)
        if len(found) == 1:
            ids[role] = found[0]
        elif found:
            doubts.append(f"Several columns may be the {role}: {listed(found)}. {_NAME.format(role)}")
    ids, dimensions = _with_ratings(table, ids)
    ids |= _dimension_column(table, ids)
    columns = {name: role for role, name in ids.items() if name != role}
    return _complaining(Roles(columns, tuple(dimensions), tuple(doubts)), {*ids, *_rated(dimensions)}, table)


def _candidates(table: pd.DataFrame, role: str) -> list[str]:
    """Columns with a name of that role; of those that tell the same rows apart the first that is called an id."""
    names = [name for name in table.columns if name not in OPTIONAL and PATTERNS[role].fullmatch(_plain(name))]
    partitions: dict[bytes, str] = {}
    for name in sorted(names, key=lambda name: not _plain(name).endswith("id")):
        codes = pd.factorize(table[name])[0]
        if len(np.unique(codes[codes >= 0])) > 1:
            partitions.setdefault(codes.tobytes(), name)
    return list(partitions.values())


def _plain(name: object) -> str:
    """A column's name in small letters with one underscore between words: ``workerId`` and ``Worker ID`` alike."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name))
    return re.sub(r"[\W_]+", "_", apart).strip("_").casefold()


def _with_ratings(table: pd.DataFrame, ids: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The column of ratings, by its name or because it is the only one with answers; or several, the dimensions."""
    if "rating" in ids or not {"rater", "item"} <= ids.keys():
        return ids, []
    free = [name for name in table.columns if name not in ids.values() and name not in OPTIONAL]
    named = [name for name in free if PATTERNS["rating"].fullmatch(_plain(name)) and is_answer(table[name])]
    if len(named) == 1:
        return ids | {"rating": named[0]}, []
    alike = alike_columns(table, [name for name in free if not _belongs_to(table, name, ids)])
    return (ids | {"rating": alike[0]}, []) if len(alike) == 1 else (ids, alike)


def _dimension_column(table: pd.DataFrame, ids: dict[str, str]) -> dict[str, str]:
    """A column that tells apart what a rater said of one item."""
    if "dimension" in table.columns or not {*REQUIRED} <= ids.keys():
        return {}
    pair = [ids["rater"], ids["item"]]
    named = [name for name in table.columns if PATTERNS["dimension"].fullmatch(_plain(name))]
    tells_apart = len(named) == 1 and table.duplicated(pair).any() and not table.duplicated([*pair, named[0]]).any()
    return {"dimension": named[0]} if tells_apart else {}


def _belongs_to(table: pd.DataFrame, name: str, ids: dict[str, str]) -> bool:
    """Whether a column says something of raters or items only: it is the same in all of their rows."""
    codes = levels(table[name]).codes
    for role in ("rater", "item"):
        pairs = pd.DataFrame({"who": table[ids[role]], "code": codes}).drop_duplicates()
        if table[ids[role]].duplicated().any() and not pairs["who"].duplicated().any():
            return True
    return False


def _rated(dimensions: Collection[str]) -> set[str]:
    return {"rating"} if dimensions else set()


def _complaining(roles: Roles, known: Collection[str], table: pd.DataFrame) -> Roles:
    """With a sentence for each of item, rater and rating that no column was found for."""
    said = " ".join(roles.doubts)
    missing = [name for name in REQUIRED if name not in known and f"the {name}:" not in said]
    have = listed([str(name) for name in table.columns], 20)
    doubts = [f"No column can be told to be the {name}; the file has {have}. {_NAME.format(name)}" for name in missing]
    return replace(roles, doubts=(*roles.doubts, *doubts))
