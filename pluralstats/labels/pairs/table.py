"""``Pairs``: preference pairs with the probability of each, and the forms that trainers read."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, counted, nearest, path_of
from pluralstats.labels.pairs.checks import checked_table
from pluralstats.labels.parts import chosen_rows, held_out_rows, pairs_part_card
from pluralstats.labels.trainer_forms import as_dataset, reward_margin, whole_copies
from pluralstats.printing.cards import Card, Shown, more_than, shortened_line
from pluralstats.printing.printed import printed_table
from pluralstats.storage.carded_tables import read_with_card, write_lines_with_card, write_with_card

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
        ``population``, ``by``, ``data_hash``, ``licence``, ``caveats`` (finished sentences), ``versions``, ``seed``,
        ``part`` (which rows of other pairs these are).
    """

    table: pd.DataFrame
    card: dict[str, Any]

    def _card(self) -> Card:
        n, prompts = counted(len(self.table), "pair"), counted(self.table["prompt"].nunique(), "prompt")
        names = [name for name in ("policy", "rule", "formula", "licence", "part", "copies") if self.card.get(name)]
        facts = [(name, str(self.card[name])) for name in names]
        if targets := self.targets:
            facts.insert(0, ("targets", " | ".join(targets[:MOST_TARGETS]) + more_than(len(targets), MOST_TARGETS)))
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
        part = self._part((self.table["target"] == target).to_numpy(), target)
        return replace(part, card=part.card | {"selected": target})

    def where(self, mask: Any = None, /, **columns: Any) -> Self:
        """Some of the pairs with their card, which then counts these rows; their weights are scaled to mean 1.

        Parameters
        ----------
        mask : (n,) bool, optional
            Which rows, in the order of the table.
        **columns
            A value, or several, of each column: ``where(question=["q1", "q2"])``.

        Raises
        ------
        ConfigError
            Nothing to choose by, a mask of another length, an unknown column or value, no pair left.
        """
        return self._part(chosen_rows(self.table, mask, columns))

    def split(self, by: str = "question", *, held_out: float = 0.2, seed: int = 1) -> tuple[Self, Self]:
        """Pairs to train on and pairs to hold out, each with the card; no value of ``by`` is in both.

        Pairs of another policy or target about the same questions hold out the same ones, by the same seed.

        Parameters
        ----------
        by : str
            A column; "prompt" of tables that have no questions.
        held_out : float
            Share of its values, 0 to 1; at least one is on either side.
        seed : int

        Raises
        ------
        ConfigError
            An unknown column or one with a single value, a share that is not between 0 and 1.

        Examples
        --------
        >>> table = pd.DataFrame({"prompt": ["A?", "B?"], "chosen": ["a", "b"], "rejected": ["c", "d"], "p": [0.8, 1]})
        >>> train, held = Pairs.of_table(table, licence="CC0").split("prompt", held_out=0.5)
        >>> len(train.table), held.card["licence"]
        (1, 'CC0')
        """
        is_held, how = held_out_rows(self.table, by, held_out, seed)
        return self._part(~is_held, f"to train on; {how}"), self._part(is_held, how)

    def _part(self, inside: np.ndarray, how: str = "") -> Self:
        if not inside.any():
            raise ConfigError("No pair is left: no row has all that was asked for. Ask for less.")
        part = checked_table(self.table[inside].reset_index(drop=True))
        return replace(self, table=part, card=pairs_part_card(self.card, self.table, part, how))

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
        margin, target : bool
            Add ``margin``, log(p / (1 - p)), the difference of rewards that a Bradley-Terry model gives such a p, or
            ``target``.
        clip : float
            For the margin p is kept this far from 0 and 1, where it is infinite.
        """
        out = self.table[[*TRL, *(["target"] if target else [])]].copy()
        if margin:
            out["margin"] = reward_margin(out["p"].to_numpy(float), clip)
        return out

    def to_jsonl(self, path: str | Path, **columns: Any) -> Path:
        """Write the rows of ``to_trl``, whose arguments are ``columns``, as JSON lines with the card beside them.

        Raises
        ------
        ConfigError
            Something else in the place of the card (``<name>.card.json``), or a place that cannot be written.
        """
        rows = self.to_trl(**columns).to_dict("records")
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return write_lines_with_card(Path(path), lines, self.card, KIND)

    def to_dataset(self, **columns: Any) -> "Dataset":
        """The rows of ``to_trl`` as a Hugging Face data set; ``columns`` are its arguments.

        Raises
        ------
        ConfigError
            The package datasets is not installed.
        """
        return as_dataset(self.to_trl(**columns))

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
        return replace(self, table=whole_copies(self.table, n), card=self.card | {"copies": int(n)})


def load_pairs(path: str | Path) -> Pairs:
    """Read pairs that ``Pairs.save`` wrote. For a table from elsewhere use ``Pairs.of_table(pd.read_parquet(path))``.

    Raises
    ------
    ConfigError
        There is no such file, or it holds no pairs.
    DataError
        The file or its card cannot be read or has changed since, or the table cannot be used (``Pairs.of_table``).

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
