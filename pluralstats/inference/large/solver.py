"""Which linear algebra a fit uses for its random effects: a dense factor, or iterations with a few random probes."""

from dataclasses import asdict, dataclass
from typing import Any

from pluralstats.errors import ConfigError, problems_error

KINDS = ("auto", "dense", "iterative")


@dataclass(frozen=True)
class Solver:
    """Options of the linear algebra behind random effects.

    Attributes
    ----------
    kind : {"auto", "dense", "iterative"}
        ``dense``: the term with the most levels is eliminated and all others have a dense Cholesky factor; exact.
        ``iterative``: these are solved for by conjugate gradients, and the determinant in the likelihood is estimated
        with random probes, whose standard error the fit reports; for ratings by the million. ``auto``: dense up to
        1,500 effects beside the largest term, and up to 12,000 where more than 64 probes would be needed.
    tolerance : float
        Standard error of the log-likelihood, from which the number of probes follows.
    probes : int, optional
        Number of probes, instead.
    seed : int
        Of the probes: the same seed gives the same numbers.

    Raises
    ------
    ConfigError
        An unknown kind, or a number out of range.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ps.Solver(kind="iterative", probes=32).probes
    32
    """

    kind: str = "auto"
    tolerance: float = 0.01
    probes: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        problems = []
        if not isinstance(self.kind, str) or self.kind not in KINDS:
            problems.append(f"`kind` of the solver is one of {', '.join(KINDS)}; found {self.kind!r}.")
        if not isinstance(self.tolerance, int | float) or not 0.0 < self.tolerance < float("inf"):
            problems.append(f"`tolerance` of the solver is a positive number; found {self.tolerance!r}. Try 0.01.")
        least = {"seed": 0} | ({} if self.probes is None else {"probes": 2})
        problems += [
            f"`{name}` of the solver is a whole number of at least {low}; found {getattr(self, name)!r}."
            for name, low in least.items()
            if not isinstance(getattr(self, name), int) or getattr(self, name) < low
        ]
        if problems:
            raise problems_error(ConfigError, problems)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


AUTO = Solver()
