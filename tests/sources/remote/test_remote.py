"""An object store gives what a folder gives, in few requests; what fails is a sentence."""

from __future__ import annotations

import gzip
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from detector.errors import DataError, Unreachable, Unreadable
from detector.pipeline.ingest import ingest
from detector.pipeline.lists import lists_of_source
from detector.pipeline.stored import open_state
from detector.sources.discover import Hashes
from detector.sources.listing import list_files
from detector.sources.logs import read_logs
from detector.sources.place import LocalPlace, Place
from detector.sources.places import place_of
from detector.sources.remote import RemotePlace

if TYPE_CHECKING:
    from .conftest import Store

USAGE_HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuId,EffectiveCost\n"
)


def usage_of(account: str, day: int) -> str:
    return (
        f"{USAGE_HEAD}2026-01-{day:02}T00:00:00Z,2026-01-{day + 1:02}T00:00:00Z,{account},Usage,"
        "Compute,24,Hours,p5.48xlarge,98.32\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log folder of 40 small files, with what a folder of a person may hold besides."""
    root = tmp_path / "local" / "logs"
    for account in range(8):
        for day in range(1, 6):
            path = root / "usage" / f"account={account:02}" / f"day={day:02}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(usage_of(f"{account:02}", day))
    accounts = "".join(f"{a:02},2025-01-01\n" for a in range(8))
    (root / "accounts.csv").write_text("account_id,created_at\n" + accounts)
    (root / "usage" / "bad.csv").write_text(usage_of("00", 1).replace(",24,", ",many,"))
    (root / "usage" / "copy.csv").write_bytes((root / "usage/account=03/day=04.csv").read_bytes())
    (root / "usage" / "_SUCCESS").write_text("")
    (root / "usage" / ".part.csv").write_text("half")
    (root / "usage" / "notes.md").write_text("words")
    (root / "usage" / "late.csv.gz").write_bytes(gzip.compress(usage_of("00", 9).encode()))
    (root / "usages.csv").write_text("a\n1\n")
    return root


def account_of(path: str | Path | Place) -> dict[str, object]:
    """All that reading a folder tells, but where it lies."""
    logs = read_logs(path)
    tables = {table: pl.concat(list(logs.parts(table))) for table in logs.tables()}
    return {
        "rows": {table: rows.to_dicts() for table, rows in tables.items()},
        "counts": dict(logs.counts),
        "quarantine": logs.quarantine.to_dicts(),
        "unread": logs.unread,
        "warnings": logs.warnings,
        "inputs": logs.inputs,
        "as_of": logs.as_of,
    }


def test_a_bucket_gives_what_the_folder_gives(folder: Path, store: Store) -> None:
    address = store.take(folder, "bucket/some/logs")
    assert account_of(address) == account_of(folder)
    files = sum(1 for f in folder.rglob("*") if f.is_file())
    assert store.faults.count("GET") <= files + 2  # one for each file, and the listing


def test_three_hundred_files_are_fetched_once_each_and_listed_by_one_request(
    store: Store, tmp_path: Path
) -> None:
    for number in range(300):
        path = store.root / "bucket" / "usage" / f"{number % 7}" / f"{number:03}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}")
    place = place_of(store.address("bucket"))
    files = [f.path for f in list_files(place).files]
    place.expect(files)
    here = LocalPlace(store.root / "bucket")
    assert [place.sha256(path) for path in files] == [here.sha256(path) for path in files]
    for path in files:
        with place.local(path) as copy:
            assert copy.read_bytes() == (here.root / path).read_bytes()
    assert (store.faults.count("GET"), store.faults.count("HEAD")) == (301, 300)


