"""What is on record of the holder (F13), and what may speak for one (F16): words and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.subjects import ACCOUNT_OWNER, RECORD
from detector.words import number, percent, plural
from features.consistency import FACTS
from features.standing import MONTH, YEAR

_PLACES: Final = ("declared_country", "billing_country", "phone_country")
_CHECKED: Final = ("kyc_status", "kyc_verified_at")
_DECLARED: Final = ("declared_use_class",)
_ENTITY: Final = ("entity_registered_at", "created_at", "customer_class")
_KNOWN_SINCE: Final = ("created_at",)
_CERTAIN: Final = 1.0 - 1e-9
_YEARS_FROM: Final = 730.0


def _of_facts(value: float) -> str:
    return f"{round(value * len(FACTS))} of {len(FACTS)}"


def _of_pairs(value: float) -> str:
    """Of three pairs, or of the one pair that is known."""
    if value >= 1.0:
        return "all"
    thirds = 3.0 * value
    return f"{round(thirds)} of 3" if abs(thirds - round(thirds)) < 1e-6 else percent(value)


def _long(days: float) -> str:
    """Days, months or years, whichever reads best."""
    if days >= _YEARS_FROM:
        return f"{number(days / 365.25, 2)} years"
    return plural(round(days), "day") if days >= 1.0 else "less than a day"


def _worth(half: float) -> Callable[[float], str]:
    """The days in a value of ``days / (half + days)``."""
    return lambda value: _long(half * min(value, _CERTAIN) / (1.0 - min(value, _CERTAIN)))


def _since(value: float) -> str:
    """The days in a value of ``1 / (1 + months)``."""
    return _long(30.0 * (1.0 / value - 1.0)) if value > 0.0 else "very long"


def _own(
    said: str,
    shows: tuple[str, ...],
    none: str | None = None,
    reads: Callable[[float], str] | None = None,
) -> Finding:
    return Finding(said, RECORD, None, shows, none, reads)


SAID: Final[Mapping[str, Finding]] = {
    "f13_missing_records": _own(
        "Of the usual customer records, {value} missing{detail}", tuple(FACTS),
        "None of the usual customer records is missing",
        lambda value: f"{_of_facts(value)} {'is' if round(value * len(FACTS)) == 1 else 'are'}",
    ),
    "f13_unverified_controlled": _own(
        "{value} of its spend goes to export-controlled GPUs while the holder was never verified",
        _CHECKED, "The holder is verified, or nothing is spent on export-controlled GPUs",
    ),
    "f13_failed_check": _own(
        "The holder's verification failed or has expired", _CHECKED,
        "No verification of the holder failed or has expired",
    ),
    "f13_verified_after_use": _own(
        "The holder was verified {value} after export-controlled GPUs first ran", _CHECKED,
        "The holder was not verified later than export-controlled GPUs first ran", _worth(MONTH),
    ),
    "f13_young_entity": _own(
        "The holder's entity was on a register {value} before the account, no longer", _ENTITY,
        "It is not on record that the holder's entity is young", _since,
    ),
    "f13_young_entity_controlled": _own(
        "A young entity spends on export-controlled GPUs (youth times share of spend: {value})",
        _ENTITY, "No young entity spends on export-controlled GPUs here",
    ),
    "f13_records_disagree": _own(
        "Of the pairs of its declared, billed and phone places, {value} differ", _PLACES,
        "Its declared, billed and phone places agree, or are not known", _of_pairs,
    ),
    "f13_no_end_use": _own(
        "{value} of its spend goes to export-controlled GPUs, and no use is declared", _DECLARED,
        "A use is declared, or nothing is spent on export-controlled GPUs",
    ),
    "f13_light_use_declared": Finding(
        "{value} of its spend goes to export-controlled GPUs, although a light use is declared: "
        "{detail}",
        RECORD, None, _DECLARED,
        "No light use is declared, or nothing is spent on export-controlled GPUs",
        vague="web, gaming or analytics",
    ),
    "f13_company_without_date": _own(
        "{value} of its spend goes to export-controlled GPUs, and no register says since when the "
        "company exists",
        _ENTITY, "It is known since when the company exists, or it is none",
    ),
    "f13_ownership_unseen": Finding(
        "It cannot be seen who owns {value} of the holder", ACCOUNT_OWNER, None,
        ("share_min", "share_max"), "Who owns the holder can be seen",
    ),
    "f16_age": _own(
        "The account has been there for {value}", _KNOWN_SINCE, "The account is new", _worth(YEAR)
    ),
    "f16_entity_age": _own(
        "The holder's entity was on record {value} before the account", _ENTITY,
        "It is not on record that the holder's entity is older than the account", _worth(YEAR),
    ),
    "f16_verified": _own("The holder was verified", _CHECKED, "The holder was not verified"),
    "f16_public_body": _own(
        "The customer is a public body or an educational institution", ("customer_class",),
        "The customer is no public body and no educational institution",
    ),
    "f16_enterprise": _own(
        "The customer is an enterprise", ("customer_class",), "The customer is no enterprise"
    ),
    "f16_steady_client": _own(
        "The same client has been in use for {value}", (), "No client has been in use for long",
        _worth(MONTH),
    ),
}  # fmt: skip
