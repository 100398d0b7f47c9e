"""One pack as the product uses it: rules with their calendars, places, names of products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from detector.policy.packs.calendar import RULING, Named, State, holding, local_day, state_on
from detector.policy.packs.shape import Fact, Figure, Group, Head, Interval, Naming, Rule


@dataclass(frozen=True)
class Membership:
    """Whether a place is in a group on a day.

    ``inside`` is None where no table speaks about that day.
    """

    inside: bool | None
    verified: bool
    name: str = ""
    source: str = ""


@dataclass(frozen=True)
class Pack:
    """A pack that was read and found sound.

    Attributes
    ----------
    intervals : mapping
        By rule id, in the order of their days.
    sha256 : str
        Of the file's bytes.
    place : str
        The file, for messages.
    shipped : bool
        False where it comes from the override folder.
    supposed : mapping
        By rule id, a state that somebody asked to suppose.
    """

    head: Head
    zone: ZoneInfo
    rules: tuple[Rule, ...]
    intervals: Mapping[str, tuple[Interval, ...]]
    groups: tuple[Group, ...]
    figures: tuple[Figure, ...]
    namings: tuple[Naming, ...]
    sha256: str
    place: str
    shipped: bool
    supposed: Mapping[str, Named]

    @property
    def id(self) -> str:
        """Name by which another file may replace it."""
        return self.head.id

    def rule(self, name: str) -> Rule:
        """Return the rule of that id.

        Raises
        ------
        LookupError
            The pack has no such rule.
        """
        for rule in self.rules:
            if rule.id == name:
                return rule
        raise LookupError(
            f"pack {self.id} has no rule {name!r}; it has {', '.join(r.id for r in self.rules)}"
        )

    def state(self, on: date | datetime, rule: str | None = None) -> State:
        """Return what a rule is at an instant, or on a civil day of the pack's zone.

        Parameters
        ----------
        on
            An aware time, or a day.
        rule
            Its id; may be left out where the pack has one rule.

        Raises
        ------
        ValueError
            The time names no offset.
        LookupError
            There is no such rule, or the pack has several and none is named.
        """
        if rule is None:
            if len(self.rules) != 1:
                raise LookupError(
                    f"pack {self.id} has {len(self.rules)} rules; name one of them: "
                    + ", ".join(each.id for each in self.rules)
                )
            rule = self.rules[0].id
        found = state_on(self.intervals[self.rule(rule).id], local_day(on, self.zone))
        if rule not in self.supposed:
            return found
        return replace(
            found, state=self.supposed[rule], verified=True, supposed=True,
            since=found.since, source="supposed for this answer, written nowhere",
        )  # fmt: skip

    def member(self, country: str, names: tuple[str, ...], on: date | datetime) -> Membership:
        """Return whether a country is in one of the groups `names` at an instant.

        A country that a table of that day names is inside. Where tables of the day exist and
        none names it, it is outside, and that is as sure as the least sure of them.
        """
        day, country = local_day(on, self.zone), country.strip().upper()
        spoken = [g for g in self.groups if g.name in names and holding([g], day)]
        for group in sorted(spoken, key=lambda each: each.status != "verified"):
            if country in group.countries:
                return Membership(True, group.status == "verified", group.name, group.source)
        if not spoken:
            return Membership(None, verified=False)
        sure = all(group.status == "verified" for group in spoken)
        return Membership(False, sure, "", spoken[0].source)

    def supported(self, country: str, on: date | datetime) -> Membership:
        """Return whether a pack of regions says that a country is served at an instant.

        Tables ``supported`` and ``unsupported`` are asked in turn. A country that neither names
        is not served, as the terms serve what they list alone; that is never taken as verified.
        """
        served = self.member(country, ("supported",), on)
        refused = self.member(country, ("unsupported",), on)
        if refused.inside and (refused.verified or not served.inside):
            return replace(refused, inside=False)
        if served.inside or served.inside is None:
            return served
        return replace(served, verified=False)

    def facts(self) -> list[tuple[str, Fact]]:
        """Everything the pack claims, each with the words that name it."""
        dated = [
            (f"{rule} {interval.state} from {interval.start}", interval)
            for rule, intervals in self.intervals.items()
            for interval in intervals
        ]
        groups = [(f"group {group.name} from {group.start}", group) for group in self.groups]
        figures = [(f"interconnect of {figure.gpu_model}", figure) for figure in self.figures]
        namings = [(f"name {naming.pattern}", naming) for naming in self.namings]
        return [*dated, *groups, *figures, *namings]

    def unverified(self, on: date | datetime) -> list[tuple[str, Fact]]:
        """Facts that bear on outcomes at an instant and that nobody verified."""
        day = local_day(on, self.zone)
        forms = {self.state(on, rule.id).form for rule in self.rules}
        return [
            (words, fact)
            for words, fact in self.facts()
            if fact.status != "verified" and _bears(fact, day, forms)
        ]


def _bears(fact: Fact, day: date, forms: set[str | None]) -> bool:
    if isinstance(fact, Interval):
        return fact.state in RULING and holding([fact], day) is not None
    if isinstance(fact, Group):
        return holding([fact], day) is not None
    return not isinstance(fact, Figure) or "interconnect" in forms
