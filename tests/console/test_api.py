"""Cases for programs: what they read and do, of which version, once, and how they are refused."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.showing.reading import CONDITIONS
from detector.cases.team import people, tokens
from detector.console.api.cases import COLUMNS, WORDS
from detector.console.api.document import PLACE
from detector.console.app import Console, site_of
from detector.exporter.server import MetricsServer
from tests.cases.planted import RING, plant
from tests.console.programs import NOW, V1, Program, program
from tests.examples import first

ROLES = ("reviewer", "lead", "counsel", "letters", "auditor", "viewer", "identifier", "admin")
#: Who may ask at each endpoint at all, written down apart from the table.
READERS = set(ROLES) - {"admin"}
JUDGES = {"reviewer", "lead", "counsel"}
WHO = {
    "cases": READERS, "case": READERS, "graph": READERS, "events": READERS, "snapshots": READERS,
    "diff": READERS, "labels": {"lead", "counsel"}, "quality": JUDGES | {"auditor"},
    "audit head": READERS, "claim": JUDGES, "release": JUDGES, "judgements": JUDGES,
    "comments": JUDGES | {"letters"}, "letters": JUDGES | {"letters"}, "appeals": {"letters"},
    "snooze": JUDGES, "import": {"lead", "counsel"}, "runs": {"lead"}, "openapi": None,
}  # fmt: skip


@pytest.fixture
def held(store: Store) -> Store:
    """Three cases: a ring, a case of its own, and one of counsel's."""
    with store.writing(NOW) as tx:
        people.add(tx, SYSTEM, "bob", ["reviewer"])
        plant(tx, "C-000001", RING, rank=1)
        plant(tx, "C-000002", rank=2, typology="T04", qa_drawn=1)
        plant(tx, "C-000003", queue="policy", rank=1)
        # As if the time of what they showed were over.
        tx.connection.execute("UPDATE snapshots SET body = NULL")
    return store


@pytest.fixture
def ann(port: int, held: Store) -> Program:
    """A program of Ann's, who reviews and leads."""
    return program(port, held, "ann")


def judged(outcome: str = "cleared", **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "note": "known business", **more}


def test_cases_are_read_page_by_page_and_by_every_word(ann: Program) -> None:
    first = ann.read("/cases?open=true&limit=1")
    assert [one["case_id"] for one in first["items"]] == ["C-000001"]
    second = ann.read(f"/cases?open=true&limit=1&after={first['next']}")
    assert ([one["case_id"] for one in second["items"]], second["next"]) == (["C-000002"], None)
    assert ann.read("/cases?typology=T04")["items"] == second["items"]
    assert [one["case_id"] for one in ann.read("/cases?account=r3")["items"]] == ["C-000001"]
    assert WORDS.keys() == CONDITIONS.keys()
    for word, value in {"queue": "victim", "state": "closed", "assignee": "bob", "size": "9",
                        "due": "2020-01-01T00:00:00Z", "gone": "true", "new_in": "7",
                        "family": "F99", "ring": "R", "case": "C"}.items():  # fmt: skip
        assert ann.read(f"/cases?{word}={value}") == {"items": [], "next": None}, word


def test_how_a_case_was_drawn_and_what_is_sealed_is_told_to_nobody(ann: Program) -> None:
    hidden = {"sealed", "qa_drawn", "weight", "stratum"}
    assert not hidden & set(COLUMNS)
    for told in (ann.read("/cases")["items"][0], ann.read("/cases/C-000002")):
        assert not hidden & told.keys()


