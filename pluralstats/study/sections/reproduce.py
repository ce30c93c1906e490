"""How to repeat the study: command, data, seed, versions."""

from markupsafe import Markup

from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.writing.blocks import Block, Command, Term, Terms, Text

THE_REST = Markup(
    "The folder of this page also holds the tables (Parquet and CSV), the figures (SVG and PNG), a table and a figure "
    "of each finding (<code>paper</code>), the fits, the study file, and every setting with the versions of all "
    "packages (<code>provenance.json</code>)."
)


def _show(study: Study) -> list[Block]:
    origin = study.provenance
    facts = [
        Term("Ratings", origin["data"]["file"]),
        Term("SHA-256 of the ratings as used", origin["data"]["sha256"], code=True),
        Term("Seed", origin["seed"]),
        Term("Made", origin["created"]),
    ]
    return [Command(origin["command"]), Terms(facts), Text(THE_REST)]


SECTION: Section = Section(show=_show)
