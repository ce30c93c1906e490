"""One row an item, one column a rater: the matrix of packages for agreement, with ``raters=``."""

from dataclasses import replace

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.column_patterns import Column, Names, columns_like
from pluralstats.data.reading.melting import melted_columns, without_empty
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.data.tables.frames import NumberedTable, numbered_table
from pluralstats.errors import DataError, listed


def read(source: Source) -> Found:
    """The raters' columns under each other; an empty cell is an item that the rater did not get."""
    wanted, numbered = source.wanted, numbered_table(source.numbered)
    known = {name: name for name in numbered.table.columns}
    columns = columns_like(wanted.raters, Names(known, wanted.others), "rater")
    numbered, notes = with_items(numbered, columns, wanted)
    names = frozenset(str(wanted.columns.get(name, name)) for name in numbered.table.columns)
    long = melted_columns(numbered, columns, names)
    return Found(without_empty(long, "empty_cells", "rater"), shape=SHAPE.name, notes=notes)


def with_items(numbered: NumberedTable, columns: list[Column], wanted: Wanted) -> tuple[NumberedTable, tuple[str, ...]]:
    """With a column ``item``: the user's, else the one that is left, else row numbers.

    Raises
    ------
    DataError
        When several columns are left.
    """
    table = numbered.table
    if "item" in {wanted.columns.get(name, name) for name in table.columns} or "item" in columns[0].parts:
        return numbered, ()
    melted = {column.name for column in columns}
    rest = [name for name in table.columns if name not in melted and name not in wanted.others]
    if len(rest) > 1:
        quoted = listed([f"'{name}'" for name in rest], 12)
        raise DataError(
            f"Which column names the items? Beside the ratings there are {quoted}. "
            f'Pass columns={{"{rest[0]}": "item"}}.'
        )
    if rest:
        policies = (*numbered.policies, policy_record("item", rest[0], "read as item", len(table)))
        named = replace(numbered, table=table.rename(columns={rest[0]: "item"}), policies=policies)
        return named, (f"No column was named as item; '{rest[0]}' is taken.",)
    policies = (*numbered.policies, policy_record("item", "", "row number", len(table)))
    counting = table.assign(item=[f"row {row}" for row in numbered.rows])
    return replace(numbered, table=counting, policies=policies), ("No column names the items; rows are counted.",)


SHAPE = Shape("matrix", "a row an item and a column a rater", lambda source: bool(source.wanted.raters), read)
