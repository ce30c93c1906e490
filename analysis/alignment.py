"""Four experiments on a language whose truth is known: who, scale, disagreement, optimiser.

    python analysis/alignment.py --out runs/known-truth [--studies 5] [--steps 300] [--jobs 2]

Every study has a new synthetic language, two groups of raters (70/30) who like different words, five ratings of each
response, and a model of 0.1 million weights. What a random rater of any population prefers is then a number, and a
trained model's implied preference (DPO: s(beta x difference of log-ratios)) is held against it, on the rated pairs and
on new pairs that nobody rated. Arms differ in one thing and have equal prompts and optimiser steps:

    disagreement   all ratings, majority, mean, posterior, posterior poststratified to 50/50, and the truth itself
    scale          the posterior from ratings on 5, 3 and 2 points
    who            the posterior of the northern, or of the southern, raters
    optimiser      DPO on the posterior pairs, or GRPO towards a reward model trained on the posterior labels

Printed and written to ``--out``: RMSE to the truth with intervals over studies, differences from the posterior, ratios
of the reductions of RMSE, the true worth of sampled responses by group, the steering matrix, a training summary for
``[training]`` of a study file, figures, and run.json. Such a run can show that labels carry what the model of the
ratings knows into what is learned; it says nothing about people, toxicity or large models.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a tiny model is slower on two

import numpy as np
import pandas as pd
import pluralstats.figures as figures
from pluralstats.alignment import (
    Arm,
    RunSettings,
    compare_arms,
    reduction_ratios,
    run_arms,
    sampled_responses,
    steering_matrix,
    synthetic_study,
    tiny_model,
    train_model,
    write_summary,
)
from pluralstats.alignment.tables.synthetic import GROUPS, SyntheticStudy, preference
from scipy.stats import t as student

import pluralstats as ps

FORMULA = "rating ~ group + (1 + group | item) + (1 | rater)"
TRUTHS = {"raters": (0.7, 0.3), "half and half": (0.5, 0.5), "north": (1.0, 0.0), "south": (0.0, 1.0)}
KINDS = ("rated", "new")  # pairs
MAIN = "raters, rated"
REPLICATES = 2000
OUTPUTS = "outputs.parquet"
WORDS = 3  # of a response, in the language


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=5, help="languages, each with ratings and seed of its own")
    parser.add_argument("--steps", type=int, default=300, help="optimiser steps of every arm")
    parser.add_argument("--words", type=int, default=48, help="of the language; with few, a model learns each well")
    parser.add_argument("--questions", type=int, default=400, help="rated pairs of a study")
    parser.add_argument("--new", type=int, default=200, help="pairs of a study that nobody rated")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once")
    parser.add_argument("--out", type=Path, default=Path("runs/known-truth"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    runs, scores = [], []
    for seed in range(1, options.studies + 1):
        folder = options.out / f"study-{seed}"
        study = synthetic_study(seed, n_words=options.words, n_questions=options.questions, n_test=options.new)
        base = base_model(study, folder, options.steps, seed)
        arms = arms_of(study, base, folder, options.steps, seed)
        judge = partial(true_worth, study=study, seed=seed)
        made = run_arms(arms, folder / "arms", judge=judge, seeds=[seed], jobs=options.jobs)
        runs.append(made.assign(study=seed, spread=spread(study)))
        judge(base, None, out=folder)
        scores.append(outputs(folder, arms, seed))
        print(f"study {seed}: {len(arms)} arms", flush=True)
    table, answers = pd.concat(runs, ignore_index=True), pd.concat(scores, ignore_index=True)
    table.to_csv(options.out / "runs.csv", index=False)
    answers.to_parquet(options.out / "scores.parquet", index=False)

    rmse = show(rmse_table(table), "rmse", options.out)
    show(differences(table), "rmse_differences", options.out)
    ratios = show(reduction_ratios(rmse_draws(table), against="all"), "reductions", options.out)
    compared = compare_arms(answers, replicates=REPLICATES)
    show(compared.bootstrap, "worth", options.out)
    judged = answers[answers["arm"].isin(GROUPS) & answers["dimension"].isin(GROUPS)]
    steering = steering_matrix(judged.rename(columns={"arm": "target", "dimension": "group"}))
    show(steering.matrix, "steering", options.out)
    show(steering.advantage, "steering_advantage", options.out)
    for sentence in (*compared.problems, *steering.problems):
        print(f"- {sentence}")

    tables = compared.tables() | {"reductions": ratios, "training_conditions": rmse}
    tables |= {"steering": steering.matrix, "steering_advantage": steering.advantage}
    write_summary(options.out / "summary", tables, problems=[*compared.problems, *steering.problems], simulated=True)
    for name, axes in {
        "arms": figures.arms(compared.effects, seeds=compared.seeds),
        "reductions": figures.reduction_ratios(ratios),
        "steering": figures.steerability(steering.matrix, advantage=steering.advantage),
    }.items():
        figures.style.save(axes, options.out / name)
    settings = {name: str(value) for name, value in vars(options).items()}
    (options.out / "run.json").write_text(json.dumps({"settings": settings, "version": ps.__version__}, indent=2))
    return 0


def base_model(study: SyntheticStudy, folder: Path, steps: int, seed: int) -> Path:
    """A tiny model that has learnt the words of the language, and nothing about who likes which."""
    texts = study.responses["prompt"] + " " + study.responses["response"]
    tiny = folder / "tiny"
    if not (tiny / "tokenizer.json").is_file():
        tiny_model(tiny, texts, seed=seed)
    pairs = pair_rows(study, np.full(len(study.responses) // 2, 0.5))
    settings = RunSettings(str(tiny), folder / "base", method="sft", steps=steps, batch_size=16, learning_rate=3e-3)
    return train_model(settings, pairs).model


def pair_rows(study: SyntheticStudy, p: np.ndarray) -> pd.DataFrame:
    """The two responses to every question with given probabilities that the first is preferred."""
    first, second = (study.responses.iloc[at::2].reset_index(drop=True) for at in (0, 1))
    return oriented(first["prompt"], first["response"], second["response"], p)


def oriented(prompt: pd.Series, first: pd.Series, second: pd.Series, p: np.ndarray) -> pd.DataFrame:
    """Pairs with the preferred response as ``chosen``."""
    swap = p < 0.5
    chosen, rejected = np.where(swap, second, first), np.where(swap, first, second)
    return pd.DataFrame({"prompt": prompt, "chosen": chosen, "rejected": rejected, "p": np.where(swap, 1.0 - p, p)})


def true_pairs(study: SyntheticStudy) -> pd.DataFrame:
    """Rated and new pairs with the truth of every population; ``target`` says which: "north, new"."""
    new, parts = study.test_pairs, []
    rated = true_preferences(study)
    for name, shares in TRUTHS.items():
        parts.append(pair_rows(study, np.array(shares) @ rated).assign(target=f"{name}, rated"))
        p = new[[f"p_{group}" for group in GROUPS]].to_numpy() @ shares
        parts.append(oriented(new["prompt"], new["first"], new["second"], p).assign(target=f"{name}, new"))
    return pd.concat(parts, ignore_index=True)


def true_preferences(study: SyntheticStudy) -> np.ndarray:
    """(2, questions) what random raters of each group prefer."""
    worth = study.language.worth(study.responses["response"])
    return preference(worth[:, ::2], worth[:, 1::2])


def arms_of(study: SyntheticStudy, base: Path, folder: Path, steps: int, seed: int) -> list[Arm]:
    """All arms of one study."""
    fits = {n: fitted(study.ratings if n == 5 else study.ratings.collapse(n), seed) for n in (5, 3, 2)}
    tables, held_out = pair_tables(study, fits), true_pairs(study)
    dpo = RunSettings(str(base), folder, steps=steps, batch_size=16, learning_rate=1e-3, save_every=steps)
    arms = [Arm(name, table, dpo, factors(name), held_out=held_out) for name, table in tables.items()]
    reward = reward_model(fits[5], study.responses, base, folder, steps, seed)
    grpo = replace(
        dpo, method="grpo", learning_rate=3e-4, reward_models=(str(reward),), generations=8, completion_length=12
    )
    return [*arms, Arm("GRPO", tables["posterior"], grpo, factors("GRPO"))]


def pair_tables(study: SyntheticStudy, fits: Mapping[int, ps.Fit]) -> dict[str, pd.DataFrame]:
    """The pairs of every arm but that of GRPO, which takes those of the posterior for their prompts."""
    ratings, responses = study.ratings, study.responses
    equal = ps.Population.equal_shares(ratings, "group")
    by_group = ps.preference_pairs(fits[5], responses, by="group").table
    return {
        **{
            policy: ps.preference_pairs(ratings, responses, policy=policy).table
            for policy in ("all", "majority", "mean")
        },
        "posterior": ps.preference_pairs(fits[5], responses).table,
        "poststratified": ps.preference_pairs(fits[5], responses, population=equal).table,
        "3 points": ps.preference_pairs(fits[3], responses).table,
        "2 points": ps.preference_pairs(fits[2], responses).table,
        **{group: by_group[by_group["target"] == f"group: {group}"] for group in GROUPS},
        "truth": pair_rows(study, np.array(TRUTHS["raters"]) @ true_preferences(study)),
    }


def factors(name: str) -> Mapping[str, str]:
    """What an arm stands for in each experiment."""
    return {
        "who": name if name in GROUPS else "all raters",
        "scale": name[0] if name.endswith("points") else "5",
        "disagreement": name if name in ("all", "majority", "mean", "poststratified", "truth") else "posterior",
        "optimiser": "GRPO" if name == "GRPO" else "DPO",
    }


def fitted(ratings: ps.Ratings, seed: int) -> ps.Fit:
    """The posterior mode with Laplace's approximation: seconds for 1,600 effects of items."""
    return ps.fit(ratings, FORMULA, method="laplace", priors=ps.Priors(), draws=1000, seed=seed, on_problem="ignore")


