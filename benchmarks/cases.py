"""What is measured: data sets, models, peers, and how much better than each peer we promise to be."""

from dataclasses import dataclass
from typing import NamedTuple


class Peer(NamedTuple):
    """A program to compare with.

    ``faster``: our fit takes at most its wall time over this. ``runs``: at most so many (the slow ones). ``less``:
    whether our process is to need less memory as well. ``short``: by how much of its log-likelihood a peer may stop
    below the maximum, by its own rule.
    """

    program: str
    faster: float
    runs: int = 99
    less: bool = True
    short: float = 0.0


@dataclass(frozen=True)
class Case:
    """One model on one data set, fitted by us and by the peers; ``peak`` is our own limit in MB.

    ``default``: runs unless other cases are named; ``tiny``: runs with ``--tiny``.
    """

    name: str
    title: str
    data: str
    formula: str
    family: str
    peers: tuple[Peer, ...]
    scale: str = "1,5"
    groups: tuple[str, ...] = ("rater", "item")
    demographics: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    peak: float = float("inf")
    default: bool = True
    tiny: bool = True

    def options(self, tiny: bool = False) -> list[str]:
        """The same command line for every runner; of the demographics, ``tiny`` keeps one."""
        demographics = TINY_DEMOGRAPHICS if tiny and self.demographics else self.demographics
        return [
            *("--formula", TINY if tiny and self.demographics else self.formula),
            *("--family", self.family),
            *("--scale", self.scale),
            *("--groups", ",".join(self.groups)),
            *("--demographics", ",".join(demographics)),
            *("--covariates", ",".join(self.covariates)),
        ]


DEMOGRAPHICS = ("gender", "race", "politics", "country", "age")  # 2 + 4 + 3 + 1 + 2 = 12 coefficients
TINY_DEMOGRAPHICS = ("country",)  # clmm needs 13 s for twelve coefficients, whatever the size of the data
TINY = "rating ~ country + (1 | item) + (1 | rater)"
SEED = "rating ~ gender + race + politics + country + age + (1 | item) + (1 | rater)"

CASES = (
    Case(
        "popquorn",
        "POPQUORN offensiveness, cumulative logit",
        "popquorn",
        "rating ~ woman + black + asian + age60 + (1 | item) + (1 | rater)",
        "cumulative",
        (Peer("clmm", 40.0, runs=1),),
        covariates=("woman", "black", "asian", "age60"),
        tiny=False,  # the same model as the next one, on ratings that are not always there
    ),
    Case(
        "seed_cumulative",
        "simulated study, cumulative logit",
        "seed",
        SEED,
        "cumulative",
        (Peer("clmm", 100.0, runs=1),),
        demographics=DEMOGRAPHICS,
    ),
    Case(
        "seed_linear",
        "simulated study, linear (ML)",
        "seed",
        SEED,
        "gaussian",
        # Python with its libraries alone takes more than R with lme4 and these data; GPBoost's rule is 1e-6 a step
        (Peer("lmer", 1.0, less=False), Peer("gpboost", 1.0, short=1e-5)),
        demographics=DEMOGRAPHICS,
    ),
    Case(
        "seed_linear_statsmodels",
        "simulated study, linear (ML)",
        "seed",
        SEED,
        "gaussian",
        (Peer("statsmodels", 1.0, runs=1),),
        demographics=DEMOGRAPHICS,
        default=False,
    ),
    Case(
        "insteval",
        "InstEval, linear (ML), three factors",
        "insteval",
        "rating ~ service + (1 | rater) + (1 | item) + (1 | dept)",
        "gaussian",
        (Peer("lmer", 5.0, less=False),),
        groups=("rater", "item", "dept"),
        covariates=("service",),
    ),
    Case(
        "large_linear",
        "simulated, ten times the study, linear (ML)",
        "large",
        SEED,
        "gaussian",
        (Peer("gpboost", 2.0, short=1e-5),),
        scale="continuous",
        demographics=DEMOGRAPHICS,
        peak=600.0,
    ),
    Case(
        "large_linear_lmer",
        "simulated, ten times the study, linear (ML)",
        "large",
        SEED,
        "gaussian",
        (Peer("lmer", 1.0, runs=1, less=False),),
        scale="continuous",
        demographics=DEMOGRAPHICS,
        peak=600.0,
        default=False,
    ),
)
PROCESSES = ("study", "import")  # whole processes of ours, without a peer; see speed.py
