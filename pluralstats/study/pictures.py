"""The figures of a study: which are drawn from which table, and the words below them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pluralstats import figures
from pluralstats.data.scale import Scale
from pluralstats.study.config import StudyConfig

type Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Picture:
    """One figure on disk, with the words for those who see it and for those who do not."""

    name: str
    caption: str
    alt: str
    svg: Path
    png: Path


def planned(tables: Tables, config: StudyConfig, scale: Scale) -> dict[str, tuple[str, Callable[[], object]]]:
    """Name -> (caption, function that draws it) of every figure for which the tables have rows."""
    estimand, rope = (
        config.effects.estimands[0],
        config.effects.rope if config.effects.estimands[0] == "points" else 0,
    )
    options = {"estimand": estimand, "scale": scale, "rope": rope}
    severity, terms = tables["random_effects"], set(tables["random_effects"].get("term", ()))
    thresholds = tables["parameters"].get("kind", pd.Series(dtype="str")) == "threshold"
    plan = {
        "rating_shares": (
            "How often each group chose each category.",
            lambda: figures.likert(tables["rating_shares"], ramp=config.figures.ramp),
        ),
        "effects": (
            "Differences between groups: thin lines 95%, thick lines 50% intervals; open circles are raw differences.",
            lambda: figures.forest(tables["effects"], **options),
        ),
        "comparison": (
            "The same differences under each model.",
            lambda: figures.comparison(tables["effects_by_model"], **options),
        ),
        "variance_shares": (
            "Shares of the latent variance of the ratings, with 95% intervals.",
            lambda: figures.variance_shares(tables["variance_shares"]),
        ),
        "agreement": (
            "Agreement within each group; intervals by resampling raters and items.",
            lambda: figures.agreement(tables["agreement"]),
        ),
        "severity": (
            "How high or low each rater rates beyond their demographics, and how high or low each item is rated.",
            lambda: figures.caterpillar(severity),
        ),
        "thresholds": (
            "Raters, thresholds between the categories, and items on one latent scale.",
            lambda: figures.wright(tables["parameters"], severity),
        ),
    }
    empty = {
        "effects": not len(tables["effects"]),
        "comparison": tables["effects_by_model"].get("model", pd.Series(dtype="str")).nunique() < 2,
        "severity": not terms,
        "thresholds": not terms or thresholds.sum() == 0,
    }
    return {name: plan[name] for name in plan if not empty.get(name, not len(tables.get(name, ())))}


def draw_pictures(tables: Tables, config: StudyConfig, scale: Scale, folder: Path) -> Iterator[Picture]:
    """Draw every planned figure into ``folder`` as SVG and PNG, one at a time."""
    with figures.style.paper(width="two"):
        for name, (caption, draw) in planned(tables, config, scale).items():
            axes = draw()
            svg, png = figures.style.save(axes, folder / name)
            yield Picture(name, caption, figures.alt_text(axes), Path(svg), Path(png))
