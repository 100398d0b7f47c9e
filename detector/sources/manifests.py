"""Manifests of billing exports: which files of a delivery are its newest run.

Clouds write each run of an export beside the ones before, and a copy of a bucket keeps parts of
older runs. Where the export's own manifest came along, it says which files count.

Shapes (seen 2026-11): Azure Cost Management ``manifest.json`` (``blobs[].blobName``,
``runInfo``), AWS Data Exports and Cost and Usage Reports ``*-Manifest.json`` (``dataFiles`` or
``reportKeys``, ``billingPeriod``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final

from detector.sources.limits import MAX_RECORD_BYTES
from detector.sources.listing import Listed, Listing
from detector.sources.native.adapter import dig, text
from detector.sources.place import Place
from detector.sources.text import printable
from detector.sources.versions import run_time

_NAME: Final = re.compile(r"manifest[^/]*\.json$", re.IGNORECASE)
_LISTS: Final = ("blobs", "dataFiles", "reportKeys")
_FILE_KEYS: Final = ("blobName", "path", "key", "name", "url")
_EXPORT_KEYS: Final = (
    ("exportArn",), ("exportConfig", "resourceId"), ("exportConfig", "exportName"),
    ("exportName",), ("reportId",), ("reportName",),
)  # fmt: skip
_TIME_KEYS: Final = (
    ("runInfo", "submittedTime"), ("submittedTime",), ("creationTime",), ("createdAt",),
    ("executionTime",), ("runInfo", "endDate"),
)  # fmt: skip
_PERIOD_KEYS: Final = (("billingPeriod", "start"), ("runInfo", "startDate"))
_PERIOD_FOLDER: Final = re.compile(r"(?:^|/)(?:BILLING_PERIOD=[^/]+|\d{8}-\d{8})(?=/|$)")


@dataclass(frozen=True)
class Manifest:
    """What one run of an export wrote.

    ``export`` and ``period`` say of what, ``when`` (text that sorts by time, may be empty)
    says when; ``files`` are the names as the manifest has them.
    """

    path: str
    export: str
    period: str
    when: str
    files: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder in which the manifest lies."""
        return str(PurePosixPath(self.path).parent)


def is_manifest_name(name: str) -> bool:
    """Whether a file's name is one that clouds give to manifests of exports.

    >>> is_manifest_name("usage/a/manifest.json"), is_manifest_name("usage/x-Manifest.json")
    (True, True)
    """
    return bool(_NAME.search(name))


def read_manifest(data: bytes, file: Listed) -> Manifest | None:
    """Read a manifest; None where it is none."""
    try:
        held = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    names = _names(held)
    if names is None:
        return None
    inside = _PERIOD_FOLDER.findall(file.path)
    period = _first(held, _PERIOD_KEYS) or (inside[-1].strip("/") if inside else "")
    return Manifest(
        path=file.path,
        export=_first(held, _EXPORT_KEYS) or "",
        period=f"{file.source} {file.period} {period}",
        when=_first(held, _TIME_KEYS) or run_time(file.below or file.path) or "",
        files=tuple(names),
    )


def _names(held: Any) -> list[str] | None:
    listed = next((v for key in _LISTS if isinstance(v := dig(held, key), list)), None)
    if listed is None:
        return None
    found = []
    for item in listed:
        name = text(item) or next((n for k in _FILE_KEYS if (n := text(dig(item, k)))), None)
        if name:
            found.append(name.replace("\\", "/"))
    return found


def _first(held: Any, paths: Iterable[tuple[str, ...]]) -> str | None:
    return next((found for path in paths if (found := text(dig(held, *path)))), None)


def follow_manifests(place: Place, listing: Listing) -> Listing:
    """The listing without manifests and without files that they leave out."""
    named = [f for f in listing.files if f.table == "usage" and is_manifest_name(f.path)]
    if not named:
        return listing
    data = [f for f in listing.files if f not in named]
    kept = replace(listing, files=[])
    manifests = []
    for file in named:
        manifest = _open(place, file)
        if manifest is None:
            data.append(file)
        else:
            kept.skip(file.path, "is the manifest of an export and no data", file.table)
            manifests.append(manifest)
    out = _left_out(_newest(manifests), data, kept)
    for file in sorted(data, key=lambda f: f.path):
        if file.path in out:
            kept.replace(file.path, out[file.path], file.table)
    order = {file.path: place for place, file in enumerate(listing.files)}
    kept.files = sorted((f for f in data if f.path not in out), key=lambda f: order[f.path])
    return kept


def _open(place: Place, file: Listed) -> Manifest | None:
    if file.mark[1] > MAX_RECORD_BYTES:
        return None
    with place.local(file.path) as path:
        return read_manifest(path.read_bytes(), file)


def _newest(manifests: list[Manifest]) -> list[Manifest]:
    """Of the manifests of one export and period the newest.

    Between equals the one nearest to the root: AWS writes the newest run's manifest above the
    folders of the runs, and overwrites it.
    """
    last: dict[tuple[str, str], Manifest] = {}
    for manifest in sorted(manifests, key=lambda m: (m.when, -m.path.count("/"), m.path)):
        last[manifest.export, manifest.period] = manifest
    return list(last.values())


def _left_out(manifests: list[Manifest], data: list[Listed], kept: Listing) -> Mapping[str, str]:
    """Files that stand where a manifest's files stand, and are named by none; and why."""
    counted: set[str] = set()
    governed: dict[str, str] = {}
    for manifest in manifests:
        scope = [f for f in data if f.table == "usage"]
        found = {name: _resolve(manifest, name, scope) for name in manifest.files}
        here = [f for f in found.values() if f is not None]
        if not here:
            kept.warnings.append(
                f"{printable(manifest.path)} names no file that is here; it was not followed"
            )
            continue
        missing = len(found) - len(here)
        if missing:
            kept.warnings.append(
                f"{printable(manifest.path)} names {missing} file{'s' if missing > 1 else ''} "
                "that are not here: the copy is not whole; copy the export again"
            )
        counted |= {f.path for f in here}
        governed |= _scope(here, scope, manifest.path)
    return {
        path: f"is not named by the export's newest manifest ({printable(manifest)})"
        for path, manifest in governed.items()
        if path not in counted
    }


def _resolve(manifest: Manifest, name: str, data: list[Listed]) -> Listed | None:
    """The file that a manifest means: in its own folder, else by the longest common ending."""
    own = [f for f in data if f.path == f"{manifest.folder}/{PurePosixPath(name).name}"]
    if own:
        return own[0]
    wanted = name.split("/")[::-1]

    def alike(file: Listed) -> int:
        pairs = zip(wanted, file.path.split("/")[::-1], strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(wanted))

    best = max(data, key=alike, default=None)
    return best if best is not None and alike(best) else None


def _scope(here: list[Listed], data: list[Listed], manifest: str) -> dict[str, str]:
    """What a manifest speaks for: the delivery of its files, or the folders they lie in."""
    deliveries = {f.delivery for f in here if f.delivery}
    folders = {PurePosixPath(f.path).parent for f in here}
    return {
        f.path: manifest
        for f in data
        if (f.delivery in deliveries if f.delivery else PurePosixPath(f.path).parent in folders)
    }
