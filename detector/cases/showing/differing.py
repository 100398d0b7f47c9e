"""What changed of a case between two runs, in sentences and in plain values.

Only what is open to everybody is compared: nothing that is sealed is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from detector.cases.showing.ties import new_things, witnesses
from detector.dossier import TOTALS, Case, Row
from detector.terminal import safe_text
from features.links.kinds import WORDS

#: Changes told of each part; of more the number is told.
MOST: Final = 100
_ID: Final = 40
_TEXT: Final = 400
_NAMES: Final = 6
_OTHER: Final = "OTHER"
_UNSAID: Final = "no typology"

Tell = Callable[[str, float | None], str]
"""A feature's value in words, by the feature's name."""


@dataclass(frozen=True)
class Change:
    """One thing that changed; ``before`` and ``after`` are plain values, None where it was not.

    ``part`` is a name of ``PARTS``; ``subject`` is the account, identifier, reason or total.
    """

    part: str
    subject: str
    before: Any
    after: Any
    sentence: str


@dataclass(frozen=True)
class Difference:
    """Changes by part, in the order of ``PARTS``; ``left`` counts those not told.

    Where another model scored the later run ``comparable`` is false, and no score, rank or
    p-value is set beside another.
    """

    models: tuple[str, str]
    comparable: bool
    changes: Mapping[str, tuple[Change, ...]]
    left: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many things changed."""
        return sum(map(len, self.changes.values())) + sum(self.left.values())


def plain(_feature: str, value: float | None) -> str:
    """A figure without its unit.

    Examples
    --------
    >>> plain("f01_x", 1234.5), plain("f01_x", 0.12345), plain("f01_x", None)
    ('1,234', '0.123', 'unknown')
    """
    return "unknown" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def difference(
    before: Case, after: Case, tell: Tell = plain, models: tuple[str, str] | None = None
) -> Difference:
    """What a case of a later run has that it had not, and the reverse.

    Parameters
    ----------
    before, after
        One case as two runs show it.
    tell
        How values of features are said.
    models
        Which model scored each run; that of the lead's row where it is not given.
    """
    leads = str(before.lead["model_id"]), str(after.lead["model_id"])
    two = _Two(before, after, tell, models or leads)
    found = {part: list(changes(two)) for part, changes in PARTS.items()}
    return Difference(
        two.models, two.comparable,
        {part: tuple(changes[:MOST]) for part, changes in found.items() if changes},
        {part: len(changes) - MOST for part, changes in found.items() if len(changes) > MOST},
    )  # fmt: skip


def difference_json(found: Difference) -> dict[str, Any]:
    """The difference in what JSON knows."""
    return asdict(found) | {"models": list(found.models), "count": found.count}


class _Two:
    """A case of two runs, its members by account."""

    def __init__(self, before: Case, after: Case, tell: Tell, models: tuple[str, str]) -> None:
        self.before, self.after, self.tell = before, after, tell
        self.old = {row["account_id"]: row for row in before.members}
        self.new = {row["account_id"]: row for row in after.members}
        self.models = models
        self.comparable = self.models[0] == self.models[1]

    def both(self) -> Iterator[tuple[str, Row, Row]]:
        """Accounts that are members in both runs, in the order of the later."""
        for account, row in self.new.items():
            if account in self.old:
                yield account, self.old[account], row


def _members(two: _Two) -> Iterator[Change]:
    for account, row in two.new.items():
        if account not in two.old:
            queue = _queue(row)
            yield Change("members", account, None, queue, f"{_id(account)} joined{_own(queue)}.")
    for account, row in two.old.items():
        if account not in two.new:
            queue = _queue(row)
            yield Change("members", account, queue, None, f"{_id(account)} left{_own(queue)}.")


def _own(queue: str) -> str:
    return "" if queue == "none" else f", in queue {queue} itself"


def _queue(row: Row) -> str:
    return str(row["queue"])


