"""What the labels of a study are made of, and where a majority would say something else."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.labels.label_sets import Labels
from pluralstats.printing.wording import listed, number_range
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Plan, Section, Study, Tables, on_scale
from pluralstats.study.steps.dimensions import by_dimension
from pluralstats.study.steps.labels import LABELS, check_label_groups
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, Text
from pluralstats.study.writing.verdicts import Row

type Bins = int | Sequence[float] | None
LEAD = Markup(
    "A label is the distribution of answers that people would give to an item. Those of every item, with their "
    "uncertainty, are in tables/labels.parquet; <code>pluralstats labels</code> and <code>pluralstats pairs</code> "
    "make more of them."
)


def label_tables(
    labels: Labels | None, ratings: Ratings, by: Sequence[str] = (), bins: Bins = None
) -> dict[str, pd.DataFrame]:
    """``labels`` and ``label_summary``, one row for each dimension and target; nothing without labels.

    The summary has ``dimension, target, n_items, expected`` (mean, rating points), ``entropy, disagreement,
    ignorance`` (means, nats), ``percent_ignorance`` (of the entropy), ``majority_differs`` (rated items whose most
    probable answer is none that most raters chose), ``majority_ties`` (rated items without one most chosen answer); of
    a slider also ``percent_lowest, percent_highest``: the mean shares of its ends.
    """
    if labels is None:
        return {}
    keys = [name for name in ("dimension", "target") if name in labels.table]
    votes = _votes(ratings, labels, by, bins)
    rows = [
        dict(zip(keys, key, strict=True)) | _row(part.merge(votes, on=[*keys, "item"], how="left"), labels)
        for key, part in labels.table.groupby(keys, sort=False, observed=True)
    ]
    return {LABELS: labels.table, "label_summary": pd.DataFrame(rows)}


def _votes(ratings: Ratings, labels: Labels, by: Sequence[str], bins: Bins) -> pd.DataFrame:
    """(items, targets) the answers that most raters of the item chose: ``most_<answer>`` bool, ``majority_tie``."""
    everybody, parts = labels.table["target"].iloc[0], []  # first, whatever the population is called
    for dimension, part in by_dimension(ratings).items():
        for name in (None, *by):
            table = ps.aggregate(part, "majority", name, bins=bins).table
            table = table.assign(target=everybody) if name is None else table
            found = {f"most_{label}": table[f"p_{label}"] > 0 for label in labels.scale.labels}
            place = {"dimension": dimension} if dimension else {}
            parts.append(table[["item", "target"]].assign(**place, majority_tie=table["tie"], **found))
    return pd.concat(parts, ignore_index=True)


def _row(part: pd.DataFrame, labels: Labels) -> dict[str, float]:
    answers = labels.scale.labels
    rated = part["majority_tie"].notna().to_numpy() & part["expected"].notna().to_numpy()
    most = part.loc[rated, [f"most_{label}" for label in answers]].to_numpy(bool)
    probable = part.loc[rated, [f"p_{label}" for label in answers]].to_numpy(float).argmax(axis=1)
    means = {name: float(part[name].mean()) for name in ("expected", "entropy", "disagreement", "ignorance")}
    ends = {"percent_lowest": answers[0], "percent_highest": answers[-1]} if labels.card["collapsed"] else {}
    return {
        "n_items": len(part),
        **means,
        **{name: 100.0 * float(part[f"p_{answer}"].mean()) for name, answer in ends.items()},
        "percent_ignorance": 100.0 * means["ignorance"] / means["entropy"] if means["entropy"] else np.nan,
        "majority_differs": int((~most[np.arange(len(most)), probable]).sum()),
        "majority_ties": int(part.loc[rated, "majority_tie"].astype(bool).sum()),
        "n_rated": int(rated.sum()),
    }


def label_sentence(rows: Sequence[Row]) -> str:
    """What labels are made of, and where a majority would say something else; of several dimensions the ends.

    >>> row = {"target": "all raters", "entropy": 1.2, "percent_ignorance": 8.4, "majority_differs": 12,
    ...        "majority_ties": 30, "n_rated": 200}
    >>> label_sentence([row])
    'Of the entropy of a label of all raters (1.20 nats on average) 92% is disagreement between people and 8% \
ignorance about them. The most probable answer is not the one that most raters chose on 12 of 200 items, and there is \
no one most chosen answer on 30.'
    """
    ignorance = [round(float(row["percent_ignorance"])) for row in rows]
    entropy, differs, ties, rated = (
        [float(row[name]) for row in rows] for name in ("entropy", "majority_differs", "majority_ties", "n_rated")
    )
    people = number_range(100 - max(ignorance), 100 - min(ignorance))
    average = number_range(min(entropy), max(entropy), 2)
    some = " of a dimension" if len(rows) > 1 else ""
    return (
        f"Of the entropy of a label of {rows[0]['target']} ({average} nats on average) {people}% is disagreement "
        f"between people and {number_range(min(ignorance), max(ignorance))}% ignorance about them. The most probable "
        f"answer is not the one that most raters chose on {number_range(min(differs), max(differs))} of "
        f"{number_range(min(rated), max(rated))} items{some}, and there is no one most chosen answer on "
        f"{number_range(min(ties), max(ties))}."
    )


def label_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each target."""
    columns = [
        col.text("Labels of", "target"),
        col.figure("Items", "n_items"),
        col.figure("Expected rating", "expected", 2),
        col.figure("Entropy, nats", "entropy", 2),
        col.figure("Disagreement", "disagreement", 2),
        col.figure("Ignorance", "ignorance", 3),
        col.figure("Majority differs", "majority_differs"),
        col.figure("Majority tied", "majority_ties"),
    ]
    caption = "Labels: means over items, and items where a majority says something else, or nothing."
    if "percent_lowest" in frame:  # of a slider, where the majority's answer is that of the bins
        ends = {"Percent lowest": "percent_lowest", "Percent highest": "percent_highest"}
        columns[3:3] = [col.figure(header, name, 1) for header, name in ends.items()]
        columns, caption = columns[:-2], "Labels: means over items."
    return col.page_table("label_summary", caption, frame, columns)


