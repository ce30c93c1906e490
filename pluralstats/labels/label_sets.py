"""``Labels``: a table of label distributions with the card that says what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError, counted, path_of
from pluralstats.labels.response_texts import with_texts
from pluralstats.labels.table_columns import merged_table
from pluralstats.printing.cards import Card, Shown, more_than
from pluralstats.printing.printed import printed_table
from pluralstats.storage.carded_tables import read_with_card, write_with_card

KIND = "labels"
VERSIONS = ("pluralstats", "numpy", "pandas", "pyarrow")
MOST_TARGETS = 6  # named in a representation
FIRST_ROWS = 5
LOST_SDS = (
    "The scale was collapsed after the draws were summed up, so that posterior sds and the split of the entropy are "
    "missing; ps.label_distributions(fit, collapse=...) has them."
)


@dataclass(frozen=True, eq=False, repr=False)
class Labels(Shown):
    """Label distributions of items.

    Made by ``ps.label_distributions`` (from a posterior) and ``ps.aggregate`` (baselines); ``ps.load_labels`` reads
    them back.

    Attributes
    ----------
    table : data frame
        The columns are described at ``ps.label_distributions``.
    card : dict
        ``kind`` "labels", ``policy``, ``scale`` (labels, values), ``collapsed``, ``formula``, ``method``,
        ``population`` (name, source), ``by``, ``data_hash``, ``licence``, ``caveats`` (sentences), ``versions``,
        ``seed``; plain values only.
    """

    table: pd.DataFrame
    card: Mapping[str, Any]

    def _card(self) -> Card:
        title = (
            f"Labels ({self.card['policy']}): {counted(len(self.table), 'row')}, "
            f"{counted(self.table['item'].nunique(), 'item')}, scale {self.scale.describe()}"
        )
        targets = list(map(str, self.table["target"].unique()))
        population = self.card["population"].get("name", "")
        facts = [
            ("targets", " | ".join(targets[:MOST_TARGETS]) + more_than(len(targets), MOST_TARGETS)),
            *([("formula", str(self.card["formula"]))] if self.card["formula"] else []),
            *([("population", population)] if population else []),
            *([("collapsed", self.card["collapsed"])] if self.card["collapsed"] else []),
            ("licence", str(self.card["licence"])),
        ]
        rows = printed_table(self.table.head(FIRST_ROWS), None, {}, 0.95)
        return Card(title, facts, self.caveats, rows, "The first rows")

    @property
    def scale(self) -> Scale:
        """The answers that the probabilities are of."""
        return Scale(tuple(self.card["scale"]["labels"]), tuple(self.card["scale"]["values"]))

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a user of the labels must know; finished sentences."""
        return tuple(self.card["caveats"])

    def save(self, path: str | Path) -> Path:
        """Write the table (Parquet) and its card, ``<name>.card.json`` beside it.

        The Parquet file has the card inside too and is moved into place whole, so that a program that is killed leaves
        the old labels or the new ones, and no card that is not theirs. Both have checksums, by which
        ``ps.load_labels`` and training find damage.

        Parameters
        ----------
        path : path
            Ends in .parquet. Labels that were saved there before are replaced.

        Returns
        -------
        Path
            The Parquet file.

        Raises
        ------
        ConfigError
            Another ending, something else in the place, or a place that cannot be written.
        """
        return write_with_card(Path(path), self.table, self.card, KIND)

    def collapse(self, n: int, midpoint: str | None = None) -> Self:
        """The same labels on a coarser scale: probabilities of merged answers are added up.

        Posterior sds, ``disagreement`` and ``ignorance`` cannot be had from those of single answers and are missing;
        ``ps.label_distributions(fit, collapse=n)`` has them. A majority of single answers stays what it is: for the
        majority of merged answers pass ``ratings.collapse(n)`` to ``ps.aggregate``.

        Parameters
        ----------
        n, midpoint
            As for ``Ratings.collapse``.

        Raises
        ------
        ConfigError
            When the scale cannot be collapsed that way.
        """
        old = self.scale
        scale, code, rule = old.merged(n, midpoint)
        table = merged_table(self.table, old.labels, scale.labels, code)
        text = f"{old.describe()} to {' | '.join(scale.labels)}, midpoint {rule}"
        caveats = [*self.caveats, LOST_SDS] if self.table["expected_sd"].notna().any() else list(self.caveats)
        return type(self)(table, {**self.card, "scale": scale_entry(scale), "collapsed": text, "caveats": caveats})

    def with_texts(self, responses: Any, dimension: str | None = None) -> pd.DataFrame:
        """The training table of a reward model: the labels joined to what was labelled.

        Parameters
        ----------
        responses : data frame
            ``item``, ``prompt``, ``response`` (texts), one row for each item; other items are left out.
        dimension : str, optional
            Which one, where labels are of several.

        Returns
        -------
        data frame
            ``prompt``, ``response``, ``p_<answer>``, ``weight``, ``target``; rows in the order of the labels.

        Raises
        ------
        DataError
            Missing columns or texts, an item twice, or labelled items without texts; all at once.
        ConfigError
            Several dimensions and none chosen, or one that is not there.
        """
        return with_texts(self.table, self.scale.labels, responses, dimension)