def _queues(two: _Two) -> Iterator[Change]:
    old, new = two.before.key.queue, two.after.key.queue
    if old != new:
        yield Change("queues", "case", old, new, f"The case is in queue {new}, before in {old}.")
    for account, was, row in two.both():
        old, new = _queue(was), _queue(row)
        if old != new:
            yield Change("queues", account, old, new, f"{_id(account)} is in queue {new} itself, "
                         f"before in {old}.")  # fmt: skip


def _place(two: _Two) -> Iterator[Change]:
    old, new = two.before, two.after
    if old.key.lead_id != new.key.lead_id:
        yield Change("place", "lead", old.key.lead_id, new.key.lead_id,
                     f"{_id(new.key.lead_id)} leads, before {_id(old.key.lead_id)}.")  # fmt: skip
    if not two.comparable:
        a, b = (_id(model) for model in two.models)
        yield Change("place", "model", *two.models, f"Scores of another model ({b}, before {a}): "
                     "not comparable.")  # fmt: skip
        return
    for name, words, digits in (("score", "Score", 3), ("p_value", "P-value", 4)):
        a, b = old.lead[name], new.lead[name]
        if a != b:
            yield Change("place", name, a, b, f"{words} {_fixed(b, digits)}, before "
                         f"{_fixed(a, digits)}.")  # fmt: skip
    if old.key.rank != new.key.rank:
        yield Change("place", "rank", old.key.rank, new.key.rank,
                     f"Rank {new.key.rank:,}, before {old.key.rank:,}.")  # fmt: skip


def _fixed(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}f}"


def _reasons(two: _Two) -> Iterator[Change]:
    """Reasons of the lead, as the run before saw the same account, and those of the ring."""
    lead = two.after.lead
    was = two.old.get(lead["account_id"])
    if was is not None:
        old, new = _by_code(was["reasons"]), _by_code(lead["reasons"])
        for code in dict.fromkeys([*new, *old]):
            yield from _reason(code, old.get(code), new.get(code), two.tell)
    old, new = (_by_code((case.ring or {}).get("reasons")) for case in (two.before, two.after))
    yield from _notes("reasons", "", old, new)


def _by_code(rows: Iterable[Row] | None) -> dict[str, Row]:
    return {row["code"]: row for row in rows or () if row["code"] != _OTHER}


def _reason(code: str, was: Row | None, row: Row | None, tell: Tell) -> Iterator[Change]:
    a, b = (None if one is None else one["value"] for one in (was, row))
    feature = str((row or was or {})["feature"])
    now, before = (None if one is None else _text(one["text"]) for one in (row, was))
    if was is None:
        # What it was before is not told: only the strongest reasons are.
        said = f"Came among the strongest: {_valued(now, 'Now', tell(feature, b))}"
        yield Change("reasons", code, None, b, said)
    elif row is None:
        said = f"No longer among the strongest: {_valued(before, 'Before', tell(feature, a))}"
        yield Change("reasons", code, a, None, said)
    elif a != b and now != before:
        yield Change("reasons", code, a, b, f"{now} Before: {before}")
    elif a != b:
        yield Change("reasons", code, a, b, f"{now} Now {tell(feature, b)}, before "
                     f"{tell(feature, a)}.")  # fmt: skip


def _valued(text: str | None, when: str, value: str) -> str:
    """A reason with its value, once."""
    return str(text) if value in str(text) else f"{text} {when} {value}."


def _notes(
    part: str, whose: str, old: Mapping[str, Row], new: Mapping[str, Row]
) -> Iterator[Change]:
    """Notes that came, went or say something else."""
    for code in dict.fromkeys([*new, *old]):
        a, b = (None if one is None else one["text"] for one in (old.get(code), new.get(code)))
        if a == b:
            continue
        subject = f"{whose} {code}".strip()
        if a is None:
            sentence = f"Came: {_text(b)}"
        elif b is None:
            sentence = f"Gone: {_text(a)}"
        else:
            sentence = f"{_text(b)} Before: {_text(a)}"
        yield Change(part, subject, a, b, f"{_id(whose)}: {sentence}" if whose else sentence)


