"""One protocol for everything that scores texts: prompts and responses in, one number for each out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import expect, names_of

SCORE_COLUMNS = ("arm", "prompt_id", "response", "judge", "seed", "dimension", "score")
_WORD = re.compile(r"[\w'’-]+")


class Scorer(Protocol):
    """What scores texts.

    Attributes
    ----------
    name : str
        Of the column ``judge``.
    dimension : str
        What the score is about ("toxicity"); of the column ``dimension``.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> str: ...

    def score(self, prompts: Sequence[str], responses: Sequence[str]) -> np.ndarray:
        """One score for each response, (n,); missing where the scorer had no answer."""


@dataclass(frozen=True)
class LexiconScorer:
    """Share of a response's words that are on a list, percent; 0 for a response without words.

    A crude measure: it knows no context ("that is not stupid" counts like "that is stupid") and no word that is not
    listed. It costs nothing and is the same everywhere, which makes it a check on better scorers, not one of them.

    Attributes
    ----------
    words : frozenset of str
        In lower case; "idiot*" stands for every word that starts with idiot.
    name : str
        Of the column ``judge``.
    dimension : str
        What the list measures; its name where nothing is said, so that two lists are not averaged as if they measured
        one thing. Give lists of one thing the same one: they are then its judges.
    """

    words: frozenset[str]
    name: str = "lexicon"
    dimension: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimension", self.dimension or self.name)
        expect(self.words, (frozenset, set, list, tuple), "`words` is a set of words")
        if not names_of(self.words, "words"):
            raise ps.ConfigError("A lexicon needs at least one word; found none. Write one word on each line.")

    @classmethod
    def from_file(cls, path: str | Path, dimension: str = "") -> "LexiconScorer":
        """The words of a text file, one on each line; empty lines and lines that start with # are left out.

        Name and, where none is given, dimension are the name of the file without its ending.
        """
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ps.ConfigError(
                f"The lexicon {path} cannot be read: {error}. It is a text file with one word on each line."
            ) from error
        words = frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))
        return cls(words, name=Path(path).stem, dimension=dimension)

    def score(self, prompts: Sequence[str], responses: Sequence[str]) -> np.ndarray:
        """Percent of the words of each response, (n,); the prompts are not looked at.

        Examples
        --------
        >>> LexiconScorer(frozenset({"bad", "stupid*"})).score(["", ""], ["Bad, stupidly bad dog!", "good"])
        array([75.,  0.])
        """
        whole = frozenset(word for word in self.words if not word.endswith("*"))
        starts = tuple(word[:-1] for word in self.words if word.endswith("*"))
        return np.array([_percent_listed(_WORD.findall(text.lower()), whole, starts) for text in responses])


def _percent_listed(words: list[str], whole: frozenset[str], starts: tuple[str, ...]) -> float:
    listed = sum(word in whole or word.startswith(starts) for word in words)
    return 100 * listed / len(words) if words else 0.0


def score_table(scorers: Iterable[Scorer], texts: pd.DataFrame) -> pd.DataFrame:
    """Every text scored by every scorer.

    Parameters
    ----------
    scorers : iterable of Scorer
    texts : DataFrame
        ``prompt`` and ``response`` (texts); ``arm`` ("base" where there is none), ``prompt_id`` (the prompt itself
        where there is none), ``seed`` of training (1 where there is none). ``target`` is kept where it is there.

    Returns
    -------
    DataFrame
        ``arm``, ``prompt_id``, ``response``, ``judge``, ``seed``, ``dimension``, ``score``, [``target``]: what
        ``compare_arms`` reads. A text a scorer had no answer for has a missing score.

    Raises
    ------
    DataError
        Columns are missing, or texts are.
    ConfigError
        A scorer did not give one number for each text, or two have the same name and dimension.

    Examples
    --------
    >>> texts = pd.DataFrame({"prompt": ["Hi?", "Hi?"], "response": ["bad dog", "good dog"], "arm": ["base", "dpo"]})
    >>> table = score_table([LexiconScorer(frozenset({"bad"}))], texts)
    >>> table[["arm", "judge", "score"]].values.tolist()
    [['base', 'lexicon', 50.0], ['dpo', 'lexicon', 0.0]]
    """
    expect(scorers, Iterable, "`scorers` is a list of scorers, such as [alignment.LexiconScorer(words)]")
    texts = checked_texts(texts)
    scorers = list(scorers)
    named = [(scorer.name, scorer.dimension) for scorer in scorers]
    twice = sorted({f"{name} ({dimension})" for name, dimension in named if named.count((name, dimension)) > 1})
    if twice:
        raise ps.ConfigError(f"Scorers have different names or dimensions; found twice: {', '.join(twice)}.")
    tables = [_scored(scorer, texts) for scorer in scorers]
    order = [*SCORE_COLUMNS, *(["target"] if "target" in texts else [])]
    return pd.concat(tables, ignore_index=True)[order] if tables else pd.DataFrame(columns=order)


def checked_texts(texts: pd.DataFrame) -> pd.DataFrame:
    """The texts with ``arm``, ``prompt_id`` and ``seed`` filled in, or a DataError that names all that is wrong."""
    expect(texts, pd.DataFrame, "`texts` is a data frame with columns prompt and response")
    missing = [name for name in ("prompt", "response") if name not in texts]
    problems = [f"The texts have no column `{name}`; found {', '.join(map(str, texts))}." for name in missing]
    for name in {"prompt", "response"} - set(missing):
        empty = [str(i + 1) for i, text in enumerate(texts[name]) if not isinstance(text, str)]
        if empty:
            shown = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
            problems.append(f"`{name}` has {len(empty)} values that are no text (rows {shown}). Fill or drop them.")
    if not len(texts):
        problems.append("There are no texts to score: the table has no rows.")
    if problems:
        raise ps.DataError("\n".join(sorted(problems)))
    given = {name: texts[name] for name in ("arm", "prompt_id", "seed") if name in texts}
    return texts.assign(**{"arm": "base", "prompt_id": texts["prompt"], "seed": 1, **given})


def _scored(scorer: Scorer, texts: pd.DataFrame) -> pd.DataFrame:
    scores = np.asarray(scorer.score(texts["prompt"].tolist(), texts["response"].tolist()), dtype=float)
    if scores.shape != (len(texts),):
        raise ps.ConfigError(
            f"Scorer {scorer.name} gives one number for each text, shape ({len(texts)},); found shape {scores.shape}."
        )
    return texts.assign(judge=scorer.name, dimension=scorer.dimension, score=scores)
