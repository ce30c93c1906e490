"""The work of one process of label_speed.py: fit and save, or read the fit and make its labels.

python benchmarks/label_work.py fit FOLDER --draws 4000
python benchmarks/label_work.py labels FOLDER --by country
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from runner import clocked, report
from scipy.special import ndtr

import pluralstats as ps

STUDY = Path(__file__).parents[1] / "analysis" / "crehate.toml"
CREHATE = "rating ~ country + gender + politics + ethnicity + age + (1 + country | item) + (1 | rater)"
SIMULATED = "rating ~ country + gender + (1 + country | item) + (1 | rater)"
COUNTRIES = dict.fromkeys(("US", "AU", "GB", "SG", "ZA"), 0.2)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["fit", "labels"])
    parser.add_argument("fit", help="folder of the fit")
    parser.add_argument("--data", help="the ratings of CREHate; without it simulated ones")
    parser.add_argument("--by", default="country")
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--tiny", action="store_true", help="60 items")
    options = parser.parse_args(argv)
    {"fit": fit, "labels": labels}[options.step](options)
    return 0


def fit(options: argparse.Namespace) -> None:
    """Fit and save."""
    if options.data:
        study = ps.StudyConfig.read(STUDY)
        ratings, formula = ps.read_ratings(options.data, **study.ratings_options()), CREHATE
        family = {"family": "bernoulli", "link": "logit"}
    else:
        size = (60, 60, 10) if options.tiny else (1000, 1580, 30)
        groups = {"country": COUNTRIES, "gender": {"female": 0.5, "male": 0.5}}
        slopes = {f"country[{name}]": 0.4 for name in list(COUNTRIES)[1:]}
        ratings = ps.simulate(*size, demographics=groups, item_slopes=slopes, seed=1)
        formula, family = SIMULATED, {}
    settings = {"method": "laplace", "priors": ps.Priors(), "draws": options.draws, "on_problem": "ignore", **family}
    made, seconds, _ = clocked(lambda: ps.fit(ratings, formula, **settings))
    made.save(options.fit)
    report(fit=f"fitted in {seconds:.0f} s: {ratings}")


def labels(options: argparse.Namespace) -> None:
    """Labels of a saved fit, timed."""
    made = ps.load_fit(options.fit)
    found, seconds, cpu = clocked(lambda: ps.label_distributions(made, by=options.by))
    n_items, n_groups = found.table["item"].nunique(), found.table[options.by].nunique()
    answers = found.table[[f"p_{name}" for name in found.scale.labels]].to_numpy()
    what = f"{n_items:,} items x {n_groups} groups, {len(made.samples.sd):,} draws, {found.scale.K} answers"
    report(what=what, seconds=f"{seconds:.2f}", cpu=f"{cpu:.2f}", sum=f"{np.abs(answers.sum(axis=1) - 1.0).max():.2g}")
    if made.formula == SIMULATED and options.by == "country":
        expected = pd.concat([expectation(made, country) for country in COUNTRIES])
        order = pd.MultiIndex.from_frame(found.table[["country", "item"]].astype(str)).get_indexer(expected.index)
        report(off=f"{np.abs(answers[order] - expected.to_numpy()).max():.2g}")


def expectation(made, country: str):
    """The labels of the simulated model for one country: the mean over draws and its raters of
    Phi((tau_k - eta) / sqrt(1 + sd_rater^2)), the integral over a new rater's effect in closed form.
    """
    s, names = made.samples, list(made.design.fixed.names)
    terms = [grouping.name for grouping in made.design.groupings]
    slope = f"country[{country}]"
    eta = s.effects[terms.index("item")].copy()  # (draws, items)
    if slope in names:  # the reference level has none
        eta += s.coefficient[:, [names.index(slope)]] + s.effects[terms.index(f"{slope} | item")]
    raters = made.ratings.raters
    share = (raters.loc[raters["country"] == country, "gender"] == "male").mean()
    total = 0.0
    for male, part in ((0.0, 1.0 - share), (1.0, share)):
        at = eta + male * s.coefficient[:, [names.index("gender[male]")]]
        z = (s.threshold[:, None, :] - at[..., None]) / np.sqrt(1.0 + s.sd[:, terms.index("rater")] ** 2)[:, None, None]
        total += part * np.diff(ndtr(z), prepend=0.0, append=1.0).mean(axis=0)
    items = made.design.groupings[terms.index("item")].levels
    return pd.DataFrame(total, index=pd.MultiIndex.from_product([[country], items]))


if __name__ == "__main__":
    raise SystemExit(main())