@pytest.mark.long
def test_a_file_that_does_not_stay_is_fetched_again(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detector.sources.copies.MOST_BYTES", 1000)
    monkeypatch.setattr("detector.sources.copies.AHEAD_BYTES", 100)
    monkeypatch.setattr("detector.sources.remote.AHEAD_BYTES", 100)
    address = store.take(folder, "bucket")
    assert account_of(address) == account_of(folder)


def test_a_bucket_whose_root_is_the_log_folder_is_read(folder: Path, store: Store) -> None:
    address = store.take(folder, "bucket")
    assert list(read_logs(address)) == ["usage", "accounts"]


@pytest.mark.long
def test_ingest_of_a_bucket_stores_what_ingest_of_the_folder_stores(
    folder: Path, store: Store, tmp_path: Path
) -> None:
    address = store.take(folder, "bucket/logs")
    done = [
        ingest(place, tmp_path / name, max_bad=1.0, hash_key=b"k")
        for name, place in (("a", address), ("b", folder))
    ]
    assert done[0] == done[1]
    asked = store.faults.count("GET") + store.faults.count("HEAD")
    again = ingest(address, tmp_path / "a", max_bad=1.0, hash_key=b"k")
    assert not again.changed
    assert again.unchanged == done[0].unchanged + len(done[0].added)
    assert asked > 40


@pytest.mark.long
def test_a_hash_that_is_remembered_is_not_asked_for_again(
    folder: Path, store: Store, tmp_path: Path
) -> None:
    for path in folder.rglob("*.csv"):
        os.utime(path, (1_760_000_000, 1_760_000_000))
    address, hashes = store.take(folder, "bucket"), Hashes()
    ingest(address, tmp_path / "state", max_bad=1.0, hashes=hashes)
    before = store.faults.count("HEAD")
    ingest(address, tmp_path / "state", max_bad=1.0, hashes=hashes)
    # One file is young: it was not given an old time.
    assert store.faults.count("HEAD") - before <= 2


def test_an_object_overwritten_in_the_second_it_was_written_has_another_mark(
    folder: Path, store: Store
) -> None:
    place = place_of(store.take(folder, "bucket"))
    first = {f.path: f.mark for f in list_files(place).files}
    second = {f.path: f.mark for f in list_files(place).files}
    path = "usage/account=00/day=01.csv"
    (store.root / "bucket" / path).touch()
    young = [{f.path: f.mark for f in list_files(place).files}[path] for _ in range(2)]
    assert young[0] != young[1]
    assert first.keys() == second.keys()


def test_a_place_passes_to_another_process_as_its_address(folder: Path, store: Store) -> None:
    place = place_of(store.take(folder, "bucket"))
    list_files(place)
    place.sha256("accounts.csv")
    other = pickle.loads(pickle.dumps(place))
    assert isinstance(other, RemotePlace)
    assert other.mark("accounts.csv") is not None
    assert other.mark("nothing.csv") is None
    assert other.sha256("accounts.csv") == LocalPlace(folder).sha256("accounts.csv")


def test_copies_are_gone_with_the_place(
    folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "copies"
    held.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(held))
    place = place_of(store.take(folder, "bucket"))
    list_files(place)
    with place.local("usage/late.csv.gz") as path:
        assert path.suffixes == [".csv", ".gz"]
        assert held in path.parents
    del place
    assert list(held.iterdir()) == []


ODD = {
    b"usage/../accounts.csv": "usage/../accounts.csv is a key that is no path",
    b"usage//a.csv": "usage//a.csv is a key that is no path",
    b"usage/./a.csv": "usage/./a.csv is a key that is no path",
    b"/accounts.csv": "/accounts.csv is a key that is no path",
    b"../accounts.csv": "../accounts.csv is a key that is no path",
    b"usage/a\xff.csv": "usage/a\\udcff.csv has a name that is not UTF-8",
    b"usage/b\xff/a.csv": None,
    b"usage/.a.csv": None,
    b"usage/_a.csv": None,
    b"usage/": None,
    b"usage/empty/": None,
}


def test_odd_keys_are_named_and_never_opened(
    store: Store, odd_listing: Callable[..., bytes]
) -> None:
    store.faults.listing = odd_listing(*sorted(ODD), b"usage/a.csv")
    listing = list_files(place_of(store.address("b")))
    assert [f.path for f in listing.files if f.path.isascii()][-1] == "usage/a.csv"
    said = [f"{u.path} {u.reason}" for u in listing.unread]
    for words in filter(None, ODD.values()):
        assert any(s.startswith(words) for s in said), words
    assert store.faults.count("HEAD") == 0


def test_a_bucket_that_is_missing_is_a_sentence(store: Store) -> None:
    with pytest.raises(Unreachable, match=r"s3://nobucket is not there.*check its name"):
        read_logs(store.address("nobucket"))


def test_a_prefix_that_is_missing_or_a_file_is_a_sentence(folder: Path, store: Store) -> None:
    store.take(folder, "bucket")
    with pytest.raises(DataError, match="not found: there is nothing at this path"):
        read_logs(store.address("bucket/nowhere"))
    with pytest.raises(DataError, match="not found: there is a file at this path"):
        read_logs(store.address("bucket/accounts.csv"))


@pytest.mark.parametrize(
    "code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"]
)
def test_refused_credentials_are_a_sentence(store: Store, code: str) -> None:
    store.faults.denied = code
    with pytest.raises(Unreachable, match=r"may not be read.*AWS_ACCESS_KEY_ID"):
        read_logs(store.address("bucket"))


def test_an_endpoint_that_does_not_answer_is_a_sentence(
    credentials: None, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unreachable, match=r"cannot be reached: .*check the network"):
        read_logs(f"s3://b?endpoint_override=127.0.0.1:{closed_port}&scheme=http")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(Unreachable, match=rf"cannot be reached.*{closed_port}"):
        read_logs("s3://b/logs")


