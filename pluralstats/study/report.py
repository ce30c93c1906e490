"""The report: one self-contained page made of a study's tables, figures and sentences."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from pluralstats.data.ratings import Ratings
from pluralstats.model.design import available_columns
from pluralstats.storage.shown_text import visible
from pluralstats.study import page_tables
from pluralstats.study.config import StudyConfig
from pluralstats.study.disagreement_sentences import shares_sentence
from pluralstats.study.findings import is_identified, model_changes
from pluralstats.study.fitting import adds_rater
from pluralstats.study.label_page import label_context
from pluralstats.study.methods_text import methods_paragraph, references
from pluralstats.study.page_columns import PageTable
from pluralstats.study.plans import Picture
from pluralstats.study.sentences import Finding
from pluralstats.study.structure_page import structure_context
from pluralstats.study.study_tables import missing_sentences, problem_groups, sample_sentences
from pluralstats.study.training_page import training_context
from pluralstats.study.trust_page import trust_context

PALETTE = 256
# a vector picture of thousands of marks is larger, and slower, than its pixels
FEW_SVG_BYTES, MOST_SVG_BYTES = 300_000, 600_000


@dataclass(frozen=True)
class Study:
    """What a report tells about: the settings, the ratings, the tables, findings, pictures and their origin.

    ``formulas`` maps each model's name to its formula, the main model first.
    """

    config: StudyConfig
    ratings: Ratings
    tables: Mapping[str, pd.DataFrame]
    findings: Sequence[Finding]
    pictures: Sequence[Picture]
    formulas: Mapping[str, str]
    provenance: Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """A picture as the page shows it: ``uri`` holds the whole image."""

    id: str
    caption: str
    alt: str
    uri: str


def report_page(study: Study) -> str:
    """The whole page as HTML; nothing in it refers to another file or to the network."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = "{:,}".format
    page = environment.get_template("report.html").render(page_context(study))
    return visible(page)  # a browser drops control characters that names have, or stops at them


def page_context(study: Study) -> dict[str, object]:
    """Everything the template names, ready to print."""
    tables, config, ratings = study.tables, study.config, study.ratings
    main = next(iter(study.formulas))
    versions = study.provenance["versions"]
    adds = adds_rater(study.formulas, available_columns(ratings))
    link = "" if config.model.family == "gaussian" else config.model.link
    paragraph = methods_paragraph(config, ratings, study.formulas[main], link, versions, tables)
    return {
        "title": config.title,
        "simulated": ratings.simulated,
        "sample_lines": [*sample_sentences(ratings), *missing_sentences(tables["missing_ratings"])],
        "findings": study.findings,
        "figures": {picture.name: page_figure(picture) for picture in study.pictures},
        "shares": shares_lines(tables["variance_shares"], tables["problems"]),
        "changes": model_changes(tables["effects_by_model"], adds, config.effects.rope),
        "problems": problem_groups(tables["problems"]),
        "checked": list(tables["check"]["problem"]),
        "formulas": study.formulas,
        "methods": paragraph,
        "references": references(paragraph),
        "provenance": study.provenance,
        "versions": versions,
        "exact": config.model.is_exact,
        **page_tables_of(tables, versions),
        **trust_context(tables),
        **structure_context(tables, config),
        **label_context(tables),
        **training_context(tables, config.effects.rope),
    }


def page_tables_of(tables: Mapping[str, pd.DataFrame], versions: Mapping[str, str]) -> dict[str, object]:
    """The page's tables by the names the template uses; None where a table has no rows."""
    makers = {
        "sample": page_tables.sample_table,
        "shares_table": page_tables.shares_table,
        "agreement": page_tables.agreement_table,
        "policies": page_tables.policy_table,
        "missing_ratings": page_tables.missing_table,
        "parameters": page_tables.parameter_table,
        "by_model": page_tables.by_model_table,
    }
    homes = {"shares_table": "variance_shares", "by_model": "effects_by_model"}
    made: dict[str, PageTable | None] = {}
    for name, maker in makers.items():
        frame = tables[homes.get(name, name)]
        made[name] = maker(frame) if len(frame) else None
    return {
        **made,
        "effects": page_tables.effect_tables(tables["effects"], "effects"),
        "effects_within": page_tables.effect_tables(tables["effects_within"], "effects_within"),
        "version_table": page_tables.version_table(versions),
    }


def shares_lines(table: pd.DataFrame, problems: pd.DataFrame) -> list[tuple[str, str]]:
    """Each dimension ("" when there are none) with a sentence on its variance, where the fit could tell it apart."""
    table = table[
        table["percent"].notna() & is_identified(table, problems)
    ]  # missing where a coefficient has no finite estimate
    if "dimension" not in table:
        return [("", shares_sentence(table))] if len(table) else []
    groups = table.groupby("dimension", sort=False, observed=True)
    return [(str(dimension), shares_sentence(part)) for dimension, part in groups]


def page_figure(picture: Picture) -> Figure:
    """The picture inside a data URI: SVG, or PNG where the SVG would be heavy and the pixels are lighter."""
    drawn, pixels = picture.svg.read_bytes(), few_colours(picture.png)
    vector = len(drawn) <= max(FEW_SVG_BYTES, min(MOST_SVG_BYTES, len(pixels)))
    data, kind = (drawn, "image/svg+xml") if vector else (pixels, "image/png")
    content = base64.b64encode(data).decode("ascii")
    return Figure(
        f"figure-{picture.name.replace('_', '-')}",
        picture.caption,
        picture.alt,
        f"data:{kind};base64,{content}",
    )


def few_colours(path: Path) -> bytes:
    """A PNG with a palette of 256 colours: a third of its size, and figures of few colours look the same."""
    out = BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
