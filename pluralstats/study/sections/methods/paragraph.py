"""The methods paragraph, ready to paste."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from pluralstats.data.policies.rater_weights import effective_number, weights_of_raters
from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.submodels import WHAT
from pluralstats.fits.imputation.completed import IMPUTATIONS, imputed_raters
from pluralstats.inference.posterior.few_raters import FEW
from pluralstats.model.families.known import check_family
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import count, listed, scale_words
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.methods.model import model_sentences
from pluralstats.study.sections.methods.works import references
from pluralstats.study.sections.parts import Section, Study, Tables
from pluralstats.study.steps.joint import joins
from pluralstats.study.writing.blocks import Block, Paste
from pluralstats.study.writing.verdicts import Row

PACKAGES = ("numpy", "scipy", "numba", "krippendorff", "statsmodels", "nutpie", "pymc")


def methods_paragraph(
    config: StudyConfig,
    ratings: Ratings,
    formula: str,
    link: str,
    versions: Mapping[str, str],
    tables: Tables = MappingProxyType({}),
    added: Sequence[str] = (),
) -> str:
    """What was done, in the past tense, as a paper would say it.

    Parameters
    ----------
    formula, link : str
        Of the main model as fitted.
    versions : mapping
        Package to version.
    tables : mapping
        Of the study: what they say about priors, chains and checks is told.
    added : sequence of str
        What the sections of the report add, in their order.
    """
    parts = [
        _data(ratings, config),
        *_people(ratings),
        model_sentences(config, formula, link, tables),
        *_uncertainty(config, ratings),
        _effects(config, ratings),
        _agreement(config),
        *added,
    ]
    program = f"pluralstats {versions['pluralstats']} on Python {versions['python']}"
    others = listed([f"{name} {versions[name]}" for name in PACKAGES if name in versions])
    parts.append(f"Computations used {program} with {others}; the random seed was {config.seed}.")
    return " ".join(part for part in parts if part)


def _data(ratings: Ratings, config: StudyConfig) -> str:
    kind = "simulated ratings" if ratings.simulated else "ratings"
    scale = scale_words(ratings.scale.labels, ratings.scale.describe())
    start = f"We analysed {ratings.n_ratings:,} {kind} of {count(ratings.n_items, 'item')} "
    start += f"by {count(ratings.n_raters, 'rater')} on {scale}"
    start += _dimensions(ratings, config)
    left_out = [_left_out(row) for row in ratings.policies.to_dict("records") if _drops(row)]
    return f"{start} Left out before were rows of the file: {listed(left_out)}." if left_out else start


def _dimensions(ratings: Ratings, config: StudyConfig) -> str:
    """Whether dimensions were modelled together, and what they share then."""
    n = len(ratings.dimensions)
    if n < 2:
        return "."
    if not joins(ratings, config):
        return f", on {n} dimensions that were modelled separately."
    parts = " and ".join(f"in {WHAT[name]}" for name in config.model.parts)
    same = f" Differences {parts} were taken for the same on all." if parts else ""
    structure = config.structure
    alone = " Intersections and gaps by item were modelled on each dimension by itself."
    return (
        f", on {n} dimensions that were modelled together: with thresholds and coefficients of each dimension, and "
        "with effects of raters and of items that are correlated across dimensions."
        f"{same}{alone if structure.intersections or structure.contested else ''}"
    )


def _people(ratings: Ratings) -> Iterator[str]:
    """What was done about raters with several levels of a demographic, or with none stated."""
    if several := [name for name, sets in ratings.shares.items() if sets]:
        yield (
            f"Raters who chose several levels of {listed(several)} had an equal share of each in the model "
            "(multi-membership weights; Browne et al., 2001)."
        )
    if waiting := imputed_raters(ratings):
        who = listed([f"{name} of {count(n, 'rater')}" for name, n in waiting.items()])
        yield (
            f"Demographics that raters did not state ({who}) were imputed {IMPUTATIONS} times by chained equations "
            "from their other demographics and their severity (van Buuren, 2018); models were fitted to every "
            "completed set and pooled by Rubin's rules (Rubin, 1987)."
        )


def _uncertainty(config: StudyConfig, ratings: Ratings) -> Iterator[str]:
    """What intervals allow for beside the model: design weights and few raters."""
    weights = weights_of_raters(ratings.frame)
    if np.ptp(weights) > 0.0:
        effective = effective_number(weights)
        yield (
            f"Raters counted by their design weights, with which {count(ratings.n_raters, 'rater')} are worth "
            f"{effective:.0f} with equal weights (Kish, 1965; design effect {weights.size / effective:.1f})."
        )
        if config.model.method != "pymc":
            yield (
                "Draws were rescaled to the covariance that scores of the weighted likelihood, summed by rater, give "
                "the estimates (Binder, 1983; Williams & Savitsky, 2021)."
            )
    if not config.model.is_exact and ratings.n_raters < FEW + 2.0:
        yield (
            "Intervals of differences between raters have the width of Student's t with as many degrees of freedom as "
            "there are raters beyond the coefficients about them."
        )


def _drops(row: Row) -> bool:
    """Whether a step of the preparation left rows out, of which some may have no rating in them."""
    policies = ("drop", "first", "last", "mean") if row["step"] == "duplicates" else ("drop",)
    return bool(row["n_rows"]) and row["policy"] in policies


def _left_out(row: Row) -> str:
    step = str(row["step"]).replace("_", " ")
    what = f"{step}, {row['column']}" if row["column"] not in ("", "rating") else step
    return f"{count(row['n_rows'], 'row')} of {count(row['n_raters'], 'rater')} ({what})"


def _effects(config: StudyConfig, ratings: Ratings) -> str:
    if not ratings.demographics:
        return ""
    estimands = listed([unit_of(name) for name in _named(config)])
    rope = (
        f" Differences within ±{config.effects.rope:g} rating points counted as equivalent."
        if config.effects.rope
        else ""
    )
    return (
        f"Group differences ({estimands}) were computed by g-computation (Robins, 1986): each demographic was set "
        f"to a level for every rater with the other demographics as observed, and predictions were averaged over "
        f"the items and over new raters within each draw.{rope}"
    )


def _named(config: StudyConfig) -> list[str]:
    """The estimands without those that are one for each category."""
    return [name for name in config.estimands if not name.startswith(("P(", "probability"))]


def _agreement(config: StudyConfig) -> str:
    names = config.agreement.coefficients
    kinds = [name.removeprefix("alpha_") for name in names if name.startswith("alpha_")]
    sentences = []
    if kinds:
        sentences.append(f"Agreement was measured by Krippendorff's alpha ({listed(kinds)}; Krippendorff, 2019).")
    if "percent" in names:
        sentences.append(
            "Percent agreement (Fleiss, 1971) was the share of equal pairs of ratings of one item, averaged over the "
            "items with two or more ratings."
        )
    if {"ac1", "ac2"} & set(names):
        sentences.append("Gwet's coefficients (Gwet, 2014) correct agreement for chance where answers are uneven.")
    return " ".join(
        [
            *sentences,
            f"Percentile intervals of agreement are from {config.agreement.replicates:,} bootstrap replicates over "
            f"raters, items, and both (Owen, 2007).",
        ]
    )


def _show(study: Study) -> list[Block]:
    config, versions = study.config, study.provenance["versions"]
    formula = next(iter(study.formulas.values()))
    family, asked = config.model.family, config.model.link
    link = "" if family == "gaussian" else check_family(family, asked, study.ratings.scale)
    paragraph = methods_paragraph(config, study.ratings, formula, link, versions, study.tables, study.methods)
    return [Paste(paragraph, references(paragraph))]


SECTION: Section = Section(show=_show)
