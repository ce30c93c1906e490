"""The section on labels: sentences and the table, by the names that the template uses."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.study.page_columns import PageTable, figure, page_table, text, with_dimension
from pluralstats.study.sentences import Row
from pluralstats.study.wording import count, number

NONE = pd.DataFrame()


def label_context(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """``label_lines`` and ``label_table``; empty where the study has no labels."""
    summary = tables.get("label_summary", NONE)
    if not len(summary):
        return {"label_lines": [], "label_table": None}
    first = summary["target"].iloc[0]
    rows = summary[(summary["target"] == first) & summary["entropy"].notna()].to_dict("records")
    return {"label_lines": [label_sentence(row) for row in rows], "label_table": label_table(summary)}


def label_sentence(row: Row) -> str:
    """What the labels of one target are made of, and where a majority would say something else.

    >>> label_sentence({"target": "all raters", "entropy": 1.2, "percent_ignorance": 8.4, "majority_differs": 12,
    ...                 "majority_ties": 30, "n_rated": 200})
    'Of the entropy of a label of all raters (1.20 nats on average) 92% is disagreement between people and 8% \
ignorance about them. On 12 of 200 items the most probable answer is not the one that most raters chose; on 30 items \
there is no one most chosen answer.'
    """
    where = f" on {row['dimension']}" if row.get("dimension") else ""
    ignorance = round(float(row["percent_ignorance"]))
    return (
        f"Of the entropy of a label of {row['target']}{where} ({number(row['entropy'])} nats on average) "
        f"{100 - ignorance}% is disagreement between people and {ignorance}% ignorance about them. On "
        f"{row['majority_differs']:,} of {count(row['n_rated'], 'item')} the most probable answer is not the one that "
        f"most raters chose; on {count(row['majority_ties'], 'item')} there is no one most chosen answer."
    )


def label_table(frame: pd.DataFrame) -> PageTable:
    """One row for each target."""
    columns = [
        text("Labels of", "target"),
        figure("Items", "n_items"),
        figure("Expected rating", "expected", 2),
        figure("Entropy, nats", "entropy", 2),
        figure("Disagreement", "disagreement", 2),
        figure("Ignorance", "ignorance", 3),
        figure("Majority differs", "majority_differs"),
        figure("Majority tied", "majority_ties"),
    ]
    caption = "Labels: means over items, and items where a majority says something else, or nothing."
    return page_table("label_summary", caption, frame, with_dimension(frame, columns))
