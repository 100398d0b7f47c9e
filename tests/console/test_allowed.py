"""Every route, every role, with a session and without: what is answered stands in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people, sessions
from detector.cases.team.people import ROLES
from detector.console.app import Console
from detector.console.verifying import Verifier
from tests.cases.planted import Clock
from tests.console.direct import Got, Someone
from tests.console.filled import CASE, OPEN, fill, with_people

pytest.importorskip("werkzeug")

ALL = tuple(ROLES)
READERS = ("reviewer", "lead", "counsel", "letters", "auditor", "viewer", "identifier")
SAVES = tuple(role for role in READERS if role != "auditor")
JUDGES = ("reviewer", "lead", "counsel")
SEES = ("reviewer", "lead", "letters", "counsel", "auditor")
DRAFTS = ("reviewer", "lead", "letters", "counsel")
NOWHERE = {"case": "C-9"}

#: Of each route: an address, the form, who may, and what those are answered. A form is of what
#: is not there, or says nothing, so that each role finds the same: 404 and 400 are let in, too.
TABLE: Final[Mapping[str, tuple[str, Mapping[str, str] | None, tuple[str, ...], int]]] = {
    "me": ("/me", None, ALL, 200),
    "leave": ("/logout", {}, ALL, 303),
    "queue": ("/queue", None, READERS, 200),
    "second": ("/second", None, ("reviewer", "lead"), 200),
    "disputed": ("/disputed", None, ("lead",), 200),
    "bulk-assign": ("/queue/assign", {"person": "nobody"}, ("lead",), 404),
    "bulk-snooze": ("/queue/snooze", {"days": "x", "reason": "x"}, JUDGES, 400),
    "view-save": ("/views/save", {"query": "tab=proxy", "name": "mine"}, SAVES, 303),
    "view-drop": ("/views/drop", {"view": "999999"}, SAVES, 403),
    "keys": ("/help/keys", None, ALL, 200),
    "case": (f"/cases/{CASE}", None, READERS, 200),
    "graph": (f"/cases/{CASE}/graph", None, READERS, 200),
    "diff": ("/cases/C-9/diff", None, READERS, 404),
    "case-claim": ("/cases/C-9/claim", {}, JUDGES, 404),
    "case-release": ("/cases/C-9/release", {}, JUDGES, 404),
    "case-judge": ("/cases/C-9/judge", {"version": "1"}, JUDGES, 404),
    "case-amend": ("/cases/C-9/amend", {"version": "1"}, JUDGES, 404),
    "case-undo": ("/cases/C-9/undo", {}, JUDGES, 404),
    "case-ask": ("/cases/C-9/ask", {"version": "1"}, JUDGES, 404),
    "case-snooze": ("/cases/C-9/snooze", {"days": "3", "reason": "x"}, JUDGES, 404),
    "case-answer": ("/cases/C-9/answer", {"answer": "x"}, DRAFTS, 404),
    "case-comment": ("/cases/C-9/comment", {"comment": "x"}, DRAFTS, 404),
    "case-reopen": ("/cases/C-9/reopen", {"reason": "x"}, ("lead",), 404),
    "case-send-back": ("/cases/C-9/send-back", {"reason": "x"}, ("lead",), 404),
    "case-draft": ("/cases/C-9/draft", {}, JUDGES, 404),
    "case-beat": ("/cases/C-9/beat", {"seconds": "x"}, READERS, 400),
    "letters": ("/letters", None, SEES, 200),
    "letter form": (f"/letters/new?case={OPEN}", None, DRAFTS, 200),
    "draft letter": ("/letters/new", NOWHERE, DRAFTS, 404),
    "letter": ("/letters/{letter}", None, SEES, 200),
    "letter text": ("/letters/{letter}/text", None, SEES, 200),
    "approve letter": ("/letters/999999/approve", {}, ("letters",), 404),
    "sent letter": ("/letters/999999/sent", {}, ("letters",), 404),
    "withdraw letter": ("/letters/999999/withdraw", {}, DRAFTS, 404),
    "release name": ("/letters/999999/release", {}, ("counsel",), 404),
    "templates": ("/letters/templates", None, SEES, 200),
    "template": ("/letters/templates/rfi/en", None, SEES, 200),
    "approve template": ("/letters/templates/rfi/xx", {}, ("counsel",), 404),
    "appeals": ("/appeals", None, SEES, 200),
    "appeal form": (f"/appeals/new?case={CASE}", None, ("letters",), 200),
    "file appeal": ("/appeals/new", NOWHERE, ("letters",), 404),
    "appeal": ("/appeals/{appeal}", None, SEES, 200),
    "acknowledge appeal": ("/appeals/999999/acknowledge", {}, ("letters",), 404),
    "decide appeal": ("/appeals/999999/decide", {}, JUDGES, 404),
    "suppressors": ("/suppressors", None, SEES, 200),
    "propose suppressor": ("/suppressors", {**NOWHERE, "until": "2026-04-01"}, JUDGES, 404),
    "confirm suppressor": ("/suppressors/999999/confirm", {}, ("lead", "counsel"), 404),
    "revoke suppressor": ("/suppressors/999999/revoke", {}, JUDGES, 404),
    "proposals": ("/proposals", None, ("lead", "auditor"), 200),
    "merge": ("/proposals/999999/merge", {}, ("lead",), 404),
    "decline": ("/proposals/999999/decline", {}, ("lead",), 404),
    "unmerge": ("/proposals/unmerge", NOWHERE, ("lead",), 404),
    "quality": ("/quality", None, (*JUDGES, "auditor"), 200),
    "audit": ("/audit", None, ("lead", "auditor"), 200),
    "verification": ("/audit/verification", None, ("lead", "auditor"), 200),
    "verify": ("/audit/verification", {}, ("lead", "auditor"), 303),
    "event": ("/audit/events/1", None, ("auditor",), 200),
    "events of a case": (f"/audit/cases/{CASE}/events.jsonl", None, ("lead", "auditor"), 200),
    "golden": ("/audit/golden", None, ("auditor",), 200),
    "packs": ("/packs", None, ("counsel", "auditor"), 200),
    "make pack": ("/packs", {**NOWHERE, "purpose": "x"}, ("counsel",), 404),
    "pack": ("/packs/C-9.1.pseudonyms.zip", None, ("counsel",), 404),
    "retention": ("/retention", None, ("counsel", "auditor"), 200),
    "hold": ("/retention/hold", {**NOWHERE, "reason": "x"}, ("counsel",), 404),
    "lift": ("/retention/lift", {}, ("counsel",), 403),
    "people": ("/admin", None, ("admin",), 200),
    "add person": ("/admin/people/add", {"person": "new", "role.viewer": "1"}, ("admin",), 303),
    "change roles": ("/admin/people/roles", {"person": "nobody"}, ("admin",), 404),
    "set password": ("/admin/people/password", {"person": "nobody"}, ("admin",), 404),
    "deactivate": ("/admin/people/deactivate", {"person": "nobody"}, ("admin",), 404),
    "tokens": ("/admin/tokens", None, ("admin",), 200),
    "issue token": ("/admin/tokens", {"person": "nobody", "days": "9"}, ("admin",), 404),
    "revoke token": ("/admin/tokens/revoke", {"token": "x"}, ("admin",), 404),
    "settings": ("/admin/settings", None, ("admin",), 200),
    "change setting": ("/admin/settings", {"name": "keys", "value": "true"}, ("admin",), 303),
}
#: Open to whoever comes, in a test of their own; style and script are there for everybody.
OPEN_TO_ALL = {"front", "login", "enter"}
#: What changes a password asks for the old one of whoever it is.
APART = {"change password"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The pages over a filled folder, with a session of each role."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("detector.http.web._COST", 2**4)
        patched.setattr(Verifier, "start", lambda _self, _person: True)
        with Store.create(tmp_path_factory.mktemp("allowed") / "cases") as store:
            with_people(store)
            found = fill(store, clock, "It is in order.")
            with store.writing(clock()) as tx:
                for role in ROLES:
                    people.add(tx, SYSTEM, f"only-{role}", [role])
                held = {role: sessions.begin(tx, f"only-{role}", "127.0.0.1") for role in ROLES}
            yield {"console": Console(store, clock), "store": store, "found": found,
                   "sessions": held, "clock": clock}  # fmt: skip


def answered(house: Mapping[str, Any], method: str, path: str, form: Any, session: Any) -> Got:
    one = Someone(house["console"], session)
    return one.get(path) if method == "GET" else one.post(path, form)


def row_of(house: Mapping[str, Any], name: str) -> tuple[str, str, Mapping[str, str] | None]:
    path, form, _, _ = TABLE[name]
    return ("GET" if form is None else "POST"), path.format(**house["found"]), form


def test_the_table_names_every_route(house: dict[str, Any]) -> None:
    routes = house["console"].routes
    named = {name for name in routes if not name.startswith("asset ")}
    assert named == TABLE.keys() | OPEN_TO_ALL | APART
    for name in TABLE:
        assert (routes[name].method == "POST") == (TABLE[name][1] is not None), name


def test_each_role_is_answered_as_the_table_says(house: dict[str, Any]) -> None:
    last = [name for name in TABLE if name != "leave"]
    wrong = []
    for name in [*last, "leave"]:
        method, path, form = row_of(house, name)
        for role in ROLES:
            reply = answered(house, method, path, form, house["sessions"][role])
            wanted = TABLE[name][3] if role in TABLE[name][2] else 403
            told = "takes the role" in reply.text
            if reply.status != wanted or told == (role in TABLE[name][2]):
                wrong.append((name, role, reply.status, wanted))
    assert wrong == []


def test_without_a_session_pages_lead_to_the_login_and_forms_do_nothing(
    house: dict[str, Any],
) -> None:
    for name in TABLE:
        method, path, form = row_of(house, name)
        reply = answered(house, method, path, form, None)
        if method == "GET":
            assert reply.status == 303, name
            assert reply.place.startswith("/login?next="), name
        else:
            assert reply.status == 403, name


def test_admin_judges_nothing_and_an_auditor_writes_nothing() -> None:
    for name, (_, form, roles, _) in TABLE.items():
        if form is not None and name not in ("leave", "verify", "case-beat"):
            assert "auditor" not in roles, name
    judging = {name for name in TABLE if name.startswith("case-")} | {"decide appeal", "make pack"}
    assert not {name for name in judging if "admin" in TABLE[name][2]}


def test_a_session_that_only_looks_leaves_no_event(tmp_path: Path) -> None:
    clock = Clock()
    with Store.create(tmp_path / "cases") as store:
        with_people(store)
        found = fill(store, clock, "It is in order.")
        with store.writing(clock()) as tx:
            session = sessions.begin(tx, "hal", "127.0.0.1")
        house = {"console": Console(store, clock), "found": found}
        before = store.head().seq
        for name in TABLE:
            method, path, form = row_of(house, name)
            if name not in ("leave", "verify"):
                answered(house, method, path, form, session)
        assert store.head().seq == before