def reward_model(fit: ps.Fit, responses: pd.DataFrame, base: Path, folder: Path, steps: int, seed: int) -> Path:
    """An ordinal reward model of the posterior labels."""
    labels = ps.label_distributions(fit).with_texts(responses)
    settings = RunSettings(
        str(base), folder / "reward", method="ordinal_reward", steps=steps, batch_size=16, learning_rate=1e-3, seed=seed
    )
    return train_model(settings, labels).folder


def true_worth(model: Path, arm: Arm | None, *, study: SyntheticStudy, seed: int, out: Path | None = None) -> dict:
    """Mean true worth, on the latent scale, of sampled responses to each group; the responses are kept."""
    prompts = study.test_pairs["prompt"].tolist()
    said = pd.Series(sampled_responses(model, prompts, tokens=12, batch_size=100, seed=seed))
    worth = study.language.worth(said.str.split().str[:WORDS].str.join(" "))  # saying good words twice is no merit
    columns = {f"worth ({group})": worth[g] for g, group in enumerate(GROUPS)}
    frame = pd.DataFrame({"prompt_id": [f"{seed}-{i}" for i in range(len(said))], "response": said} | columns)
    frame.to_parquet((out or model.parent) / OUTPUTS, index=False)
    return {name: values.mean() for name, values in columns.items()}


