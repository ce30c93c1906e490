"""Kills, flipped bits and Ctrl-C: what was saved is there, whole, or a sentence says what is damaged.

``python benchmarks/damage.py [--kills 150] [--flips 300] [--stops 60] [--training-kills 6]`` prints a table and ends
with exit code 1 when anything was lost, silently changed, or came out as an error that is not ours. With
``--training-kills -1`` nothing is trained.

* Kills: a process that saves fits, labels or pairs over and over is killed at a random moment; what is read then is
  the old or the new, and the next save tidies up. A training run that is killed ends with the weights of one piece.
* Flips: one random bit of one random file of a fit, labels, pairs, a judge's cache, a checkpoint or a finished run.
* Stops: Ctrl-C at a random moment of a save comes out as KeyboardInterrupt and leaves the old or the new.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import pluralstats as ps


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
    from pluralstats.alignment.judge_cache import ReplyCache

    path = place.with_suffix(".jsonl")
    keys = [f"question {k}" for k in range(20)]
    if not path.exists():
        cache = ReplyCache(path)
        for k, key in enumerate(keys):
            cache.put(key, {"model": "m", "reply": f"Rating: {k % 5 + 1}", "prompt_tokens": k, "completion_tokens": 3})
    return Thing([path], lambda: {key: found for key in keys if (found := ReplyCache(path).get(key)) is not None})


def outcome(thing: Thing, whole: Any) -> str:
    """What reading gives: "the same", "found" (a sentence of ours), or a word that counts as a failure."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            found = thing.read()
        except ps.PluralstatsError:
            return "found"
        except Exception as error:
            return f"RAW {type(error).__name__}"
    if isinstance(whole, dict):  # answers: none is another than it was; those that are missing were told of
        if not found.items() <= whole.items() or (found != whole and not told):
            return "SILENTLY CHANGED"
        return "found" if told else "the same"
    if found != whole:
        return "found" if told and found is None else "SILENTLY CHANGED"
    return "found" if told else "the same"


def flipped(thing: Thing, whole: Any, rng: random.Random) -> str:
    """The outcome after one random bit of one random file has changed; the file is put back."""
    file = rng.choice(thing.files)
    content = file.read_bytes()
    if not content:
        return "the same"
    damaged = bytearray(content)
    damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    file.write_bytes(damaged)
    try:
        return outcome(thing, whole)
    finally:
        file.write_bytes(content)


def killed(what: str, folder: Path, known: list[Any], rng: random.Random) -> str:
    """The outcome after a process that saves over and over has been killed, then after the next save.

    The process is a fork, which costs milliseconds; the libraries here can be used after one.
    """
    place, started = folder / what, folder / f"{what}.started"
    child = os.fork()
    if child == 0:
        for n in range(10**6):
            saved(what, FITS[n % 2], place)
            started.touch()
    while not started.exists():
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    started.unlink()
    return after_a_stop(what, place, known)


def killed_training(folder: Path, rng: random.Random, whole: Any) -> str:
    """A training run is killed once a checkpoint is there, and goes on to the weights of one piece."""
    out = folder / "killed"
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in RUN.items()]
    command = [sys.executable, "-m", "pluralstats.alignment.train", str(folder / "table.parquet")]
    command += ["--model", str(folder / "tiny"), "--out", str(out), *flags]
    shutil.rmtree(out, ignore_errors=True)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not any(out.glob("checkpoints/checkpoint-*/complete.json")):
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return "whole" if (out / "model" / "model.safetensors").read_bytes() == whole else "SILENTLY CHANGED"


def after_a_stop(what: str, place: Path, known: list[Any]) -> str:
    path = place if what == "fit" else place.with_suffix(".parquet")
    reader = {"fit": lambda: values_of(ps.load_fit(path)), "labels": lambda: table_values(ps.load_labels(path))}
    try:
        found = reader.get(what, lambda: table_values(ps.load_pairs(path)))()
    except Exception as error:
        return f"LOST {type(error).__name__}: {error}"
    if found not in known:
        return "SILENTLY CHANGED"
    saved(what, FITS[0], place)
    left = [entry.name for entry in place.parent.iterdir() if "partial" in entry.name or "previous" in entry.name]
    return f"LEFT BEHIND {left}" if left else "whole"


