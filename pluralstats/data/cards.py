"""What ratings, scales and checks of files show of themselves."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.data.summaries import shown_rows
from pluralstats.errors import counted, listed
from pluralstats.printing.cards import Card
from pluralstats.printing.printed import printed_table

MOST_LEVELS = 12  # named
FIRST_ROWS = 5


def ratings_card(
    frame: pd.DataFrame, scale: Scale | Scales, demographics: Sequence[str], covariates: Sequence[str], simulated: bool
) -> Card:
    """The sizes, the scale, and every demographic with its levels, the reference first."""
    dimensions = _levels(frame, "dimension") if "dimension" in frame else []
    n_items, n_raters = (len(frame[name].array.categories) for name in ("item", "rater"))
    sizes = f"{counted(n_items, 'item')} by {counted(n_raters, 'rater')}"
    title = f"Ratings: {counted(len(frame), 'rating')} of {sizes}, "
    title += f"{counted(len(dimensions), 'dimension')}, " if dimensions else ""
    title += f"scale {scale.describe()}" + (" (SIMULATED DATA)" if simulated else "")
    facts = [("dimensions", listed(dimensions, MOST_LEVELS))] if dimensions else []
    facts += [(name, _levels_text(_levels(frame, name))) for name in demographics]
    facts += [("covariates", listed(list(covariates), MOST_LEVELS))] if covariates else []
    rows = printed_table(shown_rows(frame.head(FIRST_ROWS), scale), list(frame.columns), {}, 0.95)
    return Card(title, facts, table=rows, summary="The first rows")


def _levels(frame: pd.DataFrame, name: str) -> list[str]:
    return list(map(str, frame[name].array.categories))


def _levels_text(levels: Sequence[str]) -> str:
    return listed([f"{levels[0]} (reference)", *levels[1:]], MOST_LEVELS) if levels else "no levels"


def check_card(summary: pd.DataFrame, problems: Sequence[str], guesses: Sequence[str], shape: str) -> Card:
    """How many ratings there are, every problem, and what was assumed."""
    found = counted(len(problems), "problem") if problems else "no problems"
    everything = summary[summary["column"] == "all"]
    facts = [("read as", shape)] if shape else []
    if len(everything):
        row: Mapping[str, int] = everything.iloc[0].to_dict()
        facts += [("ratings", f"{row['n_ratings']:,} by {counted(row['n_raters'], 'rater')}")]
    facts += [("assumed", guess) for guess in guesses[:2]]
    table = printed_table(summary, None, {}, 0.95) if len(summary) else None
    return Card(f"Check of a file: {found}", facts, problems, table, "What is in it" if table else "")
