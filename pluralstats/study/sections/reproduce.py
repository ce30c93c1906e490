"""How to repeat the study: command, data, seed, versions."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Command, Shown, Term, Terms, Text

THE_REST = Markup(
    "The folder of this page also holds the tables (Parquet and CSV), the figures (SVG and PNG), the fits, the study "
    "file and every setting (<code>provenance.json</code>)."
)


def version_table(versions: Mapping[str, str]) -> col.PageTable:
    """Packages and their versions."""
    frame = pd.DataFrame({"package": list(versions), "version": list(versions.values())})
    return col.page_table(
        "versions", "Versions.", frame, [col.text("Package", "package"), col.text("Version", "version")]
    )


def _show(study: Study) -> list[Block]:
    origin = study.provenance
    facts = [
        Term("Ratings", origin["data"]["file"]),
        Term("SHA-256 of the ratings as used", origin["data"]["sha256"], code=True),
        Term("Seed", origin["seed"]),
        Term("Made", origin["created"]),
    ]
    versions = Shown(version_table(origin["versions"]), summary="Versions")
    return [Command(origin["command"]), Terms(facts), Text(THE_REST), versions]


SECTION: Section = Section(show=_show)
