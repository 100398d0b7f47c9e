"""dcgm-exporter scrapes (Prometheus text format) to ``gpu_telemetry``.

Shape: NVIDIA dcgm-exporter, and "Exposition formats" of the Prometheus documentation. A scrape
mostly carries no time of its own: it is then taken from the file's name, which must hold one
(``2026-01-31T13-00-00Z.prom``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import polars as pl

from detector.sources.native.adapter import Row, from_epoch
from detector.sources.native.prometheus import source_of
from detector.sources.raw import BadRecord, RawPart
from detector.sources.streams import blocks

COLUMNS: Final = (
    "time", "metric", "value", "instance_id", "gpu_uuid", "account_id", "gpu_model",
)  # fmt: skip
_SAMPLE: Final = re.compile(
    r'^([a-zA-Z_:][\w:]*)\s*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+(-?\d+))?$'
)
_LABEL: Final = re.compile(r'(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPES: Final = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
_NAMED_TIME: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[-:_]?(\d\d)(?:[-:_]?(\d\d))?Z?(?!\d)"
)


def recognises(head: str) -> bool:
    """Say whether a text begins like a scrape."""
    lines = [line for line in head.splitlines()[:-1] or [head] if line.strip()]
    samples = [line for line in lines[:20] if not line.startswith("#")]
    if not samples:
        return any(line.startswith(("# HELP", "# TYPE")) for line in lines[:20])
    return any(_SAMPLE.match(line.strip()) for line in samples)


def time_in(name: str) -> str | None:
    """Return the time a file's name holds.

    >>> time_in("gpu_telemetry/node1_20260131T1300.prom")
    '2026-01-31T13:00:00Z'
    """
    found = _NAMED_TIME.search(PurePosixPath(name).name)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups("00")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def read(source: Iterator[bytes], name: str) -> Iterator[RawPart]:
    """Yield the samples of a scrape; comments are passed over, other lines set aside."""
    moment = time_in(name)
    first = 1
    for block in blocks(source, quoted=False):
        part = _part(block.data, first, moment)
        first += part.read
        yield part


def _part(data: bytes, first: int, moment: str | None) -> RawPart:
    good: list[Row] = []
    rows: list[int] = []
    bad: list[BadRecord] = []
    lines = (line.strip() for line in data.decode("utf-8", "replace").split("\n"))
    for number, line in enumerate((x for x in lines if x and not x.startswith("#")), first):
        row = _row(line, moment)
        if row is None:
            bad.append(
                BadRecord(number, "the line is not a sample in Prometheus text format", line)
            )
        else:
            good.append(row)
            rows.append(number)
    frame = pl.DataFrame({c: pl.Series([r[c] for r in good], dtype=pl.String) for c in COLUMNS})
    return RawPart(frame, pl.Series("_row", rows, dtype=pl.Int64), bad)


def _row(line: str, moment: str | None) -> Row | None:
    found = _SAMPLE.match(line)
    if found is None:
        return None
    metric, inside, value, stamp = found.groups()
    labels = {k: re.sub(r"\\[\\\"n]", _unescape, v) for k, v in _LABEL.findall(inside or "")}
    time = from_epoch(stamp, 1e-3) if stamp else moment
    return {"time": time, "metric": metric, "value": value, **source_of(labels)}


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
