"""Whether the probabilities of pairs are right, by ratings that were held out."""

import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.wording import digits_for, interval, listed, number
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.sections.training.summary import result
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.verdicts import verdict

ALL = "all"
LOSSES = {"log_loss": "log-loss", "brier": "Brier score", "accuracy": "accuracy"}


def accuracy_sentences(table: pd.DataFrame) -> list[str]:
    """Log-loss of each policy, and which is better than another where the table has differences."""
    out = []
    values = table[(table["kind"] == "value") & (table["metric"] == "log_loss") & (table["group"] == ALL)]
    told = [f"{row['policy']} {number(row['estimate'], 3)} {interval(row['lower'], row['upper'], 3)}"
            for row in values.to_dict("records")]  # fmt: skip
    if told:
        out.append(f"Log-loss of the pair probabilities in nats, less is better, with 95% intervals: {listed(told)}.")
    differences = table[(table["kind"] == "difference") & (table["group"] == ALL)]
    for row in differences.to_dict("records"):
        digits = digits_for(row["lower"], row["upper"])
        found, name = verdict(row["lower"], row["upper"]), LOSSES[row["metric"]]
        unit = "percentage points" if row["metric"] == "accuracy" else row["unit"]
        size = f"{number(abs(row['estimate']), digits)} {unit}"
        ends = f"(95% interval of the difference {interval(row['lower'], row['upper'], digits)})"
        if found == "unclear":
            out.append(f"No clear difference in {name} between {row['policy']} and {row['against']}: {size} {ends}.")
        else:
            out.append(f"The {name} of {row['policy']} is {size} {found} than that of {row['against']} {ends}.")
    return out


def accuracy_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each kind of labels, group and measure."""
    columns = [
        col.text("Labels", "policy"),
        col.text("Group", "group"),
        col.Column("Measure", lambda row: col.Cell(LOSSES.get(str(row["metric"]), str(row["metric"])))),
        col.text("Less", "against"),
        col.text("Unit", "unit"),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.figure("Comparisons", "n"),
    ]
    return col.page_table(
        "pair_accuracy", "Pair probabilities against held-out ratings.", frame, columns, dimension=False
    )


SECTION: Section = result(
    "Are the pair probabilities right?",
    "pair_accuracy",
    accuracy_sentences,
    accuracy_table,
    {
        "training_pairs": Plan(
            "Preferences as predicted and as observed in held-out ratings.",
            "pair_calibration",
            figures.pair_calibration,
            "observed",
        )
    },
)