def _early(ratings: Ratings, config: StudyConfig) -> Tables:
    check_label_groups(ratings, config)
    return {}


def bins_sentence(labels: pd.DataFrame) -> str:
    """What the answers of a slider are in its labels.

    >>> bins_sentence(pd.DataFrame(columns=["item", "p_0", "p_(0, 50]", "p_(50, 100)", "p_100"]))
    'Answers of the slider are counted as 0, (0, 50], (50, 100) and 100: both ends, and bins between them (without the \
lower edge, with the upper one). Expected ratings do not depend on the bins; entropies do.'
    """
    answers = [name.removeprefix("p_") for name in map(str, labels.columns) if name.startswith("p_")]
    return (
        f"Answers of the slider are counted as {listed(answers)}: both ends, and bins between them (without the lower "
        "edge, with the upper one). Expected ratings do not depend on the bins; entropies do."
    )


def _show(study: Study) -> list[Block]:
    summary = study.table("label_summary")
    if not len(summary):
        return []
    everybody = summary[(summary["target"] == summary["target"].iloc[0]) & summary["entropy"].notna()]
    line = [Text(label_sentence(everybody.to_dict("records")))] if len(everybody) else []
    if "percent_lowest" in summary:
        line = [Text(bins_sentence(study.table(LABELS))), *line]
    return [Text(LEAD, lead=True), *line, *study.drawn("label_entropy"), Shown(label_table(summary))]


SECTION: Section = Section(
    show=_show,
    early=_early,
    compute=lambda material: label_tables(
        material.labels, material.ratings, material.config.labels.by, material.config.labels.bins
    ),
    figures={
        "label_entropy": Plan("What the labels are made of.", LABELS, figures.label_entropy, "disagreement", on_scale)
    },
)
