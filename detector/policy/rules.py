"""What a rule says about an account: its condition, and the outcome that its state allows.

Pure functions. A condition is met, possible, unknown (a share of somebody who counts is
missing), not told (nobody told anything), not screened (a list was damaged or too old), not
met, or the rule does not apply. The state of the rule on that day then decides what may be
said: only a rule that is verified in force ever says match.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from detector.policy.packs.calendar import State
from detector.policy.packs.pack import Pack
from detector.policy.packs.products import covers
from detector.policy.packs.shape import OwnershipRule, PlaceRule, Rule
from features.catalogue import class_3a090
from features.catalogue.formula import CONTROLLED, Class3A090

Condition = Literal[
    "met", "possible", "unknown", "not_told", "not_screened", "not_met", "not_applicable"
]
Word = Literal["match", "inquire", "unknown", "clear"]

#: The form of ECCN 3A090 before 2023-11-17: GB/s to other chips, and TOPS times bit length.
_OLD_INTERCONNECT: Final = 600
_OLD_PERFORMANCE: Final = 4800


@dataclass(frozen=True)
class Outcome:
    """What may be said, and a note on the rule's status that goes with it."""

    word: Word
    note: str


@dataclass(frozen=True)
class Used:
    """What an account used in the window: controlled compute, and products by (seller, family)."""

    controlled_compute: bool = False
    products: Collection[tuple[str, str]] = ()


@dataclass(frozen=True)
class Held:
    """How much of a party is held by owners that count: bounds, and whether a share is unknown."""

    lower: Decimal = Decimal(0)
    upper: Decimal = Decimal(0)
    unknown: bool = False


def applies(rule: Rule, used: Used) -> bool:
    """Return whether the account uses what the rule is about."""
    if rule.applies_to == "controlled_compute":
        return used.controlled_compute
    if rule.applies_to == "product":
        return any(covers(rule, seller, family) for seller, family in used.products)
    return True


def outcome(state: State, condition: Condition, rule: Rule) -> Outcome | None:
    """Return what may be said about an account, or None where no row is due.

    Parameters
    ----------
    state
        What the rule is on that day.
    condition
        Whether its condition is met.
    rule
        How strong it may speak, what missing data means, and which red flag outlives it.
    """
    if condition == "not_applicable" or not state.rules:
        return None
    if condition == "not_screened":
        return Outcome("unknown", _since(state))
    if state.state == "in_force":
        return _in_force(state, condition, rule)
    return _stayed(state, condition, rule)


def _in_force(state: State, condition: Condition, rule: Rule) -> Outcome:
    note = _since(state)
    if condition == "met":
        if state.verified and rule.at_most == "match":
            return Outcome("match", note)
        return Outcome("inquire", note)
    if condition == "possible":
        return Outcome("inquire", note)
    if condition == "not_told":
        return Outcome("unknown", note)
    if condition == "unknown":
        asks = state.verified and rule.unknown_share == "inquire"
        return Outcome("inquire" if asks else "unknown", note)
    return Outcome("clear", note)


def _stayed(state: State, condition: Condition, rule: Rule) -> Outcome:
    note = _since(state)
    if condition == "met" and rule.keeps_red_flag is not None:
        return Outcome("inquire", f"{note}; red flag {rule.keeps_red_flag} stays")
    return Outcome("clear", note)


def _since(state: State) -> str:
    """The status in words, which every row quotes."""
    words = state.state.replace("_", " ")
    if state.supposed:
        return f"supposed {words}"
    until = f" until {state.until}" if state.until and state.state != "in_force" else ""
    doubt = "" if state.verified else f", status not verified since {state.since}"
    return f"{words} since {state.since}{until}{doubt}"


def listed(
    *, same_name: bool, place_agrees: bool, current: bool = True, organisation: bool = True
) -> Condition:
    """A party stands on a list: met by name and place together, and for organisations alone."""
    if not current:
        return "not_met"
    return "met" if same_name and place_agrees and organisation else "possible"


def owned(held: Held, rule: OwnershipRule, form: str | None = None) -> Condition:
    """Owners that count hold the threshold or more (``>=``), or more than it (``>``)."""
    if form == "place":
        return "not_met"
    if _passes(held.lower, rule):
        return "met"
    if _passes(held.upper, rule) or held.unknown:
        return "unknown" if held.unknown else "possible"
    return "possible" if held.upper > 0 and rule.minority == "inquire" else "not_met"


def _passes(share: Decimal, rule: OwnershipRule) -> bool:
    return share >= rule.limit if rule.compare == ">=" else share > rule.limit


def headquartered(
    countries: Iterable[str | None], rule: PlaceRule, places: Pack, on: date | datetime
) -> Condition:
    """Headquarters, or those of the ultimate parent, stand in one of the rule's groups.

    Parameters
    ----------
    countries
        Of the party and of its ultimate parent; None where nobody told.
    """
    told = list(countries)
    found = [places.member(country, rule.groups, on) for country in told if country]
    if any(one.inside and one.verified for one in found):
        return "met"
    if any(one.inside for one in found):
        return "possible"
    sure = len(found) == len(told) > 0 and all(one.inside is False for one in found)
    return "not_met" if sure else "unknown"


def outside(country: str | None, places: Pack, on: date | datetime) -> Condition:
    """The customer's place is not among those that the terms serve."""
    if not country:
        return "unknown"
    found = places.supported(country, on)
    if found.inside is None:
        return "unknown"
    if found.inside:
        return "not_met"
    return "met" if found.verified else "possible"


def chip_class(
    form: str | None,
    *,
    tpp: float | None,
    performance_density: float | None = None,
    interconnect_gbs: float | None = None,
) -> Class3A090:
    """Return the paragraph of ECCN 3A090 by the formula of that time.

    Parameters
    ----------
    form
        ``interconnect`` for the form before 2023-11-17, which knew no paragraph b; else ``tpp``.
    interconnect_gbs
        To other chips, both directions together; None where no figure is known.

    Examples
    --------
    >>> chip_class("interconnect", tpp=4992, interconnect_gbs=400)
    'none'
    >>> chip_class("tpp", tpp=4992, performance_density=6.04)
    'a'
    """
    if form != "interconnect":
        return class_3a090(tpp, performance_density)
    figures = ((tpp, _OLD_PERFORMANCE), (interconnect_gbs, _OLD_INTERCONNECT))
    if any(figure is not None and figure < least for figure, least in figures):
        return "none"
    return "unknown" if None in (tpp, interconnect_gbs) else "a"


def in_class(found: Class3A090) -> Condition:
    """The chip is in a class that is controlled."""
    if found in CONTROLLED:
        return "met"
    return "unknown" if found == "unknown" else "not_met"
