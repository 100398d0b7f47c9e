"""Letters: who drafts, who approves, what is frozen, and who may see one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.cases.contact import drafting, letters
from detector.cases.contact.drafting import Draft
from detector.cases.contact.templating import Templates
from detector.cases.deciding import claiming, judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Conflict, Refused, Unknown
from detector.cases.record.chain import sha256
from detector.cases.record.store import Actor, Store
from detector.cases.record.verify import verify
from detector.cases.showing import reading
from tests.cases.planted import ANN, BOB, CEM, EVE, FAY, GUS, HAL, IDA, Clock, plant
from tests.cases.writing import ENTRY, PROXY, STATEMENT, planted, version_of

GIL = Actor("gil", frozenset({"letters"}), 20)
RFI = Draft("rfi", ("r1",), {"note": "Who may answer for you?"})


@pytest.fixture(autouse=True)
def case(store: Store, clock: Clock) -> None:
    planted(store, clock)


def drafted(store: Store, clock: Clock, by: Actor = ANN, said: Draft = RFI, **given: Any) -> int:
    with store.writing(clock()) as tx:
        return drafting.draft(tx, by, given.pop("case", "C-1"), said, **given)


def joins(store: Store, clock: Clock, by: Actor) -> None:
    row = {"person": by.person, "number": by.number, "roles": '["letters"]', "active": 1}
    with store.writing(clock()) as tx:
        tx.record("person.added", GUS, "admin", put=[("people", row)])


def approved(store: Store, clock: Clock, letter: int, by: Actor = FAY, **given: Any) -> str:
    with store.writing(clock()) as tx:
        return letters.approve(tx, by, letter, **given)


def seen(store: Store, by: Actor) -> list[int]:
    with store.reading() as connection:
        return [row["letter_id"] for row in letters.letters_of(connection, by)]


def test_a_letter_is_drafted_approved_and_noted_as_sent(store: Store, clock: Clock) -> None:
    number = drafted(store, clock)
    frozen = approved(store, clock, number)
    with store.writing(clock()) as tx:
        letters.sent(tx, FAY, number, "post")
    with store.reading() as connection:
        row = letters.letter_of(connection, FAY, number)
        history = [one["action"] for one in reading.history(
            connection, reading.case_of(connection, "C-1"), HAL)]  # fmt: skip
    assert history[-3:] == ["letter.drafted", "letter.approved", "letter.sent"]
    assert row["text_sha256"] == frozen == sha256(row["text"])
    assert (row["state"], row["sent_how"], row["sent_by"]) == ("sent", "post", "fay")
    assert "Which product or gateway do these requests come from" in row["text"]
    assert "Who may answer for you?" in row["text"]
    assert row["text"].count("2026-03-16") == 1  # fourteen days on
    assert verify(store).findings == ()


def test_asking_makes_the_case_wait_and_drafts_the_letter_or_does_neither(
    store: Store, clock: Clock
) -> None:
    with store.writing(clock()) as tx:
        claiming.claim(tx, ANN, "C-1")
    version = version_of(store)
    with pytest.raises(Refused, match="'fraud' accuses"), store.writing(clock()) as tx:
        drafting.ask_with_letter(tx, ANN, "C-1", version, "Is this fraud?")
    with pytest.raises(Conflict), store.writing(clock()) as tx:
        drafting.ask_with_letter(tx, ANN, "C-1", version - 1, "Who uses it?")
    with store.reading() as connection:
        assert reading.case_of(connection, "C-1")["state"] == "in_review"
        assert letters.letters_of(connection, ANN) == []
    with store.writing(clock()) as tx:
        number = drafting.ask_with_letter(tx, ANN, "C-1", version_of(store), "Who uses it?")
    with store.reading() as connection:
        case = reading.case_of(connection, "C-1")
        letter = letters.letter_of(connection, ANN, number)
    assert (case["state"], letter["accounts"], letter["kind"]) == ("waiting", ["r1"], "rfi")


def test_nobody_approves_his_own_letter_while_another_could(store: Store, clock: Clock) -> None:
    own = drafted(store, clock, FAY)
    assert approved(store, clock, own)  # nobody else has the role
    joins(store, clock, GIL)
    other = drafted(store, clock, FAY)
    with pytest.raises(Refused, match="fay drafted letter"):
        approved(store, clock, other)
    assert approved(store, clock, other, GIL)


@pytest.mark.parametrize("by", [ANN, CEM, EVE, GUS, HAL, IDA])
def test_only_letters_approve_and_send(store: Store, clock: Clock, by: Actor) -> None:
    number = drafted(store, clock)
    with pytest.raises(Refused):
        approved(store, clock, number, by)
    approved(store, clock, number)
    with store.writing(clock()) as tx, pytest.raises(Refused):
        letters.sent(tx, by, number, "post")


@pytest.mark.parametrize("by", [GUS, HAL, IDA])
def test_who_may_not_draft_does_not(store: Store, clock: Clock, by: Actor) -> None:
    with pytest.raises(Refused, match="takes the role"):
        drafted(store, clock, by)


def test_what_is_approved_or_sent_does_not_change(store: Store, clock: Clock) -> None:
    number = drafted(store, clock)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="is draft"):
        letters.sent(tx, FAY, number, "mail")
    approved(store, clock, number)
    with pytest.raises(Refused, match="is approved; this takes one that is draft"):
        approved(store, clock, number)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="no way to send"):
        letters.sent(tx, FAY, number, "pigeon")
    with store.writing(clock()) as tx:
        tx.connection.execute("UPDATE letters SET text = text || 'x'")
        with pytest.raises(Refused, match="not the text that was approved"):
            letters.sent(tx, FAY, number, "mail")
        tx.connection.execute("UPDATE letters SET text = substr(text, 1, length(text) - 1)")
    with store.writing(clock()) as tx:
        letters.sent(tx, FAY, number, "mail")
    with store.writing(clock()) as tx, pytest.raises(Refused, match="is sent"):
        letters.withdraw(tx, FAY, number, "too late")


def test_a_draft_is_withdrawn_by_its_drafter_or_by_letters(store: Store, clock: Clock) -> None:
    number = drafted(store, clock)
    with store.writing(clock()) as tx, pytest.raises(Refused):
        letters.withdraw(tx, BOB, number, "not mine")
    with store.writing(clock()) as tx:
        letters.withdraw(tx, ANN, number, "another question is better")
    with pytest.raises(Refused, match="is withdrawn"):
        approved(store, clock, number)
    assert verify(store).findings == ()


def test_a_statement_waits_for_counsel_and_for_another_person(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    said = Draft("statement_of_reasons", ("r1",), STATEMENT)
    number = drafted(store, clock, FAY, said)
    with pytest.raises(Refused, match="takes a template that counsel approved"):
        approved(store, clock, number)
    with store.writing(clock()) as tx, pytest.raises(Refused, match="takes the role counsel"):
        letters.approve_template(tx, FAY, "statement_of_reasons", "en")
    with store.writing(clock()) as tx:
        name = letters.approve_template(tx, EVE, "statement_of_reasons", "en")
    with pytest.raises(Refused, match="fay drafted letter"):
        approved(store, clock, number)  # alone or not: never one's own statement
    assert approved(store, clock, drafted(store, clock, CEM, said))
    with store.reading() as connection:
        assert letters.approved_templates(connection)[name]["approved_by"] == "eve"
    own = Templates(tmp_path)
    (tmp_path / "en").mkdir()
    text = own.source("statement_of_reasons", "en").replace("Dear customer", "Good day")
    (tmp_path / "en" / "statement_of_reasons.j2").write_text(text)
    changed = drafted(store, clock, CEM, said, templates=own)
    with pytest.raises(Refused, match="takes a template that counsel approved"):
        approved(store, clock, changed, templates=own)


def test_a_list_is_named_once_counsel_released_it_and_approved_the_template(
    store: Store, clock: Clock
) -> None:
    said = Draft("appeal_outcome", ("r1",), {
        "received": "2026-03-01", "decision": "We keep our decision.",
        "reasons": f"Your name is that of {ENTRY}."})  # fmt: skip
    with pytest.raises(Refused, match="names a list"):
        # Counsel sees what is sealed only where the case is judged or closed.
        approved(store, clock, drafted(store, clock, CEM, said))
    with store.writing(clock()) as tx, pytest.raises(Refused, match="takes the role counsel"):
        letters.release(tx, CEM, "C-1", ENTRY, "it is public")
    with store.writing(clock()) as tx:
        letters.release(tx, EVE, "C-1", ENTRY, "the holder named it himself")
    number = drafted(store, clock, CEM, said)
    with pytest.raises(Refused, match="takes a template that counsel approved"):
        approved(store, clock, number)
    with store.writing(clock()) as tx:
        letters.approve_template(tx, EVE, "appeal_outcome", "en")
    assert approved(store, clock, number)


def test_a_draft_tells_a_blind_drafter_nothing_that_is_sealed(store: Store, clock: Clock) -> None:
    """Approving looks at everything; drafting must not answer guesses about what is sealed."""
    said = Draft("rfi", ("r1",), {"note": f"Is {ENTRY} known to you, or somebody in Iceland?"})
    number = drafted(store, clock, ANN, said)
    with store.reading() as connection:
        assert letters.faults_of(connection, ANN, number) == ()
        assert len(letters.faults_of(connection, FAY, number)) == 2
    with pytest.raises(Refused, match=r"dovestazano works.*; .*iceland|iceland.*; .*dovestazano"):
        approved(store, clock, number)


def test_a_second_person_does_not_learn_that_a_letter_was_drafted(
    store: Store, clock: Clock
) -> None:
    with store.writing(clock()) as tx:
        judging.judge(tx, ANN, "C-1", 1, PROXY)
    number = drafted(store, clock, ANN, Draft("victim_notice", ("r1",), {"note": ""}))
    assert (seen(store, BOB), seen(store, CEM)) == ([], [])
    assert seen(store, ANN) == seen(store, FAY) == seen(store, HAL) == [number]
    both = Actor("fay", frozenset({"letters", "reviewer"}), 6)
    with pytest.raises(Refused, match="is not for fay to approve"):
        approved(store, clock, number, both)
    with store.reading() as connection, pytest.raises(Unknown):
        letters.letter_of(connection, BOB, number)
    with store.writing(clock()) as tx:
        judging.judge(tx, BOB, "C-1", version_of(store), Judgement("cleared", "fine"))
    assert seen(store, BOB) == [number]


def test_a_letter_of_a_golden_case_goes_nowhere(store: Store, clock: Clock) -> None:
    with store.writing(clock()) as tx:
        plant(tx, "C-9", kind="golden", typology="T04")
    number = drafted(store, clock, ANN, Draft("rfi", ("C-9-a",), {"note": ""}), case="C-9")
    assert number in seen(store, ANN)
    assert number not in seen(store, FAY)
    own = drafted(store, clock, FAY, Draft("rfi", ("C-9-a",), {"note": ""}), case="C-9")
    for letter in (number, own):
        with pytest.raises(Refused, match="is not for fay to approve"):
            approved(store, clock, letter)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (Draft("verdict", ("r1",)), "is no kind of letter"),
        (Draft("rfi", ("zz",)), "account zz is not in case C-1"),
        (Draft("rfi", ()), "account none is not in case"),
        (Draft("rfi", ("r1",), {"score": "9"}), "'score' is no part of rfi"),
        (Draft("rfi", ("r1",), {"account": "r2"}), "'account' is no part of rfi"),
        (Draft("rfi", ("r1",), {}, "../x"), "is no language"),
        (Draft("rfi", ("r1",), {}, "de"), "no questions|no template of rfi in 'de'"),
        (Draft("statement_of_reasons", ("r1",)), "what was done is missing"),
        (Draft("rfi", ("r1",), {"note": "x" * 30_000}), "at most 20000 characters"),
    ],
)
def test_what_is_no_letter_is_refused(store: Store, clock: Clock, said: Draft, what: str) -> None:
    with pytest.raises(Refused, match=what):
        drafted(store, clock, said=said)


def _site(folder: Path, held: Mapping[str, str]) -> Templates:
    for name, text in held.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Templates(folder)


def test_a_site_brings_a_language_with_its_own_questions_and_words(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    site = _site(tmp_path, {
        "de/rfi.j2": "Konto {{ account }}, {{ reference }}, {{ date }}\n"
                     "{% for q in questions %}- {{ q }}\n{% endfor %}{{ note }}\n"
                     "Bitte bis {{ reply_by }}.\n",
        "de/questions.csv": "typology,text\nT04,Woher kommen die Anfragen?\n,Was ist falsch?\n",
        "de/phrases.csv": "name,text\n",
        "de/accusing.csv": "word\nbetrug*\n",
    })  # fmt: skip
    assert site.languages() == ["de", "en"]
    number = drafted(store, clock, said=Draft("rfi", ("r1",), {"note": "Danke."}, "de"),
                     templates=site)  # fmt: skip
    with store.reading() as connection:
        text = letters.letter_of(connection, ANN, number)["text"]
    assert "- Woher kommen die Anfragen?\n- Was ist falsch?\nDanke.\n" in text
    with pytest.raises(Refused, match="'betrugerisch' accuses"):
        drafted(store, clock, said=Draft("rfi", ("r1",), {"note": "Das ist betrügerisch."}, "de"),
                templates=site)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["{{ score }}", "{{ account.__class__.__mro__ }}", "{% include 'x' %}", "{{ 1 / 0 }}",
     "{% for i in range(9999999) %}{% endfor %}", "{{ account"],
)  # fmt: skip
def test_a_template_reaches_nothing_but_its_fields(
    store: Store, clock: Clock, tmp_path: Path, text: str
) -> None:
    site = _site(tmp_path, {"en/rfi.j2": text})
    with pytest.raises(Refused, match="cannot be filled"):
        drafted(store, clock, templates=site)


def test_what_people_write_is_no_template_and_no_control(store: Store, clock: Clock) -> None:
    said = Draft("rfi", ("r1",), {"note": "{{ 7 * 7 }}\x1b[2J\r\nTwo lines."})
    with store.reading() as connection:
        text = letters.letter_of(connection, ANN, drafted(store, clock, said=said))["text"]
    assert "{{ 7 * 7 }}\\x1b[2J\nTwo lines.\n" in text
    with pytest.raises(Refused, match=r"invisible character U\+202E in 'note'"):
        drafted(store, clock, said=Draft("rfi", ("r1",), {"note": "a\u202eb"}))
