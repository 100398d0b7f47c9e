"""What lane L found and on what: findings by rule, ages of lists, what nobody verified."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import Metric

from detector.exporter.labels import FOLDED, distinct, fold, largest
from detector.exporter.part import MetricSpec, Part, Shown, gauge, gauge_of
from detector.results.runparts import RunPolicy
from detector.results.words import POLICY_OUTCOMES

MOST_RULES: Final = 50
_DAY: Final = 86_400.0

_FINDINGS: Final = MetricSpec(
    "enduse_policy_findings",
    "gauge",
    "accounts",
    ("rule", "outcome"),
    "Accounts by rule of law or policy and by what it says of them; a lead, never a verdict.",
    'sum by (rule) (enduse_policy_findings{outcome=~"match|inquire"})',
)

_AGE: Final = MetricSpec(
    "enduse_list_age_seconds",
    "gauge",
    "seconds before as-of",
    ("source",),
    "Age of a list of parties, of the oldest file that holds it; +Inf where nobody told its day.",
    "enduse_list_age_seconds > 14 * 86400",
)

_ENTRIES: Final = MetricSpec(
    "enduse_list_entries",
    "gauge",
    "entries",
    ("source", "state"),
    "Entries of a list of parties that hold at as-of.",
    'sum by (source) (enduse_list_entries{state="current"})',
)

_REFUSED: Final = MetricSpec(
    "enduse_lists_refused",
    "gauge",
    "files",
    (),
    "Files of lists that were refused, so that whoever stands on them alone is not found.",
    "enduse_lists_refused > 0",
)

_UNVERIFIED: Final = MetricSpec(
    "enduse_policy_unverified",
    "gauge",
    "facts",
    (),
    "Facts of law and policy that rule at as-of and that nobody verified.",
    "enduse_policy_unverified > 0",
)


def _asked(shown: Shown) -> RunPolicy | None:
    """What lane L asked; None where it did not run.

    Raises
    ------
    ValueError
        Where it ran and the run does not say what it asked: that must not look like nothing.
    """
    told: RunPolicy | None = getattr(shown.run, "policy", None)
    if told is None and "policy" not in shown.run and shown.run.lanes.get("L"):
        raise ValueError("run.json does not say what lane L asked")
    return told


def _policy(shown: Shown) -> Iterable[Metric]:
    asked = _asked(shown)
    found, unverified = gauge(_FINDINGS), gauge(_UNVERIFIED)
    if asked is not None:
        for rule, counts in _bounded(asked.counts).items():
            for outcome in POLICY_OUTCOMES:
                found.add_metric([rule, outcome], float(counts.get(outcome, 0)))
        unverified.add_metric([], float(len(asked.unverified)))
    return [found, unverified]


def _bounded(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    """Counts of the rules that say most, and those of all others added up."""
    sizes = {rule: sum(outcomes.values()) for rule, outcomes in counts.items()}
    order = sorted(sizes, key=lambda rule: (-sizes[rule], rule))
    marks = distinct(order[:MOST_RULES])
    shown: dict[str, Mapping[str, int]] = {
        marks[rule]: counts[rule] for rule in sorted(order[:MOST_RULES])
    }
    rest = [counts[rule] for rule in order[MOST_RULES:]]
    if rest:
        shown[FOLDED] = {o: sum(one.get(o, 0) for one in rest) for o in POLICY_OUTCOMES}
    return shown


def _lists(shown: Shown) -> Iterable[Metric]:
    asked = _asked(shown)
    if asked is None:
        return [gauge(spec) for spec in (_AGE, _ENTRIES, _REFUSED)]
    ages: dict[str, float] = {}
    entries: dict[str, float] = {}
    for one in asked.lists:
        age = math.inf if one.age is None else one.age * _DAY
        for source, count in one.rows.items():
            ages[source] = max(age, ages.get(source, 0.0))
            entries[source] = entries.get(source, 0.0) + count
    held = gauge(_ENTRIES)
    for source, current in fold(entries).items():
        held.add_metric([source, "current"], current)
    refused = gauge(_REFUSED)
    refused.add_metric([], float(len(asked.refused)))
    return [gauge_of(_AGE, largest(ages)), held, refused]


PARTS: Final = (
    Part("policy", (_FINDINGS, _UNVERIFIED), _policy),
    Part("lists", (_AGE, _ENTRIES, _REFUSED), _lists),
)
