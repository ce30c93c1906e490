"""A saved fit comes back as it was, and a damaged one is refused in a sentence that says what to do."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings
from pluralstats.fits.folder import FORMAT, card_sum
from pluralstats.fits.loading import load_fit

FILES = ["draws.nc", "fit.json", "parameters.parquet", "random_effects.parquet", "ratings.json", "ratings.parquet"]
SAMPLED = {"method": "hmc", "draws": 100, "sampler": ps.Sampler(chains=2, warmup=50)}
LAPLACE = {"method": "laplace", "draws": 50}
GENDER = {"gender": {"female": 0.5, "male": 0.5}}


def study(**changes) -> ps.Ratings:
    options = {"n_raters": 20, "n_items": 10, "ratings_per_rater": 6, "demographics": GENDER, "seed": 1}
    return ps.simulate(**options | changes)


def quiet_fit(ratings: ps.Ratings, formula: str | None = None, **options) -> ps.Fit:
    return ps.fit(ratings, formula, on_problem="ignore", **LAPLACE | options)


def odd_names() -> ps.Ratings:
    """Columns that netCDF, Parquet or a path could stumble over, rows with weights, levels out of their alphabet."""
    frame = study().frame
    data = frame[["item", "rater"]].astype("str").assign(rating=frame["rating"] + 1, weight=2.0)
    data["sd"] = np.where(frame["gender"] == "male", "z/1", "a 2")
    data["term/x"] = np.where(np.arange(len(data)) % 3 == 0, "b", "ä")
    data["year"] = np.arange(len(data)) / 7.0
    return ps.Ratings(data, scale=(1, 5), demographics=["sd"], covariates=["term/x", "year"], reference={"sd": "z/1"})


def extreme() -> ps.Ratings:
    """All women give the highest rating, so that their coefficient has no finite estimate."""
    frame = study().frame
    rating = np.where(frame["gender"] == "female", 5, frame["rating"].clip(upper=3) + 1)
    data = frame[["item", "rater", "gender"]].assign(rating=rating)
    return ps.Ratings(data, scale=(1, 5), demographics=["gender"], reference={"gender": "male"})


KINDS = {
    "laplace": lambda: quiet_fit(study()),
    "laplace with priors": lambda: quiet_fit(study(), priors=ps.Priors(coefficient=0.5, terms={"sd(rater)": 2.0})),
    "bernoulli": lambda: quiet_fit(study().collapse(2), family="bernoulli", link="logit"),
    "gaussian": lambda: quiet_fit(study(family="gaussian", intercept=3.0), family="gaussian", reml=True),
    "no random term": lambda: quiet_fit(study(), "rating ~ gender"),
    "no fixed term": lambda: quiet_fit(study(), "rating ~ (1 | item)"),
    "odd names": lambda: quiet_fit(odd_names(), "rating ~ year + (1 | sd) + (1 | `term/x`) + (1 | sd:rater)"),
    "constant": lambda: quiet_fit(constant(), "rating ~ (1 | rater)"),
    "one dimension of two": lambda: quiet_fit(study(dimensions=["toxic", "helpful"]).select("helpful")),
    "extreme level": lambda: quiet_fit(extreme()),
    "sampled": lambda: quiet_fit(study(), **SAMPLED),
    "sampled gaussian": lambda: quiet_fit(study(family="gaussian", intercept=3.0), family="gaussian", **SAMPLED),
    "32-bit effects": lambda: quiet_fit(
        study(), **SAMPLED | {"sampler": ps.Sampler(chains=2, warmup=50, single_precision=True)}
    ),
}


def constant() -> ps.Ratings:
    data = study().frame[["item", "rater"]].assign(rating=3)
    return ps.Ratings(data, scale=(1, 5))


def assert_same(found: object, expected: object) -> None:
    """Equal in every bit, dtype, level and order."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    elif isinstance(expected, tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float) and np.isnan(expected):
        assert np.isnan(found)
    else:
        assert found == expected


@pytest.fixture(scope="module", params=KINDS)
def pair(request, tmp_path_factory) -> tuple[ps.Fit, ps.Fit, Path]:
    """A fit, the same fit from its folder, and the folder."""
    fit = KINDS[request.param]()
    folder = fit.save(tmp_path_factory.mktemp("kept") / "fit")
    return fit, load_fit(folder), folder


FIELDS = "formula family link method estimator loglik parameters random_effects problems provenance priors chains"


@pytest.mark.parametrize("name", FIELDS.split())
def test_a_loaded_fit_has_the_same_fields(pair, name):
    fit, again, _ = pair
    assert_same(getattr(again, name), getattr(fit, name))


