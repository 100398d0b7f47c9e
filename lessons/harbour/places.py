"""Countries: where anybody may be, drawn alike for the innocent and the guilty."""

from __future__ import annotations

import numpy as np

COUNTRIES = (
    "US",
    "DE",
    "GB",
    "FR",
    "IN",
    "JP",
    "SG",
    "BR",
    "CN",
    "NL",
    "CA",
    "KR",
    "AE",
    "PL",
    "NG",
    "MY",
)
WEIGHTS = np.array([20, 9, 8, 6, 9, 6, 5, 5, 7, 4, 5, 4, 3, 3, 3, 3]) / 100
CLASSES = ("isp", "mobile", "corporate", "education", "hosting", "vpn")


def country(draw: np.random.Generator) -> str:
    """Draw a country."""
    return COUNTRIES[int(draw.choice(len(COUNTRIES), p=WEIGHTS))]
