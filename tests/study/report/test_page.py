"""The page stands alone, is valid, and says what the tables say."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import AgreementConfig, ModelConfig
from pluralstats.study.report.embedded import page_figure
from pluralstats.study.sections.disagreement.coefficients import agreement_table
from pluralstats.study.sections.methods.paragraph import methods_paragraph
from pluralstats.study.sections.methods.works import REFERENCES, references
from pluralstats.study.sections.parts import Picture
from pluralstats.study.sections.trust.other_models import by_model_table
from pluralstats.study.steps.models import adds_rater

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Every element of a page with its attributes; ``errors`` lists tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.errors: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        self.errors += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        names = [name for name, _ in attrs]
        self.errors += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at {self.getpos()} closes nothing")

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def html(finished) -> str:
    return (finished.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_tags_match_and_ids_are_unique(page: Page):
    assert page.errors == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_links_labels_and_buttons_lead_somewhere(page: Page):
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    targets += [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    targets += [a["data-source"] for a in page.all("button") if "data-source" in a]
    assert len(targets) > 10
    assert set(targets) <= ids


def test_nothing_is_fetched_and_every_file_named_lies_beside_the_page(page: Page, html: str, finished):
    sources = [a[key] for _, a in page.elements for key in ("src", "href", "action", "srcset") if key in a]
    beside = [source for source in sources if not source.startswith(("data:", "#"))]
    assert len(beside) > 20
    assert [name for name in beside if not (finished.folder / name).is_file()] == []
    outside_images = re.sub(r"data:[^\"]*", "", html)
    assert "http" not in outside_images
    assert "@import" not in outside_images
    assert "url(" not in outside_images


def test_every_picture_is_described_and_every_table_has_caption_and_scopes(page: Page):
    assert len(page.all("img")) >= 6
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    folded = [table for table in page.all("table") if "aria-labelledby" in table]
    assert len(page.all("caption")) == len(page.all("table")) - len(folded) > 3
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))


def test_headings_form_an_outline(page: Page):
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_sections_come_in_the_order_of_the_contents(page: Page):
    sections = [section["id"] for section in page.all("section")]
    assert sections == ["sample", "findings", "effects", "disagreement", "labels", "trust", "methods", "reproduce"]
    assert [a["href"][1:] for a in page.all("a") if a["href"][1:] in sections][1:] == sections  # after the skip link


def test_every_table_can_be_saved_in_full_precision_from_the_page_alone(page: Page, html: str, finished):
    links = [link["download"] for link in page.all("a") if "download" in link]
    assert len(links) == len(page.all("table"))
    packed = re.search(r'<script type="text/plain" id="files">([^<]*)</script>', html)[1]
    files = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert sorted(files) == sorted(links)
    for name, content in files.items():
        assert content.encode() == (finished.folder / "tables" / name).read_bytes(), name


def test_texts_of_the_user_cannot_break_the_page(html: str):
    assert "<h1>A &lt;small&gt; study &amp; its &#34;quotes&#34;</h1>" in html


def test_findings_of_the_result_are_on_the_page(html: str, finished):
    text = html.replace("&#39;", "'")
    assert all(f"<strong>{finding.text}</strong>" in text for finding in finished.findings)


def test_the_page_is_small(html: str, finished):
    pictures = sum(path.stat().st_size for path in (finished.folder / "figures").glob("*.svg"))
    embedded = sum(len(uri) for uri in re.findall(r'src="data:[^"]*', html))
    assert embedded < 0.6 * pictures  # base64 of the files would be 1.33
    assert len(html.encode()) < 2_500_000


def test_ratings_of_people_carry_no_band_of_simulated_ones(html: str):
    assert 'class="simulated"' not in html


def test_the_estimand_and_methods_are_named(html: str):
    assert "cumulative probit mixed model (McCullagh, 1980)" in html
    assert "Differences within ±0.1 rating points counted as equivalent." in html
    assert "random seed was 4" in html


def test_items_only_is_recognised_as_the_main_model_without_raters():
    formulas = {
        "main": "rating ~ g + (1 | item) + (1 | rater)",
        "items only": "rating ~ g + (1|item)",
        "no g": "rating ~ 1 + (1 | item)",
    }
    assert adds_rater(formulas, ("g", "item", "rater")) == {"main": False, "items only": True, "no g": False}


METHODS = {
    "alpha": (("alpha_ordinal",), "alpha (ordinal; Krippendorff, 2019)", ["Krippendorff", "Owen"]),
    "percent": (("percent",), "Percent agreement (Fleiss, 1971) was the share", ["Fleiss", "Owen"]),
    "both": (
        ("alpha_nominal", "percent"),
        "alpha (nominal; Krippendorff, 2019). Percent agreement (Fleiss, 1971)",
        ["Fleiss", "Krippendorff", "Owen"],
    ),
}


@pytest.mark.parametrize("case", METHODS)
def test_every_agreement_coefficient_is_told_and_cited(case: str, small, finished):
    coefficients, words, authors = METHODS[case]
    config = StudyConfig(agreement=AgreementConfig(coefficients=coefficients))
    versions = finished.fits["main", ""].provenance["versions"] | {"python": "3", "krippendorff": "1"}
    paragraph = methods_paragraph(config, small, "rating ~ gender", "probit", versions)
    assert words in paragraph
    assert "Percentile intervals of agreement are from 500 bootstrap replicates" in paragraph
    cited = [work.partition(",")[0] for work in references(paragraph)]
    assert [author for author in cited if author in ("Fleiss", "Krippendorff", "Owen")] == authors


def test_models_stand_under_each_other_for_every_contrast(tables):
    table = by_model_table(tables["effects_by_model"])
    assert [(row[1].text[:5], row[2].text) for row in table.rows[:3]] == [
        ("Black", "main"),
        ("Black", "items only"),
        ("Asian", "main"),
    ]


def test_agreement_shows_one_bootstrap(tables):
    row = tables["agreement"].assign(n_raters=5, n_items=7, note="")
    table = agreement_table(pd.concat([row, row.assign(bootstrap="items")]))
    assert len(table.rows) == 1
    assert table.name == "agreement"  # whose file has all


def test_a_heavy_drawing_goes_into_the_page_as_pixels(tmp_path: Path):
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    svg.write_bytes(b"<svg>" + b"<g/>" * 170_000 + b"</svg>")
    shades = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(shades).save(png)
    picture = Picture("rating_shares", "caption", "alt", svg, png)
    shown = page_figure(picture).uri
    assert shown.startswith("data:image/png")
    assert len(shown) < 0.6 * png.stat().st_size  # in few colours
    svg.write_bytes(b"<svg></svg>")
    assert page_figure(picture).uri.startswith("data:image/svg+xml")
    assert page_figure(picture).id == "figure-rating-shares"


def test_methods_say_what_was_left_out():
    frame = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=4, seed=1).frame
    frame = frame.assign(rating=frame["rating"] + 1, gender=frame["gender"].astype(object))
    frame.loc[frame["rater"] == frame["rater"].iloc[0], "gender"] = None
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=("gender",))
    versions = dict.fromkeys(("pluralstats", "python", "numpy", "scipy", "numba", "krippendorff"), "1")
    text = methods_paragraph(StudyConfig(), ratings, "rating ~ gender", "probit", versions)
    assert "on the scale 1-5. Left out before were rows of the file: 4 rows of 1 rater (undisclosed, gender). A" in text


def test_methods_say_what_design_weights_and_few_raters_do():
    frame = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=4, seed=1).frame
    heavy = frame["rater"].cat.codes < 2
    frame = frame.assign(rating=frame["rating"] + 1, rater_weight=np.where(heavy, 10.0, 1.0))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=("gender",))
    versions = dict.fromkeys(("pluralstats", "python", "numpy", "scipy", "numba", "krippendorff"), "1")
    text = methods_paragraph(StudyConfig(), ratings, "rating ~ gender", "probit", versions)
    # Kish: (2 * 10 + 18)^2 / (2 * 100 + 18) = 6.6, and 20 / 6.6 = 3.0
    assert "with which 20 raters are worth 7 with equal weights (Kish, 1965; design effect 3.0). Draws were" in text
    assert [work for work in references(text) if work.startswith(("Kish", "Binder", "Williams"))] == [
        REFERENCES[name] for name in ("Binder, 1983", "Kish, 1965", "Williams & Savitsky, 2021")
    ]
    assert "Student's t" not in text  # the exact posterior needs none
    laplace = StudyConfig(model=ModelConfig(method="laplace"))
    assert "the width of Student's t" in methods_paragraph(laplace, ratings, "rating ~ gender", "probit", versions)


def test_the_page_explains_its_two_terms_of_art(html: str):
    assert "“Latent” is the continuous scale" in html
    assert "“items only” is the same model without the rater effect" in html
