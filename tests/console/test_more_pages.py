"""Letters, appeals, suppressors, merges, packs and holds, as people work through the pages."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from detector.cases.record.store import Store
from detector.cases.record.verify import verify
from detector.cases.showing import reading
from detector.console.app import Console
from tests.cases.planted import Clock
from tests.console.direct import Someone, someone
from tests.console.filled import CASE, OPEN, TWIN, fill, with_people

pytest.importorskip("werkzeug")

As = Callable[[str], Someone]
FINE = "The holder showed its projects."


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.create(tmp_path / "cases") as made:
        with_people(made)
        yield made


@pytest.fixture
def found(folder: Store, clock: Clock) -> dict[str, int]:
    return fill(folder, clock, FINE)


@pytest.fixture
def at(folder: Store, clock: Clock, found: dict[str, int]) -> As:
    """``at(name)``: a person at the pages of a filled folder."""
    console = Console(folder, clock, lambda account: f"under-key-{account[-1]}")
    return lambda name: someone(folder, clock, console, name)


def state_of(store: Store, case: str) -> str:
    with store.reading() as connection:
        return str(reading.case_of(connection, case)["state"])


def asking(page: Any, note: str, go: str) -> dict[str, str]:
    account = page.text.split('<option value="')[-1]
    accounts = page.text[page.text.index('id="l-account"') :]
    account = accounts.split('<option value="')[1].split('"')[0]
    return {"case": OPEN, "kind": "rfi", "language": "en", "account": account, "note": note,
            "ask": "1", "version": page.field("version"), "go": go}  # fmt: skip


def test_a_letter_that_asks_is_looked_at_mended_kept_approved_and_taken_away(
    at: As, folder: Store
) -> None:
    ann, fay = at("ann"), at("fay")
    case = ann.get(f"/cases/{OPEN}")
    assert f"/letters/new?case={OPEN}&amp;kind=rfi&amp;ask=1" in case.text
    page = ann.get(f"/letters/new?case={OPEN}&kind=rfi&ask=1")
    assert "Which product or gateway" in page.words
    looked = ann.post("/letters/new", asking(page, "Who answers?\nIs this fraud?", "preview"))
    assert looked.status == 200
    fault = looked.text[looked.text.index('<li class="fault">') :].split("</li>")[0]
    assert "Is this fraud?" in fault
    assert "'fraud' accuses" in fault.replace("&#39;", "'")
    assert "\nWho answers?\nIs this fraud?</textarea>" in looked.text
    kept = ann.post("/letters/new", asking(page, "Is this fraud?", "draft"))
    assert kept.status == 403
    assert 'class="fault"' in kept.text
    assert state_of(folder, OPEN) == "new"
    drafted = ann.post("/letters/new", asking(page, "Who answers?", "draft"))
    assert drafted.status == 303
    assert state_of(folder, OPEN) == "waiting"
    assert "Approve; the text is frozen" not in ann.get(drafted.place).text
    assert "Approve; the text is frozen" in fay.get(drafted.place).text
    assert fay.post(f"{drafted.place}/approve").status == 303
    assert "Who answers?" in fay.get(f"{drafted.place}/text").text
    file = fay.get(f"{drafted.place}/text")
    assert file.headers["Content-Disposition"] == (
        f'attachment; filename="letter-{drafted.place.split("/")[-1]}-approved.txt"'
    )
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert fay.post(f"{drafted.place}/sent", {"how": "pigeon"}).status == 403
    assert fay.post(f"{drafted.place}/sent", {"how": "post"}).status == 303
    assert drafted.place in fay.get("/letters?state=sent").text
    assert verify(folder).findings == ()


def test_a_form_made_for_the_case_as_it_was_stores_nothing(at: As, folder: Store) -> None:
    ann, bob = at("ann"), at("bob")
    page = ann.get(f"/letters/new?case={OPEN}&ask=1")
    assert bob.post(f"/cases/{OPEN}/snooze", {"days": "1", "reason": "x"}).status == 303
    folder_state = state_of(folder, OPEN)
    assert ann.post("/letters/new", asking(page, "Who?", "draft")).status in (403, 409)
    assert state_of(folder, OPEN) == folder_state


def test_a_statement_of_reasons_waits_for_counsels_word_on_its_template(
    at: As, found: dict[str, int]
) -> None:
    fay, eve, place = at("fay"), at("eve"), f"/letters/{found['letter']}"
    assert "Counsel approves its template first" in fay.get(place).words
    refused = fay.post(f"{place}/approve")
    assert refused.status == 403
    assert "that counsel approved" in refused.words
    template = "/letters/templates/statement_of_reasons/en"
    assert eve.post(template, {"digest": "0" * 64}).status == 409
    digest = eve.get(template).field("digest")
    assert eve.post(template, {"digest": digest}).place == "/letters/templates"
    assert fay.post(f"{place}/approve").status == 303


def test_somebody_who_judged_nothing_decides_an_appeal(at: As, found: dict[str, int]) -> None:
    place = f"/appeals/{found['appeal']}"
    ann, dia, fay = at("ann"), at("dia"), at("fay")
    assert "You judged this case" in ann.get(place).words
    assert fay.post(f"{place}/acknowledge").status == 303
    page = dia.get(place)
    form = {"version": page.field("version"), "reasons": "They fit.", "outcome": "partly"}
    assert "say for which of these" in dia.post(f"{place}/decide", form).words
    box = page.text.split('name="a.')[1].split('"')[0]
    version = ann.get(f"/cases/{CASE}").status and page.field("version")
    assert "judged case" in ann.post(f"{place}/decide", {**form, "version": version}).words
    done = dia.post(f"{place}/decide", {**form, f"a.{box}": "1"})
    assert done.status == 303
    told = dia.get(place).words
    assert "acct-1: cleared" in told
    assert "Letter" in told
    assert found["appeal"]
    assert place in dia.get("/appeals?list=decided").text


def test_an_appeal_is_filed_from_a_case_with_its_day(at: As, found: dict[str, int]) -> None:
    dia, fay = at("dia"), at("fay")
    place = f"/appeals/{found['appeal']}"
    form = {"version": dia.get(place).field("version"), "reasons": "No.", "outcome": "rejected"}
    assert dia.post(f"{place}/decide", form).status == 303
    page = fay.get(f"/appeals/new?case={CASE}")
    box = "a." + page.text.split('name="a.')[1].split('"')[0]
    form = {"case": CASE, "text": "It is ours.", box: "1"}
    assert "say the day" in fay.post("/appeals/new", {**form, "received": "soon"}).words
    assert "not yet" in fay.post("/appeals/new", {**form, "received": "2027-01-01"}).words
    filed = fay.post("/appeals/new", {**form, "received": "2026-03-01"})
    assert filed.status == 303
    assert "due 2026-03-15" in fay.get(filed.place).words


def test_a_suppressor_takes_two_people_and_is_seen_to_run_out(at: As) -> None:
    cem, dia = at("cem"), at("dia")
    form = {"scope": "account", "subject": "acct-3\n", "until": "2026-03-20", "reason": "known"}
    assert "takes" in cem.post("/suppressors", {**form, "subject": "acct-3\nacct-4"}).words
    assert (
        "\nacct-3\nacct-4</textarea>"
        in cem.post("/suppressors", {**form, "subject": "acct-3\nacct-4"}).text
    )
    assert cem.post("/suppressors", form).place == "/suppressors?list=proposed"
    assert "/confirm" not in cem.get("/suppressors?list=proposed").text
    listed = dia.get("/suppressors?list=proposed").text
    place = "/suppressors/" + listed.split('action="/suppressors/')[1].split("/")[0]
    assert "another confirms it" in cem.post(f"{place}/confirm").words
    assert dia.post(f"{place}/confirm").status == 303
    assert "account: acct-3" in dia.get("/suppressors?list=soon").words
    assert dia.post(f"{place}/revoke", {"reason": "look again"}).status == 303
    assert "Revoked: look again" in dia.get("/suppressors?list=past").words


def test_a_merge_is_done_and_taken_back_by_a_lead(
    at: As, folder: Store, found: dict[str, int]
) -> None:
    cem = at("cem")
    assert cem.post(f"/proposals/{found['proposal']}/merge").place == "/proposals?list=merged"
    assert state_of(folder, TWIN) == "merged"
    assert cem.get("/proposals?list=merged").field("case") == TWIN
    assert cem.post("/proposals/unmerge", {"case": TWIN}).status == 303
    assert state_of(folder, TWIN) == "new"
    assert OPEN in cem.get("/proposals?list=declined").words


def test_a_pack_takes_a_purpose_and_is_taken_away_by_counsel_alone(
    at: As, folder: Store, found: dict[str, int]
) -> None:
    eve, dia, hal = at("eve"), at("dia"), at("hal")
    form = {"version": dia.get(f"/appeals/{found['appeal']}").field("version"), "reasons": "No.",
            "outcome": "rejected"}  # fmt: skip
    assert dia.post(f"/appeals/{found['appeal']}/decide", form).status == 303
    assert "what the pack is for" in eve.post("/packs", {"case": CASE, "purpose": " "}).words
    assert eve.post("/packs", {"case": CASE, "purpose": "a court's order"}).place == "/packs"
    place = eve.get("/packs").text.split('href="/packs/')[1].split('"')[0]
    file = eve.get(f"/packs/{place}")
    assert "case.html" in zipfile.ZipFile(BytesIO(file.body)).namelist()
    assert file.headers["Content-Disposition"] == f'attachment; filename="{place}"'
    assert b"under-key-1" in file.body
    assert b"acct-1" not in file.body
    assert place in hal.get("/packs").words
    assert hal.get(f"/packs/{place}").status == 403
    for strange in ("..%2fcases.db", "cases.db", "C-1.1.pseudonyms.zip%00", "%2e%2e/cases.db"):
        assert eve.get(f"/packs/{strange}").status == 404


def test_counsel_holds_a_case_and_lifts_it(at: As) -> None:
    eve = at("eve")
    assert eve.post("/retention/hold", {"case": OPEN, "reason": " "}).status == 403
    assert eve.post("/retention/hold", {"case": OPEN, "reason": "a court asks"}).status == 303
    assert "a court asks" in at("hal").get("/retention").words
    assert "held already" in eve.post("/retention/hold", {"case": OPEN, "reason": "x"}).words
    assert eve.post("/retention/lift", {"case": OPEN, "reason": "over"}).status == 303
    assert "eve: over" in eve.get("/retention").words


def test_a_token_is_shown_once_and_kept_nowhere(at: As, folder: Store) -> None:
    gus = at("gus")
    form = {"person": "ann", "days": "30", "label": "nightly", "key": "one"}
    made = gus.post("/admin/tokens", form)
    token = made.text.split('id="made">')[1].split("<")[0]
    assert token.startswith("enduse_")
    assert gus.post("/admin/tokens", form).place == "/admin/tokens?again=1"
    listed = gus.get("/admin/tokens")
    assert listed.words.count("nightly") == 1
    assert token not in listed.text
    with folder.reading() as connection:
        held = "\n".join(connection.iterdump())
    assert token not in held


def test_an_admin_adds_changes_and_takes_out_people(at: As) -> None:
    gus = at("gus")
    password = {"password": "a horse in a battery", "again": "a horse in a battery"}
    assert "twice" in gus.post("/admin/people/add", {"person": "jo", "password": "x"}).words
    added = gus.post("/admin/people/add", {"person": "jo", "role.reviewer": "1", **password})
    assert added.status == 303
    roles = {"person": "jo", "role.admin": "1", "role.lead": "1"}
    assert "cannot have admin together" in gus.post("/admin/people/roles", roles).words
    assert gus.post("/admin/people/roles", {"person": "jo", "role.lead": "1"}).status == 303
    assert "nobody takes himself out" in gus.post(
        "/admin/people/deactivate", {"person": "gus"}
    ).words  # fmt: skip
    jo = at("jo")
    assert jo.get("/queue").status == 200
    assert gus.post("/admin/people/deactivate", {"person": "jo"}).status == 303
    assert jo.get("/queue").place.startswith("/login")
    assert "jo left" in gus.get("/admin").words


def test_each_setting_says_what_it_means_and_keeps_its_bounds(at: As) -> None:
    from detector.cases.settings import BOUNDS, Settings
    from detector.console.pages.settings import WORDS

    assert WORDS.keys() == BOUNDS.keys() == Settings.__dataclass_fields__.keys()
    gus = at("gus")
    assert "cannot be" in gus.post("/admin/settings", {"name": "promote", "value": "0"}).words
    assert gus.post("/admin/settings", {"name": "promote", "value": "80"}).status == 303
    assert 'value="80"' in gus.get("/admin/settings").text


def test_the_front_page_is_the_first_that_the_role_may_see(at: As) -> None:
    assert at("gus").get("/").place == "/admin"
    assert at("ann").get("/").place == "/queue"
    assert "/admin" not in at("ann").get("/queue").text
    for name in ("ann", "cem", "eve", "fay", "gus", "hal", "ida"):
        one = at(name)
        page = one.get("/me")
        links = [part.split('"')[0] for part in page.text.split('<li><a href="')[1:]]
        assert links
        assert all(one.get(link).status == 200 for link in links)


def test_the_events_of_a_case_are_a_file_whole_for_an_auditor_alone(at: As) -> None:
    path = f"/audit/cases/{CASE}/events.jsonl"
    whole = [json.loads(line) for line in at("hal").get(path).text.splitlines()]
    bare = [json.loads(line) for line in at("dia").get(path).text.splitlines()]
    assert all("payload" in row for row in whole)
    assert [{**row, "payload": None} for row in bare] == [{**row, "payload": None} for row in whole]
    assert not any("payload" in row for row in bare)
