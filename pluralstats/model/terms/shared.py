"""Random terms that a demographic of shares cannot stand in: its levels are no groups of raters."""

from collections.abc import Sequence

from pluralstats.errors import ConfigError
from pluralstats.model.formula.parsing import RandomTerm


def refuse_groups(term: RandomTerm, shared: Sequence[str]) -> None:
    """Refuse groups of a column in which one rater can have several levels.

    Raises
    ------
    ConfigError
    """
    for factor in (factor for factor in term.factors if factor in shared):
        raise ConfigError(
            f"{term} makes groups of '{factor}', of which a rater has shares in several levels "
            f"(multi_select='share'), and a group has each rater once. Name '{factor}' in the fixed part or as a "
            f"slope, such as (1 + {factor} | item), or pass multi_select={{'{factor}': 'multiracial'}}."
        )


def refuse_lost_slopes(term: RandomTerm, shared: Sequence[str], names: Sequence[str], kept: Sequence[str]) -> None:
    """Refuse slopes of such a column that no level of the term tells apart, as of (0 + race | rater).

    Parameters
    ----------
    names, kept : of the columns of the term, and of those that were not left out

    Raises
    ------
    ConfigError
    """
    for column in (column for column in term.columns if column in shared):
        if any(name not in kept for name in names if f"{column}[" in name):
            raise ConfigError(
                f"{term} needs a standard deviation of raters for each level of '{column}', of which a rater has "
                f"shares in several (multi_select='share'), so that no {term.name} tells them apart. Write "
                f"(1 | {term.name}), or pass multi_select={{'{column}': 'multiracial'}}."
            )
