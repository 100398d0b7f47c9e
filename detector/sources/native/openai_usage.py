"""OpenAI organization usage (completions) to ``model_usage``.

Shape: OpenAI API reference, "Usage: completions" (GET /v1/organization/usage/completions):
pages of buckets of results. Ask for ``group_by`` project_id, api_key_id and model: a result
without project or model cannot be laid at an account's door and is quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    from_epoch,
    number,
    records_of,
    text,
)  # fmt: skip

_RESULT: Final = "organization.usage.completions.result"


def _recognises(record: Record) -> bool:
    return record.get("object") == "bucket" and "start_time" in record


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    results = record.get("results", record.get("result"))
    if not _recognises(record) or not isinstance(results, list):
        raise UnusableRecord("it is not a bucket of the usage of completions")
    for result in records_of(results):
        if dig(result, "object") not in (None, _RESULT):
            continue
        yield {
            "start": from_epoch(record.get("start_time")),
            "end": from_epoch(record.get("end_time")),
            "account_id": text(dig(result, "project_id")),
            "model_id": text(dig(result, "model")),
            "requests": number(dig(result, "num_model_requests")),
            "input_tokens": number(dig(result, "input_tokens")),
            "output_tokens": number(dig(result, "output_tokens")),
            "key_hash": hashed(dig(result, "api_key_id")),
            "end_user_hash": hashed(dig(result, "user_id")),
            "cached_tokens": number(dig(result, "input_cached_tokens")),
        }


ADAPTER: Final = Adapter("OpenAI usage", "model_usage", _recognises, _rows, (("data",),))
