"""Files that are no data, told by name or content, and what to do about them.

Nothing of what they hold is ever shown: it may be a prompt, or somebody's mail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.text import printable

_SAVE: Final = "save it as CSV (UTF-8) and format ids as text first, or it rewrites them: "
_LOST: Final = "0012 becomes 12 and 123456789012 becomes 1.23E+11"
_SPREADSHEET: Final = _SAVE + _LOST
_UNPACK: Final = "unpack it and put in the files it holds"
_EXPORT: Final = "export the table as Parquet or CSV instead"
_EXTENSIONS: Final[dict[str, tuple[str, str]]] = {
    "xlsx": ("an Excel workbook", _SPREADSHEET), "xlsm": ("an Excel workbook", _SPREADSHEET),
    "xlsb": ("an Excel workbook", _SPREADSHEET), "xls": ("an Excel workbook", _SPREADSHEET),
    "ods": ("a spreadsheet", _SPREADSHEET), "numbers": ("a spreadsheet", _SPREADSHEET),
    "pdf": ("a PDF document", _EXPORT), "doc": ("a Word document", _EXPORT),
    "docx": ("a Word document", _EXPORT), "html": ("a web page", _EXPORT),
    "htm": ("a web page", _EXPORT), "zip": ("an archive", _UNPACK),
    "tar": ("an archive", _UNPACK), "tar.gz": ("an archive", _UNPACK),
    "tgz": ("an archive", _UNPACK), "tar.zst": ("an archive", _UNPACK),
    "7z": ("an archive", _UNPACK), "rar": ("an archive", _UNPACK),
    "avro": ("an Avro file", _EXPORT), "orc": ("an ORC file", _EXPORT),
    "feather": ("an Arrow file", _EXPORT), "arrow": ("an Arrow file", _EXPORT),
    "sqlite": ("a database", _EXPORT), "db": ("a database", _EXPORT),
}  # fmt: skip
_MARKERS: Final[dict[str, str]] = {
    "amazon-bedrock-logs-permission-check": "a marker that Amazon Bedrock leaves",
    "configwritabilitycheckfile": "a marker that AWS Config leaves",
    "_success": "a marker of a finished export",
}
_PAGE: Final = re.compile(rb"\A\s*<(?:!doctype\s+html|html|head|body|\?xml|error)\b", re.IGNORECASE)
_KINDS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("a manifest of an Azure export", frozenset({"manifestVersion", "blobs"})),
    ("a manifest of an Azure export", frozenset({"exportConfig", "blobs"})),
    ("a manifest of an AWS report", frozenset({"reportKeys"})),
    ("a manifest of an AWS export", frozenset({"dataFiles"})),
    ("a manifest of a bucket's inventory", frozenset({"sourceBucket", "files"})),
    ("a CloudTrail digest", frozenset({"digestStartTime", "digestEndTime"})),
    ("the log of a Delta table", frozenset({"commitInfo"})),
    ("the log of a Delta table", frozenset({"metaData", "protocol"})),
    ("the metadata of an Iceberg table", frozenset({"format-version", "table-uuid"})),
    ("a JSON schema", frozenset({"$schema"})),
)
_LISTS: Final = (
    "value", "data", "Records", "records", "result", "results", "items", "events", "entries",
    "rows",
)  # fmt: skip
_ERRORS: Final = ("error", "errors", "errorType", "Error")
"""Keys that, where they hold something, tell of an answer that failed."""
_BETWEEN: Final = re.compile(r"[\s,]*")
_DECODER: Final = json.JSONDecoder()


def why_not(name: str) -> str | None:
    """Say why a file cannot be data by its name alone, and what to do; None if it may be.

    >>> why_not("tables/usage.pdf")
    'tables/usage.pdf is a PDF document; export the table as Parquet or CSV instead'
    >>> why_not("usage.csv") is None
    True
    """
    base = name.rpartition("/")[2].lower()
    shown = printable(name)
    if base in _MARKERS:
        return f"{shown} is {_MARKERS[base]}, not data"
    if base.endswith(".crc"):
        return f"{shown} is a checksum, not data"
    ends = sorted(_EXTENSIONS, key=len, reverse=True)
    end = next((end for end in ends if base.endswith("." + end)), None)
    if end is None:
        return None
    kind, do = _EXTENSIONS[end]
    return f"{shown} is {kind}; {do}"


def no_data(head: bytes) -> str | None:
    """Say what a file is that is known to be no data, by its first bytes; None if it may be."""
    if _PAGE.match(head):
        return "a web page or an answer that says an error"
    if not head.lstrip().startswith(b"{"):
        return None
    keys = _keys(head)
    for kind, needed in _KINDS:
        if needed <= keys:
            return kind
    failed = keys & {*_ERRORS} and keys <= {*_ERRORS, "status", "message", "code", "data"}
    return "an answer that says an error" if failed else None


def _keys(head: bytes) -> frozenset[str]:
    """Return the keys of the first documents, also where the head ends inside one."""
    found = [item for item in documents(head) if isinstance(item, dict)]
    if found:
        return frozenset(key for item in found for key in item)
    return frozenset(re.findall(r'"([^"\\]{1,40})"\s*:', head.decode("utf-8", "replace")))


def documents(head: bytes) -> Iterator[Any]:
    """Yield the whole JSON documents at the beginning of a text."""
    text = head.decode("utf-8", "replace")
    at = _between(text, 0)
    while at < len(text):
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield item
        at = _between(text, at)


def _between(text: str, at: int) -> int:
    """Where the next document begins, at a place or after it."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def holds_nothing(whole: bytes) -> bool:
    """Whether a whole text is JSON that holds no record: ``[]``, ``{"value": []}``.

    >>> holds_nothing(b'{"data": [], "has_more": false}'), holds_nothing(b'{"data": [1]}')
    (True, False)
    """
    found = list(documents(whole))
    return bool(found) and all(map(_is_empty, found)) and broken_json(whole) is None


def _is_empty(item: Any) -> bool:
    """Whether a document has no record; null in the place of a list is one without any."""
    if item is None or isinstance(item, list):
        return all(part in (None, [], {}) for part in item or ())
    if not isinstance(item, dict):
        return False
    inner = item.get("data")
    held = [item[key] for key in _LISTS if key in item]
    held += [inner[key] for key in _LISTS if key in inner] if isinstance(inner, dict) else []
    lists = [values for values in held if values is None or isinstance(values, list)]
    return not item or (bool(lists) and not any(lists) and not any(map(item.get, _ERRORS)))


def broken_json(whole: bytes) -> str | None:
    """Say where a text stops to be JSON documents, without a word of it; None if it is whole."""
    text = whole.decode("utf-8", "replace")
    at = _between(text, 0)
    while at < len(text):
        try:
            _, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            return f"{error.msg} at line {error.lineno}, column {error.colno}"
        except RecursionError:
            return "nested too deeply"
        at = _between(text, at)
    return None
