"""The errors users see: finished sentences that say what was expected, what was found and what to do."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class PluralstatsError(Exception):
    """Any error that pluralstats raises on purpose."""


class DataError(PluralstatsError):
    """The ratings, or the file they came from, cannot be used as they are."""


class FitError(PluralstatsError):
    """The model cannot be fitted to these ratings, or the fit has a problem and ``on_problem="raise"``."""


class ConfigError(PluralstatsError):
    """An argument, a formula or a study file asks for something that does not exist."""


def problems_error[E: PluralstatsError](cls: type[E], problems: Sequence[str]) -> E:
    """One error out of many finished sentences, one to a line when there are several.

    >>> str(problems_error(DataError, ["One thing.", "Another."]))
    '2 problems were found:\\n- One thing.\\n- Another.'
    """
    if len(problems) == 1:
        return cls(problems[0])
    lines = "\n".join(f"- {problem}" for problem in problems)
    return cls(f"{len(problems)} problems were found:\n{lines}")


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The hint " Did you mean 'x'?" for a mistyped word, or an empty string.

    >>> nearest("gendr", ["gender", "race"])
    " Did you mean 'gender'?"
    """
    match = get_close_matches(word, list(candidates), n=1, cutoff=0.6)
    return f" Did you mean '{match[0]}'?" if match else ""
