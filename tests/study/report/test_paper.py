"""The folder for a paper: a table and a figure of each finding, with the numbers of the report."""

import re

import pandas as pd


def test_every_finding_has_its_files_and_the_readme_names_all_of_them(finished):
    folder = finished.folder / "paper"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    names = [path.name for path in folder.iterdir() if path.name != "README.md"]
    assert sorted(set(re.findall(r"`([^`]+\.(?:csv|md|tex|svg|pdf|png))`", readme))) == sorted(names)
    stems = [name.removesuffix(".csv") for name in sorted(names) if name.endswith(".csv")]
    assert [stem.partition("-")[0] for stem in stems] == [str(i + 1) for i in range(len(finished.findings))]
    assert re.findall(r"^## (.*)$", readme, re.MULTILINE) == stems
    assert all(finding.text in readme and finding.note in readme for finding in finished.findings)
    assert all(f"{stem}.{kind}" in names for stem in stems for kind in ("md", "tex", "svg", "pdf", "png"))


def test_a_table_has_the_rows_and_numbers_of_the_report(finished):
    first = finished.findings[0]
    (path,) = (finished.folder / "paper").glob("1-*.csv")
    assert path.name == "1-gender.csv"  # simulated so: "male" is 0.8 higher
    effects = finished.tables["effects"]
    same = effects[(effects["demographic"] == "gender") & (effects["estimand"] == "points")]
    read = pd.read_csv(path)
    pd.testing.assert_series_equal(read["estimate"], same["estimate"].reset_index(drop=True))
    bracket = re.search(r"\[.*?\]", first.text)[0]
    assert bracket in path.with_suffix(".md").read_text(encoding="utf-8")
    assert bracket in path.with_suffix(".tex").read_text(encoding="utf-8").replace("$-$", "−")


def test_the_csv_of_clear_contrasts_has_all_of_them_with_their_adjusted_p(finished):
    (path,) = (finished.folder / "paper").glob("*-clear-contrasts.csv")
    read = pd.read_csv(path)
    effects = finished.tables["effects"]
    assert len(read) == (effects["estimand"] == "points").sum()
    listed = next(finding for finding in finished.findings if finding.lines).lines
    assert len(listed) == (read["p_adjusted"] < 0.05).sum() > 0