def test_a_loaded_fit_has_the_same_draws(pair):
    fit, again, _ = pair
    assert_same(again.samples, fit.samples)
    assert_same(again.posterior.flat_coefficients, fit.posterior.flat_coefficients)
    if fit.method == "hmc":
        assert again.posterior.stats.keys() == fit.posterior.stats.keys()
        for name, values in fit.posterior.stats.items():
            assert_same(again.posterior.stats[name], values)
        assert (again.posterior.complete, again.posterior.thinned) == (True, fit.posterior.thinned)


def test_a_loaded_fit_has_the_same_ratings_and_design(pair):
    fit, again, _ = pair
    for name in ("frame", "demographics", "covariates", "policies", "scale", "simulated", "data_hash"):
        assert_same(getattr(again.ratings, name), getattr(fit.ratings, name))
    assert_same(again.design.y, fit.design.y)
    assert_same(again.design.fixed.X, fit.design.fixed.X)
    assert_same(again.design.index, fit.design.index)
    assert_same(again.design.rows, fit.design.rows)
    assert (again.ratings.truth is None) == (fit.ratings.truth is None)
    if fit.ratings.truth:
        for name in ("family", "link", "coefficients", "sds", "random_effects"):
            assert_same(getattr(again.ratings.truth, name), getattr(fit.ratings.truth, name))
        assert again.ratings.truth.thresholds.keys() == fit.ratings.truth.thresholds.keys()


def test_a_loaded_fit_gives_the_same_results(pair):
    fit, again, _ = pair
    assert_same(ps.variance_shares(again), ps.variance_shares(fit))
    if fit.design.formula.columns and fit.ratings.demographics:
        assert_same(ps.effects(again), ps.effects(fit))


def test_a_loaded_fit_can_be_saved_and_loaded_again(pair, tmp_path):
    fit, again, _ = pair
    assert_same(load_fit(again.save(tmp_path / "fit")).samples, fit.samples)


def test_nothing_but_documented_files_is_written(pair):
    _, _, folder = pair
    assert sorted(path.name for path in folder.iterdir()) == FILES


def test_a_coefficient_without_an_estimate_stays_one(tmp_path):
    fit = quiet_fit(extreme())
    assert fit.posterior.flat_coefficients.any()  # otherwise this study shows nothing
    effects = ps.effects(load_fit(fit.save(tmp_path / "fit")))
    assert_same(effects, ps.effects(fit))


def test_arviz_opens_the_draws(pair):
    fit, _, folder = pair
    if "`term/x`" in fit.formula:  # xarray refuses the slash
        return
    xarray = pytest.importorskip("xarray")
    with xarray.open_datatree(folder / "draws.nc", engine="h5netcdf") as tree:
        for name in ("posterior", "sample_stats") if fit.method == "hmc" else ("posterior",):
            xarray.testing.assert_equal(tree[name].dataset, fit.draws[name].dataset)


def test_the_order_of_levels_does_not_rest_on_parquet(tmp_path):
    """More and longer levels than a Parquet dictionary page (1 MB) holds, and a table written by another program."""
    names = [f"{'item ' * 20}{i}" for i in range(15_000)]
    data = pd.DataFrame({"item": names[::-1], "rater": "r", "rating": 1})
    data["item"] = pd.Categorical(data["item"], categories=names)
    ratings = ps.Ratings(data, scale=(1, 5))
    write_ratings(tmp_path, ratings)
    assert_same(stored_ratings(tmp_path).frame, ratings.frame)
    ratings.frame.astype({"item": "str", "rater": "str"}).to_parquet(tmp_path / "ratings.parquet")
    assert_same(stored_ratings(tmp_path).frame, ratings.frame)


def test_an_interrupted_fit_says_so_after_loading(tmp_path):
    fit = quiet_fit(study(), **SAMPLED)
    short = replace(fit, posterior=replace(fit.posterior, complete=False, thinned=4))
    again = load_fit(short.save(tmp_path / "fit"))
    assert (again.posterior.complete, again.posterior.thinned) == (False, 4)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return quiet_fit(study()).save(tmp_path_factory.mktemp("kept") / "fit")


@pytest.fixture
def folder(kept, tmp_path) -> Path:
    """A saved fit to damage."""
    copy = tmp_path / "fit"
    copy.mkdir()
    for path in kept.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def change_card(folder: Path, **changes: object) -> None:
    """Another card that is whole in itself, as another version could have written it."""
    card = json.loads((folder / "fit.json").read_text()) | changes
    (folder / "fit.json").write_text(json.dumps(card | {"sha256": card_sum(card)}))


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """Another file under a card that believes in it."""
    (folder / name).write_bytes(content)
    files = json.loads((folder / "fit.json").read_text())["files"]
    change_card(folder, files=files | {name: hashlib.sha256(content).hexdigest()})


