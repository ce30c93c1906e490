"""Train a language model on pairs: ``python -m pluralstats.alignment.train pairs.parquet --model M --out runs/x``.

Under ``accelerate launch -m pluralstats.alignment.train ...`` on several devices. The same command again goes on
where a killed run stopped, and does nothing where it is finished.
"""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import pluralstats as ps
from pluralstats.progress import progress_lines
from pluralstats.storage.shown_text import visible

from .models.loading import on_terminal
from .runs.told import told
from .runs.training import RunResult
from .runs.training import train_model as train
from .trainers import METHODS
from .trainers.settings import RunSettings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    table: Annotated[Path, typer.Argument(help="Pairs, or rated responses: Parquet, CSV or JSON lines.")],
    model: Annotated[str, typer.Option(help="Folder of a model in safetensors, or its name on a hub.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    target: Annotated[str | None, typer.Option(help="Group whose rows are used.")] = None,
    held_out: Annotated[Path | None, typer.Option(help="Pairs on which the model is evaluated.")] = None,
    method: Annotated[str, typer.Option(help=", ".join(METHODS))] = RunSettings.method,
    loss: Annotated[str, typer.Option(help="Of DPO: calibrated or geometric.")] = RunSettings.loss,
    beta: Annotated[float, typer.Option(help="How close the model stays to where it started.")] = RunSettings.beta,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = RunSettings.steps,
    batch_size: Annotated[int, typer.Option(help="Rows of a micro-batch in one process.")] = RunSettings.batch_size,
    accumulation: Annotated[int, typer.Option(help="Micro-batches of a step.")] = RunSettings.accumulation,
    learning_rate: Annotated[float, typer.Option()] = RunSettings.learning_rate,
    max_length: Annotated[int, typer.Option(help="Tokens of prompt and response.")] = RunSettings.max_length,
    lora_rank: Annotated[int, typer.Option(help="0 trains all weights.")] = RunSettings.lora_rank,
    seed: Annotated[int, typer.Option()] = RunSettings.seed,
    save_every: Annotated[int, typer.Option(help="Steps between checkpoints.")] = RunSettings.save_every,
    thinking: Annotated[str, typer.Option(help="drop: the loss is not about <think>...</think>; or keep.")] = (
        RunSettings.thinking
    ),
    robust_rate: Annotated[float, typer.Option(help="Of robust_dpo: speed towards the group served worst.")] = (
        RunSettings.robust_rate
    ),
    reward_model: Annotated[list[str] | None, typer.Option(help="Of grpo: run of a reward model. Repeatable.")] = None,
    reward_weight: Annotated[
        list[float] | None, typer.Option(help="Of grpo: weight of each reward model, below 0 for what should be low.")
    ] = None,
    utility: Annotated[
        list[float] | None, typer.Option(help="Of grpo: utility of each answer, lowest first. Repeatable.")
    ] = None,
    generations: Annotated[int, typer.Option(help="Of grpo: completions for a prompt.")] = RunSettings.generations,
    completion_length: Annotated[int, typer.Option(help="Of grpo: most tokens of a completion.")] = (
        RunSettings.completion_length
    ),
) -> None:
    """Train a model on TABLE and write the run into OUT."""
    try:
        settings = RunSettings(
            model=model,
            out=out,
            method=method,
            loss=loss,
            beta=beta,
            steps=steps,
            batch_size=batch_size,
            accumulation=accumulation,
            learning_rate=learning_rate,
            max_length=max_length,
            lora_rank=lora_rank,
            seed=seed,
            save_every=save_every,
            thinking=thinking,
            robust_rate=robust_rate,
            reward_models=tuple(reward_model or ()),
            reward_weights=tuple(reward_weight or ()),
            utility=tuple(utility or ()),
            generations=generations,
            completion_length=completion_length,
        )
        with progress_lines(partial(typer.echo, err=True), wanted=not on_terminal() and _is_first()):
            run = train(settings, table, target=target, held_out=held_out)
        report(run)
    except ps.PluralstatsError as error:
        typer.echo(visible(str(error)), err=True)
        raise typer.Exit(2) from error


def _is_first() -> bool:
    """Whether this is the process that speaks, of all that ``accelerate launch`` started."""
    return os.environ.get("RANK", "0") == "0"


def report(run: RunResult) -> None:
    """What became of a run, in sentences."""
    if run.finished_before:
        typer.echo(f"{run.folder} already holds this very run; nothing was trained.")
    elif run.resumed_from:
        typer.echo(f"Went on from step {run.resumed_from}.")
    for sentence in told(run.card, run.folder, run.model):
        typer.echo(visible(sentence))


if __name__ == "__main__":
    app()
