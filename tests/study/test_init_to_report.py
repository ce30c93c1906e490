"""From the file to the page, nothing typed in between: ``pluralstats init``, then ``pluralstats study``."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app

N_RATERS, N_ITEMS = 20, 8


class Case(NamedTuple):
    """A file in one of the shapes: who writes it into a folder, how it is read, how many ratings are in it.

    ``asks`` is what a person has to confirm before ``study FILE`` runs; ``groups`` whether it tells the raters' gender.
    """

    write: Callable[[Path], Path]
    title: str
    n_ratings: int
    asks: str = ""
    groups: bool = True


def complete(seed: int = 1) -> pd.DataFrame:
    """Everybody rates everything: item, rater, gender, rating from 1 to 5; invented."""
    draw = np.random.default_rng(seed)
    rater, item = np.divmod(np.arange(N_RATERS * N_ITEMS), N_ITEMS)
    rating = np.clip(np.round(2 + item / 4 + draw.normal(0, 1.2, len(item))), 1, 5).astype(int)
    ids = {"item": [f"t{i}" for i in item], "rater": [f"p{i:02d}" for i in rater]}
    return pd.DataFrame({**ids, "rating": rating, "gender": np.where(rater % 2, "woman", "man")})


def long_csv(folder: Path) -> Path:
    path = folder / "ratings.csv"
    complete().rename(columns={"item": "text_id", "rater": "worker_id", "rating": "label"}).to_csv(path, index=False)
    return path


def dimensions_csv(folder: Path) -> Path:
    path = folder / "dimensions.csv"
    wide = complete().rename(columns={"rating": "toxicity"}).assign(helpfulness=complete(seed=2)["rating"])
    wide.to_csv(path, index=False)
    return path


def ticks_csv(folder: Path) -> Path:
    path = folder / "ticks.csv"
    table = complete()
    marks = {f"rating_{answer}": (table["rating"] == answer).astype(int) for answer in range(1, 6)}
    renamed = table.drop(columns="rating").rename(columns={"item": "text_id", "rater": "worker_id"})
    renamed.assign(**marks).to_csv(path, index=False)
    return path


def by_person() -> pd.DataFrame:
    """One row a person, one column an item t0, t1 ..., and gender."""
    table = complete().pivot_table(index=["rater", "gender"], columns="item", values="rating").astype(int)
    return table.reset_index()


def qualtrics_csv(folder: Path) -> Path:
    """Three header rows, columns of the tool, a preview that is no response."""
    people = by_person()
    questions = {f"Q5_{i + 1}": people[f"t{i}"] for i in range(N_ITEMS)}
    status = {"StartDate": "2026-05-01 10:00:00", "Status": "IP Address", "Finished": "True"}
    table = pd.DataFrame({**status, "ResponseId": people["rater"], **questions, "gender": people["gender"]})
    preview = table.head(1).assign(Status="Survey Preview", ResponseId="R_0")
    texts = {name: f"What of {name}?" for name in table}
    ids = {name: json.dumps({"ImportId": name}) for name in table}
    path = folder / "survey.csv"
    pd.concat([pd.DataFrame([texts, ids]), table, preview]).to_csv(path, index=False)
    return path


def google_csv(folder: Path) -> Path:
    """A time stamp first, a column for each row of the grid, answers in words."""
    words = dict(enumerate(["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"], start=1))
    people = by_person()
    grid = {f"It is rude. [t{i}]": people[f"t{i}"].map(words) for i in range(N_ITEMS)}
    who = {"Timestamp": "2026/05/01 10:00:00 AM GMT+1", "Your name": people["rater"]}
    path = folder / "form.csv"
    pd.DataFrame({**who, **grid, "gender": people["gender"]}).to_csv(path, index=False)
    return path


def matrix_csv(folder: Path) -> Path:
    """One row an item, one column a rater: nothing tells the raters' gender."""
    path = folder / "matrix.csv"
    table = complete().pivot_table(index="item", columns="rater", values="rating").astype(int)
    table.rename(columns=lambda name: f"ann_{name[1:]}").rename_axis("text_id").reset_index().to_csv(path, index=False)
    return path


