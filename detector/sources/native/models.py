"""The model behind the id that a call names: profiles, regions and deployments are no models.

Shape: Amazon Bedrock User Guide, "Supported Regions and models for inference profiles" and
Service Authorization Reference, "Resource types defined by Amazon Bedrock"; Google Cloud,
Vertex AI, "Publisher model"; Azure Machine Learning, "asset ids". Read 2026-03-30.
"""

from __future__ import annotations

import re
from typing import Final

_BEDROCK: Final = re.compile(
    r"(?:arn:aws[\w-]*:bedrock:[\w-]*:\d*:)?"
    r"(?P<kind>foundation-model|inference-profile|custom-model)/(?P<id>.+)"
)
# us., eu., jp. … and us-gov. before provider.model; a provider's name is longer.
_PLACE: Final = re.compile(
    r"^(?:[a-z]{2}|us-gov|us-iso[a-z]?|apac|amer|emea|global)\.(?=[\w-]+\..)"
)
_CONTEXT: Final = re.compile(r":\d+k$")
_PUBLISHED: Final = re.compile(r"(?:.*/)?publishers/[^/]+/models/(?P<id>[^/:]+)(?::\w+)?$")
_REGISTRY: Final = re.compile(r"azureml://registries/[^/]+/models/(?P<id>[^/]+)(?:/.*)?$")


def model_of(value: object) -> str | None:
    """Return the model that an id names; None where it names none, or one cannot tell.

    A custom model of Bedrock is its base model, whose name stands in it. An application
    inference profile, a provisioned or imported model, an endpoint and a deployment have a
    name of their own that does not tell the model.

    >>> model_of("arn:aws:bedrock:us-east-1:1:inference-profile/us.meta.llama3-1-8b-v1:0")
    'meta.llama3-1-8b-v1:0'
    >>> model_of("projects/p/locations/l/publishers/google/models/gemini-2.0-flash@001")
    'gemini-2.0-flash@001'
    """
    text = value.strip() if isinstance(value, str) else ""
    if found := _BEDROCK.fullmatch(text):
        return _of_bedrock(found["kind"], found["id"])
    for form in (_PUBLISHED, _REGISTRY):
        if found := form.fullmatch(text):
            return found["id"]
    if not text or "/" in text or text.startswith("arn:"):
        return None
    return _plain(text)


def _of_bedrock(kind: str, name: str) -> str | None:
    base = name.partition("/")[0]
    # A profile's own id has no dot; a model's is provider.model.
    return _plain(base) if "." in base and (kind == "custom-model" or base == name) else None


def _plain(name: str) -> str:
    """Take off the place of inference and the size of the context window."""
    return _CONTEXT.sub("", _PLACE.sub("", name, count=1))
