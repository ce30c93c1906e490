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
from pathlib import Path
from typing import Any

from damage_things import RUN, Thing, answers, fits, saved, table_values, trained, values_of

import pluralstats as ps


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


FITS: list[ps.Fit] = []
KINDS = ("fit", "labels", "pairs")


def main(argv: list[str] | None = None) -> int:
    """Run everything and print how often each outcome was seen."""
    options, start = _options(argv), time.perf_counter()
    rng, counts = random.Random(options.seed), Counter()
    FITS[:] = fits()
    folder = Path(tempfile.mkdtemp())
    stop_all(folder, options, rng, counts)
    flip_all(folder, options, rng, counts)
    shutil.rmtree(folder)
    for (what, kind, word), n in sorted(counts.items()):
        print(f"{what:5} {kind:11} {word:20} {n:4}")
    print(f"{time.perf_counter() - start:.0f} s")
    return int(any(word.partition(" ")[0].isupper() for _, _, word in counts))


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, number in (("--kills", 150), ("--flips", 300), ("--stops", 60), ("--training-kills", 6), ("--seed", 1)):
        parser.add_argument(name, type=int, default=number)
    parser.add_argument("--tiny", action="store_true", help="A few seconds: 24 flips, 6 stops, nothing killed.")
    options = parser.parse_args(argv)
    if options.tiny:
        options.kills, options.flips, options.stops, options.training_kills = 0, 24, 6, -1
    return options


def stop_all(folder: Path, options: argparse.Namespace, rng: random.Random, counts: Counter) -> None:
    """Kills and Ctrl-C of programs that save."""
    known = {kind: [saved(kind, fit, folder / kind).read() for fit in FITS] for kind in KINDS}
    for k in range(options.kills):
        kind = KINDS[k % len(KINDS)]
        counts["kill", kind, killed(kind, folder, known[kind], rng)] += 1
    for kind in KINDS:
        clock = time.perf_counter()
        saved(kind, FITS[1], folder / kind)
        took = time.perf_counter() - clock
        for _ in range(options.stops // len(KINDS)):
            counts["stop", kind, stopped(kind, folder, known[kind], rng, took)] += 1


def flip_all(folder: Path, options: argparse.Namespace, rng: random.Random, counts: Counter) -> None:
    """Flipped bits of everything, and kills of training."""
    things = {kind: saved(kind, FITS[0], folder / kind) for kind in KINDS} | {"answers": answers(folder / "answers")}
    if options.training_kills >= 0:
        things["checkpoint"], things["run"] = trained(folder)
        whole = (folder / "whole" / "model" / "model.safetensors").read_bytes()
        for _ in range(options.training_kills):
            counts["kill", "training", killed_training(folder, rng, whole)] += 1
    for kind, thing in things.items():
        content = thing.read()
        for _ in range(-(-options.flips // len(things))):
            counts["flip", kind, flipped(thing, content, rng)] += 1


if __name__ == "__main__":
    raise SystemExit(main())
