"""Anthropic usage report to ``model_usage``.

Shape: Claude Admin API reference, "Get Messages Usage Report"
(GET /v1/organizations/usage_report/messages). The report does not count requests: ``requests``
is 0, so that nothing is divided by a guess. Usage of the default workspace has no workspace id
and goes to the account ``default``. Input is what was not cached, what was read from the cache
and what was written to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.sources.native.adapter import (
    KEY,
    Adapter,
    Hasher,
    NotCounted,
    Record,
    Row,
    UnusableRecord,
    UnusableRow,
    dig,
    number,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.pulls import pull_keys

NAME: Final = "Anthropic usage report"
DEFAULT_WORKSPACE: Final = "default"
_ASK: Final = "ask for group_by[] workspace_id and model"


def _recognises(record: Record) -> bool:
    return {"starting_at", "ending_at", "results"} <= record.keys()


def _rows(record: Record, hashed: Hasher) -> Iterator[Row | UnusableRow | NotCounted]:
    if not _recognises(record):
        raise UnusableRecord("it is not a bucket of the messages usage report")
    start, end = text(record["starting_at"]), text(record["ending_at"])
    results = records_of(record["results"])
    keys = pull_keys(NAME, start, end, results)
    for result, key in zip(results, keys, strict=True):
        if (reason := _unusable(result)) is not None:
            yield reason
            continue
        read = number(result.get("cache_read_input_tokens")) or 0
        yield {
            KEY: key,
            "start": start,
            "end": end,
            "account_id": text(result.get("workspace_id")) or DEFAULT_WORKSPACE,
            "model_id": text(result.get("model")),
            "requests": 0,
            "input_tokens": _input(result, read),
            "output_tokens": number(result.get("output_tokens")),
            "region": text(result.get("inference_geo")),
            "key_hash": hashed(result.get("api_key_id")),
            "cached_tokens": read,
        }
        if any(number(n) for n in _counts(result, "server_tool_use")):
            yield NotCounted("server_tool_use")


def _unusable(result: Any) -> UnusableRow | NotCounted | None:
    """Return why a result gives no row, None for one that gives one."""
    if not isinstance(result, Mapping):
        return UnusableRow("a result is no object")
    if "amount" in result and "uncached_input_tokens" not in result:
        return NotCounted("costs")
    if not text(result.get("model")):
        return UnusableRow(f"a result names no model: {_ASK}")
    return None


def _input(result: Mapping[str, Any], read: int) -> int | None:
    plain = number(result.get("uncached_input_tokens"))
    written = [number(n) or 0 for n in _counts(result, "cache_creation")]
    return None if plain is None else plain + read + sum(written)


def _counts(result: Mapping[str, Any], name: str) -> list[Any]:
    held = dig(result, name)
    return list(held.values()) if isinstance(held, dict) else []


ADAPTER: Final = Adapter(
    NAME, "model_usage", _recognises, _rows, (("data",),),
    pulled=True, partial=("has_more", "next_page"),
)  # fmt: skip
