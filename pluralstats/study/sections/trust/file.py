"""What the check of the file found, which ratings are missing in it, and what was done about both."""

import pandas as pd

from pluralstats.data.policies.exclusions import not_found_sentences
from pluralstats.printing.wording import count
from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.sections.parts import Material, Section, Study, Tables
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Heading, Lines, Shown, Text

AS_IT_CAME = (
    "In the file as it came, before any policy was applied. The table after this list counts what was done about it."
)


def missing_table(frame: pd.DataFrame) -> col.PageTable:
    """Ratings that are missing in the file, by group; the items are in the file."""
    columns = [
        col.text("By", "column"),
        col.text("Level", "level"),
        col.figure("Asked", "n_asked"),
        col.figure("Missing", "n_missing"),
        col.figure("Percent", "percent"),
    ]
    n_items = int((frame["column"] == "item").sum())
    caption = f"Ratings missing in the file, by group; {count(n_items, 'item')} that lack some: see its file."
    return col.page_table("missing_ratings", caption, frame[frame["column"] != "item"], columns)


def policy_table(frame: pd.DataFrame) -> col.PageTable:
    """What was done to the data before anything was fitted; policies that found nothing are in the file."""
    shown = frame[(frame["n_rows"] > 0) | (frame["detail"] != "")]
    idle = len(frame) - len(shown)
    columns = [
        col.text("Step", "step"),
        col.text("Column", "column"),
        col.text("Policy", "policy"),
        col.figure("Ratings", "n_rows"),
        col.figure("Raters", "n_raters"),
        col.text("Detail", "detail"),
    ]
    rest = f" {count(idle, 'rule')} that found nothing to do: see the table's file." if idle else ""
    caption = f"What was dropped or changed, and how often.{rest}"
    return col.page_table("policies", caption, shown, columns)


def _compute(material: Material) -> Tables:
    data = material.data
    return {
        "check": pd.DataFrame({"problem": list(data.found)}, dtype="str"),
        "missing_ratings": data.missing,
        "policies": data.ratings.policies,
    }


def _show(study: Study) -> list[Block]:
    found, missing, policies = (study.tables[name] for name in ("check", "missing_ratings", "policies"))
    shown: list[Block] = []
    if len(found):
        shown += [Heading("What the check of the file found"), Text(AS_IT_CAME), Lines(list(found["problem"]))]
    if len(missing):
        shown += [Heading("Ratings that are missing"), Shown(missing_table(missing))]
    wrong = list(map(in_study_words, not_found_sentences(policies.to_dict("records"))))
    shown_wrong = [Lines(wrong)] if wrong else []
    done = Shown(policy_table(policies)) if len(policies) else Text("Nothing.")
    return [*shown, Heading("What was dropped or changed, and why"), *shown_wrong, done]


SECTION: Section = Section(show=_show, compute=_compute)
