"""Model files that cannot run code: arrays in `.npz`, everything else in a JSON manifest.

A folder holds ``manifest.json`` and one array file named after its SHA-256. The manifest is
swapped in last, so a reader sees the old model or the new one, never half of each. On reading,
the checksum is compared before anything is parsed, object arrays are never allowed, and sizes
are bounded before memory is taken.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import arrays_to_bytes
from models.errors import ModelFormatError

Arrays = dict[str, NDArray[np.generic]]

FORMAT = "enduse-model"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_MOST_MANIFEST = 16 << 20
_MOST_ARRAYS = 2 << 30
_DTYPES = ("float64", "float32", "int64", "int32", "bool")


def write(
    path: Path, kind: str, arrays: Mapping[str, NDArray[np.generic]], meta: Mapping[str, object]
) -> None:
    """Write a model folder.

    Parameters
    ----------
    path : Path
        Folder; made if it does not exist.
    kind : str
        What the arrays are ("forest", "proxy-model").
    arrays, meta : mapping
        Content; ``meta`` must be plain JSON.
    """
    data = arrays_to_bytes(arrays)
    digest = hashlib.sha256(data).hexdigest()
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "arrays": {"file": f"arrays-{digest[:16]}.npz", "bytes": len(data), "sha256": digest},
        "meta": dict(meta),
    }
    manifest["sha256"] = manifest_digest(manifest)
    text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False)
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        _sync(path.parent)
    write_whole(path / f"arrays-{digest[:16]}.npz", data)
    write_whole(path / MANIFEST, text.encode())
    for old in path.glob("arrays-*.npz"):
        if old.name != f"arrays-{digest[:16]}.npz":
            old.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see all of it or what was there before."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        # A write that fails tells of no file by itself.
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Wait until the disk has the entries of a folder: a new name outlasts a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def manifest_digest(manifest: Mapping[str, object]) -> str:
    """Return the checksum of a manifest: of its canonical JSON without the checksum itself."""
    body = {key: value for key, value in manifest.items() if key != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path, kind: str) -> tuple[Arrays, dict[str, Any]]:
    """Read a model folder; return its arrays and its ``meta``.

    Raises
    ------
    ModelFormatError
        If a file is missing, damaged, too large, of another kind or format.
    """
    manifest = read_manifest(path)
    if manifest.get("kind") != kind:
        raise ModelFormatError(f"{path} holds a {manifest.get('kind')!r}; expected a {kind!r}")
    entry = manifest["arrays"]
    data = _read_file(path / entry["file"], _MOST_ARRAYS)
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise ModelFormatError(
            f"{path / entry['file']} is damaged: its checksum differs from the manifest's. "
            "Restore it or train again"
        )
    return parse_arrays(data), manifest["meta"]


def read_manifest(path: Path) -> dict[str, Any]:
    """Read and check ``manifest.json`` alone.

    Raises
    ------
    ModelFormatError
        If it is missing, damaged or of another format.
    """
    return parse_manifest(_read_file(path / MANIFEST, _MOST_MANIFEST))


def parse_manifest(data: bytes) -> dict[str, Any]:
    """Check the bytes of a manifest: JSON, format, checksum, types."""
    try:
        manifest = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ModelFormatError(f"{MANIFEST} is not JSON: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelFormatError(f"{MANIFEST} is not a model manifest; expected {FORMAT!r}")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ModelFormatError(
            f"{MANIFEST} has format_version {manifest.get('format_version')!r}; this version "
            f"reads {FORMAT_VERSION}. Train again, or use the version that wrote it"
        )
    if manifest.get("sha256") != _digest_or_refuse(manifest):
        raise ModelFormatError(f"{MANIFEST} is damaged: its checksum is wrong")
    entry, meta = manifest.get("arrays"), manifest.get("meta")
    if not isinstance(entry, dict) or not isinstance(meta, dict):
        raise ModelFormatError(f"{MANIFEST} lacks its arrays or meta section")
    digest = entry.get("sha256")
    if not isinstance(digest, str) or entry.get("file") != f"arrays-{digest[:16]}.npz":
        raise ModelFormatError(f"{MANIFEST} names no array file of its own")
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ModelFormatError(f"{MANIFEST} holds a checksum that is none")
    return manifest


def _digest_or_refuse(manifest: Mapping[str, object]) -> str:
    try:
        return manifest_digest(manifest)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{MANIFEST} cannot be checked: {error}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")


def _read_file(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise ModelFormatError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > most:
        raise ModelFormatError(f"{path} is larger than {most} bytes; it is not one of ours")
    return data


def parse_arrays(data: bytes) -> Arrays:
    """Read the arrays of `.npz` bytes without running or trusting anything in them.

    Raises
    ------
    ModelFormatError
        For anything but plain, uncompressed, one-dimensional arrays of numbers.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                info.filename.removesuffix(".npy"): _member(archive, info)
                for info in archive.infolist()
            }
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, ValueError) as error:
        raise ModelFormatError(f"the array file cannot be read: {error}") from error
    except (NotImplementedError, RuntimeError, SyntaxError, OverflowError, KeyError) as error:
        raise ModelFormatError(f"the array file is not one of ours: {error}") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[np.generic]:
    """Read one array by hand: the header is checked against the size before any memory."""
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > _MOST_ARRAYS:
        raise ModelFormatError(f"array {info.filename!r} is compressed or too large")
    raw = archive.read(info)
    stream = io.BytesIO(raw)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ModelFormatError(f"array {info.filename!r} has .npy version {version}")
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.name not in _DTYPES or not dtype.isnative or len(shape) != 1:
        raise ModelFormatError(f"array {info.filename!r} is {dtype} of shape {shape}")
    if shape[0] * dtype.itemsize != len(raw) - stream.tell():
        raise ModelFormatError(f"array {info.filename!r} is not as long as its header says")
    array: NDArray[np.generic] = np.frombuffer(raw, dtype=dtype, offset=stream.tell())
    if dtype == np.bool_ and (array.view(np.uint8) > 1).any():
        raise ModelFormatError(f"array {info.filename!r} holds a truth value above 1")
    return array