def label_studio_json(folder: Path) -> Path:
    """Tasks with annotations of one rating each, and a cancelled one."""

    def annotation(row: object, cancelled: bool) -> dict[str, object]:
        result = {"from_name": "toxicity", "to_name": "text", "type": "rating", "value": {"rating": row.rating}}
        return {"completed_by": {"email": row.rater}, "result": [result], "was_cancelled": cancelled}

    tasks = [
        {
            "id": number,
            "data": {"text": item},
            "annotations": [annotation(row, cancelled=False) for row in rows.itertuples()],
        }
        for number, (item, rows) in enumerate(complete().groupby("item"))
    ]
    tasks[0]["annotations"].append(annotation(complete().iloc[0], cancelled=True))
    return written(folder / "tasks.json", tasks)


def lewidi_json(folder: Path) -> Path:
    """Annotations and annotators of an item side by side, and the annotators' groups."""
    records = {
        item: {
            "text": f"text {item}",
            "annotation task": "offensiveness detection",
            "number of annotations": len(rows),
            "annotations": ",".join(map(str, rows["rating"])),
            "annotators": ",".join(rows["rater"]),
            "lang": "en",
            "hard_label": "",
            "soft_label": {str(answer): 0.2 for answer in range(1, 6)},
            "split": "train",
            "other_info": {"gender_group": ",".join(rows["gender"])},
        }
        for item, rows in complete().groupby("item")
    }
    return written(folder / "MD_train.json", records)


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content, default=int), encoding="utf-8")
    return path


N = N_RATERS * N_ITEMS
CASES = {
    "long": Case(long_csv, "a row a rating", N),
    "dimensions": Case(dimensions_csv, "a column a dimension", 2 * N),
    "qualtrics": Case(qualtrics_csv, "a Qualtrics export", N),
    "google form": Case(google_csv, "answers of a Google form", N),
    "matrix": Case(matrix_csv, "a row an item and a column a rater", N, asks="looks like a row an item", groups=False),
    "ticks": Case(ticks_csv, "a column for each answer", N, asks="looks like a column for each answer"),
    "label studio": Case(label_studio_json, "a Label Studio export", N, groups=False),
    "le-wi-di": Case(lewidi_json, "a data set of Le-Wi-Di", N),
}


DRAWN = ("dimensions",)  # whose figures are all that one dimension has, and more


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", CASES)
def test_init_then_study_makes_the_page(name: str, tmp_path: Path, drawing_only):
    case = CASES[name]
    path = case.write(tmp_path)
    study, out = tmp_path / "study.toml", tmp_path / "results"
    made = call("init", path, "--out", study)
    assert made.exit_code == 0, made.output
    assert f"is read as {case.title}." in made.stdout
    with nullcontext() if name in DRAWN else drawing_only():  # the ratings are the same, however they came
        done = call("study", study, "--method", "laplace", "--out", out)
    assert done.exit_code == 0, done.output
    assert case.title.encode() in (out / "study.toml").read_bytes()
    assert json.loads((out / "provenance.json").read_text(encoding="utf-8"))["data"]["n_ratings"] == case.n_ratings
    assert ("gender" in (out / "report.html").read_text(encoding="utf-8")) == case.groups


@pytest.mark.parametrize("name", CASES)
def test_a_study_of_the_file_itself_is_the_study_that_init_writes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    case, asked = CASES[name], []
    path = case.write(tmp_path)

    def stopped(*arguments: object, **_: object) -> None:
        asked.append(arguments)
        raise ps.FitError("Not fitted in this test.")

    monkeypatch.setattr(ps, "run_study", stopped)
    done = call("study", path)
    assert f"is read as {case.title}" in done.stderr
    call("init", path, "--out", tmp_path / "study.toml")
    if case.asks:
        assert case.asks in done.stderr
        assert asked == []
        return
    ((config, data, _),) = asked
    assert data is None
    assert config == ps.StudyConfig.read(tmp_path / "study.toml")
