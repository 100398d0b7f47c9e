"""Usage pulls of OpenAI and Anthropic: what counts, what is named, what is the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.sources import read_logs
from detector.sources.native import anthropic_usage, openai_usage
from detector.sources.native.adapter import Adapter, Hasher
from detector.sources.native.adapters import adapt
from detector.sources.native.documents import Found
from detector.sources.raw import RawPart

Put = Callable[[str, str | bytes], Path]
OPENAI = {
    "object": "organization.usage.completions.result", "input_tokens": 100, "output_tokens": 10,
    "input_cached_tokens": 40, "num_model_requests": 5, "project_id": "proj_a", "user_id": None,
    "api_key_id": "key_1", "model": "gpt-5", "batch": None, "service_tier": None,
}  # fmt: skip
ANTHROPIC = {
    "uncached_input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 10,
    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
    "server_tool_use": {"web_search_requests": 0}, "api_key_id": "key_1",
    "workspace_id": "wrkspc_1", "model": "claude-sonnet-4", "service_tier": "standard",
    "context_window": "0-200k", "inference_geo": None,
}  # fmt: skip


def bucket(adapter: Adapter, *results: object, hour: int = 0) -> dict[str, Any]:
    if adapter is openai_usage.ADAPTER:
        start = 1774828800 + 3600 * hour
        return {"object": "bucket", "start_time": start, "end_time": start + 3600,
                "results": list(results)}  # fmt: skip
    return {"starting_at": f"2026-03-30T{hour:02}:00:00Z",
            "ending_at": f"2026-03-30T{hour + 1:02}:00:00Z", "results": list(results)}  # fmt: skip


def part(adapter: Adapter, *results: object, hour: int = 0) -> RawPart:
    found = iter([Found(bucket(adapter, *results, hour=hour))])
    (only,) = adapt(adapter, found, Hasher(b"k"))
    return only


def keys(adapter: Adapter, *results: object, hour: int = 0) -> list[int]:
    found = part(adapter, *results, hour=hour).keys
    assert found is not None
    return found.to_list()


BOTH = pytest.mark.parametrize(
    ("adapter", "result"),
    [(openai_usage.ADAPTER, OPENAI), (anthropic_usage.ADAPTER, ANTHROPIC)],
    ids=["openai", "anthropic"],
)


@BOTH
def test_a_result_has_one_name_in_every_pull(adapter: Adapter, result: Mapping[str, Any]) -> None:
    later = {**result, "output_tokens": 99, "project_name": "renamed", "unasked": None}
    first = keys(adapter, result)
    assert keys(adapter, later) == first
    assert keys(adapter, result, hour=1) != first
    assert adapter.pulled
    assert adapter.partial == ("has_more", "next_page")


@BOTH
@pytest.mark.parametrize(
    "field", ["model", "api_key_id", "user_id", "batch", "service_tier", "context_window",
              "inference_geo", "speed", "api_source", "project_id", "workspace_id"],
)  # fmt: skip
def test_results_that_are_grouped_differently_are_not_the_same(
    adapter: Adapter, result: Mapping[str, Any], field: str
) -> None:
    assert len(set(keys(adapter, result, {**result, field: "other"}))) == 2


@BOTH
def test_results_of_one_bucket_are_told_by_their_order(
    adapter: Adapter, result: Mapping[str, Any]
) -> None:
    pair = keys(adapter, result, {**result, "output_tokens": 1})
    assert len(set(pair)) == 2
    assert keys(adapter, result) == pair[:1]


def test_a_batch_is_told_from_what_is_none() -> None:
    pair = keys(openai_usage.ADAPTER, {**OPENAI, "batch": True}, {**OPENAI, "batch": False})
    assert len(set(pair)) == 2


def test_one_bad_result_costs_itself_alone(put: Put, folder: Path) -> None:
    bad = [{**OPENAI, "project_id": None}, {**OPENAI, "model": None}, "words"]
    page = {"object": "page", "data": [bucket(openai_usage.ADAPTER, OPENAI, *bad, OPENAI)]}
    put("model_usage.json", json.dumps(page))
    logs = read_logs(folder, max_bad=1.0)
    counts = logs.validate()["model_usage"]
    assert (counts.read, counts.ok, counts.quarantined) == (5, 2, 3)
    assert logs.quarantine.height == 3
    reasons = " ".join(logs.quarantine["reason"])
    for words in ("no project: ask for group_by project_id and model", "no model", "no object"):
        assert words in reasons


def test_a_result_of_anthropic_without_model_costs_itself_alone() -> None:
    found = part(anthropic_usage.ADAPTER, ANTHROPIC, {**ANTHROPIC, "model": None})
    assert (len(found.rows), len(found.bad)) == (1, 1)
    assert "ask for group_by[] workspace_id and model" in found.bad[0].reason


@pytest.mark.parametrize(
    ("kind", "told"),
    [("organization.usage.embeddings.result", "embeddings"),
     ("organization.usage.moderations.result", "moderations"),
     ("organization.usage.images.result", "images"),
     ("organization.usage.audio_transcriptions.result", "audio_transcriptions"),
     ("organization.costs.result", "costs"),
     ("<script>", "a kind of usage that is not known"), (7, "a kind of usage that is not known")],
)  # fmt: skip
def test_kinds_that_do_not_count_are_named(kind: object, told: str) -> None:
    other = {"object": kind, "input_tokens": 5000, "project_id": "p", "model": "m"}
    found = part(openai_usage.ADAPTER, OPENAI, other, other)
    assert (len(found.rows), found.bad) == (1, [])
    assert dict(found.told) == {f"{told} is not counted (OpenAI usage)": 2}


def test_costs_and_tools_of_anthropic_are_named() -> None:
    tools = {**ANTHROPIC, "server_tool_use": {"web_search_requests": 3}}
    cost = {"currency": "USD", "amount": "12.5", "workspace_id": None, "model": "m"}
    found = part(anthropic_usage.ADAPTER, ANTHROPIC, tools, cost)
    assert (len(found.rows), found.bad) == (2, [])
    assert sorted(found.told) == [
        "costs is not counted (Anthropic usage report)",
        "server_tool_use is not counted (Anthropic usage report)",
    ]


def test_sound_beside_the_counted_tokens_is_named() -> None:
    apart = {**OPENAI, "input_audio_tokens": 70, "output_audio_tokens": 0}
    within = {**apart, "input_text_tokens": 30}
    assert not part(openai_usage.ADAPTER, OPENAI, within).told
    told = part(openai_usage.ADAPTER, apart).told
    assert list(told) == ["input_audio_tokens is not counted (OpenAI usage)"]


def test_tokens_written_to_the_cache_are_input() -> None:
    made = {"cache_creation": {"ephemeral_1h_input_tokens": 7, "ephemeral_5m_input_tokens": 3}}
    found = part(anthropic_usage.ADAPTER, {**ANTHROPIC, **made})
    assert found.frame["input_tokens"].to_list() == ["110"]
