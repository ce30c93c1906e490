"""Score texts: ``python -m pluralstats.alignment.score texts.csv --judge URL --out scores.parquet``.

The texts have columns ``prompt`` and ``response``, and where wanted ``arm``, ``prompt_id``, ``seed``, ``target``. The
judge comes last, and what the others gave is written even where it is down; its own answers are in its cache, and the
same command again asks only for those that are missing.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import typer

import pluralstats as ps
from pluralstats.progress import progress_lines, step
from pluralstats.storage.shown_text import visible
from pluralstats.storage.whole_files import whole_file

from .scoring.judges.requests import Endpoint
from .scoring.judges.scorer import JudgeScorer, JudgeUsage
from .scoring.scorers import LexiconScorer, Scorer, checked_texts, score_table
from .tables.rows import read_table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    texts: Annotated[Path, typer.Argument(help="Texts with columns prompt and response: CSV, Parquet or JSON lines.")],
    out: Annotated[Path, typer.Option(help="Score table to write: .parquet or .csv.")],
    lexicon: Annotated[list[Path] | None, typer.Option(help="File with one word on each line. Repeatable.")] = None,
    reward_model: Annotated[list[Path] | None, typer.Option(help="Run of a reward model. Repeatable.")] = None,
    classifier: Annotated[str | None, typer.Option(help="Text classifier: folder or name on a hub.")] = None,
    label: Annotated[str | None, typer.Option(help="Of the classifier: whose probability is the score.")] = None,
    detoxify: Annotated[bool, typer.Option(help="Toxicity by the package detoxify.")] = False,
    judge: Annotated[str | None, typer.Option(help="OpenAI-compatible address: http://localhost:8000/v1.")] = None,
    judge_model: Annotated[str, typer.Option(help="The judge's model, as its server calls it.")] = "default",
    dimension: Annotated[str, typer.Option(help="What the judge rates.")] = "toxicity",
    lowest: Annotated[float, typer.Option(help="Lowest rating of the judge.")] = 1,
    highest: Annotated[float, typer.Option(help="Highest rating of the judge.")] = 5,
    cache: Annotated[Path | None, typer.Option(help="The judge's answers; <out>.judge.jsonl if not given.")] = None,
    key_variable: Annotated[str, typer.Option(help="Environment variable with the key.")] = Endpoint.key_variable,
) -> None:
    """Score every text of TEXTS and write the score table to OUT."""
    try:
        _check_output(out)
        rows = checked_texts(read_table(texts)[0])
        scorers: list[Scorer] = [LexiconScorer.from_file(path) for path in lexicon or ()]
        scorers += [make() for make in _of_models(reward_model or [], classifier, label, detoxify)]
        asked = None
        if judge is not None:
            kept = cache or out.with_name(f"{out.name}.judge.jsonl")
            endpoint = Endpoint(judge, key_variable=key_variable)
            asked = JudgeScorer(endpoint, judge_model, dimension, (lowest, highest), cache=kept)
        with progress_lines(partial(typer.echo, err=True), wanted=not sys.stderr.isatty()):
            write_scores(rows, scorers, asked, out, typer.echo)
    except ps.PluralstatsError as error:
        typer.echo(visible(str(error)), err=True)
        raise typer.Exit(2) from error


def _check_output(out: Path) -> None:
    """Whatever would stop the run at its end stops it now."""
    if out.suffix not in (".parquet", ".csv"):
        raise ps.ConfigError(f"`out` (--out) ends in .parquet or .csv; found {out.name}.")
    if not out.resolve().parent.is_dir():
        raise ps.ConfigError(f"There is no folder {out.resolve().parent} to write {out.name} into. Make it first.")


def _of_models(
    reward_models: Sequence[Path], classifier: str | None, label: str | None, detoxify: bool
) -> list[Callable[[], Scorer]]:
    """What makes the scorers that need torch, which takes seconds to load and is loaded only for them."""
    if not (reward_models or classifier or detoxify):
        return []
    home = import_module(".scoring.models", __package__)
    makers: list[Callable[[], Scorer]] = [partial(home.RewardScorer.from_folder, folder) for folder in reward_models]
    if classifier is not None:
        makers.append(partial(home.ClassifierScorer.from_name, classifier, label))
    return [*makers, *([home.DetoxifyScorer.from_name] if detoxify else [])]


def write_scores(
    texts: pd.DataFrame,
    scorers: Sequence[Scorer],
    judge: JudgeScorer | None,
    out: Path,
    say: Callable[[str], object] = lambda sentence: None,
) -> pd.DataFrame:
    """Score texts and write the table, whole or not at all.

    Parameters
    ----------
    texts : DataFrame
        As ``score_table`` takes them.
    scorers : sequence of Scorer
    judge : JudgeScorer, optional
        Asked last.
    out : Path
        ``.parquet`` or ``.csv``.
    say : callable
        Takes sentences about what was done.

    Returns
    -------
    DataFrame
        What was written.

    Raises
    ------
    ConfigError
        No scorer, a disk that is full, or a judge that is down: the scores of the others are in ``out`` then.
    """
    if not scorers and judge is None:
        raise ps.ConfigError(
            "No scorer was chosen: give --lexicon, --reward-model, --classifier, --detoxify or --judge."
        )
    done = list(scorers)
    step(f"Scoring {len(texts):,} texts")
    table = score_table(done, texts)
    if judge is not None:
        step(f"Asking the judge about {len(texts):,} texts")
        try:
            ratings, usage = judge.score_with_usage(texts["prompt"].tolist(), texts["response"].tolist())
        except ps.ConfigError as error:
            if not done:
                raise
            _write(table, out)
            raise ps.ConfigError(f"{error} The {len(table):,} scores of the other scorers are in {out}.") from error
        say(_cost(judge, usage))
        judged = score_table([_Known(judge.name, judge.dimension, ratings)], texts)
        table = pd.concat([table, judged], ignore_index=True) if done else judged
    _write(table, out)
    say(f"{len(table):,} scores of {len(texts):,} texts by {', '.join(table['judge'].unique())} in {out}.")
    return table


class _Known(NamedTuple):
    """A scorer whose scores are there already."""

    name: str
    dimension: str
    scores: np.ndarray

    def score(self, prompts: Sequence[str], responses: Sequence[str]) -> np.ndarray:
        return self.scores


def _cost(judge: JudgeScorer, usage: JudgeUsage) -> str:
    return (
        f"{judge.model}: {usage.asked:,} questions, {usage.cached:,} answers from {judge.cache}, {usage.unreadable:,} "
        f"without a rating; {usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens."
    )


def _write(table: pd.DataFrame, out: Path) -> None:
    with whole_file(out, "The scores") as partial:
        if out.suffix == ".csv":
            table.to_csv(partial, index=False)
        else:
            table.to_parquet(partial, index=False)


if __name__ == "__main__":
    app()
