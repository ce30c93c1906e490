"""How the exact posterior is sampled: options whose defaults suit rater models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from joblib import cpu_count

from pluralstats.errors import ConfigError, problems_error


@dataclass(frozen=True)
class Sampler:
    """Options of the exact samplers.

    Attributes
    ----------
    chains : int
        Independent chains; they run on all cores.
    warmup : int
        Transitions of each chain before the first draw is kept, at most: where the approximation that they start from
        is right, a fifth of them.
    centring : mapping from random effect to number
        0 samples an effect ("item", "gender[male] | item") in the non-centred, 1 in the centred form. Default: for each
        the share of its variance that the ratings explain.
    most_thinning : int
        Where 400 effective draws are not reached, chains run on and every 2nd, 4th ... draw is kept, up to this one.
        1 never does.
    single_precision : bool
        Keep random effects as 32-bit numbers: half the memory, seven digits.
    cores : int, optional
        Chains at a time; default: as many as the machine has, or as this process may use (LOKY_MAX_CPU_COUNT).

    Raises
    ------
    ConfigError
        A number out of range.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ps.Sampler(chains=2, centring={"rater": 0.0}).chains
    2
    """

    chains: int = 4
    warmup: int = 200
    centring: Mapping[str, float] = field(default_factory=dict)
    most_thinning: int = 16
    single_precision: bool = False
    cores: int | None = None

    def __post_init__(self) -> None:
        least = {"chains": 1, "warmup": 50, "most_thinning": 1} | ({} if self.cores is None else {"cores": 1})
        problems = [
            f"`{name}` of the sampler is a whole number of at least {low}; found {getattr(self, name)!r}."
            for name, low in least.items()
            if not isinstance(getattr(self, name), int) or getattr(self, name) < low
        ]
        if problems:
            raise problems_error(ConfigError, problems)
        object.__setattr__(self, "centring", dict(self.centring))

    @property
    def at_once(self) -> int:
        """Chains that run at the same time."""
        return min(self.chains, self.cores or cpu_count())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON, of everything that changes the draws: not of ``cores``."""
        return {name: value for name, value in asdict(self).items() if name != "cores"}
