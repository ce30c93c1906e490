"""Parts of a table that has a card: rows by a mask or columns, rows held out, and what the card then says."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, counted, listed, nearest, problems_error

NEAR = 0.05  # of 1/2; people are then as good as divided
LEAST_GROUPS = 2  # one to train on, one to hold out


def chosen_rows(table: pd.DataFrame, mask: Any, columns: Mapping[str, Any]) -> np.ndarray:
    """(n,) bool: the rows where ``mask`` is True and every column of ``columns`` has the value, or one of the values.

    Raises
    ------
    ConfigError
        Nothing to choose by, a mask that is not one True or False for each row, an unknown column or value.

    Examples
    --------
    >>> table = pd.DataFrame({"question": ["a", "b", "c"]})
    >>> chosen_rows(table, None, {"question": ["a", "c"]}).tolist(), chosen_rows(table, [True, False, False], {}).sum()
    ([True, False, True], np.int64(1))
    """
    if mask is None and not columns:
        raise ConfigError('Say which rows: a mask, or columns with values, such as where(question=["q1", "q2"]).')
    inside, problems = np.ones(len(table), bool), []
    if mask is not None:
        given = np.asarray(mask)
        if given.dtype != bool or given.shape != (len(table),):
            raise ConfigError(
                f"The mask has True or False for each of {counted(len(table), 'row')}; found {given.dtype} of shape "
                f"{given.shape}. Make it of the table, such as table['question'] != 'q1'."
            )
        inside &= given
    for name, wanted in columns.items():
        if name not in table:
            problems.append(f"There is no column '{name}' ({listed(list(table), 20)}).{nearest(name, table)}")
            continue
        values = list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
        known = set(table[name])
        if unknown := [str(value) for value in values if value not in known]:
            problems.append(f"Column '{name}' has no {listed(unknown)}.{nearest(unknown[0], map(str, known))}")
        inside &= table[name].isin(values).to_numpy()
    if problems:
        raise problems_error(ConfigError, problems)
    return inside


def held_out_rows(table: pd.DataFrame, by: str, share: float, seed: int) -> tuple[np.ndarray, str]:
    """(n,) bool, the rows with the values of column ``by`` that are held out, and words about these.

    Each value has a number of its own, a hash of itself and of the seed, and the smallest are held out: other tables
    about the same values (another policy, another target) hold out the same ones.

    Raises
    ------
    ConfigError
        An unknown column, one with fewer than two values, a share that is not between 0 and 1, a seed that is no
        whole number.
    """
    if by not in table:
        raise ConfigError(
            f"`by` is a column of the table ({listed(list(table), 20)}); found '{by}'.{nearest(by, table)}"
        )
    if not isinstance(share, Real) or not 0.0 < share < 1.0:
        raise ConfigError(f"`held_out` is a share between 0 and 1, such as 0.2; found {share!r}.")
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise ConfigError(f"`seed` is a whole number; found {seed!r}.")
    values = list(dict.fromkeys(table[by]))
    if len(values) < LEAST_GROUPS:
        raise ConfigError(
            f"Column '{by}' has {counted(len(values), 'value')}, and none can be held out. Split by another."
        )
    n = min(max(1, round(share * len(values))), len(values) - 1)
    number = {value: hashlib.sha256(f"{seed} {value}".encode()).hexdigest() for value in values}
    held = set(sorted(values, key=number.__getitem__)[:n])
    return table[by].isin(held).to_numpy(), f"{n} of {counted(len(values), 'value')} of `{by}` held out, seed {seed}"


def near_half(part: pd.DataFrame) -> int:
    """Pairs whose p is at most NEAR from 1/2."""
    return int((np.abs(part["p"] - 0.5) <= NEAR + 1e-12).sum())


def divided_sentences(part: pd.DataFrame, target: str) -> Iterator[str]:
    """On how many pairs of one target people are divided."""
    ties, near = int((part["p"] == 0.5).sum()), near_half(part)
    if ties:
        yield (
            f"{target}: {counted(ties, 'pair')} of {len(part):,} with p of exactly 1/2 (neither is preferred); the "
            "response first in the order of items stands as chosen. `min_margin` above 0 leaves them out."
        )
    if near > ties:
        yield (
            f"{target}: {counted(near, 'pair')} of {len(part):,} with p within {NEAR:g} of 1/2: people are as good as "
            f"divided there. `min_margin={NEAR:g}` leaves them out."
        )


def pairs_part_card(card: Mapping[str, Any], whole: pd.DataFrame, part: pd.DataFrame, how: str) -> dict[str, Any]:
    """The card of some rows of a table of pairs: what is about rows is counted anew, about other targets left out.

    Parameters
    ----------
    how : str
        By what they were chosen; ``part`` says so, with how many they are.
    """
    said = f"{len(part):,} of {counted(len(whole), 'pair')}" + (f" ({how})" if how else "")
    made = dict(card) | {"part": "; of these, ".join(filter(None, (card.get("part"), said)))}
    if "near_half" not in card or "target" not in whole:
        return made
    old, new = (dict(iter(table.groupby("target", sort=False))) for table in (whole, part))
    before = {sentence for name, rows in old.items() for sentence in divided_sentences(rows, str(name))}
    gone = tuple(f"{name}: " for name in old if name not in new)
    kept = [text for text in card.get("caveats", ()) if text not in before and not text.startswith(gone)]
    again = [sentence for name, rows in new.items() for sentence in divided_sentences(rows, str(name))]
    return made | {"near_half": {str(name): near_half(rows) for name, rows in new.items()}, "caveats": kept + again}
