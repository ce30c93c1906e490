"""The errors users see, and the words they are made of.

An error is a finished sentence, or several: what was expected, what was found (value, rows), what to do.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from numbers import Real
from pathlib import Path


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


def expect(value: object, kinds: type | tuple[type, ...], needs: str, advice: str = "") -> None:
    """Refuse an argument that is not of its kind: the first line of public functions.

    >>> expect("fit", dict, "`ps.effects` needs a fit", "Make one with ps.fit(ratings).")
    Traceback (most recent call last):
    pluralstats.errors.ConfigError: `ps.effects` needs a fit; found str. Make one with ps.fit(ratings).
    """
    if not isinstance(value, kinds):
        raise ConfigError(f"{needs}; found {type(value).__name__}.{f' {advice}' if advice else ''}")


def path_of(value: object, argument: str = "path") -> Path:
    """A path, given as text or Path; anything else is refused."""
    expect(value, (str, Path), f"`{argument}` is a path, as text or pathlib.Path")
    return Path(str(value))


def names_of(value: object, argument: str) -> tuple[str, ...]:
    """One name, or a list of names, as names; anything else is refused."""
    if isinstance(value, str):
        return (value,)
    names = tuple(value) if isinstance(value, Iterable) else (value,)
    if all(isinstance(name, str) for name in names):
        return names
    raise ConfigError(f"`{argument}` is a name, or a list of names; found {type(value).__name__}.")


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


def rows_text(rows: Iterable[int], limit: int = 5) -> str:
    """Row numbers for a message.

    >>> rows_text([12, 80]), rows_text(range(1, 9), limit=3)
    ('rows 12, 80', 'rows 1, 2, 3 and 5 more')
    """
    numbers = sorted({int(row) for row in rows})
    shown = ", ".join(map(str, numbers[:limit]))
    more = f" and {len(numbers) - limit:,} more" if len(numbers) > limit else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"


def listed(words: Sequence[str], limit: int = 6) -> str:
    """Words for a message, cut after ``limit``.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    more = f" and {len(words) - limit:,} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more


def counted(n: int, noun: str) -> str:
    """
    >>> counted(1, "rater"), counted(1200, "rating")
    ('1 rater', '1,200 ratings')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def percent_text(part: float, whole: float) -> str:
    """A share in whole percent, or with two digits where it is less than one.

    >>> percent_text(122, 300), percent_text(1, 1300), percent_text(10, 10), percent_text(0, 10)
    ('41%', '0.077%', '100%', '0%')
    """
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 1 else f"{share:.2g}%"


def shortened(text: str, most: int = 60) -> str:
    """A cell for a message, cut where it is long.

    >>> shortened("don't know"), shortened("abcdefgh", most=6)
    ("don't know", 'abc...')
    """
    return text if len(text) <= most else f"{text[: most - 3]}..."
