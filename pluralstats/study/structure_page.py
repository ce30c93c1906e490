"""What the page shows of demographic structure: tables and sentences by the names that the template uses."""

from collections.abc import Callable, Mapping

import pandas as pd

from pluralstats.study.cohesion_page import cohesion_table, diversity_table, model_cohesion_table
from pluralstats.study.cohesion_sentences import model_cohesion_sentences
from pluralstats.study.config import StudyConfig
from pluralstats.study.page_columns import (
    Cell,
    Column,
    PageTable,
    bracket,
    estimate,
    figure,
    interval_of,
    p_adjusted,
    page_table,
    text,
    with_dimension,
)
from pluralstats.study.sentences import Row, unit_of
from pluralstats.study.structure_sentences import (
    cohesion_sentences,
    contested_sentences,
    intersection_sentences,
    pairwise_sentence,
    population_sentence,
    reliability_sentences,
    robustness_sentence,
)
from pluralstats.study.wording import capital, number

MOST_ITEMS = 40  # of contested items on the page; the download has all
SCALES = {"latent": "latent", "response": "rating points"}
METHODS = {
    "exact": "the model",
    "item_only": "without rater effects",
    "gee": "GEE",
    "ordinal_gee": "ordinal GEE",
    "raw": "raw means",
}


def structure_context(tables: Mapping[str, pd.DataFrame], config: StudyConfig) -> dict[str, object]:
    """Sentences and tables of structure; None, or empty, where the study has none of it."""
    tables, rope = {name: tables.get(name, pd.DataFrame()) for name in NAMES}, config.effects.rope
    made: dict[str, object] = {
        f"{name}_table": maker(tables[name]) if len(tables[name]) else None for name, maker in MAKERS.items()
    }
    population = config.population.name if config.population else ""
    target = tables["effects_population"]
    return made | {
        "pairwise_line": pairwise_sentence(tables["pairwise"])
        if _has(tables["pairwise"], "lower_simultaneous")
        else "",
        "robustness_line": robustness_sentence(tables["robustness"], rope) if len(tables["robustness"]) else "",
        "intersection_lines": _both(intersection_sentences, tables, "intersection_shares", "intersections"),
        "contested_lines": contested_sentences(tables["contested_items"]) if len(tables["contested_items"]) else [],
        "cohesion_lines": cohesion_sentences(tables["cohesion"]) if len(tables["cohesion"]) else [],
        "model_cohesion_lines": model_cohesion_sentences(tables["model_cohesion"])
        if len(tables["model_cohesion"])
        else [],
        "reliability_lines": _both(reliability_sentences, tables, "reliability", "raters_needed"),
        "population_name": population,
        "population_line": population_sentence(tables["effects"], target, population, rope) if len(target) else "",
    }


def _has(table: pd.DataFrame, column: str) -> bool:
    return bool(len(table) and table[column].notna().any())


def _both(
    sentences: Callable[[pd.DataFrame, pd.DataFrame], list[str]],
    tables: Mapping[str, pd.DataFrame],
    first: str,
    second: str,
) -> list[str]:
    return sentences(tables[first], tables[second]) if len(tables[first]) else []


def _comparison(row: Row) -> Cell:
    return Cell(f"{row['level']} − {row['reference']}")


def pairwise_table(frame: pd.DataFrame) -> PageTable:
    """Every level against every other."""
    columns = [
        text("Demographic", "demographic"),
        Column("Comparison", _comparison),
        estimate(capital(unit_of(str(frame["estimand"].iloc[0])))),
        bracket("95% interval"),
        interval_of("Simultaneous 95% interval", "lower_simultaneous", "upper_simultaneous"),
        figure("P(direction)", "p_direction", 3),
        p_adjusted("p_adjusted"),
    ]
    return page_table("pairwise", "All pairs of levels.", frame, with_dimension(frame, columns))