def _ties(two: _Two) -> Iterator[Change]:
    kinds = [_kinds(case) for case in (two.before, two.after)]
    for kind in new_things(*kinds):
        yield Change("ties", kind, None, kind, f"Tied by {WORDS.get(kind, kind)} too.")
    for kind in new_things(*reversed(kinds)):
        yield Change("ties", kind, kind, None, f"No longer tied by {WORDS.get(kind, kind)}.")
    old, new = _shared(two.before), _shared(two.after)
    for key in sorted(old.keys() | new.keys()):
        yield from _tie(key, old.get(key, ()), new.get(key, ()))


def _kinds(case: Case) -> list[str]:
    return witnesses(edge["kind"] for edge in (case.ring or {}).get("edges") or ())


def _shared(case: Case) -> dict[tuple[str, str], tuple[str, ...]]:
    """Identifiers that two members share, and which do."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in case.links:
        found.setdefault((row["kind"], row["value"]), set()).add(row["account_id"])
    return {key: tuple(sorted(held)) for key, held in found.items() if len(held) > 1}


def _tie(key: tuple[str, str], old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    kind, value = key
    name = f"{WORDS.get(kind, _id(kind))} {_id(value)}"
    subject = f"{kind} {value}"
    if not old:
        yield Change("ties", subject, None, list(new), f"Came: {name}, shared by {_named(new)}.")
    elif not new:
        yield Change("ties", subject, list(old), None, f"Gone: {name}, shared before by "
                     f"{_named(old)}.")  # fmt: skip
    elif set(old) != set(new):
        yield Change("ties", subject, list(old), list(new), f"{name} is shared by {len(new)} "
                     f"accounts, before by {len(old)}{_moved(old, new)}.")  # fmt: skip


def _moved(old: Sequence[str], new: Sequence[str]) -> str:
    joined, left = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    return (f"; now {_named(joined)}" if joined else "") + (
        f"; no longer {_named(left)}" if left else ""
    )


def _named(accounts: Sequence[str]) -> str:
    """Accounts as a sentence names them.

    Examples
    --------
    >>> _named(["a", "b"]), _named(list("abcdefgh"))
    ('a and b', 'a, b, c, d, e, f and 2 more')
    """
    words = [_id(account) for account in accounts[:_NAMES]]
    if len(accounts) > _NAMES:
        words.append(f"{len(accounts) - _NAMES:,} more")
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _looks(two: _Two) -> Iterator[Change]:
    old, new = two.before.typology, two.after.typology
    if old != new:
        yield Change("typology", "case", old, new, f"Looks like {_id(new or _UNSAID)}, before "
                     f"{_id(old or _UNSAID)}.")  # fmt: skip


def _against(two: _Two) -> Iterator[Change]:
    """Counter-evidence of those who are members in both runs."""
    for account, was, row in two.both():
        yield from _notes("against", account, _by_code(was["counter_evidence"]),
                          _by_code(row["counter_evidence"]))  # fmt: skip


def _totals(two: _Two) -> Iterator[Change]:
    for name, unit in TOTALS.items():
        a, b = (case.totals.get(name) or 0 for case in (two.before, two.after))
        if a != b:
            yield Change("totals", name, a, b, f"{_figure(b)} {unit}, before {_figure(a)}.")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _id(text: str) -> str:
    return safe_text(str(text), _ID)


def _text(text: Any) -> str:
    return safe_text(str(text or ""), _TEXT)


PARTS: Final[Mapping[str, Callable[[_Two], Iterator[Change]]]] = {
    "members": _members, "queues": _queues, "place": _place, "ties": _ties, "reasons": _reasons,
    "against": _against, "typology": _looks, "totals": _totals,
}  # fmt: skip