def message_of(folder: Path, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        load_fit(folder)
    assert type(caught.value) is kind
    return str(caught.value)


@pytest.mark.parametrize("name", ["notes.txt", "more/notes.txt"])
def test_files_of_people_in_a_fit_folder_are_never_deleted(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("mine")
    with pytest.raises(ps.ConfigError) as caught:
        load_fit(folder).save(folder)
    assert str(caught.value) == (
        f"{folder} holds a fit, which would be replaced, and also {name}, which would be lost. Move those elsewhere, "
        "or choose another folder."
    )
    assert (folder / name).read_text() == "mine"


def test_a_damaged_fit_is_mended_by_saving_again(folder):
    fit = load_fit(folder)
    (folder / "parameters.parquet").write_bytes(b"broken")
    fit.save(folder)
    assert load_fit(folder).parameters.equals(fit.parameters)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert message_of(tmp_path / "no", ps.ConfigError) == (
        f"There is no folder '{tmp_path / 'no'}'. Pass the folder that `fit.save` wrote."
    )


def test_a_folder_without_a_card_is_refused(tmp_path):
    assert message_of(tmp_path, ps.ConfigError) == (
        f"'{tmp_path}' holds no fit (fit.json is missing). Pass the folder that `fit.save` wrote."
    )


def test_a_newer_format_asks_for_an_upgrade(folder):
    change_card(folder, format=FORMAT + 1, provenance=None, files="of another kind")
    assert message_of(folder, ps.ConfigError) == (
        f"'{folder}' was written by a newer pluralstats: format 3, this one reads up to 2. Upgrade pluralstats."
    )


def test_the_first_format_asks_for_a_new_fit(folder):
    change_card(folder, format=1)
    assert message_of(folder, ps.ConfigError) == (
        f"'{folder}' was written by an older pluralstats: format 1, which has no ratings and cannot become a fit again "
        "(this one reads format 2). Its tables (Parquet) and draws (netCDF) can be opened by themselves; for the whole "
        "fit, fit and save again."
    )


@pytest.mark.parametrize("format_", ["2", None, True, 2.5])
def test_a_format_that_is_no_format_is_refused(folder, format_):
    change_card(folder, format=format_)
    with pytest.raises(ps.PluralstatsError):
        load_fit(folder)


def test_missing_and_changed_files_are_all_named(folder):
    (folder / "draws.nc").unlink()
    (folder / "ratings.parquet").write_bytes(b"PAR1")
    assert message_of(folder, ps.DataError) == (
        f"The fit in '{folder}' is damaged: draws.nc is missing; ratings.parquet has changed since it was saved. "
        "Take it from a backup, or fit and save again."
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_changed_byte_is_noticed(folder, name, place):
    content = bytearray((folder / name).read_bytes())
    at = int(place * len(content))
    content[at] = ord("7") if content[at] != ord("7") else ord("8")
    (folder / name).write_bytes(content)
    with pytest.raises(ps.PluralstatsError, match=r"has changed since it was saved|cannot be read"):
        load_fit(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\x00\xff broken", b"[]", b"{}"])
def test_a_broken_file_is_an_error_of_ours_that_names_it(folder, name, content):
    if name == "fit.json":
        (folder / name).write_bytes(content)
    else:
        replace_file(folder, name, content)
    message = message_of(folder, ps.DataError)
    assert message.endswith("Take it from a backup, or fit and save again.")
    assert f"'{folder}" in message
    assert "cannot be read (" in message


def test_draws_of_other_levels_are_refused(folder, tmp_path):
    other = quiet_fit(study(demographics={"gender": {"female": 0.5, "other": 0.5}})).save(tmp_path / "other")
    replace_file(folder, "draws.nc", (other / "draws.nc").read_bytes())
    assert "its coefficient has gender[other], and the formula gives gender[male]" in message_of(folder, ps.DataError)


def test_a_fit_of_another_package_version_loads(folder):
    provenance = json.loads((folder / "fit.json").read_text())["provenance"]
    provenance["versions"] = {"pluralstats": "99.0", "numpy": "0.1"}
    change_card(folder, provenance=provenance)
    assert load_fit(folder).provenance["versions"]["pluralstats"] == "99.0"


def test_a_fit_is_found_through_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert load_fit(str(tmp_path / "link")).family == "cumulative"
