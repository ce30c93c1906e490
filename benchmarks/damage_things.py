"""What ``damage.py`` kills and damages: fits, labels, pairs, a judge's answers, checkpoints and finished runs."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import pluralstats as ps

RUN = {"steps": 4, "batch_size": 2, "save_every": 1, "max_length": 32}


class Thing(NamedTuple):
    """Something on disk: the files that it is, and how it is read (its content as plain values)."""

    files: list[Path]
    read: Callable[[], Any]


def fits() -> list[ps.Fit]:
    """Two fits that differ, made the same in every process."""
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)
    options = {"method": "laplace", "draws": 400, "on_problem": "ignore"}
    return [ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", seed=seed, **options) for seed in (1, 2)]


def saved(what: str, fit: ps.Fit, place: Path) -> Thing:
    """Save one kind of thing made from a fit; both fits give different things."""
    if what == "fit":
        fit.save(place)
        return Thing(sorted(place.iterdir()), lambda: values_of(ps.load_fit(place)))
    path = place.with_suffix(".parquet")
    beside = path.with_name(f"{path.stem}.card.json")
    if what == "labels":
        ps.label_distributions(fit).save(path)
        return Thing([path, beside], lambda: table_values(ps.load_labels(path)))
    pairs_of(fit).save(path)
    return Thing([path, beside], lambda: table_values(ps.load_pairs(path)))


def pairs_of(fit: ps.Fit) -> ps.Pairs:
    """Pairs whose probabilities are draws of the fit."""
    p = 0.5 + abs(fit.samples.threshold[:, 0] % 1.0) / 2.0
    names = [f"text {k}" for k in range(len(p))]
    return ps.Pairs.of_table(pd.DataFrame({"prompt": "Hi", "chosen": names, "rejected": "no", "p": p}))


def values_of(fit: ps.Fit) -> tuple[Any, ...]:
    arrays = (fit.samples.threshold, fit.samples.sd, *fit.samples.effects)
    tables = (fit.parameters, fit.random_effects, fit.ratings.frame)
    facts = (str(fit.formula), fit.method, fit.problems, str(fit.provenance), str(fit.ratings.scale))
    return (*(a.tobytes() for a in arrays), *(t.to_json(double_precision=15) for t in tables), facts)


def table_values(made: ps.Labels | ps.Pairs) -> tuple[Any, ...]:
    return made.table.to_json(double_precision=15), str(made.card)


def answers(place: Path) -> Thing:
    """A judge's cache of twenty answers; what is read are the answers it has."""
    from pluralstats.alignment.scoring.judges.cache import ReplyCache

    path = place.with_suffix(".jsonl")
    keys = [f"question {k}" for k in range(20)]
    if not path.exists():
        cache = ReplyCache(path)
        for k, key in enumerate(keys):
            cache.put(key, {"model": "m", "reply": f"Rating: {k % 5 + 1}", "prompt_tokens": k, "completion_tokens": 3})
    return Thing([path], lambda: {key: found for key in keys if (found := ReplyCache(path).get(key)) is not None})


@contextlib.contextmanager
def stopped_in_step(number: int) -> Iterator[None]:
    """Training in the block ends as by Ctrl-C in that step."""
    from transformers import Trainer

    step, calls = Trainer.training_step, []

    def stops(self: Any, *args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            raise KeyboardInterrupt
        return step(self, *args, **more)

    Trainer.training_step = stops
    with contextlib.suppress(KeyboardInterrupt):
        yield
    Trainer.training_step = step


def trained(folder: Path) -> tuple[Thing, Thing]:
    """A training run stopped within its last steps: its last checkpoint; and a finished one."""
    from pluralstats.alignment import RunSettings, tiny_model, train_model
    from pluralstats.alignment.runs.checkpoints import last_checkpoint

    tiny = str(tiny_model(folder / "tiny", ["the cat sat on the mat", "yes no maybe"], seed=3))
    table = pd.DataFrame({"prompt": ["a?", "b?"] * 4, "chosen": "yes", "rejected": "no", "p": [0.9, 0.6] * 4})
    table.to_parquet(folder / "table.parquet")
    settings = RunSettings(model=tiny, out=folder / "run", **RUN)
    with stopped_in_step(4):
        train_model(settings, table)
    last = last_checkpoint(settings.out)
    assert last is not None
    whole = RunSettings(model=tiny, out=folder / "whole", **RUN)
    train_model(whole, table)

    def read_run() -> Any:
        run = train_model(whole, table)
        return str(run.card), run.metrics.to_json(double_precision=15), (run.model / "model.safetensors").read_bytes()

    def read_checkpoint() -> Any:
        found = last_checkpoint(settings.out)
        return found if found == last else None  # the one before, with a warning

    files = [[p for p in sorted(place.rglob("*")) if p.is_file()] for place in (last, whole.out)]
    return Thing(files[0], read_checkpoint), Thing(files[1], read_run)
