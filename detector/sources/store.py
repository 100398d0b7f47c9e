"""One object store: its listing, and the bytes of its objects, with its refusals as sentences."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from detector.errors import OutputError, Unreachable, Unreadable
from detector.sources.address import Address, credentials_of, endpoint_of, open_store
from detector.sources.place import Mark
from detector.sources.text import printable

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

CHUNK_BYTES: Final = 8 << 20
"""Bytes of one request: a smaller object is fetched by one."""
_TRIES: Final = 2
_FRESH_NS: Final = 5_000_000_000
_MISSING: Final = re.compile(
    r"NO_SUCH_BUCKET|NoSuchBucket|ContainerNotFound|Bucket '.*' not found|NOT_FOUND|"
    r"bucket does not exist|container does not exist",
    re.I,
)
_REFUSED: Final = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN|"
    r"EXPIRED_TOKEN|INVALID_SIGNATURE|UNAUTHENTICATED|PERMISSION_DENIED|AuthenticationFailed|"
    r"AuthorizationFailure|AuthorizationPermissionMismatch|HTTP status 40[13]|credential",
    re.I,
)
_ELSEWHERE: Final = re.compile(r"HTTP status 301|PermanentRedirect|AuthorizationHeaderMalformed")
_SHOWN: Final = 160


@dataclass(frozen=True)
class Key:
    """One name in a listing, relative to the folder; ``mark`` is None for a folder."""

    path: str
    mark: Mark | None


class Store:
    """An object store that is opened when it is first asked."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._gone: str | None = None

    @cached_property
    def _system(self) -> FileSystem:
        with self._asking():
            return open_store(self.address)

    def keys(self) -> list[Key] | None:
        """All that is below the folder, by one recursive listing; None where nothing is.

        Raises
        ------
        Unreachable
            If the store does not answer, or refuses.
        """
        from pyarrow.fs import FileSelector

        self._gone, seen = None, time.time_ns()
        try:
            with self._asking():
                found = self._system.get_file_info(FileSelector(self.address.base, recursive=True))
        except FileNotFoundError:
            return None
        return [Key(_relative(info, self.address), mark_of(info, seen)) for info in found]

    def mark(self, path: str | None = None) -> Mark | None:
        """The mark of one object as it is now (default: of the folder's own name); or None.

        Raises
        ------
        Unreachable
            If the store does not answer, or refuses.
        """
        with self._asking():
            info = self._system.get_file_info(self._full(path))
        return mark_of(info, time.time_ns())

    def fetch(self, path: str, size: int, sink: BinaryIO | None) -> str:
        """Fetch an object in bounded chunks into ``sink``, and return its SHA-256.

        Raises
        ------
        Unreadable
            If it has gone, is not as long as it was listed, or cannot be fetched to its end.
        Unreachable
            If the store no longer answers.
        """
        if self._gone is not None:
            raise Unreachable(self._gone)  # Those that wait need not all find out by themselves.
        for last in (*(False,) * (_TRIES - 1), True):
            if sink is not None:
                sink.seek(0)
                sink.truncate()
            try:
                digest, read = self._fetched(path, size, sink)
            except FileNotFoundError:
                raise Unreadable(
                    f"{printable(path)} has gone from {self._name} since it was listed; run again"
                ) from None
            except OSError as error:
                self._still_there(path)
                if last:
                    raise Unreadable(
                        f"{printable(path)} could not be fetched from {self._name} to its end: "
                        f"{_detail(error)}; check the object, and run again"
                    ) from error
                continue
            if read == size:
                return digest
            raise Unreadable(
                f"{printable(path)} has {read} bytes and was listed with {size}: it changed "
                "after it was listed, or is cut off; run again when it is complete"
            )
        raise AssertionError

    def _still_there(self, path: str) -> None:
        """Raise where the store is gone, and not the object alone."""
        try:
            self.mark(path)
        except Unreachable as error:
            self._gone = str(error)
            raise

    def _fetched(self, path: str, size: int, sink: BinaryIO | None) -> tuple[str, int]:
        digest, read = hashlib.sha256(), 0
        with self._system.open_input_stream(self._full(path), compression=None) as stream:
            # One byte more than there should be tells of an object that has grown.
            while chunk := stream.read(min(CHUNK_BYTES, size - read + 1)):
                digest.update(chunk)
                read += len(chunk)
                if sink is not None:
                    _write(sink, chunk)
                if read > size:
                    break
        return digest.hexdigest(), read

    @property
    def _name(self) -> str:
        return printable(self.address.name)

    def _full(self, path: str | None) -> str:
        return self.address.base if path is None else f"{self.address.base}/{path}"

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            raise Unreachable(_refusal(self.address, error)) from error


def mark_of(info: Any, seen: int) -> Mark | None:
    """The mark of an object that was listed at ``seen`` (ns); None where it is none.

    Stores tell times in seconds, so that an object may change again in the second it was written
    in: as long as it is that young its mark is that of no other listing.
    """
    if not info.is_file:
        return None
    changed = info.mtime_ns or 0
    return seen if abs(seen - changed) < _FRESH_NS else 0, info.size, changed


def _relative(info: Any, address: Address) -> str:
    try:
        path: str = info.path
    except UnicodeDecodeError as error:
        path = bytes(error.object).decode("utf-8", "surrogateescape")
    return path[len(address.base) + 1 :]


def _write(sink: BinaryIO, chunk: bytes) -> None:
    try:
        sink.write(chunk)
    except OSError as error:
        raise OutputError(
            f"a copy of a remote file could not be written to {tempfile.gettempdir()}: "
            f"{error.strerror}; make room there, or set TMPDIR to another folder"
        ) from error


def _detail(error: Exception) -> str:
    return printable(" ".join(str(error).split()), _SHOWN)


def _refusal(address: Address, error: Exception) -> str:
    """The sentence for what a store answered, or that it did not."""
    name, said, detail = printable(address.name), str(error), _detail(error)
    endpoint = endpoint_of(address)[0]
    where = f" at {printable(endpoint)}" if endpoint else ""
    if _MISSING.search(said):
        return (
            f"{name} is not there: the store{where} has no such bucket; check its name, and the "
            f"endpoint and region that are asked ({detail})"
        )
    if _ELSEWHERE.search(said):
        return f"{name} lies in another region; add ?region=NAME or set AWS_REGION ({detail})"
    if _REFUSED.search(said):
        return (
            f"{name} may not be read: the store{where} refused the credentials or there are none; "
            f"{credentials_of(address)} ({detail})"
        )
    return (
        f"{name} cannot be reached: the store{where} gave no usable answer; check the network, the "
        f"endpoint and that the service runs, and try again ({detail})"
    )