def test_a_case_is_read_judged_and_closed(ann: Program) -> None:
    got = ann.get("/cases/C-000001")
    assert got.headers["ETag"] == '"1"'
    told = json.loads(got.text)
    assert [one["account_id"] for one in told["members"]] == ["r1", "r2", "r3"]
    assert "judge" in told["may"]
    done = ann.send("/cases/C-000001/judgements", judged(), 1)
    assert (done.status, json.loads(done.text)["state"]) == (200, "closed")
    assert done.headers["ETag"] == f'"{json.loads(done.text)["version"]}"'
    told = ann.read("/cases/C-000001")
    assert [one["outcome"] for one in told["settlements"]] == ["cleared"]
    assert told["judgements"][0]["person"] == "ann"
    labels = ann.read("/labels")
    assert (labels["total"], {one["decision"] for one in labels["items"]}) == (3, {"cleared"})
    actions = [one["action"] for one in ann.read("/cases/C-000001/events")["items"]]
    assert actions == ["case.opened", "case.claimed", "judgement.stored", "case.settled"]
    assert ann.read("/audit/head")["head"]["seq"] >= 6


def test_the_other_things_that_people_do_are_done(ann: Program, port: int, held: Store) -> None:
    with held.writing(NOW) as tx:
        people.add(tx, SYSTEM, "fay", ["letters"])
    assert ann.send("/cases/C-000002/claim", version=1).status == 200
    assert ann.send("/cases/C-000002/release", version=2).status == 200
    assert ann.send("/cases/C-000002/comments", {"text": "a\r\nb"}, 3).status == 200
    assert ann.read("/cases/C-000002")["comments"][0]["text"] == "a\r\nb"
    letter = {"kind": "rfi", "accounts": ["C-000002-a"], "parts": {"note": "What do you make?"}}
    assert ann.send("/cases/C-000002/letters", letter, 3).status == 200
    assert ann.read("/cases/C-000002")["letters"][0]["kind"] == "rfi"
    until = (NOW + timedelta(days=2)).isoformat()
    put_off = ann.send("/cases/C-000002/snooze", {"until": until, "reason": "holiday"}, 3)
    assert json.loads(put_off.text)["state"] == "waiting"
    ann.send("/cases/C-000001/judgements", judged(), 1)
    version = ann.read("/cases/C-000001")["version"]
    appeal = {"accounts": ["r1"], "text": "I object.", "received_at": NOW.isoformat()}
    fay = program(port, held, "fay")
    assert fay.send("/cases/C-000001/appeals", appeal, version).status == 200
    assert fay.read("/cases/C-000001")["appeals"][0]["accounts"] == ["r1"]


def test_what_changed_meanwhile_is_told_and_nothing_is_stored(
    ann: Program, port: int, held: Store
) -> None:
    bob = program(port, held, "bob")
    assert bob.send("/cases/C-000001/claim", version=1).status == 200
    got = ann.send("/cases/C-000001/judgements", judged(), 1)
    told = json.loads(got.text)
    assert (got.status, got.headers["Content-Type"]) == (409, "application/problem+json")
    assert (told["now"]["version"], told["now"]["state"]) == (2, "in_review")
    assert told["now"]["events"][-1]["action"] == "case.claimed"
    assert ann.send("/cases/C-000001/comments", {"text": "x"}).status == 428
    assert ann.send("/cases/C-000001/comments", {"text": "x"}, If_Match="*").status == 400
    assert ann.read("/cases/C-000001")["comments"] == []


def test_of_many_at_once_exactly_one_is_stored(ann: Program) -> None:
    done: list[int] = []

    def send() -> None:
        done.append(ann.send("/cases/C-000001/judgements", judged(), 1).status)

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [200] + [409] * 11


def test_the_same_key_does_it_once_and_another_request_is_refused(ann: Program) -> None:
    body, place = {"text": "said once"}, "/cases/C-000001/comments"
    first = ann.send(place, body, 1, Idempotency_Key="k-1")
    again = ann.send(place, body, 1, Idempotency_Key="k-1")
    assert (first.status, first.text, first.headers["ETag"]) == (
        200, again.text, again.headers["ETag"],
    )  # fmt: skip
    assert len(ann.read("/cases/C-000001")["comments"]) == 1
    assert ann.send(place, {"text": "other"}, 1, Idempotency_Key="k-1").status == 422
    assert ann.send("/cases/C-000002/comments", body, 1, Idempotency_Key="k-1").status == 422
    assert ann.send(place, body, 1, Idempotency_Key="a b").status == 400
    # A judgement moves the version on: sent again, it is answered and not told of a conflict.
    for _ in range(2):
        done = ann.send("/cases/C-000001/judgements", judged(), 1, Idempotency_Key="k-2")
        assert done.status == 200


