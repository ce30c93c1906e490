"""The page in a real browser: no error, selectors bring in the rows, files come out of the page, paper has the rest."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def run(folder: Path, html: str, *more: str) -> subprocess.CompletedProcess:
    """The page in a browser of its own, with what it writes to its console."""
    page = folder / "report.html"
    page.write_text(html, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=8000"]
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        [str(CHROMIUM), *flags, profile, *more, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )


def acted(folder: Path, html: str, script: str) -> str:
    """The page as a reader has it after ``script``; what that logs as an error fails."""
    before, end, after = html.rpartition("</body>")
    done = run(folder, f"{before}<script>{script}</script>{end}{after}", "--dump-dom")
    assert re.findall(r"CONSOLE.*", done.stderr) == []
    return done.stdout


@pytest.fixture(scope="module")
def html(finished) -> str:
    return (finished.folder / "report.html").read_text(encoding="utf-8")


def table(dom: str, name: str) -> str:
    return re.search(rf'<table id="{name}".*?</table>', dom, re.DOTALL)[0]


def test_choosing_another_estimand_brings_in_its_rows_and_says_so(html: str, tmp_path: Path):
    dom = acted(
        tmp_path,
        html,
        "const select = document.querySelector('[data-table=table-effects] select'); select.value = '1';"
        "select.dispatchEvent(new Event('change', { bubbles: true }));",
    )
    before, after = (re.findall(r"<tr>(.*?)</tr>", table(page, "table-effects"), re.DOTALL) for page in (html, dom))
    assert len(before) == len(after) == 3  # a header, and a contrast of two demographics
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert "Shown: Percentage points of P(rating &gt;= 4) (2 of 4 rows)." in dom
    assert "Shown: Rating points (2 of 4 rows)." in html  # the sentence without a script


def test_sorting_is_by_the_value_and_files_come_out_of_a_page_sent_alone(html: str, tmp_path: Path):
    dom = acted(
        tmp_path,
        html,
        "document.querySelectorAll('#table-sample thead button')[2].click();"
        "unpack().then((all) => { document.title = all['sample.csv'].split('\\n')[0]; });",
    )
    rows = re.findall(r"<tr>(.*?)</tr>", table(dom, "table-sample"), re.DOTALL)[1:]
    raters = [int(re.findall(r'data-sort="([^"]*)"', row)[0]) for row in rows]
    assert len(raters) == 5
    assert raters == sorted(raters)
    assert "<title>demographic,level,is_reference,n_raters,n_ratings,percent_raters</title>" in dom


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_does_not_scroll_sideways(html: str, tmp_path: Path, width: int):
    page = html.replace("&", "&amp;").replace('"', "&quot;")  # in a frame, for no window is so narrow
    frame = f'<iframe id="f" style="width: {width}px; height: 900px; border: 0" srcdoc="{page}"></iframe>'
    script = (
        "setTimeout(() => { const page = document.getElementById('f').contentDocument.documentElement;"
        "document.title = page.scrollWidth + ' of ' + page.clientWidth; }, 2000);"
    )
    dom = acted(tmp_path, f"<!DOCTYPE html><body>{frame}</body>", script)
    needed, has = re.search(r"<title>(\d+) of (\d+)</title>", dom).groups()
    assert needed == has
