"""The cache fits nothing twice, notices what is damaged, loses no finished fit, and serves several programs."""

import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.fits import cache
from pluralstats.fits.cache import CacheWarning
from pluralstats.fits.folder import FORMAT, card_sum
from pluralstats.fits.loading import load_fit
from pluralstats.fits.methods import sampled

SAMPLED = {"method": "hmc", "draws": 100, "sampler": ps.Sampler(chains=2, warmup=50)}
LAPLACE = {"method": "laplace", "draws": 50}


def study() -> ps.Ratings:
    shares = {"gender": {"female": 0.5, "male": 0.5}}
    return ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, demographics=shares, seed=1)


def quiet_fit(ratings: ps.Ratings, formula: str | None = None, **options) -> ps.Fit:
    return ps.fit(ratings, formula, on_problem="ignore", **LAPLACE | options)


def extreme() -> ps.Ratings:
    """All women give the highest rating, so that their coefficient has no finite estimate."""
    frame = study().frame
    rating = np.where(frame["gender"] == "female", 5, frame["rating"].clip(upper=3) + 1)
    data = frame[["item", "rater", "gender"]].assign(rating=rating)
    return ps.Ratings(data, scale=(1, 5), demographics=["gender"], reference={"gender": "male"})


def constant() -> ps.Ratings:
    data = study().frame[["item", "rater"]].assign(rating=3)
    return ps.Ratings(data, scale=(1, 5))


def assert_same_fit(found: ps.Fit, expected: ps.Fit) -> None:
    """Equal tables, draws and effects."""
    assert found.parameters.equals(expected.parameters)
    assert found.random_effects.equals(expected.random_effects)
    for one, other in zip(found.samples.effects, expected.samples.effects, strict=True):
        np.testing.assert_array_equal(one, other)
    assert ps.effects(found).equals(ps.effects(expected))


def change_card(folder: Path, **changes: object) -> None:
    """Another card that is whole in itself."""
    card = json.loads((folder / "fit.json").read_text()) | changes
    (folder / "fit.json").write_text(json.dumps(card | {"sha256": card_sum(card)}))


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """Methods of the fits that were really made."""
    calls: list[str] = []
    for name, function in list(sampled.METHODS.items()):

        def counting(request, name=name, function=function):
            calls.append(name)
            return function(request)

        monkeypatch.setitem(sampled.METHODS, name, counting)
    return calls


def entries(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_the_second_fit_comes_from_the_cache_and_says_so(made, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="pluralstats")
    first = quiet_fit(study(), cache=tmp_path / "new" / "cache")
    ratings = study()
    second = quiet_fit(ratings, cache=str(tmp_path / "new" / "cache"))
    (entry,) = entries(tmp_path / "new" / "cache")
    assert entry.name.startswith("rating-gender-1-item-1-rater-")
    assert made == ["laplace"]
    assert first.provenance["cache"] == {"entry": entry.name, "hit": False}
    assert second.provenance["cache"] == {"entry": entry.name, "hit": True}
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "Fitted and kept in the cache",
        "Read from the cache, not fitted again",
    ]
    assert_same_fit(second, first)
    assert second.ratings is ratings
    assert_same_fit(load_fit(entry), first)


def test_a_sampled_fit_comes_from_the_cache(made, tmp_path):
    first, second = (quiet_fit(study(), cache=tmp_path, **SAMPLED) for _ in range(2))
    assert made == ["hmc"]
    assert_same_fit(second, first)
    assert second.problems == first.problems


def test_problems_of_a_cached_fit_are_reported_again(made, tmp_path):
    for _ in range(2):
        with pytest.warns(ps.FitWarning, match="gender"):
            ps.fit(extreme(), cache=tmp_path, **LAPLACE)
    assert made == ["laplace"]


def test_constant_ratings_come_from_the_cache_whatever_was_asked_for(made, tmp_path):
    for _ in range(2):
        quiet_fit(constant(), "rating ~ (1 | rater)", cache=tmp_path, **SAMPLED)
    assert made == ["hmc"]


def two_columns(**options) -> ps.Ratings:
    frame = study().frame
    data = frame[["item", "rater", "gender"]].assign(rating=frame["rating"] + 1, year=frame["rating"] / 3.0)
    return ps.Ratings(data, scale=options.pop("scale", (1, 5)), **{"demographics": ["gender"]} | options)


def changed_rating() -> ps.Ratings:
    ratings = two_columns()
    return ps.Ratings(
        ratings.frame.assign(rating=ratings.values).replace({"rating": {5.0: 4.0}}),
        scale=(1, 5),
        demographics=["gender"],
    )


