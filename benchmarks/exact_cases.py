"""What ``exact.py`` measures: data sets, programs, how many draws each is asked for, and what we promise.

Draws and warm-up are of each chain. A program that needs seconds for a draw gets few of them, so that a run takes
minutes; the table gives its rate with and without warm-up, and the time to 1,000 effective draws from both.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

DEMOGRAPHICS = "gender,race,politics,country,age"
OURS = "hmc"


class Program(NamedTuple):
    """A sampler: the script, whose interpreter runs it ("pluralstats", "numpyro", "bambi", "R"), its own options.

    ``ratio``: our effective draws per second are at least so many times its. ``chains``: two for all others, one on
    each core; ours takes turns with four, its default.
    """

    name: str
    script: str
    python: str
    extra: tuple[str, ...] = ()
    ratio: float = 10.0
    chains: int = 2


class Length(NamedTuple):
    """Draws and warm-up of each chain, and at most so many runs."""

    draws: int
    warmup: int
    runs: int = 99


PROGRAMS = {
    program.name: program
    for program in (
        Program(OURS, "exact_ours.py", "pluralstats", ("--method", "hmc"), chains=4),
        Program("nuts", "exact_ours.py", "pluralstats", ("--method", "nuts"), ratio=0.0, chains=4),
        Program("graph", "peer_exact_package.py", "pluralstats", ("--sampler", "nutpie")),
        Program("graph_low_rank", "peer_exact_package.py", "pluralstats", ("--sampler", "nutpie_low_rank")),
        Program("graph_pymc", "peer_exact_package.py", "pluralstats", ("--sampler", "pymc")),
        Program(
            "carried_low_rank",
            "peer_exact_graph.py",
            "pluralstats",
            ("--items", "carried", "--sampler", "nutpie_low_rank"),
        ),
        Program(
            "centred_low_rank",
            "peer_exact_graph.py",
            "pluralstats",
            ("--items", "carried", "--raters", "centred", "--sampler", "nutpie_low_rank"),
        ),
        Program(
            "best_low_rank",
            "peer_exact_graph.py",
            "pluralstats",
            ("--items", "carried", "--raters", "around", "--sampler", "nutpie_low_rank"),
        ),
        Program("carried", "peer_exact_graph.py", "pluralstats", ("--items", "carried", "--sampler", "nutpie")),
        Program("numpyro", "peer_exact_numpyro.py", "numpyro", ("--items", "zero")),
        Program("numpyro_carried", "peer_exact_numpyro.py", "numpyro", ("--items", "carried")),
        Program("numpyro_best", "peer_exact_numpyro.py", "numpyro", ("--items", "carried", "--raters", "around")),
        Program("bambi", "peer_exact_bambi.py", "bambi", ("--sampler", "pymc"), ratio=500.0),
        Program("bambi_nutpie", "peer_exact_bambi.py", "bambi", ("--sampler", "nutpie"), ratio=500.0),
        Program("brms", "peer_exact_brms.R", "R"),
    )
}


@dataclass(frozen=True)
class Case:
    """One data set; ``start``: seconds we promise from the start of the process to ``enough`` effective draws."""

    name: str
    title: str
    data: str
    lengths: dict[str, Length] = field(repr=False)
    start: float
    enough: float = 1000.0
    peak: float = float("inf")


CASES = (
    Case(
        "S",
        "S, simulated, cumulative probit",
        "probit",
        {
            OURS: Length(500, 0),
            "nuts": Length(500, 0),
            "graph": Length(200, 300, runs=1),
            "graph_low_rank": Length(500, 500),
            "graph_pymc": Length(100, 300, runs=1),
            "carried_low_rank": Length(1000, 800),
            "centred_low_rank": Length(1000, 800),
            "best_low_rank": Length(1500, 800),
            "carried": Length(1000, 1000),
            "numpyro": Length(100, 300, runs=1),
            "numpyro_carried": Length(300, 400),
            "numpyro_best": Length(1000, 800),
            "bambi": Length(50, 100, runs=1),
            "bambi_nutpie": Length(100, 200, runs=1),
            "brms": Length(50, 150, runs=1),
        },
        start=20.0,
    ),
    Case(
        "seed",
        "one dimension of the seed design, 5 ratings a rater",
        "dimension",
        {
            OURS: Length(500, 0),
            "nuts": Length(500, 0),
            "graph": Length(500, 500),
            "graph_low_rank": Length(1000, 800),
            "graph_pymc": Length(500, 500, runs=1),
            "carried_low_rank": Length(1000, 800),
            "centred_low_rank": Length(1000, 800),
            "best_low_rank": Length(1500, 800),
            "carried": Length(1000, 1000),
            "numpyro": Length(500, 500, runs=1),
            "numpyro_carried": Length(500, 500),
            "numpyro_best": Length(1000, 800),
            "bambi": Length(200, 300, runs=1),
            "bambi_nutpie": Length(300, 400, runs=1),
            "brms": Length(200, 300, runs=1),
        },
        start=5.0,
    ),
    Case(
        "large",
        "ten times S",
        "probit_large",
        {OURS: Length(500, 0, runs=1)},
        start=600.0,
        enough=400.0,
        peak=4000.0,
    ),
)
TINY = Length(250, 250)  # of every program with --tiny, which shows that they run and agree
TINY_PROGRAMS = (OURS, "nuts", "graph", "best_low_rank", "numpyro_best", "bambi_nutpie", "brms")
TINY_DEMOGRAPHICS = "country"  # two levels: one coefficient, whose prior is the same in every program
