"""The errors users see: finished sentences that say what was expected, what was found and what to do."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from numbers import Real


class PluralstatsError(Exception):
    """Any error that pluralstats raises on purpose.

    Attributes
    ----------
    problems : tuple of str
        The finished sentences of the message, one for each problem.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems) or (message,)


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
    >>> problems_error(DataError, ["One thing.", "Another."]).problems
    ('One thing.', 'Another.')
    """
    if len(problems) == 1:
        return cls(problems[0])
    lines = "\n".join(f"- {problem}" for problem in problems)
    return cls(f"{len(problems)} problems were found:\n{lines}", problems)


def probability_problem(prob: float) -> list[str]:
    """The sentence about a ``prob`` that is no probability between 0 and 1; none when it is one.

    >>> probability_problem(95)
    ['`prob` is a probability between 0 and 1; found 95. The default is 0.95.']
    """
    if isinstance(prob, Real) and 0 < prob < 1:
        return []
    return [f"`prob` is a probability between 0 and 1; found {prob!r}. The default is 0.95."]


def nearest(word: str, candidates: Iterable[str], alike: float = 0.6) -> str:
    """The hint " Did you mean 'x'?" for a mistyped word, or an empty string.

    >>> nearest("gendr", ["gender", "race"])
    " Did you mean 'gender'?"
    """
    match = get_close_matches(str(word), list(map(str, candidates)), n=1, cutoff=alike)
    return f" Did you mean '{match[0]}'?" if match else ""
