"""The files of a kept screening, in a folder of its own beside the parts of a state.

They are written beside their place and moved into it, under a lock; a list names them by their
checksums. What is not whole counts as not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

import polars as pl
from polars.exceptions import PolarsError

from detector.errors import StateError
from detector.pipeline.held_lists import HeldPlace
from detector.pipeline.lists import read_place
from detector.policy.names.against import NAME_HITS
from detector.policy.names.hidden import COMPARED, HIDDEN_NAMES, PLACES, Hidden, hidden, rejoined
from detector.policy.names.kept import ENTRIES, NAMES, Kept, rescreened
from detector.state import Disk, HeldLists, Store, pseudonym
from detector.state.contents import SCREENED
from detector.state.files import read_whole
from detector.state.lock import exclusive, exclusive_now, shared
from detector.state.manifest import Stored, stored
from detector.state.seal import canonical

_LOCK: Final = ".lock"
_LISTED: Final = "screened.json"
_TABLES: Final[Mapping[type, Mapping[str, pl.Schema]]] = {
    Kept: {"names": NAMES, "entries": ENTRIES, "hits": NAME_HITS},
    Hidden: {
        "names": HIDDEN_NAMES, "places": PLACES, "entries": COMPARED, "hits": NAME_HITS
    },
}  # fmt: skip
_Screened = TypeVar("_Screened", Kept, Hidden)
#: Columns of names that are screened, by table, and the address that stands beside each.
_NAMED: Final[Mapping[str, Mapping[str, str | None]]] = {
    "accounts": {
        "org_name": "org_address", "local_name": "org_address", "ultimate_parent_name": None
    },
    "account_owners": {"owner_name": None},
    "entity_owners": {"owner_name": None},
    "partners": {"name": None},
    "partner_customers": {"end_customer_name": None},
    "tenders": {"buyer_name": None, "supplier_name": None},
}  # fmt: skip
_PAIRS: Final = pl.Schema({"name": pl.String(), "address": pl.String()})


def has_names(table: str) -> bool:
    """Whether names in a table are screened."""
    return table in _NAMED


def names_among(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Names in rows of a table that are screened, each with the address beside it."""
    frames = [
        rows.select(
            name=name, address=pl.lit(None, pl.String) if address is None else pl.col(address)
        )
        for name, address in _NAMED.get(table, {}).items()
    ]
    whole = pl.concat([pl.DataFrame(schema=_PAIRS), *frames])
    return whole.filter(pl.col("name").str.strip_chars() != "").unique().sort("name", "address")


def screen_taken(
    store: Store, lists: HeldLists, names: Sequence[pl.DataFrame], key: bytes, wait: float
) -> None:
    """Screen names that were hidden just now, and those of old where lists have changed.

    Parameters
    ----------
    lists
        Those that the state is about to hold.
    names
        Frames of ``names_among``.
    key, wait
        As of ``screen_hidden``.
    """
    entries = read_place(HeldPlace(store, lists)).entries
    whole = pl.concat([pl.DataFrame(schema=_PAIRS), *names]).unique().sort("name", "address")
    screen_hidden(store.root / SCREENED, whole, entries, key, wait=wait, disk=store.disk)


def screen_hidden(
    folder: Path, parties: pl.DataFrame, entries: pl.DataFrame, key: bytes,
    *, wait: float, disk: Disk | None = None,
) -> None:  # fmt: skip
    """Screen names before they are hidden, and leave what was found under pseudonyms.

    Parameters
    ----------
    folder
        Where a state under pseudonyms keeps it.
    parties
        ``name`` and ``address`` in the clear, of what comes in now.
    entries
        Entries of every day. Names of old are looked up by their marks.
    key
        Of the pseudonyms.
    wait
        Seconds to wait for who reads there.

    Raises
    ------
    OSError
        Where nothing can be written there.
    StateError
        Where somebody reads there for longer than ``wait`` seconds.
    """
    disk = disk or Disk()
    before = read_screened(folder, Hidden)
    kept = rescreened(None, parties["name"], entries, as_of=None)
    fresh = hidden(kept, parties, entries, key, partial(pseudonym, key=key))
    disk.make_folder(folder)
    with exclusive(folder / _LOCK, wait):
        _write_all(folder, rejoined(before, fresh, entries, key), disk)


def read_screened(folder: Path, kind: type[_Screened]) -> _Screened | None:
    """What was kept of a screening; None where it is not whole."""
    tables = _TABLES[kind]
    with shared(folder / _LOCK):
        try:
            told = json.loads((folder / _LISTED).read_bytes())
            version, files = str(told["version"]), dict(told["files"])
            frames = {name: _read(folder, name, Stored(**files[name])) for name in tables}
        except (OSError, StateError, ValueError, KeyError, TypeError, PolarsError):
            return None
    if any(frames[name].schema != schema for name, schema in tables.items()):
        return None
    return kind(version, **frames)


def _read(folder: Path, name: str, measure: Stored) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(read_whole(folder / _file(name, measure), measure)))


def _file(name: str, measure: Stored) -> str:
    """A file's name holds its content's hash: an older one stands until no list names it."""
    return f"{name}-{measure.sha256[:16]}.parquet"


def write_screened(folder: Path, kept: Kept | Hidden, disk: Disk) -> bool:
    """Write what was screened; False where somebody else reads or writes there.

    Raises
    ------
    OSError
        Where nothing can be written there.
    """
    disk.make_folder(folder)
    with exclusive_now(folder / _LOCK) as free:
        if free:
            _write_all(folder, kept, disk)
        return free


def _write_all(folder: Path, kept: Kept | Hidden, disk: Disk) -> None:
    """The files first, then the list that names them; what it does not name goes."""
    tables = _TABLES[type(kept)]
    files = {name: _write(folder, name, getattr(kept, name), disk) for name in tables}
    told = {"version": kept.version, "files": {n: asdict(m) for n, m in files.items()}}
    _replace(folder / _LISTED, canonical(told), disk)
    named = {_LOCK, _LISTED, *(_file(name, measure) for name, measure in files.items())}
    for left in folder.iterdir():
        if left.name not in named:
            disk.remove(left)


def _write(folder: Path, name: str, frame: pl.DataFrame, disk: Disk) -> Stored:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    data = buffer.getvalue()
    measure = stored(data)
    _replace(folder / _file(name, measure), data, disk)
    return measure


def _replace(path: Path, data: bytes, disk: Disk) -> None:
    beside = path.with_name(f".{path.name}.new")
    disk.write(beside, data)
    disk.replace(beside, path)