OTHERS = {
    "seed": lambda cache: quiet_fit(two_columns(), cache=cache, seed=2),
    "draws": lambda cache: quiet_fit(two_columns(), cache=cache, draws=60),
    "formula": lambda cache: quiet_fit(two_columns(), "rating ~ (1 | item)", cache=cache),
    "link": lambda cache: quiet_fit(two_columns(), cache=cache, link="logit"),
    "family": lambda cache: quiet_fit(two_columns(), cache=cache, family="gaussian"),
    "reml": lambda cache: quiet_fit(two_columns(), cache=cache, family="gaussian", reml=True),
    "priors": lambda cache: quiet_fit(two_columns(), cache=cache, priors=ps.Priors()),
    "other priors": lambda cache: quiet_fit(two_columns(), cache=cache, priors=ps.Priors(sd=0.5)),
    "method": lambda cache: quiet_fit(two_columns(), cache=cache, **SAMPLED),
    "sampler": lambda cache: quiet_fit(
        two_columns(), cache=cache, **SAMPLED | {"sampler": ps.Sampler(chains=2, warmup=60)}
    ),
    "reference": lambda cache: quiet_fit(two_columns(reference={"gender": other_reference()}), cache=cache),
    "rating": lambda cache: quiet_fit(changed_rating(), cache=cache),
    "scale": lambda cache: quiet_fit(two_columns(scale=(1, 6)), cache=cache),
    "covariate": lambda cache: quiet_fit(two_columns(covariates=["year"]), cache=cache),
}


def other_reference() -> str:
    return two_columns().frame["gender"].cat.categories[1]


def test_whatever_a_fit_depends_on_makes_another_entry(made, tmp_path):
    quiet_fit(two_columns(), cache=tmp_path)
    for number, fit in enumerate(OTHERS.values(), start=2):
        fit(tmp_path)
        assert len(entries(tmp_path)) == len(made) == number
    for fit in OTHERS.values():
        assert fit(tmp_path).provenance["cache"]["hit"]
    assert len(made) == len(OTHERS) + 1


def test_a_new_version_of_the_package_fits_again(made, tmp_path, monkeypatch):
    quiet_fit(study(), cache=tmp_path)
    monkeypatch.setattr(cache, "version", lambda package: "99.0")
    quiet_fit(study(), cache=tmp_path)
    assert len(made) == 2


def test_the_order_of_rows_does_not_matter(made, tmp_path):
    """The cached fit is put on the rows of the request, in their order."""
    ratings = two_columns()
    data = ratings.frame.assign(rating=ratings.values)
    shuffled = ps.Ratings(data.sample(frac=1.0, random_state=1), scale=(1, 5), demographics=["gender"])
    first, second = quiet_fit(ratings, cache=tmp_path), quiet_fit(shuffled, cache=tmp_path)
    assert made == ["laplace"]
    frame = second.ratings.frame.iloc[second.design.rows]
    np.testing.assert_array_equal(frame["rating"].to_numpy(), second.design.y)  # all five answers occur
    assert second.random_effects.equals(first.random_effects)
    effects = [ps.effects(fit).select_dtypes("number") for fit in (first, second)]
    np.testing.assert_allclose(effects[1], effects[0], rtol=1e-12)  # sums over raters in another order


DAMAGES = {
    "a missing card": lambda entry: (entry / "fit.json").unlink(),
    "an empty card": lambda entry: (entry / "fit.json").write_text(""),
    "half of the draws": lambda entry: (entry / "draws.nc").write_bytes((entry / "draws.nc").read_bytes()[:1000]),
    "missing draws": lambda entry: (entry / "draws.nc").unlink(),
    "a changed table": lambda entry: (entry / "parameters.parquet").write_bytes(b"PAR1"),
    "a newer format": lambda entry: change_card(entry, format=FORMAT + 1),
    "the fit of another key": lambda entry: change_card(entry, cache_key="other"),
    "a fit that was saved there by hand": lambda entry: load_fit(entry).save(entry),
}


def put_file(entry: Path) -> None:
    entry.rename(entry.with_name("elsewhere"))
    entry.write_text("a file")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_reported_and_made_anew(damage, made, tmp_path):
    first = quiet_fit(study(), cache=tmp_path)
    entry = tmp_path / first.provenance["cache"]["entry"]
    DAMAGES[damage](entry)
    with pytest.warns(CacheWarning, match=f"'{entry.name}' is not used and is made anew") as caught:
        second = quiet_fit(study(), cache=tmp_path)
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name]  # the line of the user
    assert len(made) == 2
    assert second.provenance["cache"] == {"entry": entry.name, "hit": False}
    assert_same_fit(second, first)
    assert quiet_fit(study(), cache=tmp_path).provenance["cache"]["hit"]
    assert len(made) == 2


