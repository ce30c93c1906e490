"""``Pairs``: preference pairs with the probability of each, and the forms that trainers read."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, counted, nearest, path_of
from pluralstats.labels.pairs.checks import checked_table
from pluralstats.printing.cards import Card, Shown, more_than, shortened_line
from pluralstats.printing.printed import printed_table
from pluralstats.storage.carded_tables import read_with_card, write_with_card
from pluralstats.storage.whole_files import write_whole

if TYPE_CHECKING:
    from datasets import Dataset

KIND = "pairs"
MOST_TARGETS, FIRST_ROWS = 6, 3  # in a representation
TRL = ("prompt", "chosen", "rejected", "p", "weight")


@dataclass(frozen=True, eq=False, repr=False)
class Pairs(Shown):
    """Preference pairs: two responses to one prompt, and how probable it is that the chosen one is preferred.

    Made by ``ps.preference_pairs``, read by ``ps.load_pairs``; ``Pairs.of_table`` checks a table of your own.

    Attributes
    ----------
    table : data frame
        ``question``, ``prompt``, ``chosen``, ``rejected`` (texts), ``chosen_item``, ``rejected_item``, ``p`` (1/2-1,
        probability that the chosen response is preferred), ``p_sd`` (its posterior sd; missing for baselines and the
        rule "mean"), ``weight`` (mean 1), ``target`` ("all raters", "politics: liberal"), ``policy``, ``rule``,
        ``dimensions`` ("toxicity:-1, helpfulness:1"), ``n_raters`` (raters of the target who rated at least one of the
        two). With a p of exactly 1/2 neither is preferred; ``chosen`` is then the first in the order of items.
    card : dict
        How the pairs were made, as plain values: ``policy``, ``rule``, ``utility``, ``direction`` (what is preferred, a
        sentence), ``near_half`` (target -> its pairs with p within 0.05 of 1/2), ``formula``, ``method``,
        ``population``, ``by``, ``data_hash``, ``licence``, ``caveats`` (finished sentences), ``versions``, ``seed``.
    """

    table: pd.DataFrame
    card: dict[str, Any]

    def _card(self) -> Card:
        n, prompts = counted(len(self.table), "pair"), counted(self.table["prompt"].nunique(), "prompt")
        names = ("policy", "rule", "formula", "licence", "selected", "copies")
        facts = [(name, str(self.card[name])) for name in names if self.card.get(name)]
        if targets := self.targets:
            some = " | ".join(targets[:MOST_TARGETS]) + more_than(len(targets), MOST_TARGETS)
            facts = [("targets", some), *facts]
        first = self.table[["prompt", "chosen", "rejected", "p"]].head(FIRST_ROWS)
        texts = {name: first[name].map(shortened_line) for name in ("prompt", "chosen", "rejected")}
        rows = printed_table(first.assign(**texts), None, {}, 0.95)
        return Card(f"Pairs: {n} under {prompts}", facts, self.card.get("caveats", ()), rows, "The first pairs")

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets, in the order of the table."""
        return tuple(self.table["target"].unique()) if "target" in self.table else ()

    @classmethod
    def of_table(cls, frame: Any, **card: Any) -> Self:
        """Pairs from a table of your own, checked.

        Parameters
        ----------
        frame : data frame
            ``prompt``, ``chosen``, ``rejected``, ``p`` (0-1) and optionally the other columns of ``Pairs.table``.
            Without ``weight`` all weights are 1; weights are scaled to mean 1. Rows with p below 1/2 stay as they are.
        **card
            What is known about the pairs, such as ``licence="CC BY 4.0"``.

        Raises
        ------
        DataError
            Missing columns or texts, ``p`` that is missing or outside 0-1, weights that are negative or all 0, a
            target without a name: all at once, with row numbers from 1.

        Examples
        --------
        >>> table = pd.DataFrame({"prompt": ["Hi"], "chosen": ["Hello"], "rejected": ["What?"], "p": [0.8]})
        >>> Pairs.of_table(table).table["weight"].tolist()
        [1.0]
        """
        return cls(checked_table(frame), {"kind": KIND} | card)

    def select(self, target: str) -> Self:
        """The pairs of one target, their weights scaled to mean 1.

        Raises
        ------
        ConfigError
            There are no pairs of that target.
        """
        if target not in self.targets:
            raise ConfigError(
                f"There are no pairs of the target '{target}'; there are those of "
                f"{', '.join(self.targets) or 'nobody by name'}.{nearest(target, self.targets)}"
            )
        part = self.table[self.table["target"] == target].reset_index(drop=True)
        return replace(self, table=checked_table(part), card=self.card | {"selected": target})

    def save(self, path: str | Path) -> Path:
        """Write a Parquet file, which also holds the card, and the card as JSON beside it (``<name>.card.json``).

        Pairs that were saved there before are replaced, whole or not at all.

        Raises
        ------
        ConfigError
            A name that does not end in .parquet, something else in the place, or a place that cannot be written.
        """
        return write_with_card(Path(path), self.table, self.card, KIND)

    def to_trl(self, *, margin: bool = False, target: bool = False, clip: float = 0.001) -> pd.DataFrame:
        """The columns that trainers read: ``prompt``, ``chosen``, ``rejected``, ``p``, ``weight``.

        Parameters
        ----------
        margin : bool
            Add ``margin``, log(p / (1 - p)): the difference of rewards that a Bradley-Terry model gives such a p.
        target : bool
            Add ``target``.
        clip : float
            For the margin p is kept this far from 0 and 1, where it is infinite.
        """
        out = self.table[[*TRL, *(["target"] if target else [])]].copy()
        if margin:
            out["margin"] = reward_margin(out["p"].to_numpy(float), clip)
        return out

    def to_jsonl(self, path: str | Path, **columns: Any) -> Path:
        """Write the rows of ``to_trl`` as JSON lines; ``columns`` are its arguments."""
        rows = self.to_trl(**columns).to_dict("records")
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return write_whole(Path(path), lines.encode("utf-8"), "Pairs")

    def to_dataset(self, **columns: Any) -> "Dataset":
        """The rows of ``to_trl`` as a Hugging Face data set; ``columns`` are its arguments.

        Raises
        ------
        ConfigError
            The package datasets is not installed.
        """
        try:
            from datasets import Dataset  # an extra, and seconds to import
        except ModuleNotFoundError as error:
            raise ConfigError("A data set needs the package datasets: pip install 'pluralstats[alignment]'") from error
        return Dataset.from_pandas(self.to_trl(**columns), preserve_index=False)

    def duplicated(self, n: int) -> Self:
        """The same preferences without probabilities: every pair n times, p rounded to whole copies.

        floor(n p + 1/2) copies keep the order, the others have chosen and rejected exchanged; all have p = 1 and the
        weight of the pair. The share of copies in order differs from p by 1 / (2 n) at most, so that the mean loss over
        the copies is that of the soft label p, exactly where n p is a whole number.

        Parameters
        ----------
        n : int
            Copies of each pair, 1 or more.

        Examples
        --------
        >>> table = pd.DataFrame({"prompt": ["Hi"], "chosen": ["Hello"], "rejected": ["What?"], "p": [0.8]})
        >>> Pairs.of_table(table).duplicated(5).table["chosen"].tolist()
        ['Hello', 'Hello', 'Hello', 'Hello', 'What?']
        """
        if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
            raise ConfigError(f"`n` is a whole number of copies of each pair, at least 1; found {n!r}.")
        return replace(self, table=_copies(self.table, int(n)), card=self.card | {"copies": int(n)})


