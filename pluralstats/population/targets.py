"""``Population``: whom averages are about, as cells of demographics and the share of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import counted, listed
from pluralstats.population.cell_tables import cells_of_frame, demographics_of
from pluralstats.population.matching import counted_cells, sample_against_target
from pluralstats.population.rater_cells import cells_as_they_are, cells_of_equal_shares, cells_of_group, raked_cells
from pluralstats.printing.cards import Card, Shown
from pluralstats.printing.printed import printed_table

MOST_LEVELS, MOST_CELLS = 8, 30  # in a representation


class PopulationWarning(UserWarning):
    """A result is partly about people like whom no rater is."""


@dataclass(frozen=True, eq=False, repr=False)
class Population(Shown):
    """A target population: combinations of demographics (cells) with their shares.

    Pass it as ``population=`` to ``ps.effects``, ``ps.variance_shares`` and ``ps.predict``. Make it with one of the
    functions below.

    What a population does not say is taken from the raters: a demographic that its cells lack (and any other fact
    about raters in a formula) is distributed within every cell as among the raters in that cell, by
    ``rater_weight`` where the ratings have it, and in a cell without raters as among all raters.

    Attributes
    ----------
    cells : data frame
        A column for each demographic, ``share`` (0-1, sums to 1) and ``n_raters`` (missing where the population was
        made without ratings).
    source : str
        Where the shares come from, a finished sentence.
    notes : tuple of str
        What was added up, left out or left open on the way, finished sentences.
    """

    cells: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()

    def _card(self) -> Card:
        facts = [("source", self.source)] if self.source else []
        for name in self.demographics:
            shares = 100.0 * self.cells.groupby(name, sort=False, observed=True)["share"].sum()
            facts.append((name, listed([f"{level} {percent:.1f}%" for level, percent in shares.items()], MOST_LEVELS)))
        cells = printed_table(self.cells.head(MOST_CELLS), None, {}, 0.95)
        return Card(f"Population: {counted(len(self.cells), 'cell')}", facts, self.notes, cells, "The first cells")

    @property
    def demographics(self) -> tuple[str, ...]:
        """The demographics that the cells are made of."""
        return tuple(demographics_of(self.cells))

    @classmethod
    def from_cells(cls, frame: Any, share: str = "share", *, ratings: Ratings | None = None) -> Self:
        """A population from a table of cells, such as a census gives.

        Parameters
        ----------
        frame : data frame
            One row a cell: a column for each demographic, and its share. Columns of other things must be dropped
            before; ``n_raters`` is ignored. Rows with the same levels are added up.
        share : str
            The column of shares (sum 1), percentages (sum 100), counts or survey weights.
        ratings : Ratings, optional
            Checks names and levels now and counts the raters of each cell; else both happen when it is used.

        Raises
        ------
        DataError
            A share that is no number of 0 or more, shares that add up to something else, missing levels, names or
            levels that the ratings do not have. All problems of the table at once.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"gender": ["female", "male"], "share": [51, 49]})
        >>> Population.from_cells(table).cells["share"].tolist()
        [0.51, 0.49]
        """
        table = cells_of_frame(frame, share)
        cells = table.cells if ratings is None else counted_cells(table.cells, ratings)
        return cls(cells, table.source, table.notes)

    @classmethod
    def from_margins(cls, margins: Mapping, seed: Any, *, share: str = "share") -> Self:
        """A population with known margins: the raters' joint distribution raked to them.

        Iterative proportional fitting (Deming & Stephan 1940): shares of cells are multiplied by wanted / reached,
        margin after margin, until all are met to 1e-10. The result has the margins exactly and the association
        between demographics (all odds ratios beyond the margins) of the seed. Combinations that the seed does not
        have keep a share of 0; ``notes`` counts them.

        Parameters
        ----------
        margins : dict, demographic -> {level: share}
            Shares, percentages or counts, one total for all. Keys may be tuples, for joint margins:
            ``{("gender", "age"): {("female", "18-30"): 0.12, ...}}``. Every level of the seed is named; 0 leaves
            it out.
        seed : Ratings or data frame
            The raters (each once, by ``rater_weight`` where there is one), or a table of cells as in ``from_cells``.
        share : str
            The column of shares, when ``seed`` is a data frame.

        Raises
        ------
        ConfigError
            ``margins`` that are no dictionaries.
        DataError
            Levels that no rater has; margins that add up to different totals, contradict each other, or cannot be
            met by the combinations that the seed has.

        References
        ----------
        Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444.

        Examples
        --------
        >>> import pluralstats as ps
        >>> ratings = ps.simulate(n_raters=50, seed=1)
        >>> target = Population.from_margins({"gender": {"female": 0.4, "male": 0.6}}, ratings)
        >>> target.cells["share"].round(3).tolist()
        [0.4, 0.6]
        """
        return cls(*raked_cells(margins, seed, share))

    @classmethod
    def of_raters(cls, ratings: Ratings, demographics: Sequence[str] | None = None) -> Self:
        """The raters as they are, each once (by ``rater_weight`` where there is one): the default of all results.

        Parameters
        ----------
        demographics : list of str, optional
            Default: all demographics of the ratings.

        Examples
        --------
        >>> import pluralstats as ps
        >>> Population.of_raters(ps.simulate(n_raters=50, seed=1)).cells["n_raters"].sum()
        np.int64(50)
        """
        return cls(*cells_as_they_are(ratings, ratings.demographics if demographics is None else demographics))

    @classmethod
    def group(cls, ratings: Ratings, **levels: str | Sequence[str]) -> Self:
        """The raters with certain levels, as they are.

        Parameters
        ----------
        **levels
            ``politics="liberal"``; a list for one level or another; several demographics for raters who have all.

        Raises
        ------
        ConfigError
            Unknown demographics or levels, or none.
        DataError
            Nobody has all the levels.

        Examples
        --------
        >>> import pluralstats as ps
        >>> ratings = ps.simulate(n_raters=50, seed=1)
        >>> Population.group(ratings, gender="female").cells["gender"].tolist()
        ['female']
        """
        return cls(*cells_of_group(ratings, levels))

    @classmethod
    def equal_shares(cls, ratings: Ratings, demographic: str) -> Self:
        """Every level of one demographic has the same share; other demographics are as within each level.

        Parameters
        ----------
        demographic : str
            ``"country"`` makes all countries count the same, however many raters each has.

        Examples
        --------
        >>> import pluralstats as ps
        >>> ratings = ps.simulate(n_raters=50, demographics={"country": {"DE": 0.2, "US": 0.8}}, seed=1)
        >>> Population.equal_shares(ratings, "country").cells["share"].tolist()
        [0.5, 0.5]
        """
        return cls(*cells_of_equal_shares(ratings, demographic))

    def compare(self, ratings: Ratings) -> pd.DataFrame:
        """The sample against the target, level by level.

        Returns
        -------
        data frame
            ``demographic, level, n_raters, percent_raters`` (of the raters, each once), ``percent_target``. First the
            demographics of the population, then those of the ratings that it takes from them.

        Raises
        ------
        DataError
            A demographic or level that the ratings do not have.

        Examples
        --------
        >>> import pandas as pd, pluralstats as ps
        >>> ratings = ps.simulate(n_raters=50, seed=1)
        >>> target = Population.from_cells(pd.DataFrame({"gender": ["female", "male"], "share": [0.6, 0.4]}))
        >>> target.compare(ratings)[["level", "n_raters", "percent_target"]].values.tolist()
        [['female', 22, 60.0], ['male', 28, 40.0]]
        """
        return sample_against_target(counted_cells(self.cells, ratings), ratings)