@pytest.mark.long
@pytest.mark.parametrize("address", ["gs://b/logs?anonymous=true&", "az://b/logs?account=acme&"])
def test_other_stores_that_do_not_answer_are_a_sentence(
    address: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detector.sources.address._RETRY_SECONDS", 1)
    monkeypatch.setenv("AZURE_STORAGE_KEY", "aGVsbG8=")
    with pytest.raises(Unreachable, match=r"b/logs cannot be reached: .*check the network"):
        read_logs(f"{address}endpoint_override=127.0.0.1:{closed_port}&scheme=http")


@pytest.mark.long
def test_lists_of_a_store_are_read_and_held_as_those_of_a_folder(
    folder: Path, store: Store, tmp_path: Path
) -> None:
    (folder / "lists").mkdir()
    (folder / "lists" / "ours.csv").write_text("name,list\nOrlan Works,EL\n")
    (folder / "lists" / "error.csv").write_text("<html>")
    (folder / "lists" / "manifest.toml").write_text("date = 2026-01-03\n")
    address = store.take(folder, "bucket/lists")
    here, there = lists_of_source(read_logs(folder)), lists_of_source(read_logs(address))
    assert here is not None
    assert there is not None
    assert there.entries.equals(here.entries)
    assert (there.files, there.refused) == (here.files, here.refused)
    first = ingest(address, tmp_path / "state", max_bad=1.0)
    assert not ingest(address, tmp_path / "state", max_bad=1.0).changed
    assert len(first.lists) == 1
    with open_state(tmp_path / "state", max_bad=1.0) as held:
        again = lists_of_source(held)
    assert again is not None
    assert (again.files, again.refused) == (here.files, here.refused)


@pytest.mark.long
def test_an_object_that_is_cut_off_is_unreadable_and_named(folder: Path, store: Store) -> None:
    address = store.take(folder, "bucket")
    place = place_of(address)
    list_files(place)
    store.faults.cut["/bucket/accounts.csv"] = 20
    with (
        pytest.raises(Unreadable, match=r"accounts\.csv could not be fetched"),
        place.local("accounts.csv"),
    ):
        pass
    store.faults.cut.clear()
    assert place.sha256("accounts.csv") == LocalPlace(folder).sha256("accounts.csv")


@pytest.mark.parametrize("change", ["shorter", "longer", "gone"])
def test_an_object_that_changed_since_it_was_listed_is_unreadable(
    folder: Path, store: Store, change: str
) -> None:
    place = place_of(store.take(folder, "bucket"))
    list_files(place)
    path = store.root / "bucket" / "accounts.csv"
    text = path.read_text()
    if change == "gone":
        path.unlink()
    else:
        path.write_text(text[:-5] if change == "shorter" else text + "31,2025-01-01\n")
    with pytest.raises(Unreadable, match=r"accounts\.csv (has|was|is)"):
        place.sha256("accounts.csv")


def test_an_object_that_is_another_when_it_is_read_than_when_it_was_hashed_is_unreadable(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detector.sources.copies.MOST_BYTES", 0)
    place = place_of(store.take(folder, "bucket"))
    list_files(place)
    place.sha256("accounts.csv")
    path = store.root / "bucket" / "accounts.csv"
    path.write_text(path.read_text().replace("00,2025", "00,2024"))
    with pytest.raises(Unreadable, match=r"changed in .* while it was read"), \
            place.local("accounts.csv"):  # fmt: skip
        pass


@pytest.mark.long
def test_a_store_that_goes_away_midway_is_told_of_the_store_and_not_of_a_file(
    folder: Path, store: Store, tmp_path: Path
) -> None:
    address = store.take(folder, "bucket")
    store.faults.answers = 20
    with pytest.raises(Unreachable, match="cannot be reached"):
        read_logs(address)
    store.faults.answers = 20
    with pytest.raises(Unreachable, match="cannot be reached"):
        ingest(address, tmp_path / "state", reject=True)
    store.faults.answers = None
    done = ingest(address, tmp_path / "state", reject=True, max_bad=1.0)
    assert len(done.added) > 40  # nothing was held against a file
    store.process.kill()
    with pytest.raises(Unreachable, match="cannot be reached"):
        read_logs(address)


@pytest.mark.long
def test_a_process_that_read_a_bucket_ends_without_a_word(
    folder: Path, store: Store, repository: Path
) -> None:
    address = store.take(folder, "bucket")
    code = (
        "import sys; from detector import read_logs; "
        "logs = read_logs(sys.argv[1]); print(sum(p.height for p in logs.parts('usage')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, address],
        capture_output=True, text=True, cwd=repository, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "41", "")
