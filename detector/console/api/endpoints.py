"""All endpoints: requests are led by this table, and the document is written from it."""

from __future__ import annotations

from typing import Final

from detector.cases.contact.drafting import DRAFTERS
from detector.cases.deciding.states import EDGES
from detector.cases.showing.reading import READERS
from detector.console.api import cases, doing, taking, wholes
from detector.console.api.schema import Schema
from detector.console.api.table import Answer, Endpoint

V1: Final = "/api/v1"
_CASE: Final = f"{V1}/cases/<case_id>"
_ANYBODY: Final = frozenset(READERS)


def _roles(action: str) -> frozenset[str]:
    """Who may do this to a case in any state of it."""
    found = {role for (_, does), (_, roles) in EDGES.items() if does == action for role in roles}
    return frozenset(found - {"system"})


def _of_case(
    name: str, answer: Answer, summary: str, query: dict[str, Schema] | None = None
) -> Endpoint:
    path = f"{_CASE}/{name}"
    return Endpoint(path, name.partition("/")[0], answer, _ANYBODY, summary, query or {})


def _does(name: str, act: doing.Act, roles: frozenset[str], summary: str, body: Schema) -> Endpoint:
    return Endpoint(
        f"{_CASE}/{name}", name, doing.to_case(act), roles, summary, method="POST", body=body,
        of_case=True,
    )  # fmt: skip


def endpoints() -> tuple[Endpoint, ...]:
    """The endpoints; what some of them keep is their own."""
    labels = wholes.Labels()
    return (
        Endpoint(f"{V1}/cases", "cases", cases.every_case, _ANYBODY,
                 "Cases by rank, page by page", {**cases.WORDS, **cases.LIMIT, **cases.AFTER}),
        Endpoint(_CASE, "case", cases.one_case, _ANYBODY,
                 "One case, as far as you may see it; its ETag is what If-Match takes"),
        _of_case("graph", cases.graph, "Accounts and the values that tie them"),
        _of_case("events", cases.events, "What happened to it, in order, with the chain's hashes",
                 dict(cases.EVENTS)),
        _of_case("snapshots/<sha256>", cases.snapshot,
                 "What it showed, and what is sealed where that is open to you"),
        _of_case("diff", cases.difference, "What changed between two runs", dict(cases.RUNS)),
        Endpoint(f"{V1}/labels", "labels", labels.answer, frozenset({"lead", "counsel"}),
                 "Settled decisions that hold, by time", wholes.LABELS, costly=True),
        Endpoint(f"{V1}/quality", "quality", wholes.quality,
                 frozenset({"reviewer", "lead", "counsel", "auditor"}),
                 "How people judge: your own figures; a lead's and an auditor's are those of all",
                 costly=True),
        Endpoint(f"{V1}/audit/head", "audit head", wholes.head, _ANYBODY,
                 "The head of the chain, when it was last found whole, and the last anchor"),
        _does("claim", doing.claim, _roles("claim"), "Take it", doing.NOTHING),
        _does("release", doing.release, _roles("release"), "Give it back", doing.NOTHING),
        _does("judgements", doing.judge, _roles("judge"),
              "Judge it, in the round that it is in", doing.JUDGEMENT),
        _does("comments", doing.comment, frozenset({"reviewer", "lead", "counsel", "letters"}),
              "Say something about it", doing.COMMENT),
        _does("letters", doing.letter, frozenset(DRAFTERS),
              "Draft a letter; another person approves it, and nothing is sent", doing.LETTER),
        _does("appeals", doing.appeal, _roles("appeal"), "File an objection", doing.APPEAL),
        _does("snooze", doing.snooze, _roles("snooze"), "Put it off", doing.SNOOZE),
        Endpoint(f"{V1}/import", "import", taking.import_file, frozenset({"lead", "counsel"}),
                 "Take decisions made elsewhere, a CSV file, as first judgements", taking.IMPORT,
                 "POST", costly=True),
        Endpoint(f"{V1}/runs", "runs", taking.take_newest, frozenset({"lead"}),
                 "Take the newest run in that this server serves", method="POST",
                 body=doing.NOTHING, costly=True),
    )  # fmt: skip
