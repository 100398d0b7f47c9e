"""Anthropic usage report to ``model_usage``.

Shape: Claude Admin API reference, "Get Messages Usage Report"
(GET /v1/organizations/usage_report/messages). The report does not count requests: ``requests``
is 0, so that nothing is divided by a guess. Usage of the default workspace has no workspace id
and goes to the account ``default``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    number,
    records_of,
    text,
)  # fmt: skip

DEFAULT_WORKSPACE: Final = "default"


def _recognises(record: Record) -> bool:
    return {"starting_at", "ending_at", "results"} <= record.keys()


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    if not _recognises(record):
        raise UnusableRecord("it is not a bucket of the messages usage report")
    for result in records_of(record["results"]):
        read = number(dig(result, "cache_read_input_tokens")) or 0
        yield {
            "start": text(record["starting_at"]),
            "end": text(record["ending_at"]),
            "account_id": text(dig(result, "workspace_id")) or DEFAULT_WORKSPACE,
            "model_id": text(dig(result, "model")),
            "requests": 0,
            "input_tokens": _input(result, read),
            "output_tokens": number(dig(result, "output_tokens")),
            "region": text(dig(result, "inference_geo")),
            "key_hash": hashed(dig(result, "api_key_id")),
            "cached_tokens": read,
        }


def _input(result: Any, read: int) -> int | None:
    plain = number(dig(result, "uncached_input_tokens"))
    made = dig(result, "cache_creation")
    written = [number(v) or 0 for v in made.values()] if isinstance(made, dict) else []
    return None if plain is None else plain + read + sum(written)


ADAPTER: Final = Adapter("Anthropic usage report", "model_usage", _recognises, _rows, (("data",),))
