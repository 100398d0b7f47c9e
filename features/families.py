"""What the families of features are called."""

from __future__ import annotations

from typing import Final

FAMILY_NAMES: Final = {
    "F01": "controlled-compute mix",
    "F02": "budget shape",
    "F03": "payer and instrument",
    "F04": "reseller shape",
    "F05": "hand-over",
    "F06": "access shape",
    "F07": "multi-tenancy",
    "F08": "workload signature",
    "F09": "model-API shape",
    "F10": "template overlap",
    "F11": "linkage",
    "F12": "synchrony",
    "F13": "KYC consistency",
    "F14": "structuring",
    "F15": "own process",
    "F16": "standing",
}

#: Columns of one's own (features, outside scores) speak as one family, however many they are.
OWN_FAMILY: Final = "X01"
_OWN_NAME: Final = "columns of one's own"


def about_family(family: str) -> str:
    """What a family is about; empty where nobody knows it."""
    return _OWN_NAME if family == OWN_FAMILY else FAMILY_NAMES.get(family, "")
