"""What a pack must be beyond the shape of its keys: facts with sources, dates that add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, islice, pairwise
from typing import Final

from detector.policy.packs.shape import Fact, Head, Interval, Rule, Span, Tables

Place = tuple[str | int, ...]
#: Where it stands, and the sentence that says what to do.
Problem = tuple[Place, str]
#: A file may be wrong ten thousand times; nobody reads that.
MOST: Final = 20

#: Kinds that may stand without a date: a table of names, and a form that waits to be filled in.
_UNDATED = frozenset({"groups", "products", "order"})


def problems(head: Head, rules: Sequence[Rule], tables: Tables, *, shipped: bool) -> list[Problem]:
    """Return what is wrong, in the order of the checks: no more than ``MOST``."""
    every = chain(
        _facts(tables, shipped=shipped),
        _names(head, rules, tables),
        _spans(tables),
        _overlaps(rules, tables),
    )
    return list(islice(every, MOST))


def _facts(tables: Tables, *, shipped: bool) -> Iterator[Problem]:
    for key in Tables.model_fields:
        for number, fact in enumerate(getattr(tables, key)):
            for sentence in _of_fact(fact, shipped=shipped):
                yield (key, number), sentence


def _of_fact(fact: Fact, *, shipped: bool) -> Iterator[str]:
    verified = fact.status == "verified"
    if not fact.source.strip():
        yield (
            "status is verified and source is missing; name what was read, or write "
            'status = "unverified" and say in source what is known'
            if verified
            else "source is missing; say from where this is known, also where it is unverified"
        )
    if fact.checked is None:
        yield (
            "the day on which the source was read is missing; add checked = 2026-01-31, or give "
            "the pack a version that is a date"
        )
    if verified and not shipped and not fact.verified_by.strip():
        yield "status is verified and verified_by is missing; name who read the source"


def _names(head: Head, rules: Sequence[Rule], tables: Tables) -> Iterator[Problem]:
    known = [rule.id for rule in rules]
    for number, name in enumerate(known):
        if name in known[:number]:
            yield ("rule", number, "id"), f"two rules are called {name!r}; give one another id"
    for number, interval in enumerate(tables.interval):
        yield from _of_interval(number, interval, rules)
    if head.kind not in _UNDATED:
        if not rules:
            yield ("kind",), f"a pack of kind {head.kind} has no [rule]; add one"
        for number, rule in enumerate(rules):
            if not any(each.rule in (None, rule.id) for each in tables.interval):
                yield ("rule", number), f"rule {rule.id} has no [[interval]]; say when it holds"


def _of_interval(number: int, interval: Interval, rules: Sequence[Rule]) -> Iterator[Problem]:
    place = ("interval", number)
    if interval.rule is not None and interval.rule not in {rule.id for rule in rules}:
        yield (*place, "rule"), f"no rule of this pack is called {interval.rule!r}"
    meant = [rule for rule in rules if interval.rule in (None, rule.id)]
    forms = {form for rule in meant for form in rule.forms}
    if interval.form is not None and interval.form not in forms:
        expected = f"expected {', '.join(sorted(forms))}" if forms else "leave it out"
        yield (*place, "form"), f"form is {interval.form!r}; {expected}"


def _spans(tables: Tables) -> Iterator[Problem]:
    for key in ("interval", "group"):
        for number, span in enumerate(getattr(tables, key)):
            if span.end is not None and span.end <= span.start:
                yield (
                    (key, number, "to"),
                    f"to is {span.end}, not after from, {span.start}; to is the first day on "
                    "which it no longer holds",
                )


def _overlaps(rules: Sequence[Rule], tables: Tables) -> Iterator[Problem]:
    for rule in rules:
        mine = [
            (number, each)
            for number, each in enumerate(tables.interval)
            if each.rule in (None, rule.id)
        ]
        yield from _overlap(mine, "interval", f"rule {rule.id}")
    for (_, one), (number, other) in combinations(enumerate(tables.group), 2):
        # Tables of one name may run side by side where no country is in both.
        if one.name == other.name and not set(one.countries).isdisjoint(other.countries):
            yield from _overlap([(number, one), (number, other)], "group", f"group {one.name}")


def _overlap(mine: Sequence[tuple[int, Span]], key: str, whose: str) -> Iterator[Problem]:
    ordered = sorted(mine, key=lambda each: each[1].start)
    for (_, earlier), (number, later) in pairwise(ordered):
        if earlier.end is None or later.start < earlier.end:
            yield (
                (key, number),
                f"{whose} has two tables for {later.start}, from {earlier.start} and from "
                f"{later.start}; end the earlier with to = {later.start}",
            )
            return
