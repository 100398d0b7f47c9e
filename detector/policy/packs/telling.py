"""Packs in rows and sentences, for the command line and for what a run records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from detector.policy.packs.book import Packs
from detector.policy.packs.calendar import NOT_YET, State, boundaries, local_day
from detector.policy.packs.pack import Pack
from detector.policy.packs.products import keys
from detector.policy.packs.shape import Fact, Rule

_SAID_BEFORE: Final = frozenset({"id", "title", "text", "products"})


def rows(packs: Packs, on: date | datetime) -> list[dict[str, Any]]:
    """One row a rule: its state at an instant."""
    return [_row(pack, rule, pack.state(on, rule.id)) for pack, rule in packs.rules()]


def _row(pack: Pack, rule: Rule, state: State) -> dict[str, Any]:
    made = state.state != NOT_YET
    return {
        "rule": rule.id, "pack": pack.id, "kind": pack.head.kind, "state": state.state,
        "verified": state.verified if made else None,
        "since": _text(state.since), "until": _text(state.until), "form": state.form,
        "supposed": state.supposed, "source": state.source, "checked": _text(state.checked),
        "title": rule.title or pack.head.title, "zone": pack.head.zone,
        "version": pack.head.version, "instrument": pack.head.instrument,
    }  # fmt: skip


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def whole(pack: Pack, on: date | datetime) -> dict[str, Any]:
    """Everything a pack says, for a program to read."""
    return {
        "pack": pack.id, "version": pack.head.version, "kind": pack.head.kind,
        "title": pack.head.title, "instrument": pack.head.instrument, "zone": pack.head.zone,
        "note": pack.head.note, "sha256": pack.sha256, "shipped": pack.shipped,
        "rules": [
            _row(pack, rule, pack.state(on, rule.id))
            | {"says": rule.model_dump(mode="json", exclude={"id", "title"})}
            for rule in pack.rules
        ],
        "facts": [
            {"fact": words} | fact.model_dump(mode="json", by_alias=True)
            for words, fact in pack.facts()
        ],
    }  # fmt: skip


def lines(pack: Pack, on: date | datetime) -> Iterator[str]:
    """Everything a pack says, for a person to read."""
    yield f"{pack.id}: {pack.head.title or pack.head.kind} (version {pack.head.version})"
    yield f"instrument  {pack.head.instrument}"
    yield f"zone        {pack.head.zone}; days begin and end there"
    yield f"file        {pack.place}"
    yield f"sha256      {pack.sha256}" + ("" if pack.shipped else " (not the one that ships)")
    if pack.head.note:
        yield f"note        {pack.head.note}"
    for rule in pack.rules:
        yield ""
        yield from _of_rule(rule, pack.state(on, rule.id))
    yield ""
    yield "facts"
    for words, fact in pack.facts():
        yield from _of_fact(words, fact)


def _of_rule(rule: Rule, state: State) -> Iterator[str]:
    yield f"rule {rule.id}" + (f": {rule.title}" if rule.title else "")
    yield f"  on the day asked for: {standing(state)}"
    if rule.text:
        yield f"  {rule.text}"
    if rule.products:
        yield f"  products: {', '.join(keys(rule.products))}"
    for name, value in rule.model_dump(mode="json", exclude_defaults=True).items():
        if name not in _SAID_BEFORE:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"  {name}: {shown}"


def standing(state: State) -> str:
    """The state in words.

    Examples
    --------
    >>> from datetime import date
    >>> standing(State("in_force", False, date(2026, 11, 10)))
    'in force since 2026-11-10, not verified'
    """
    if state.state == NOT_YET:
        return "not yet made" + (f"; from {state.until} on it is" if state.until else "")
    words = f"{state.state.replace('_', ' ')} since {state.since}"
    if state.until:
        words += f", until {state.until}"
    if state.supposed:
        return f"supposed {state.state.replace('_', ' ')}"
    return words + (", verified" if state.verified else ", not verified")


def _of_fact(words: str, fact: Fact) -> Iterator[str]:
    by = f" by {fact.verified_by}" if fact.verified_by else ""
    end = getattr(fact, "end", None)
    yield f"  {words}" + (f" to {end}" if end else "") + f": {fact.status}{by}"
    yield f"    {fact.source} (read {fact.checked})"
    if fact.note:
        yield f"    {fact.note}"


def changes(packs: Packs, start: date | datetime, end: date | datetime) -> list[dict[str, Any]]:
    """What changes after `start` and up to `end`: one row a change, in the order of packs."""
    found = []
    for pack in packs:
        first, last = local_day(start, pack.zone), local_day(end, pack.zone)
        found += [row for rule in pack.rules for row in _turns(pack, rule, first, last)]
        found += _moves(pack, first, last)
    return found


def _turns(pack: Pack, rule: Rule, first: date, last: date) -> Iterator[dict[str, Any]]:
    before = pack.state(first, rule.id)
    for day in boundaries(pack.intervals[rule.id]):
        if not first < day <= last:
            continue
        state = pack.state(day, rule.id)
        yield {
            "rule": rule.id, "pack": pack.id, "was": standing(before), "becomes": standing(state),
            "on": day.isoformat(), "source": state.source,
        }  # fmt: skip
        before = state


def _moves(pack: Pack, first: date, last: date) -> Iterator[dict[str, Any]]:
    """Countries that enter or leave a group, and tables that begin to be sure."""
    for day in boundaries(pack.groups):
        if not first < day <= last:
            continue
        for name in dict.fromkeys(group.name for group in pack.groups):
            was, now = _members(pack, name, day, before=True), _members(pack, name, day)
            if was != now:
                yield {
                    "rule": f"group {name}", "pack": pack.id, "was": _told(was), "on": str(day),
                    "becomes": _told(now), "source": _source(pack, name, day),
                }  # fmt: skip


def _members(
    pack: Pack, name: str, day: date, *, before: bool = False
) -> frozenset[tuple[str, str]]:
    return frozenset(
        (country, group.status)
        for group in pack.groups
        if group.name == name
        and (group.start < day if before else group.start <= day)
        and (group.end is None or (day <= group.end if before else day < group.end))
        for country in group.countries
    )


def _told(members: frozenset[tuple[str, str]]) -> str:
    if not members:
        return "no table"
    sure = sum(status == "verified" for _, status in members)
    return f"{len(members)} countries, {sure} of them verified"


def _source(pack: Pack, name: str, day: date) -> str:
    return next((g.source for g in pack.groups if g.name == name and g.start == day), "")


def doubts(packs: Packs, on: date | datetime) -> list[dict[str, Any]]:
    """Facts that rule at an instant and that nobody verified, in the order of packs."""
    return [
        {"pack": pack.id, "fact": words, "source": fact.source, "read on": _text(fact.checked)}
        for pack in packs
        for words, fact in pack.unverified(on)
    ]