@pytest.mark.parametrize("place", ["", "notes.txt"])
def test_what_is_no_fit_of_ours_is_never_deleted_from_a_cache(place, made, tmp_path):
    """A file in the place of the entry, or one that somebody put into a damaged entry."""
    first = quiet_fit(study(), cache=tmp_path)
    entry = tmp_path / first.provenance["cache"]["entry"]
    (entry / "draws.nc").write_bytes(b"broken")
    if not place:
        put_file(entry)
    else:
        (entry / place).write_text("mine")
    with pytest.warns(CacheWarning) as caught:
        assert_same_fit(quiet_fit(study(), cache=tmp_path), first)
    said = "is a file, and a fit is a folder" if not place else "and also notes.txt, which would be lost"
    assert "is not used and is made anew" in str(caught[0].message)
    assert said in str(caught[1].message)
    assert (entry / place).is_file()


def test_an_interrupted_fit_is_returned_and_not_kept(monkeypatch, tmp_path):
    def interrupted(request):
        fit = sampled._hmc(request)
        return replace(fit, posterior=replace(fit.posterior, complete=False))

    monkeypatch.setitem(sampled.METHODS, "hmc", interrupted)
    fit = quiet_fit(study(), cache=tmp_path, **SAMPLED)
    assert not fit.posterior.complete
    assert "cache" not in fit.provenance
    assert entries(tmp_path) == []


def test_a_fit_that_fails_leaves_the_cache_as_it_was(monkeypatch, tmp_path):
    def failing(request):
        raise ps.FitError("No mode was found.")

    monkeypatch.setitem(sampled.METHODS, "laplace", failing)
    with pytest.raises(ps.FitError):
        quiet_fit(study(), cache=tmp_path)
    assert entries(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), TypeError("a bug")])
def test_a_fit_that_cannot_be_kept_is_not_lost(error, monkeypatch, tmp_path):
    def full(*parts):
        raise error

    monkeypatch.setattr("pluralstats.fits.folder.write_draws", full)
    with pytest.warns(CacheWarning, match="could not be kept in the cache and is returned all the same"):
        fit = quiet_fit(study(), cache=tmp_path)
    assert len(fit.parameters) == 7  # four thresholds, one coefficient, two sds
    assert "cache" not in fit.provenance
    assert entries(tmp_path) == []


def test_a_cache_that_cannot_be_a_folder_is_refused_before_the_fit(made, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ps.ConfigError, match=r"`cache` cannot be the folder '.*file'.*Choose another one\."):
        quiet_fit(study(), cache=tmp_path / "file")
    assert made == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell which programs run")
def test_leftovers_of_killed_programs_go_with_the_next_new_entry(tmp_path):
    """Those of this machine at once; of another one, which may still be writing, after a day."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    here, elsewhere, long_ago = (tmp_path / f".other.partial-{process.pid}.0{host}" for host in ("", "@a", "@b"))
    for folder in (here, elsewhere, long_ago):
        folder.mkdir()
    os.utime(long_ago, (0.0, 0.0))
    fit = quiet_fit(study(), cache=tmp_path)
    assert {path.name for path in entries(tmp_path)} == {elsewhere.name, fit.provenance["cache"]["entry"]}


def test_threads_that_keep_the_same_fit_do_not_disturb_each_other(tmp_path):
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                cache.write_parts(tmp_path / "fit", cache.parts(fit), cache_key="key")
                assert load_fit(tmp_path / "fit").parameters.equals(fit.parameters)
        except BaseException as error:
            errors.append(error)

    fit = quiet_fit(study())
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


PROGRAM = """
import sys, warnings
from pathlib import Path
import pluralstats as ps
from pluralstats.fits.fitted import parts
from pluralstats.fits.folder import write_parts
from pluralstats.storage.folders import locked
from pluralstats.fits.loading import load_fit
from pluralstats.fits.methods import sampled
warnings.simplefilter("error")
cache = Path(sys.argv[1])
ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=1)
def fit():
    return ps.fit(ratings, "rating ~ (1 | rater)", method="laplace", draws=50, cache=cache, on_problem="ignore")
fit()  # all programs make and keep it at the same time
with locked(cache, shared=True):  # else the other program may be between its two renames
    (entry,) = [path for path in cache.iterdir() if not path.name.startswith(".")]
kept, key = load_fit(entry), sys.argv[2]
for i in range(10):  # and replace it while others read it
    write_parts(entry, parts(kept), cache_key=key)
    assert fit().provenance["cache"]["hit"]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no locks of folders on Windows")
def test_programs_that_write_the_same_entry_break_nothing(tmp_path):
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=6, seed=1)
    made = quiet_fit(ratings, "rating ~ (1 | rater)", cache=tmp_path / "first")
    name = made.provenance["cache"]["entry"]
    key = json.loads((tmp_path / "first" / name / "fit.json").read_text())["cache_key"]
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "cache"), key]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [program.communicate()[1] for program in programs]
    assert errors == ["", ""]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [name]
