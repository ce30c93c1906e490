"""Single items and raters: which items divide raters, who rates high or low, and where thresholds lie between."""

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables, on_scale
from pluralstats.study.steps.dimensions import of_fits, of_ratings
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.blocks import Block, Heading


def _compute(material: Material) -> Tables:
    return {
        "item_disagreement": of_ratings(material.ratings, ps.item_disagreement),
        "random_effects": of_fits(material.of(MAIN), lambda fit: fit.random_effects),
    }


def _has_thresholds(tables: Tables) -> bool:
    return "threshold" in set(tables["parameters"].get("kind", ()))


def _show(study: Study) -> list[Block]:
    items, severity = study.drawn("items"), study.drawn("severity")
    shown = [Heading("Which items divide raters?"), *items] if items else []
    return shown + ([Heading("Raters and items"), *severity, *study.drawn("thresholds")] if severity else [])


SECTION: Section = Section(
    show=_show,
    compute=_compute,
    figures={
        "items": Plan(
            "Disagreement on each item against its mean rating.",
            "item_disagreement",
            figures.item_disagreement,
            "entropy",
            on_scale,
        ),
        "severity": Plan("How high or low raters rate, and items are rated.", "random_effects", figures.caterpillar),
        "thresholds": Plan(
            "Raters, thresholds and items on one latent scale.",
            "random_effects",
            lambda table, parameters: figures.wright(parameters, table),
            options=lambda subject: {"parameters": subject.tables["parameters"]},
            applies=_has_thresholds,
            reads=("parameters",),
        ),
    },
)
