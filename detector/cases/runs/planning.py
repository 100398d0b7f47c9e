"""What a run means for the cases there are: which goes on, comes back, opens, or stays as it is.

Nothing here reads or writes a table; the same run and the same cases give the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from detector.cases.deciding.states import OPEN
from detector.cases.runs.matching import Pairing, pair
from detector.cases.runs.suppressed import Identifier

CONFIRMED: Final = frozenset({"confirmed_proxy", "confirmed_victim"})

Accounts = frozenset[str]


@dataclass(frozen=True)
class Candidate:
    """A case of the run: its queue, its accounts, and those of them that stand in a queue.

    ``typology`` is the lead's, or the stolen key's where the holder is injured; ``shared`` are the
    identifiers that two of the accounts show.
    """

    name: str
    queue: str
    accounts: Accounts
    queued: Accounts
    typology: str | None = None
    shared: frozenset[Identifier] = frozenset()


@dataclass(frozen=True)
class Known:
    """A case there is.

    ``settled`` is the outcome of what holds now; ``touched`` says that somebody did something
    with it, ``judged`` that somebody judged it.
    """

    case_id: str
    state: str
    accounts: Accounts
    settled: str | None = None
    touched: bool = False
    judged: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.state in OPEN and self.state != "appealed"


@dataclass(frozen=True)
class Step:
    """What becomes of a case: ``open``, ``go_on``, ``come_back`` or ``merge`` (with ``other``).

    ``link`` is the case that a new one was part of, ``why`` the reason that it comes back.
    """

    kind: Literal["open", "go_on", "come_back", "merge", "propose"]
    candidate: str
    case_id: str | None
    accounts: Accounts
    other: str | None = None
    link: str | None = None
    why: str | None = None


@dataclass
class Plan:
    """Steps in the order of the queues, and how many candidates led to none."""

    steps: list[Step] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


#: Why a closed case comes back for a candidate; None where it does not.
Returns = Callable[[Candidate, Known], str | None]


@dataclass(frozen=True)
class Terms:
    """What holds for a run: room left by queue, who is suppressed, pairs asked about before."""

    room: Mapping[str, int]
    suppressed: Callable[[Candidate], bool]
    asked: frozenset[frozenset[str]] = frozenset()


def plan(
    candidates: Iterable[Candidate], known: Mapping[str, Known], returns: Returns, terms: Terms
) -> Plan:
    """What to do with each candidate, in their order."""
    ordered = list(candidates)
    made = _Planning({one.name: one for one in ordered}, known, returns, terms)
    made.pairing = pair(
        {name: case.accounts for name, case in known.items()},
        {one.name: one.accounts for one in ordered},
    )
    for one in ordered:
        made.meet(one)
    made.meet_the_rest()
    for one in ordered:
        made.open(one)
    return made.plan


class _Planning:
    def __init__(
        self,
        candidates: Mapping[str, Candidate],
        known: Mapping[str, Known],
        returns: Returns,
        terms: Terms,
    ) -> None:
        self.candidates, self.known, self.returns, self.terms = candidates, known, returns, terms
        self.plan, self.pairing = Plan(), Pairing()
        self.room = dict(terms.room)
        self.used: set[str] = set()
        closed = (case.accounts for case in known.values() if not case.is_open)
        self.decided: Accounts = frozenset().union(*closed)
        # What is left of a candidate beside closed cases, and whether it may open one.
        self.rest: dict[str, tuple[Accounts, bool, str]] = {}
        self.fresh: dict[str, tuple[Accounts, str | None]] = {}

    def meet(self, one: Candidate) -> None:
        """Bring a candidate to its case, where it has one."""
        partner = self.pairing.of.get(one.name) or self.pairing.parts.get(one.name)
        if partner is None:
            self.fresh[one.name] = one.accounts, None
        elif not self.known[partner].is_open:
            self._meet_closed(one, self.known[partner])
        elif one.name in self.pairing.of:
            self._meet_open(one, self.known[partner])
        elif self._may_open(one):
            self._add("open", one.name, None, one.accounts, link=partner)

    def _may_open(self, one: Candidate) -> bool:
        """Whether no upheld appeal keeps it away."""
        if self.terms.suppressed(one):
            self.plan.counts["suppressed"] += 1
            return False
        return True

    def _meet_closed(self, one: Candidate, case: Known) -> None:
        why = None
        if case.state == "closed" and case.settled not in CONFIRMED:
            why = self.returns(one, case)
        if why is None:
            self._leave_closed(one, case)
        elif self._may_open(one):
            if case.case_id in self.used:
                self._add("open", one.name, None, one.accounts, link=case.case_id)
            else:
                self._add("come_back", one.name, case.case_id, one.accounts, why=why)

    def _leave_closed(self, one: Candidate, case: Known) -> None:
        """What a closed case does not hold of a candidate is looked at by itself."""
        self.plan.counts[f"unchanged_{case.settled or case.state}"] += 1
        rest = one.accounts - self.decided
        if rest:
            self.rest[one.name] = rest, case.settled in CONFIRMED, case.case_id

    def _meet_open(self, one: Candidate, case: Known) -> None:
        accounts, goes_on = one.accounts, case
        for name in self.pairing.beside.get(one.name, ()):
            other = self.known[name]
            if not other.is_open or name in self.used:
                continue
            older, younger = sorted((goes_on, other), key=_age)
            if not younger.touched and not older.judged and not self._asked(older, younger):
                self._add("merge", one.name, older.case_id, frozenset(), other=younger.case_id)
                goes_on = older
                continue
            if not self._asked(older, younger):
                self._add("propose", one.name, older.case_id, frozenset(), other=younger.case_id)
            # Until a lead says so each keeps its own accounts.
            accounts -= other.accounts - goes_on.accounts
            self._add("go_on", one.name, name, one.accounts & other.accounts)
        self._add("go_on", one.name, goes_on.case_id, accounts)

    def _asked(self, older: Known, younger: Known) -> bool:
        return frozenset((older.case_id, younger.case_id)) in self.terms.asked

    def meet_the_rest(self) -> None:
        """Bring what closed cases do not hold to open ones without a candidate of their own."""
        free = {
            name: case.accounts for name, case in self.known.items()
            if case.is_open and name not in self.used
        }  # fmt: skip
        rests = pair(free, {name: rest for name, (rest, _, _) in self.rest.items()}).of
        for name, (rest, opens, beside) in self.rest.items():
            if name in rests:
                self._add("go_on", name, rests[name], rest)
            elif opens:
                self.fresh[name] = rest, beside

    def open(self, one: Candidate) -> None:
        """Open a case on a candidate that has none, where there is room."""
        if one.name not in self.fresh:
            return
        accounts, link = self.fresh[one.name]
        if not self._may_open(one):
            return
        if self.room.get(one.queue, 0) <= 0:
            self.plan.counts["below"] += 1
        else:
            self.room[one.queue] -= 1
            self._add("open", one.name, None, accounts, link=link)

    def _add(
        self, kind: Literal["open", "go_on", "come_back", "merge", "propose"], candidate: str,
        case_id: str | None, accounts: Accounts, other: str | None = None,
        link: str | None = None, why: str | None = None,
    ) -> None:  # fmt: skip
        self.plan.steps.append(Step(kind, candidate, case_id, accounts, other, link, why))
        self.used |= {name for name in (case_id, other) if name is not None}
        if kind == "come_back":
            queue = self.candidates[candidate].queue
            self.room[queue] = self.room.get(queue, 0) - 1


def _age(case: Known) -> tuple[int, str]:
    """Cases by age: their numbers."""
    return len(case.case_id), case.case_id
