"""dcgm-exporter scrapes (Prometheus text format, OpenMetrics) to ``gpu_telemetry``.

Shape: NVIDIA dcgm-exporter; "Exposition formats" of the Prometheus documentation; OpenMetrics
1.0. A scrape mostly carries no time of its own: it is then taken from the file's name, which
must hold one (``2026-01-31T13-00-00Z.prom``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final

import polars as pl

from detector.sources.meters import NO_READING
from detector.sources.native.adapter import Row, from_epoch
from detector.sources.native.prometheus import source_of
from detector.sources.raw import BadRecord, Gathered, RawPart
from detector.sources.streams import blocks, lines_of

COLUMNS: Final = (
    "time", "metric", "value", "instance_id", "gpu_uuid", "account_id", "gpu_model",
)  # fmt: skip
MAX_LINE: Final = 1 << 16
"""Characters of the longest line that is taken for a sample."""

NO_TIME: Final = (
    "the sample carries no time and the file's name holds none; put the time of the scrape "
    "into the name (2026-01-31T13-00-00Z.prom), have a timestamp written behind each sample, "
    "or export a Prometheus query_range"
)
_NO_SAMPLE: Final = "the line is not a sample in Prometheus text format"
_TOO_LONG: Final = f"the line is longer than {MAX_LINE >> 10} KiB, which no sample is"
_CREATED: Final = "_created"
_NOT_COUNTED: Final = "a time of creation (_created) is not counted (OpenMetrics text)"
# Each of these is matched at one place and can match in one way only: time grows with length.
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r'[\s,]*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"')
_END: Final = re.compile(r"[\s,]*\}")
_ESCAPED: Final = re.compile(r"\\(.)")
_NAMED_TIME: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[-:_]?(\d\d)(?:[-:_]?(\d\d))?Z?(?!\d)"
)
_SECONDS: Final = (946_684_800.0, 4_102_444_800.0)
"""2000 to 2100 in seconds; as milliseconds these numbers lie in early 1970."""


def recognises(head: str) -> bool:
    """Say whether a text begins like a scrape."""
    lines = [line for line in head.splitlines() if line.strip()]
    samples = [line for line in lines[:20] if not line.startswith("#")]
    if not samples:
        return any(line.startswith(("# HELP", "# TYPE", "# EOF")) for line in lines[:20])
    return any(len(line) <= MAX_LINE and _row(line.strip(), None) for line in samples)


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
        if block.oversized:
            part = RawPart(_frame([]), _numbers([]), [BadRecord(first, _TOO_LONG, "")])
        else:
            part = _part(block.data, first, moment)
        first += part.read + sum(part.told.values())
        yield part


def _part(data: bytes, first: int, moment: str | None) -> RawPart:
    found = Gathered(COLUMNS)
    created = 0
    texts = (line.decode("utf-8", "replace").strip() for line in lines_of(data))
    for number, line in enumerate((x for x in texts if x and not x.startswith("#")), first):
        row = _row(line, moment) if len(line) <= MAX_LINE else None
        if row is None:
            reason = _NO_SAMPLE if len(line) <= MAX_LINE else _TOO_LONG
            found.bad(number, partial(str, reason), line.encode())
        elif str(row["metric"]).endswith(_CREATED):
            created += 1
        elif row["time"] is None:
            found.bad(number, partial(str, NO_TIME), line.encode(), "time")
        else:
            found.good(number, [None if (v := row[c]) is None else str(v) for c in COLUMNS])
    told = {_NOT_COUNTED: created} if created else {}
    return replace(found.part(), told=told)


def _frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame({c: pl.Series([r[c] for r in rows], dtype=pl.String) for c in COLUMNS})


def _numbers(rows: list[int]) -> pl.Series:
    return pl.Series("_row", rows, dtype=pl.Int64)


def _row(line: str, moment: str | None) -> Row | None:
    """Return the row of a sample, or None if the line is none."""
    name = _NAME.match(line)
    if name is None:
        return None
    rest = line[name.end() :].lstrip()
    labels: dict[str, str] | None = {}
    if rest.startswith("{"):
        labels, rest = _labels(rest)
    elif rest == line[name.end() :]:
        return None
    # What stands behind " # " is an exemplar: a request, not the meter.
    value, *stamp = rest.split(" # ")[0].split() or [""]
    if labels is None or len(stamp) > 1 or not _is_value(value):
        return None
    time = moment if not stamp else _moment(stamp[0])
    if stamp and time is None:
        return None
    return {"time": time, "metric": name[0], "value": value, **source_of(labels)}


def _labels(text: str) -> tuple[dict[str, str] | None, str]:
    """Split ``{name="value",…}`` from what follows it; None if it does not end so."""
    labels: dict[str, str] = {}
    at = 1
    while found := _LABEL.match(text, at):
        labels[found[1]] = _ESCAPED.sub(_unescape, found[2])
        at = found.end()
    end = _END.match(text, at)
    return (labels, text[end.end() :]) if end else (None, "")


def _unescape(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _is_value(text: str) -> bool:
    return _number(text) is not None or NO_READING.match(text) is not None


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _moment(stamp: str) -> str | None:
    """Return the time of a sample: OpenMetrics counts seconds, the older text milliseconds.

    A fraction, or a number that is a time of this century in seconds, tells seconds.

    >>> _moment("1774864800"), _moment("1774864800000")
    ('2026-03-30T10:00:00+00:00', '2026-03-30T10:00:00+00:00')
    """
    number = _number(stamp)
    if number is None:
        return None
    in_seconds = _SECONDS[0] <= number < _SECONDS[1] or ("." in stamp and number < _SECONDS[1])
    return from_epoch(number, 1.0 if in_seconds else 1e-3)