def stopped(what: str, folder: Path, known: list[Any], rng: random.Random, took: float) -> str:
    """The outcome after Ctrl-C at a random moment of a save."""
    heard: list[int] = []

    def press(number: int, frame: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def interrupt(number: int, frame: object) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    place = folder / what
    before = signal.signal(signal.SIGALRM, press), signal.signal(signal.SIGINT, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.0001, took))
        saved(what, FITS[1], place)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        word = "SWALLOWED" if heard else "too late"
    except KeyboardInterrupt:
        word = "came out"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before[0])
        signal.signal(signal.SIGINT, before[1])
    rest = after_a_stop(what, place, known)
    return word if rest == "whole" else rest


def trained(folder: Path) -> tuple[Thing, Thing]:
    """A training run stopped within its last steps: its last checkpoint; and a finished one."""
    from pluralstats.alignment import RunSettings, tiny_model, train_model
    from pluralstats.alignment.checkpoints import last_checkpoint
    from transformers import Trainer

    tiny = str(tiny_model(folder / "tiny", ["the cat sat on the mat", "yes no maybe"], seed=3))
    table = pd.DataFrame({"prompt": ["a?", "b?"] * 4, "chosen": "yes", "rejected": "no", "p": [0.9, 0.6] * 4})
    table.to_parquet(folder / "table.parquet")
    settings = RunSettings(model=tiny, out=folder / "run", **RUN)
    step, calls = Trainer.training_step, []

    def stops(self: Any, *args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return step(self, *args, **more)

    Trainer.training_step = stops
    with contextlib.suppress(KeyboardInterrupt):
        train_model(settings, table)
    Trainer.training_step = step
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


RUN = {"steps": 4, "batch_size": 2, "save_every": 1, "max_length": 32}
FITS: list[ps.Fit] = []


def main(argv: list[str] | None = None) -> int:
    """Run everything and print how often each outcome was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, number in (("--kills", 150), ("--flips", 300), ("--stops", 60), ("--training-kills", 6), ("--seed", 1)):
        parser.add_argument(name, type=int, default=number)
    parser.add_argument("--tiny", action="store_true", help="A few seconds: 24 flips, 6 stops, nothing killed.")
    options = parser.parse_args(argv)
    if options.tiny:
        options.kills, options.flips, options.stops, options.training_kills = 0, 24, 6, -1
    rng, counts, start = random.Random(options.seed), Counter(), time.perf_counter()
    FITS[:] = fits()
    folder = Path(tempfile.mkdtemp())
    kinds = ("fit", "labels", "pairs")
    known = {kind: [saved(kind, fit, folder / kind).read() for fit in FITS] for kind in kinds}
    for k in range(options.kills):
        kind = kinds[k % len(kinds)]
        counts["kill", kind, killed(kind, folder, known[kind], rng)] += 1
    for kind in kinds:
        clock = time.perf_counter()
        saved(kind, FITS[1], folder / kind)
        took = time.perf_counter() - clock
        for _ in range(options.stops // len(kinds)):
            counts["stop", kind, stopped(kind, folder, known[kind], rng, took)] += 1
    things = {kind: saved(kind, FITS[0], folder / kind) for kind in kinds} | {"answers": answers(folder / "answers")}
    if options.training_kills >= 0:
        things["checkpoint"], things["run"] = trained(folder)
        whole = (folder / "whole" / "model" / "model.safetensors").read_bytes()
        for _ in range(options.training_kills):
            counts["kill", "training", killed_training(folder, rng, whole)] += 1
    for kind, thing in things.items():
        content = thing.read()
        for _ in range(-(-options.flips // len(things))):
            counts["flip", kind, flipped(thing, content, rng)] += 1
    shutil.rmtree(folder)
    for (what, kind, word), n in sorted(counts.items()):
        print(f"{what:5} {kind:11} {word:20} {n:4}")
    print(f"{time.perf_counter() - start:.0f} s")
    return int(any(word.partition(" ")[0].isupper() for _, _, word in counts))


if __name__ == "__main__":
    raise SystemExit(main())