def robustness_table(frame: pd.DataFrame) -> PageTable:
    """The same contrasts by several methods."""
    columns = [
        text("Demographic", "demographic"),
        Column("Comparison", _comparison),
        text("Estimand", "estimand"),
        Column("Method", lambda row: Cell(METHODS.get(str(row["method"]), str(row["method"])))),
        estimate("Estimate"),
        bracket("95% interval"),
        text("Note", "note"),
    ]
    return page_table("robustness", "The same contrast by other methods.", frame, with_dimension(frame, columns))


def intersections_table(frame: pd.DataFrame) -> PageTable:
    """Combinations of demographics: raw, pooled, and what main effects add up to."""
    columns = [
        text("Combination", "group"),
        figure("Raters", "n_raters"),
        figure("Raw mean", "raw", 2),
        estimate("Expected rating", "predicted"),
        bracket("95% interval"),
        figure("Sum of main effects", "additive", 2),
        figure("Difference", "difference", 2),
        interval_of("95% interval of it", "difference_lower", "difference_upper"),
    ]
    return page_table("intersections", "Combinations of demographics.", frame, with_dimension(frame, columns))


def contested_table(frame: pd.DataFrame) -> PageTable:
    """The most contested items."""
    columns = [
        figure("Rank", "rank"),
        text("Item", "item"),
        Column("Comparison", _comparison),
        estimate("Gap, rating points", "gap"),
        bracket("95% interval"),
        figure("P(beyond the margin)", "p_exceeds", 3),
        Column("False signs expected", _false_signs, numeric=True),
        figure("Ratings", "n_ratings"),
    ]
    shown = frame[frame["rank"] <= MOST_ITEMS]
    return page_table("contested_items", "Most contested items.", shown, with_dimension(shown, columns), whole=frame)


def _false_signs(row: Row) -> Cell:
    return Cell(f"{number(100.0 * row['expected_false_sign'], 1)}%", str(row["expected_false_sign"]))


def population_table(frame: pd.DataFrame) -> PageTable:
    """Sample against target."""
    columns = [
        text("Demographic", "demographic"),
        text("Level", "level"),
        figure("Raters", "n_raters"),
        figure("Percent of raters", "percent_raters", 1),
        figure("Percent of the target", "percent_target", 1),
    ]
    return page_table("population", "The raters and the target population.", frame, columns)


def r2_table(frame: pd.DataFrame) -> PageTable:
    """Explained variance."""
    columns = [
        Column("Scale", lambda row: Cell(SCALES.get(str(row["scale"]), str(row["scale"])))),
        Column("Explained by", lambda row: Cell(_explained(str(row["kind"])))),
        estimate("Percent", "estimate", 1),
        bracket("95% interval", 1),
    ]
    return page_table("r2", "Explained variance (R²).", frame, with_dimension(frame, columns))


def _explained(kind: str) -> str:
    return "the fixed part" if kind == "marginal" else "fixed part, raters and items"


def effects_population_table(frame: pd.DataFrame) -> PageTable:
    """Effects in the target population."""
    unit = unit_of(str(frame["estimand"].iloc[0]))
    columns = [
        text("Demographic", "demographic"),
        Column("Comparison", _comparison),
        estimate(capital(unit)),
        bracket("95% interval"),
        figure("P(direction)", "p_direction", 3),
    ]
    return page_table("effects_population", f"Effects in the target: {unit}.", frame, with_dimension(frame, columns))


MAKERS: Mapping[str, Callable[[pd.DataFrame], PageTable]] = {
    "pairwise": pairwise_table,
    "robustness": robustness_table,
    "cohesion": cohesion_table,
    "model_cohesion": model_cohesion_table,
    "diversity": diversity_table,
    "intersections": intersections_table,
    "contested_items": contested_table,
    "population": population_table,
    "effects_population": effects_population_table,
    "r2": r2_table,
}
NAMES = (*MAKERS, "effects", "intersection_shares", "reliability", "raters_needed")
