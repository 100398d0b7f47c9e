"""What is said of links, of moving together and of records, and whom it names."""

from __future__ import annotations

import math
import re
from typing import Final

import pytest

from detector.findings.finding import Linked, sentence
from detector.findings.said import SAID
from features import REGISTRY
from features.registry import Feature

FAMILIES: Final = ("F11", "F12", "F13", "F16")
FEATURES: Final = [feature for feature in REGISTRY if feature.family in FAMILIES]
JARGON: Final = re.compile(r"log\(|1/|\bbits?\b|deviation|probability|\bflag\b|[{}]|nan|inf\b|-0")
MANY_OF_ONE: Final = re.compile(r"(?<![\d.,])1 (?:kinds|accounts|days|years)\b")
BOTH: Final = Linked("accounts 7 and 9", ": accounts 7 and 9", " (device)")


def said(name: str, value: float, peers: float | None = None, linked: Linked = BOTH) -> str:
    feature = REGISTRY[name]
    return sentence(
        SAID[name], feature.unit, feature.direction, value, peers, linked=linked
    )  # fmt: skip


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_value_reads_as_a_sentence(feature: Feature) -> None:
    least, most = feature.bounds
    largest = most if math.isfinite(most) else 40.0
    for value in (least, 3e-5, 1e-4, math.log(2.0), 0.9999, 1.0, largest):
        for peers in (0.0, 1e-4, 0.5, largest, None):
            for linked in (BOTH, Linked()):
                text = said(feature.name, value, peers, linked)
                assert text[0].isupper() or text[0].isdigit(), text
                assert text.endswith("."), text
                assert JARGON.search(text) is None, text
                assert MANY_OF_ONE.search(text) is None, text


def test_every_feature_has_its_words() -> None:
    assert [feature.name for feature in FEATURES if feature.name not in SAID] == []


@pytest.mark.parametrize(
    ("name", "value", "peers", "text"),
    [
        ("f11_shared_kinds", 1.0, 0.0,
         "It shares 1 kind of rare identifier (device) with accounts 7 and 9; half of its peers: "
         "none."),
        ("f11_shared_bits", 26.3, 5.0,
         "It shares with accounts 7 and 9 what 1 of 83 million pairs of strangers would share by "
         "chance; half of its peers: at least 1 of 32 pairs."),
        ("f11_signed_up_together", 0.25, 0.1,
         "It signed up 3 days apart from accounts 7 and 9, of no declared connection; half of its "
         "peers: at least 9 days."),
        ("f11_signed_up_together", 0.0, 0.0,
         "No linked account of no declared connection signed up near it; half of its peers: "
         "none."),
        ("f11_partners", math.log1p(4), math.log1p(1),
         "Rare identifiers tie it to 4 accounts of no declared connection: accounts 7 and 9; half "
         "of its peers: at most 1 account."),
        ("f13_missing_records", 1 / 6, 0.5,
         "Of the usual customer records, 1 of 6 is missing; half of its peers: at most 3 of 6 "
         "are."),
        ("f13_failed_check", 1.0, 0.0,
         "The holder's verification failed or has expired; not so with half of its peers or "
         "more."),
        ("f13_verified_after_use", 0.5, None,
         "The holder was verified 30 days after export-controlled GPUs first ran."),
        ("f13_young_entity", 0.5, 1 / 61,
         "The holder's entity was on a register 30 days before the account, no longer; half of "
         "its peers: at least 4.9 years."),
        ("f13_records_disagree", 2 / 3, 0.0,
         "Of the pairs of its declared, billed and phone places, 2 of 3 differ; half of its "
         "peers: none."),
        ("f16_age", 0.75, None, "The account has been there for 3 years."),
    ],
)  # fmt: skip
def test_a_value_is_said_with_its_unit_and_its_peers(
    name: str, value: float, peers: float | None, text: str
) -> None:
    assert said(name, value, peers) == text
