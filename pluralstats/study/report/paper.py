"""The folder ``paper``: one table and one figure for each finding, and a page that says which is which."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pluralstats.figures as figures
from pluralstats.printing.files import export_table
from pluralstats.printing.wording import slugs
from pluralstats.storage.shown_text import visible_table
from pluralstats.study.report.pictures import drawn_as, in_font, known_plans
from pluralstats.study.sections.parts import Subject
from pluralstats.study.steps.apart import Others
from pluralstats.study.steps.running import Steps
from pluralstats.study.writing.blocks import Claim, Finding

PRINTED, DRAWN = ("md", "tex"), ("svg", "pdf", "png")
HEAD = """# A table and a figure of each finding

Numbers, their order and the references are those of `report.html`. A `.csv` has every column unrounded; `.md` and
`.tex` (booktabs) are the printed table, which `ps.export_table` also writes as .html and .docx. Figures are vectors
(`.svg`, `.pdf`) and pixels (`.png`, 300 dpi), one or two columns wide (89 or 183 mm).
"""


class _Job(NamedTuple):
    stem: str
    claim: Claim


def write_paper(findings: Sequence[Finding], subject: Subject, folder: Path, others: Others, step: Steps) -> None:
    """Tables, figures and ``README.md``; drawn in the other processes too, where there are some."""
    claims = [(finding, finding.claim) for finding in findings if finding.claim is not None]
    if not claims:
        return
    folder.mkdir()
    names = slugs([claim.name for _, claim in claims])
    todo = [_Job(f"{i}-{name}", claim) for i, (name, (_, claim)) in enumerate(zip(names, claims, strict=True), start=1)]
    step("Writing a table and a figure of each finding")
    parts = [HEAD]
    draw = partial(in_font, figures.style.fonts(), partial(_draw, subject, folder))
    tasks = [others.begin(partial(draw, job)) for job in todo]
    for job in todo:
        _write_table(job, folder)
    while others.take_over():
        pass
    parts += [
        _entry(finding, job, others.result(task)) for (finding, _), job, task in zip(claims, todo, tasks, strict=True)
    ]
    (folder / "README.md").write_text("\n".join(parts), encoding="utf-8")


def _write_table(job: _Job, folder: Path) -> None:
    claim = job.claim
    export_table(claim.table, folder / f"{job.stem}.csv")
    columns = [name for name in claim.columns if name in claim.printed and claim.printed[name].notna().any()]
    for kind in PRINTED:
        export_table(claim.printed, folder / f"{job.stem}.{kind}", caption=claim.caption, columns=columns)


def _draw(subject: Subject, folder: Path, job: _Job) -> str:
    """Draw the figure of one finding; its alt text, "" where there is nothing to draw."""
    plan, rows = known_plans().get(job.claim.figure), visible_table(job.claim.drawn)
    if plan is None or not rows[plan.number].notna().any():
        return ""
    subject = subject._replace(tables={**subject.tables, plan.needs: rows})
    several = "dimension" in rows and rows["dimension"].nunique() > 1
    width = "two" if several or plan.needs != "effects" else "one"
    drawn = drawn_as(plan, subject, folder / job.stem, width, DRAWN)
    return drawn[0] if drawn else ""


def _entry(finding: Finding, job: _Job, alt: str) -> str:
    """One finding of the README: the sentence, what it lists, what would change it, and its files."""
    claim = job.claim
    kept = f", all {len(claim.table):,} rows" if len(claim.printed) < len(claim.table) else ""
    lines = [f"## {job.stem}", "", finding.text, ""]
    lines += [*(f"- {line}" for line in finding.lines), ""] if finding.lines else []
    lines += [finding.note, ""] if finding.note else []
    printed = ", ".join(f"`{job.stem}.{kind}`" for kind in PRINTED)
    lines += [f"Table: {printed}; `{job.stem}.csv`{kept}. {claim.caption}"]
    if alt:
        lines += ["", f"Figure: {', '.join(f'`{job.stem}.{kind}`' for kind in DRAWN)}. In words: {alt}"]
    return "\n".join([*lines, ""])