def test_what_the_first_person_said_is_hidden_from_the_second(
    ann: Program, port: int, held: Store
) -> None:
    ann.send("/cases/C-000002/judgements", judged(note="CANARY in a note"), 1)
    bob = program(port, held, "bob")
    for path in ("", "/events"):
        text = bob.get(f"/cases/C-000002{path}").text
        assert "CANARY" not in text
        assert "judgement.stored" not in text
    late = bob.send("/cases/C-000002/judgements", judged(), 1)
    assert late.status == 409
    assert "judgement" not in late.text
    assert "judgement.stored" in ann.get("/cases/C-000002/events").text


def test_counsels_cases_are_counsels_also_for_whoever_would_only_say_something(
    ann: Program,
) -> None:
    assert ann.get("/cases/C-000003").status == 403
    assert ann.send("/cases/C-000003/comments", {"text": "x"}, 1).status == 403
    assert "C-000003" not in ann.get("/cases").text


def path_of(path: str) -> str:
    return path.replace("<case_id>", "C-000001").replace("<sha256>", "0" * 64)


@pytest.fixture
def everybody(port: int, held: Store) -> dict[str, Program]:
    """A person of each role alone, and her program."""
    found = {}
    for role in ROLES:
        with held.writing(NOW) as tx:
            people.add(tx, SYSTEM, f"p-{role}", [role], "a horse in a battery")
        found[role] = program(port, held, f"p-{role}")
    return found


def test_every_endpoint_lets_in_who_it_should_and_nobody_else(
    everybody: dict[str, Program], port: int, held: Store
) -> None:
    endpoints = Console(held, lambda: NOW).api.endpoints
    assert {one.name for one in endpoints} == WHO.keys()
    assert len(endpoints) == len(WHO)
    nobody, void = Program(port), Program(port, {"Authorization": "Bearer enduse_x"})
    for one in endpoints:
        may = WHO[one.name]
        for client in (nobody, void):
            got = client.ask(one.method, path_of(one.path))
            assert got.status == (200 if may is None else 401), one.name
        for role, client in everybody.items():
            # Without a body, so that whoever is let in is told of that and does nothing.
            status = client.ask(one.method, path_of(one.path)).status
            assert status < 500, (one.name, role)
            assert (status == 403) == (may is not None and role not in may), (one.name, role)


def test_a_session_reads_and_never_writes(
    everybody: dict[str, Program], another: Any, held: Store
) -> None:
    endpoints = Console(held, lambda: NOW).api.endpoints
    for role in ("reviewer", "auditor", "admin"):
        browser = another()
        browser.login(f"p-{role}")
        token = browser.get("/me").token()
        for one in endpoints:
            kind = {"Content_Type": "application/json", "If_Match": "1"}
            sent = json.dumps({"form_token": token}).encode() if one.method == "POST" else None
            got = browser.ask(one.method, path_of(one.path), sent, **(kind if sent else {}))
            may = WHO[one.name]
            if one.method == "POST":
                assert got.status == 401, (one.name, role)
            else:
                assert (got.status == 403) == (may is not None and role not in may), one.name


