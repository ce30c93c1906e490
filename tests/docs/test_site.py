"""The built pages: links that lead somewhere, nothing from elsewhere, pictures with words, under 30 MB."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LARGEST = 30e6  # bytes
PLAIN = {"http", "https"}
LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
ADDRESS_IN_STYLE = re.compile(r"(?:url\(\s*|@import\s+)[\"']?(?:https?:)?//", re.IGNORECASE)


class Page(HTMLParser):
    """The links, anchors, loaded resources and pictures of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors |= {str(given[name]) for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "link" and given.get("href"):
            self.loaded.append(str(given["href"]))
        if tag in LOADED and given.get(LOADED[tag]):
            self.loaded.append(str(given[LOADED[tag]]))
        if tag == "img":
            self.pictures.append(given)


@cache
def pages(site: Path) -> dict[Path, Page]:
    found = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return {path: page for path, page in found.items() if "_static" not in path.parts}


def is_dead(link: str, path: Path, site: Path) -> bool:
    """Whether an internal link leads to no file, or to no such place in it."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return True
    if not parts.fragment or target.suffix != ".html":
        return False
    return unquote(parts.fragment) not in pages(site)[target].anchors and parts.fragment != "#"


def test_every_internal_link_and_anchor_is_alive(site):
    found = pages(site)
    assert len(found) > 150
    dead = [
        f"{path.relative_to(site)}: {link}"
        for path, page in found.items()
        for link in [*page.links, *page.loaded]
        if link != "#" and not link.startswith("data:") and is_dead(link, path, site)
    ]
    assert dead == []


def test_a_dead_link_would_be_found(site):
    index = site / "index.html"
    assert is_dead("no_such_page.html", index, site)
    assert is_dead("index.html#no-such-place", index, site)
    assert not is_dead("generated/gallery/effects.html#figure-forest", index, site)


def test_nothing_is_loaded_from_elsewhere(site):
    loaded = [link for page in pages(site).values() for link in page.loaded]
    assert [link for link in loaded if urlsplit(link).scheme in PLAIN or link.startswith("//")] == []
    styles = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in site.rglob("*.css")}
    assert styles
    assert [name for name, text in styles.items() if ADDRESS_IN_STYLE.search(text)] == []


def test_every_picture_has_words(site):
    bare = [
        f"{path.relative_to(site)}: {picture.get('src')}"
        for path, page in pages(site).items()
        for picture in page.pictures
        if not (picture.get("alt") or "").strip()
    ]
    assert bare == []


def test_formulas_are_mathml(site):
    text = (site / "methods" / "model.html").read_text(encoding="utf-8")
    assert text.count("<math ") > 10
    assert "\\eta" not in text


def test_programs_find_the_pages_as_text(site):
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\((\S+?)\)", listed) if not (site / link).is_file()] == []
    assert "phrasebook.html" in listed
    assert "# First study" in (site / "llms-full.txt").read_text(encoding="utf-8")


def test_the_site_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < LARGEST


def test_no_page_names_a_path_of_this_machine(site):
    home = str(Path(__file__).parents[2])
    named = [path.relative_to(site) for path in site.rglob("*.html") if home in path.read_text(encoding="utf-8")]
    assert named == []
