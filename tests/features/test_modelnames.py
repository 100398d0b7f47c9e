"""Names of profiles and endpoints are not new models."""

from __future__ import annotations

import polars as pl
import pytest

from features.modelnames import is_top_tier, tells_model

ARN = "arn:aws:bedrock:us-east-1:1"
OWN = [f"{ARN}:application-inference-profile/abc", f"{ARN}:provisioned-model/abc",
       "application-inference-profile/abc", "projects/p/locations/l/endpoints/1",
       "/subscriptions/s/accounts/a/deployments/prod"]  # fmt: skip
TOLD = ["anthropic.claude-3-haiku-20240307-v1:0", "meta-llama/Llama-3-8B", "gemini-1.5-pro@001",
        "accounts/fireworks/models/x", "endpoints"]  # fmt: skip


@pytest.mark.parametrize(("name", "told"), [*((n, False) for n in OWN), *((n, True) for n in TOLD)])
def test_names_that_tell_a_model(name: str, told: bool) -> None:
    assert pl.select(tells_model(pl.lit(name))).item() is told


@pytest.mark.parametrize(("name", "top"), [
    ("claude-opus-4-5", True), ("anthropic.claude-3-opus-20240229-v1:0", True), ("o3", True),
    ("gpt-5", True), ("gemini-1.5-pro@001", True), ("mistral-large", True), ("heron_2_large", True),
    ("meta-llama/Llama-3.1-405B", True), ("gpt-5-mini", False), ("o3-mini", False),
    ("gpt-4o", False), ("claude-sonnet-4", False), ("llama-3.3-70b", False),
    ("embed-large", False), ("model-a", False), ("prologue-1", False),
])  # fmt: skip
def test_words_that_tell_the_largest_models(name: str, top: bool) -> None:
    assert pl.select(is_top_tier(pl.lit(name))).item() is top
