"""What a person has done to a case by a program: of the version he saw, and once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from detector.cases.contact import appeals, drafting
from detector.cases.contact.templating import KINDS, Templates
from detector.cases.deciding import claiming, judging, repeated
from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.opened import the_case, unchanged
from detector.cases.deciding.states import CODES, OUTCOMES, POLICY_OUTCOMES, STEPS
from detector.cases.record.store import Writing
from detector.cases.showing import reading
from detector.console.api.schema import (
    TIME,
    Schema,
    one_of,
    record,
    several,
    table_of,
    text,
    time_in,
)
from detector.console.api.table import Answer, Call, Told

_LONG: Final = 20_000
_ACCOUNT: Final = text(256)
_OUTCOME: Final = one_of(*dict.fromkeys((*OUTCOMES, *POLICY_OUTCOMES)))
_YES_OR_NO: Final[Schema] = {"type": ["boolean", "null"]}
_CHANGES: Final = 10

NOTHING: Final = record()
JUDGEMENT: Final = record(
    "outcome", "note",
    outcome=_OUTCOME, note=text(_LONG), step=one_of(*STEPS),
    members=table_of(record("outcome", outcome=_OUTCOME, why=text(_LONG, 0)), 10_000),
    codes=several(one_of(*CODES), len(CODES)), typology_agreed=_YES_OR_NO,
    counter_weighed=_YES_OR_NO, active_seconds={"type": "number", "minimum": 0},
)  # fmt: skip
COMMENT: Final = record("text", text=text(_LONG))
LETTER: Final = record(
    "kind", "accounts",
    kind=one_of(*KINDS), accounts=several(_ACCOUNT, 1_000, 1), language=text(16),
    parts=table_of(text(_LONG, 0), 20),
)  # fmt: skip
APPEAL: Final = record(
    "accounts", "text", "received_at",
    accounts=several(_ACCOUNT, 1_000, 1), text=text(_LONG), received_at=TIME,
)  # fmt: skip
SNOOZE: Final = record("until", "reason", until=TIME, reason=text(_LONG))

Act = Callable[[Writing, Call], Mapping[str, Any]]


def to_case(act: Act) -> Answer:
    """An endpoint that changes the version of a case that somebody saw."""

    def do(tx: Writing, call: Call) -> Told:
        # Who may not read a case does nothing to it either.
        reading.shown(reading.case_of(tx.connection, call.case_id), call.actor)
        unchanged(tx, the_case(tx, call.case_id), call.version)
        told = act(tx, call)
        case = the_case(tx, call.case_id)
        return Told({
            "case_id": call.case_id, "version": case["version"], "state": case["state"], **told,
        }, case["version"])  # fmt: skip

    return once(do)


def once(do: Callable[[Writing, Call], Told]) -> Answer:
    """An endpoint that does something in one transaction; under a key, once for all sendings."""

    def answered(call: Call) -> Told:
        with call.house.store.writing(call.now) as tx:
            if call.key is None:
                return do(tx, call)
            return _under_key(tx, call, call.key, do)

    return answered


def _under_key(tx: Writing, call: Call, key: str, do: Callable[[Writing, Call], Told]) -> Told:
    person, digest = call.actor.person, _digest(call)
    held = repeated.answered(tx, person, key, digest)
    if held is not None:
        return Told(*json.loads(held))
    told = do(tx, call)
    repeated.keep(tx, person, key, digest, json.dumps([told.value, told.version]))
    return told


def _digest(call: Call) -> str:
    """The hash of what is asked: where, of which version, how, and with which body."""
    said = json.dumps([call.path, call.version, call.query], sort_keys=True).encode()
    return hashlib.sha256(said + b"\0" + call.raw).hexdigest()


def changes(call: Call) -> dict[str, Any]:
    """What a case is now and what happened to it last, as far as this person may see it."""
    with call.house.store.reading() as connection:
        row = reading.shown(reading.case_of(connection, call.case_id), call.actor)
        events = list(reading.history(connection, row, call.actor))[-_CHANGES:]
    return {"version": row["version"], "state": row["state"], "events": events}


def claim(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Take a case."""
    claiming.claim(tx, call.actor, call.case_id)
    return {}


def release(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Give a case back."""
    claiming.release(tx, call.actor, call.case_id)
    return {}


def judge(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Store a judgement in the round that the case is in."""
    said = dict(call.body)
    members = {
        account: (one["outcome"], one.get("why", ""))
        for account, one in said.pop("members", {}).items()
    }
    codes = tuple(said.pop("codes", ()))
    stored = judging.judge(
        tx, call.actor, call.case_id, call.version, Judgement(members=members, codes=codes, **said)
    )
    return {"judgement_id": stored.judgement_id, "settlement_id": stored.settlement_id}


def comment(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Say something about a case."""
    return {"comment_id": judging.comment(tx, call.actor, call.case_id, call.body["text"])}


def letter(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Draft a letter of a case."""
    said = drafting.Draft(**{**call.body, "accounts": tuple(call.body["accounts"])})
    templates = Templates.beside(call.house.store.folder)
    return {"letter_id": drafting.draft(tx, call.actor, call.case_id, said, templates)}


def appeal(tx: Writing, call: Call) -> Mapping[str, Any]:
    """File what a holder objects to."""
    received = time_in(call.body["received_at"], "received_at")
    accounts, said = call.body["accounts"], call.body["text"]
    return {"appeal_id": appeals.file(tx, call.actor, call.case_id, accounts, said, received)}


def snooze(tx: Writing, call: Call) -> Mapping[str, Any]:
    """Put a case off."""
    until = time_in(call.body["until"], "until")
    claiming.snooze(tx, call.actor, call.case_id, until, call.body["reason"])
    return {}
