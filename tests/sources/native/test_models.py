"""Ids of calls, and the model that each names."""

from __future__ import annotations

import pytest

from detector.sources.native.models import model_of

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
ARN = "arn:aws:bedrock:us-east-1"


@pytest.mark.parametrize(
    "value",
    [
        HAIKU,
        f" {HAIKU} ",
        f"{HAIKU}:200k",
        f"{ARN}::foundation-model/{HAIKU}",
        f"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/{HAIKU}",
        f"arn:aws-cn:bedrock:cn-north-1::foundation-model/{HAIKU}",
        f"arn:aws:bedrock:::foundation-model/{HAIKU}",
        f"foundation-model/{HAIKU}",
        *(
            f"{ARN}:111111111111:inference-profile/{place}.{HAIKU}"
            for place in ("us", "eu", "apac", "us-gov", "global", "jp", "au", "ca")
        ),
        f"us.{HAIKU}",
        f"global.{HAIKU}",
        f"{ARN}:111111111111:inference-profile/{HAIKU}",
        f"{ARN}:111111111111:custom-model/{HAIKU}:200k/abc123def456",
    ],
)
def test_every_way_to_call_a_model_is_the_model(value: str) -> None:
    assert model_of(value) == HAIKU


@pytest.mark.parametrize(
    ("value", "model"),
    [
        ("zai.glm-4.7", "zai.glm-4.7"),
        ("us.zai.glm-4.7", "zai.glm-4.7"),
        ("deepseek.v3-v1:0", "deepseek.v3-v1:0"),
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("o3.5", "o3.5"),
        ("publishers/google/models/gemini-1.5-pro@001", "gemini-1.5-pro@001"),
        (
            "projects/p/locations/us/publishers/anthropic/models/claude-3-5-haiku@20241022:rawPredict",
            "claude-3-5-haiku@20241022",
        ),
        ("azureml://registries/azure-openai/models/gpt-4o/versions/2024-08-06", "gpt-4o"),
    ],
)
def test_other_ids(value: str, model: str) -> None:
    assert model_of(value) == model


@pytest.mark.parametrize(
    "value",
    [
        None, "", "  ", 7, {},
        f"{ARN}:1:application-inference-profile/hq2of259skzs",
        "application-inference-profile/hq2of259skzs",
        f"{ARN}:1:inference-profile/hq2of259skzs",
        f"{ARN}:1:provisioned-model/a1b2c3", f"{ARN}:1:imported-model/a1b2c3",
        f"{ARN}:1:prompt-router/anthropic.claude:1",
        f"{ARN}:1:custom-model-deployment/a1b2", f"{ARN}:1:custom-model/abc",
        "arn:aws:sagemaker:us-east-1:1:endpoint/mine.model",
        "projects/p/locations/l/endpoints/123", "projects/p/locations/l/models/123@1",
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.CognitiveServices/accounts/a/"
        "deployments/prod",
    ],
)  # fmt: skip
def test_ids_that_do_not_tell_the_model(value: object) -> None:
    assert model_of(value) is None


def test_a_hostile_id_takes_no_time() -> None:
    assert model_of("arn:aws:bedrock:" + "-" * 100_000) is None
    assert model_of("a/publishers/" * 20_000) is None
