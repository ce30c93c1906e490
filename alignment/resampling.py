"""Bootstrap draws: how often each prompt, seed or cluster counts in a replicate, and intervals over replicates."""

from hashlib import sha256

import numpy as np

import pluralstats as ps

REPLICATES = 2000


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, not on what else is computed.

    >>> int(stream(1, "prompts").integers(1000)) == int(stream(1, "prompts").integers(1000))
    True
    """
    digest = sha256("\x1f".join(names).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def multiplicities(generator: np.random.Generator, n: int, replicates: int) -> np.ndarray:
    """How often each of n units is in each sample of n with replacement, (replicates, n) float."""
    return generator.multinomial(n, np.full(n, 1.0 / n), size=replicates).astype(float)


def ends(draws: np.ndarray, prob: float) -> tuple[float, float]:
    """The central interval of draws (S,) that holds ``prob`` of them; missing where a draw is.

    >>> ends(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    lower, upper = np.quantile(draws, [(1.0 - prob) / 2.0, (1.0 + prob) / 2.0])
    return float(lower), float(upper)


def bootstrap_row(estimate: float, draws: np.ndarray, prob: float, n_prompts: int) -> dict[str, float]:
    """Estimate and interval; no interval from a single prompt, which every replicate repeats."""
    kept = draws[np.isfinite(draws)]  # a replicate may miss all prompts that an arm answered
    if n_prompts < 2 or not kept.size:
        return {"estimate": estimate, "lower": np.nan, "upper": np.nan}
    lower, upper = ends(kept, prob)
    return {"estimate": estimate, "lower": lower, "upper": upper}


def check_numbers(prob: float, replicates: int, seed: int) -> list[str]:
    """Sentences about a ``prob``, a number of replicates or a seed that is none."""
    problems = []
    if isinstance(prob, bool) or not isinstance(prob, float | int | np.number) or not 0 < prob < 1:
        problems.append(f"`prob` is a probability between 0 and 1; found {prob!r}. The default is 0.95.")
    if not _is_whole(replicates, 20):
        problems.append(f"`replicates` is a whole number of 20 or more; found {replicates!r}.")
    if not _is_whole(seed, 0):
        problems.append(f"`seed` is a whole number of 0 or more; found {seed!r}.")
    return problems


def refuse(problems: list[str]) -> None:
    """Raise a ConfigError of all sentences, when there are any."""
    if problems:
        raise ps.ConfigError("\n".join(problems))


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least
