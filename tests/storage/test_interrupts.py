"""Ctrl-C in the middle of a save comes out, also where a library swallows it, and leaves an old file or a new one."""

import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.fits.fitting import folder
from pluralstats.storage import carded_tables
from pluralstats.storage.folders import replaced_whole
from pluralstats.storage.whole_files import STOPS, interrupts_come_out, write_whole

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between programs"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # it is what is swallowed here
]
PAIRS = pd.DataFrame({"prompt": ["Hi"], "chosen": ["Hello"], "rejected": ["What?"], "p": [0.8]})


class Something:
    """Weak references can be made to it."""


def swallowed(*_: object) -> None:
    """Ctrl-C in the callback of a weak reference, as h5py and h5netcdf have many: Python prints it and goes on."""
    something = Something()
    reference = weakref.ref(something, lambda _: os.kill(os.getpid(), signal.SIGINT))
    del something
    assert reference() is None


def renamed(*_: object) -> None:
    """Ctrl-C that a library answers with an error of its own."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as error:
        raise RuntimeError("unspecified error in the file") from error


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """A shell's background job ignores Ctrl-C, and so would these tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def fit() -> ps.Fit:
    ratings = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)
    return ps.fit(ratings, "rating ~ (1 | item)", method="laplace", draws=50, on_problem="ignore")


def plain(monkeypatch: pytest.MonkeyPatch, press: Callable[[], None], home: object, name: str) -> None:
    """The key is pressed before a step of a save is made."""
    step = getattr(home, name)

    def pressed(*args, **options):
        press()
        return step(*args, **options)

    monkeypatch.setattr(home, name, pressed)


STEPS = {
    "fit": [(folder, "write_ratings"), (folder, "write_draws"), (folder, "card_sum"), (Path, "rename")],
    "labels": [(carded_tables.pq, "write_table"), (carded_tables, "file_sum"), (Path, "replace")],
    "pairs": [(carded_tables.pq, "write_table"), (carded_tables, "card_sum"), (Path, "replace")],
    "text": [(Path, "write_bytes"), (Path, "replace")],
}


@pytest.mark.parametrize("press", [swallowed, renamed])
@pytest.mark.parametrize(("what", "home", "name"), [(what, *step) for what, steps in STEPS.items() for step in steps])
def test_ctrl_c_at_every_step_of_a_save_comes_out(what, home, name, press, fit, tmp_path, monkeypatch):
    place = tmp_path / what
    save = {
        "fit": lambda: fit.save(place),
        "labels": lambda: ps.aggregate(fit.ratings, "shares").save(place.with_suffix(".parquet")),
        "pairs": lambda: ps.Pairs.of_table(PAIRS).save(place.with_suffix(".parquet")),
        "text": lambda: write_whole(place, b"content", "The text"),
    }[what]
    save()
    before = sorted(entry.name for entry in tmp_path.iterdir())
    with monkeypatch.context() as patch:
        plain(patch, press, home, name)
        with pytest.raises(KeyboardInterrupt):
            save()
    assert {entry.name for entry in tmp_path.iterdir()} <= set(before)
    {
        "fit": lambda: ps.load_fit(place),
        "labels": lambda: ps.load_labels(place.with_suffix(".parquet")),
        "pairs": lambda: ps.load_pairs(place.with_suffix(".parquet")),
        "text": lambda: place.read_bytes(),
    }[what]()
    save()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before


def test_a_swallowed_ctrl_c_does_not_replace_a_folder(tmp_path):
    with replaced_whole(tmp_path / "out", lambda out: None) as folder:
        (folder / "old").touch()
    with pytest.raises(KeyboardInterrupt), replaced_whole(tmp_path / "out", lambda out: None) as folder:
        swallowed()
        (folder / "new").touch()
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["old"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("number", STOPS[1:])
def test_what_a_command_makes_of_a_stop_comes_out_too(number):
    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(number, stop)
    try:
        with pytest.raises(SystemExit) as caught, interrupts_come_out(), suppress(SystemExit):
            os.kill(os.getpid(), number)
        assert caught.value.code == 128 + number
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)


def test_without_a_stop_nothing_changes_and_other_errors_pass():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="mine"), interrupts_come_out():
        raise ValueError("mine")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_hears_no_signals_and_saves_all_the_same(tmp_path):
    thread = threading.Thread(target=write_whole, args=(tmp_path / "a", b"content", "The text"))
    thread.start()
    thread.join()
    assert (tmp_path / "a").read_bytes() == b"content"


def test_no_link_at_the_name_of_a_partial_file_is_followed(tmp_path, monkeypatch):
    """Also where the name was guessed: then nothing is written, and what the link points to is as it was."""
    monkeypatch.setattr("pluralstats.storage.whole_files.partial_of", lambda path: path.with_name("guessed"))
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "guessed").symlink_to(tmp_path / "victim")
    with pytest.raises(ps.ConfigError, match=r"The text cannot be written to .*: File exists"):
        write_whole(tmp_path / "a", b"content", "The text")
    assert (tmp_path / "victim").read_text() == "precious"