def outputs(folder: Path, arms: list[Arm], seed: int) -> pd.DataFrame:
    """The score table of a study's sampled responses: what they are worth to each group."""
    places = {"base": folder} | {arm.name: folder / "arms" / arm.name / f"seed-{seed}" for arm in arms}
    parts = []
    for arm, place in places.items():
        frame = pd.read_parquet(place / OUTPUTS)
        for group in GROUPS:
            columns = {
                "arm": arm,
                "judge": "truth",
                "seed": seed,
                "dimension": group,
                "score": frame[f"worth ({group})"],
            }
            parts.append(frame[["prompt_id", "response"]].assign(**columns))
    return pd.concat(parts, ignore_index=True)


def rmse_of(table: pd.DataFrame, truth: str) -> pd.DataFrame:
    """(studies, arms) root mean squared error of implied preferences; arms without any are left out."""
    return np.sqrt(table.pivot_table(f"brier ({truth})", "study", "arm")).dropna(axis="columns")


def rmse_table(table: pd.DataFrame) -> pd.DataFrame:
    """RMSE of every arm to the truth of every population, with 95% t intervals over studies, and accuracy."""
    rows = []
    for truth in TRUTHS:
        for kind in KINDS:
            for arm, values in rmse_of(table, f"{truth}, {kind}").items():
                accuracy = table.loc[table["arm"] == arm, f"accuracy ({truth}, {kind})"].mean()
                rows.append({"arm": arm, "truth": truth, "pairs": kind, **over_studies(values), "accuracy": accuracy})
    return pd.DataFrame(rows)


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """RMSE of every arm less that of the posterior on the same study."""
    rows = []
    for truth in TRUTHS:
        for kind in KINDS:
            rmse = rmse_of(table, f"{truth}, {kind}")
            for arm in rmse.columns.drop("posterior"):
                row = {"arm": arm, "truth": truth, "pairs": kind}
                rows.append(row | over_studies(rmse[arm] - rmse["posterior"]))
    return pd.DataFrame(rows)


def over_studies(values: pd.Series) -> dict[str, float]:
    """Mean and 95% t interval."""
    n = len(values)
    half = student.ppf(0.975, n - 1) * values.std() / np.sqrt(n) if n > 1 else np.nan
    return {"estimate": values.mean(), "lower": values.mean() - half, "upper": values.mean() + half, "n_studies": n}


def spread(study: SyntheticStudy) -> float:
    """RMSE of a model that prefers nothing: of 1/2 to the truth of the raters, on the rated pairs."""
    p = np.array(TRUTHS["raters"]) @ true_preferences(study)
    return float(np.sqrt(((p - 0.5) ** 2).mean()))


def rmse_draws(table: pd.DataFrame) -> pd.DataFrame:
    """Bootstrap over studies of what every arm takes off the RMSE of a model that prefers nothing (p = 1/2)."""
    rmse, rng = rmse_of(table, MAIN), np.random.default_rng(1)
    nothing = table.groupby("study")["spread"].first()
    change = rmse.sub(nothing, axis="index")
    drawn = rng.integers(len(change), size=(REPLICATES, len(change)))
    parts = [
        pd.DataFrame({"arm": arm, "draw": range(REPLICATES), "effect": values.to_numpy()[drawn].mean(axis=1)})
        for arm, values in change.items()
    ]
    return pd.concat(parts, ignore_index=True)


def show(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """Print a table and write it as CSV."""
    print(f"\n{name}\n{table.round(3).to_string(index=False)}", flush=True)
    table.to_csv(out / f"{name}.csv", index=False)
    return table


if __name__ == "__main__":
    raise SystemExit(main())