def test_a_token_ends_with_its_time_its_person_and_its_roles(
    port: int, held: Store, clock: Any
) -> None:
    reader = program(port, held, "ann", "reviewer")
    assert reader.get("/labels").status == 403
    with held.writing(NOW) as tx:
        short = tokens.issue(tx, SYSTEM, "ann", [], NOW + timedelta(minutes=5))
    soon = Program(port, {"Authorization": f"Bearer {short}"})
    assert soon.get("/cases").status == 200
    clock.go(6)
    got = soon.get("/cases")
    assert (got.status, got.headers["WWW-Authenticate"]) == (401, "Bearer")
    with held.writing(clock.now) as tx:
        people.deactivate(tx, SYSTEM, "ann")
    assert reader.get("/cases").status == 401


HOSTILE = [
    (b"", 400), (b"[]", 400), (b"{", 400), (b'{"text": 1}', 400), (b'{"text": ""}', 400),
    (b'{"text": "a", "more": 1}', 400), (b'{"text": "a", "text": "b"}', 400),
    (b'{"text": "\\ud800"}', 400), (b'{"\\ud800": "a"}', 400), (b'{"text": NaN}', 400),
    (b'{"text": "\xff"}', 400), (b"[" * 200_000, 400), (b'{"text": ' + b"9" * 9_000 + b"}", 400),
    (b'{"text": "' + b"a" * 20_001 + b'"}', 400), (b" " * 2_000_000, 413),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"), first([pytest.param(*one) for one in HOSTILE], 7), ids=range(len(HOSTILE))
)
def test_a_hostile_body_is_refused_in_a_sentence(ann: Program, body: bytes, status: int) -> None:
    kind = {"Content_Type": "application/json", "If_Match": "1"}
    got = ann.ask("POST", f"{V1}/cases/C-000001/comments", body, **kind)
    assert got.status == status
    assert ann.read("/cases/C-000001")["comments"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cases?limit=0", 400), ("/cases?limit=201", 400), ("/cases?limit=x", 400),
        ("/cases?size=99999999999999999999", 400), ("/cases?open=false", 400),
        ("/cases?open=true&open=true", 400), ("/cases?nothing=1", 400), ("/cases?queue=none", 400),
        ("/cases?due=yesterday", 400), ("/cases?due=2026-01-01", 400),
        ("/cases?due=9999-12-31T23:59:59-23:59", 400), ("/cases?after=1", 400),
        ("/cases?account=%00%27", 200), ("/cases?account=%ff", 200), ("/cases/%ff", 404),
        ("/cases/C-000001/diff?from=-1", 400), ("/cases/C-000001/diff", 404),
        ("/cases/C-000001/snapshots/x", 404), ("/cases/C-000001/graph", 404), ("/nothing", 404),
        ("/labels?after=1.1.1", 400), ("/labels?after=99.0", 400), ("/cases/", 404),
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused_in_a_sentence(
    ann: Program, held: Store, path: str, status: int
) -> None:
    got = ann.get(f"{path}")
    assert got.status == status, got.text
    if status != 200:
        assert got.headers["Content-Type"] == "application/problem+json"
        assert json.loads(got.text)["detail"]


def test_another_type_or_method_is_refused(ann: Program) -> None:
    place = f"{V1}/cases/C-000001/claim"
    form = {"Content_Type": "application/x-www-form-urlencoded", "If_Match": "1"}
    assert ann.ask("POST", place, b"{}", **form).status == 415
    got = ann.ask("GET", place)
    assert (got.status, got.headers["Allow"]) == (405, "POST")
    assert ann.ask("HEAD", f"{V1}/cases").text == ""


def test_a_snapshot_is_of_its_case_and_its_sealed_part_opens_with_the_judgement(
    port: int, store: Store, clock: Any
) -> None:
    from tests.cases import runs

    runs.take(store, NOW, runs.run(0, "abc"))
    with store.reading() as connection:
        row = dict(connection.execute("SELECT * FROM cases").fetchone())
    client, place = program(port, store, "ann"), f"/cases/{row['case_id']}"
    told = client.read(f"{place}/snapshots/{row['snapshot']}")
    assert told["sealed"] is None
    assert told["shown"]["case"]["lead"]["account_id"] == row["lead_account"]
    assert client.get(f"{place}/snapshots/{row['sealed']}").status == 404
    assert row["sealed"] not in client.get(f"{place}").text
    assert client.read(f"{place}/graph")["nodes"]
    version = client.read(place)["version"]
    assert client.send(f"{place}/judgements", judged("confirmed_proxy"), version).status == 200
    assert client.read(f"{place}/snapshots/{row['snapshot']}")["sealed"] is not None


CSV = b"case_id,outcome,reviewer,note\nC-000001,cleared,bob,\nC-9,cleared,bob,\n"


def send_file(client: Program, body: bytes, query: str = "", **more: str) -> Any:
    return client.ask("POST", f"{V1}/import{query}", body, **{"Content_Type": "text/csv", **more})


def test_a_file_is_imported_once_and_a_dry_run_stores_nothing(ann: Program) -> None:
    dry = json.loads(send_file(ann, CSV, "?dry_run=true").text)
    assert [row["what"] for row in dry["rows"]] == ["judgement", "refused"]
    assert ann.read("/cases/C-000001")["state"] == "new"
    done = send_file(ann, CSV, Idempotency_Key="f")
    assert json.loads(done.text)["rows"] == dry["rows"]
    assert ann.read("/cases/C-000001")["state"] == "second"
    assert send_file(ann, CSV, Idempotency_Key="f").text == done.text
    assert send_file(ann, b"a,b\n").status == 403


def test_only_a_file_of_somebody_who_may_bring_one_is_large(
    ann: Program, port: int, held: Store
) -> None:
    large = CSV + b"C-9,cleared,bob,%s\n" % (b"n" * 3_000) * 500
    assert len(large) > 1_500_000
    bob = program(port, held, "bob")
    for client in (bob, Program(port)):
        assert send_file(client, large).status == 413
    assert ann.ask("POST", f"{V1}/runs", large, Content_Type="application/json").status == 413
    assert send_file(ann, large, "?dry_run=true").status == 200


def test_the_newest_run_is_taken_and_no_request_names_a_folder(
    ann: Program, held: Store, sample_run: Path, clock: Any
) -> None:
    assert ann.send("/runs").status == 404
    assert ann.send("/runs", {"folder": "/etc"}).status == 400
    site = site_of(held, clock=clock, newest=lambda: sample_run)
    with MetricsServer("127.0.0.1:0", lambda: b"", more=site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            client = Program(server.server_port, ann.headers)
            told = [json.loads(client.send("/runs").text) for _ in range(2)]
        finally:
            server.shutdown()
            thread.join()
    assert [(one["run"], one["already"]) for one in told] == [(1, False), (1, True)]
    assert told[0]["counts"]["opened"] > 0


def test_the_document_tells_every_endpoint_and_no_other(ann: Program, held: Store) -> None:
    told = json.loads(Program(ann.port).ask("GET", PLACE).text)
    routes = {
        (one.method.lower(), re.sub(r"<(\w+)>", r"{\1}", one.path)): one
        for one in Console(held, lambda: NOW).api.endpoints
    }
    described = {
        (method, path): operation
        for path, methods in told["paths"].items() for method, operation in methods.items()
    }  # fmt: skip
    assert described.keys() == routes.keys()
    for key, one in routes.items():
        names = {(given["in"], given["name"]) for given in described[key]["parameters"]}
        asked = {("query", name) for name in one.query}
        assert {given for given in names if given[0] == "query"} == asked
        assert (("header", "If-Match") in names) == one.of_case
        assert ("428" in described[key]["responses"]) == one.of_case
        # What the document says is led to its endpoint: never to a page for people.
        path = key[1].replace("{case_id}", "C-000001").replace("{sha256}", "0" * 64)
        got = ann.ask(one.method, path)
        assert got.headers["Content-Type"] in ("application/json", "application/problem+json")
        assert str(got.status) in described[key]["responses"], (key, got.status)
