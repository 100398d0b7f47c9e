"""How much a hit weighs: a name alone is never enough."""

from __future__ import annotations

from detector.policy.names.score import POSSIBLE_BAND, SAME_BAND, STRONG_BAND


def strength(
    score: int, kind: str, alias: str, words: int, country: bool | None, address: bool | None,
    *, other_words: bool = False,
) -> str:  # fmt: skip
    """strong, medium or weak.

    Strong is the same name of an organisation, and its country or address. A name that is only
    possible because words differ (``other_words``), not letters, is weak beside a country: many
    share it; an address lifts it. A person, a ship or an aircraft is weak whatever agrees, as is
    a weak alias, and what was not compared; so is one word alone: ``words`` counts those of the
    party's name.
    """
    near = score >= STRONG_BAND or not other_words
    agrees = bool(address) or (bool(country) and near)
    if kind in ("person", "vessel", "aircraft") or alias == "weak" or score < POSSIBLE_BAND:
        return "weak"
    if agrees:
        return "strong" if score >= SAME_BAND and kind == "organisation" else "medium"
    if words == 1 or country is False:
        return "weak"
    return "medium" if score >= STRONG_BAND else "weak"