def reward_margin(p: np.ndarray, clip: float = 0.001) -> np.ndarray:
    """log(p / (1 - p)), p kept ``clip`` away from 0 and 1.

    >>> reward_margin(np.array([0.5, 0.75])).round(4).tolist()
    [0.0, 1.0986]
    """
    if not 0.0 < clip < 0.5:
        raise ConfigError(f"`clip` is a distance of p from 0 and 1, between 0 and 0.5; found {clip!r}.")
    inside = np.clip(p, clip, 1.0 - clip)
    return np.log(inside / (1.0 - inside))


def load_pairs(path: str | Path) -> Pairs:
    """Read pairs that ``Pairs.save`` wrote. For a table from elsewhere use ``Pairs.of_table(pd.read_parquet(path))``.

    Raises
    ------
    ConfigError
        There is no such file, or it holds no pairs.
    DataError
        The file or the card beside it cannot be read or has changed since it was saved, or the table cannot be used
        (see ``Pairs.of_table``).

    Examples
    --------
    >>> import tempfile
    >>> table = pd.DataFrame({"prompt": ["Hi"], "chosen": ["Hello"], "rejected": ["What?"], "p": [0.8]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_pairs(Pairs.of_table(table).save(f"{folder}/pairs.parquet"))
    Pairs: 1 pair under 1 prompt
    """
    table, card = read_with_card(path_of(path), KIND)
    return Pairs(checked_table(table), card)


def _copies(table: pd.DataFrame, n: int) -> pd.DataFrame:
    in_order = np.floor(n * table["p"].to_numpy(float) + 0.5).astype(int)
    out = table.iloc[np.repeat(np.arange(len(table)), n)].reset_index(drop=True)
    turned = np.tile(np.arange(n), len(table)) >= np.repeat(in_order, n)
    for chosen, rejected in (("chosen", "rejected"), ("chosen_item", "rejected_item")):
        if chosen in out and rejected in out:
            a, b = out[chosen].to_numpy(object), out[rejected].to_numpy(object)
            out[chosen], out[rejected] = np.where(turned, b, a), np.where(turned, a, b)
    return out.assign(p=1.0)