def load_labels(path: str | Path) -> Labels:
    """Read labels that ``Labels.save`` wrote.

    Raises
    ------
    ConfigError
        There is no such file, or it holds no labels.
    DataError
        The file or the card beside it cannot be read, or has changed since it was saved.

    Warns
    -----
    UserWarning
        An earlier version saved it, without a checksum.

    Examples
    --------
    >>> import tempfile
    >>> import pluralstats as ps
    >>> labels = ps.aggregate(ps.simulate(n_raters=20, n_items=5, ratings_per_rater=5, seed=1), "shares")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = ps.load_labels(labels.save(f"{folder}/labels.parquet"))
    >>> again.table.equals(labels.table), again.card == labels.card
    (True, True)
    """
    table, card = read_with_card(path_of(path), KIND)
    return Labels(table, card)


def stacked_labels(parts: Sequence[Labels]) -> Labels:
    """Labels of several fits, such as one for each dimension, as one table.

    Raises
    ------
    ConfigError
        The scales differ.
    """
    first = parts[0]
    if any(part.scale != first.scale for part in parts):
        scales = "; ".join(part.scale.describe() for part in parts)
        raise ConfigError(f"Labels of different scales make no table: {scales}. Make a file of each.")
    if len(parts) == 1:
        return first
    formulas = list(dict.fromkeys(str(part.card["formula"]) for part in parts if part.card["formula"]))
    hashes = sorted({part.card["data_hash"] for part in parts})
    caveats = list(dict.fromkeys(sentence for part in parts for sentence in part.caveats))
    card = {**first.card, "formula": "; ".join(formulas) or None, "data_hash": " ".join(hashes), "caveats": caveats}
    return Labels(pd.concat([part.table for part in parts], ignore_index=True), card)


def scale_entry(scale: Scale) -> dict[str, Any]:
    """A scale as plain values."""
    return {"labels": list(scale.labels), "values": list(map(float, scale.values))}


def label_card(
    ratings: Ratings,
    scale: Scale,
    *,
    policy: str,
    formula: str | None,
    method: str | None,
    population: dict[str, str],
    by: Sequence[str],
    licence: str,
    caveats: Sequence[str],
    seed: int | None,
    collapsed: str = "",
) -> dict[str, Any]:
    """A card from what it is made of; its keys are described at ``Labels``."""
    if not isinstance(licence, str):
        raise ConfigError(f"`licence` is text, such as 'CC BY 4.0'; found {licence!r}.")
    return {
        "kind": KIND,
        "policy": policy,
        "scale": scale_entry(scale),
        "collapsed": collapsed,
        "formula": formula,
        "method": method,
        "population": population,
        "by": list(by),
        "data_hash": ratings.data_hash,
        "licence": licence or "not stated",
        "caveats": list(caveats),
        "versions": {name: version(name) for name in VERSIONS},
        "seed": None if seed is None else int(seed),
    }
