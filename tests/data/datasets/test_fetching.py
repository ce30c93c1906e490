"""Files are fetched whole or not at all, checked, kept and found again; nothing here goes online."""

import errno
import gzip
import hashlib
import io
import tarfile
import threading
import urllib.error
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import pluralstats as ps
from pluralstats.data.datasets import catalogue, fetching

TABLE = b"instance_id,user_id,offensiveness,gender\n1,7,1.0,Man\n1,8,5.0,Woman\n"
SPLIT = "intentYN,sexYN,offensiveYN,annotatorGender,WorkerId,HITId\n1.0,0.0,1.0,woman,{n},H{n}\n"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder for fetched data."""
    monkeypatch.setenv("PLURALSTATS_DATA", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def online(monkeypatch):
    """Addresses answered so far; the content that stands for what is published is set by the test."""

    class Online:
        content = TABLE
        asked: list[str] = []  # noqa: RUF012

    def download(address, target):
        Online.asked = [*Online.asked, address]
        Path(target).write_bytes(Online.content)

    Online.asked = []
    monkeypatch.setattr(fetching, "download", download)
    return Online


def publish_as(monkeypatch, name, **changes):
    """The data set with its only file published elsewhere or with another checksum."""
    dataset = catalogue.DATASETS[name]
    (file,) = dataset.published
    monkeypatch.setitem(catalogue.DATASETS, name, replace(dataset, published=(replace(file, **changes),)))


def test_a_data_set_is_fetched_once_and_its_hash_is_recorded(kept, online):
    first = ps.datasets.load("popquorn")
    assert (first.n_ratings, len(online.asked)) == (2, 1)
    (origin,) = first.policies[first.policies["step"] == "dataset"].query("column == ''")["detail"]
    assert hashlib.sha256(TABLE).hexdigest() in origin
    assert ps.datasets.load("popquorn").data_hash == first.data_hash
    assert len(online.asked) == 1
    assert sorted(path.name for path in (kept / "popquorn").iterdir()) == ["raw_data.csv", "sha256.json"]


def test_a_known_checksum_is_compared_and_a_match_is_said(kept, online, monkeypatch):
    publish_as(monkeypatch, "popquorn", sha256=hashlib.sha256(TABLE).hexdigest())
    ratings = ps.datasets.load("popquorn")
    assert ratings.policies["detail"].str.contains("as published").any()


def test_another_file_than_the_published_one_is_refused_and_not_kept(kept, online):
    with pytest.raises(ps.DataError, match=r"not the one that was published.*63cb8620"):
        ps.datasets.load("dices-350")
    assert list(kept.rglob("*")) == []


def test_a_fetched_file_that_changed_is_named(kept, online):
    ps.datasets.load("popquorn")
    (kept / "popquorn" / "raw_data.csv").write_bytes(TABLE.replace(b"5.0", b"4.0"))
    with pytest.raises(ps.DataError, match=r"raw_data.csv has changed since it was fetched. Delete .*popquorn"):
        ps.datasets.load("popquorn")


def test_files_of_others_in_the_folder_stay(kept, online):
    (kept / "popquorn").mkdir(parents=True)
    (kept / "popquorn" / "mine.txt").write_text("mine")
    with pytest.raises(ps.ConfigError, match=r"holds files that were not fetched.*PLURALSTATS_DATA"):
        ps.datasets.load("popquorn")
    assert [path.name for path in (kept / "popquorn").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "error", [urllib.error.URLError("no route"), TimeoutError("timed out"), ConnectionResetError()]
)
def test_offline_a_sentence_says_what_to_do(error, kept, monkeypatch):
    def download(address, target):
        target.write_bytes(TABLE[:10])
        raise error

    monkeypatch.setattr(fetching, "download", download)
    with pytest.raises(ps.DataError, match=r"POPQUORN.* could not be fetched from https://.*github.*and pass path="):
        ps.datasets.load("popquorn")
    assert list(kept.rglob("*")) == []


def test_a_full_disk_is_a_sentence_about_the_disk(kept, monkeypatch):
    def download(address, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching, "download", download)
    with pytest.raises(ps.ConfigError, match=r"cannot be written to .*popquorn: No space left"):
        ps.datasets.load("popquorn")


def archive_of(*names):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for n, name in enumerate(names):
            content = SPLIT.format(n=n).encode()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_an_archive_gives_its_files_and_nothing_else(kept, online):
    online.content = archive_of("SBIC.v2.trn.csv", "x/SBIC.v2.dev.csv", "../SBIC.v2.tst.csv", "../../evil.csv")
    ratings = ps.datasets.load("sbic")
    assert (ratings.n_ratings, len(online.asked)) == (3, 1)
    assert {path.name for path in kept.rglob("*") if path.is_file()} == {
        *("SBIC.v2.trn.csv", "SBIC.v2.dev.csv", "SBIC.v2.tst.csv", "sha256.json")
    }


def test_every_damaged_byte_of_an_archive_is_a_sentence_or_changes_nothing(kept, tmp_path):
    """Bytes of names and dates in the header of gzip are not read."""
    files = [f"SBIC.v2.{split}.csv" for split in ("trn", "dev", "tst")]
    whole, refused = archive_of(*files), 0
    for at in range(len(whole)):
        (tmp_path / "a.tgz").write_bytes(whole[:at] + bytes([whole[at] ^ 32]) + whole[at + 1 :])
        try:
            fetching._unpack(tmp_path / "a.tgz", files, tmp_path)
        except ps.DataError:
            refused += 1
        else:
            assert [(tmp_path / name).read_text() for name in files] == [SPLIT.format(n=n) for n in range(3)]
    assert refused > len(whole) / 2


def test_what_another_program_fetched_meanwhile_is_replaced_by_the_same(kept, monkeypatch):
    def download(address, target):
        target.write_bytes(TABLE)
        if not kept.joinpath("popquorn").exists():
            monkeypatch.setattr(fetching, "download", lambda address, target: target.write_bytes(TABLE))
            ps.datasets.load("popquorn")

    monkeypatch.setattr(fetching, "download", download)
    ps.datasets.load("popquorn")
    assert [path.name for path in kept.iterdir()] == ["popquorn"]


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000])
def test_damaged_checksums_of_fetched_files_are_named(content, kept, online):
    ps.datasets.load("popquorn")
    (kept / "popquorn" / "sha256.json").write_text(content)
    with pytest.raises(ps.DataError, match=r"sha256\.json has changed\. Delete .*popquorn to fetch it again"):
        ps.datasets.load("popquorn")


@pytest.mark.parametrize("content", [b"no archive", gzip.compress(b"no tar", mtime=0), b""])
def test_a_damaged_archive_is_a_sentence(content, kept, online):
    online.content = content
    with pytest.raises(ps.DataError, match="arrived damaged"):
        ps.datasets.load("sbic")
    assert list(kept.rglob("*")) == []


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [("win32", "LOCALAPPDATA", "pluralstats/data"), ("linux", "XDG_CACHE_HOME", "pluralstats/data")],
)
def test_without_a_named_folder_the_cache_of_the_computer_is_used(platform, variable, folder, tmp_path, monkeypatch):
    monkeypatch.delenv("PLURALSTATS_DATA", raising=False)
    monkeypatch.setattr(fetching.sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert fetching.data_folder() == tmp_path / folder


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Length", str(len(TABLE) + 5 * (self.path == "/cut")))
        self.end_headers()
        self.wfile.write(TABLE)

    def log_message(self, *arguments):
        """Silent."""


@pytest.fixture
def address():
    """Of a server on this computer."""
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("terminal", [True, False])
def test_bytes_arrive_as_they_were_sent_and_only_a_terminal_shows_a_bar(terminal, address, tmp_path, monkeypatch):
    shown = io.StringIO()
    shown.isatty = lambda: terminal
    monkeypatch.setattr("sys.stderr", shown)
    fetching.download(f"{address}/whole", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == TABLE
    assert ("Fetching file" in shown.getvalue()) == terminal


@pytest.mark.parametrize(("path", "reason"), [("gone", "Not Found"), ("cut", "IncompleteRead")])
def test_what_is_gone_or_cut_short_is_a_sentence(path, reason, address, kept, monkeypatch):
    publish_as(monkeypatch, "popquorn", address=f"{address}/{path}")
    with pytest.raises(ps.DataError, match=f"could not be fetched from {address}.*{reason}"):
        ps.datasets.load("popquorn")
    assert list(kept.rglob("*")) == []
