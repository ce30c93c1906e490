"""No page says an error to the browser's console; in Debian's chromium, where it is installed."""

import shutil
import subprocess

import pytest

PAGES = (
    "index.html",
    "generated/gallery/index.html",
    "tutorials/first-study.html",
    "generated/api/names/pluralstats.effects.html",
    "generated/keys/index.html",
    "methods/model.html",
)
SAYS = "CONSOLE"
THEME = '"[PST]:'  # the theme says which colours it took and where the sidebar stands


def console(browser: str, address: str, folder) -> list[str]:
    """What a page says to the console while it loads."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--enable-logging=stderr"]
    command = [browser, *options, "--v=0", "--virtual-time-budget=5000", "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "</html>" in done.stdout, done.stderr
    return [line for line in done.stderr.splitlines() if SAYS in line and THEME not in line]


@pytest.fixture(scope="session")
def browser() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_console_is_silent(page, site, browser, tmp_path):
    assert console(browser, (site / page).as_uri(), tmp_path) == []


def test_an_error_would_be_heard(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body><script>console.error('lost'); missing();</script></body></html>")
    said = console(browser, page.as_uri(), tmp_path / "profile")
    assert any("lost" in line for line in said)
    assert any("missing is not defined" in line for line in said)
