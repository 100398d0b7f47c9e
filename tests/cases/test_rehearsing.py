"""Rehearsals: a team that errs reviews a world whose truth is known, and nothing of it leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from detector.cases.deciding.judgement import Judgement
from detector.cases.deciding.judging import judge
from detector.cases.errors import Refused
from detector.cases.leaving.labels import labels_of, policy_of
from detector.cases.leaving.pack import may_pack
from detector.cases.record.store import SYSTEM, Store
from detector.cases.record.verify import verify
from detector.cases.runs.draws import keyed
from detector.cases.runs.intake import sync_folder
from detector.cases.showing.reading import case_of
from detector.cases.showing.rehearsing import Truth as Told
from detector.cases.showing.rehearsing import begin, end, is_rehearsal, leave_to_learn, truth_for
from detector.cases.team import people
from detector.rehearsal.desk import Desk
from detector.rehearsal.team import COUNSEL, LEAD, OFFICE, Reviewer, Skill, names_of, roles_of
from detector.rehearsal.truth import Truth
from detector.rehearsal.week import Happened, Staff, work
from tests.cases.planted import NOW, plant

CASES = 12
#: Of the first four cases the accounts are proxies, of the next four victims.
TRUTH = Truth(
    {f"C-{n:06d}-a": "confirmed_proxy" for n in range(1, 5)}
    | {f"C-{n:06d}-a": "confirmed_victim" for n in range(5, 9)},
    {f"C-{n:06d}-a": f"ring-{n}" for n in range(1, 5)},
)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Store]:
    """A rehearsal with everybody in it, and twelve cases."""
    with Store.create(tmp_path / "cases") as store:
        with store.writing(NOW) as tx:
            begin(tx, {"preset": "standard"})
            keyed(tx, hashlib.sha256(b"a key").digest())
            for name, roles in {**roles_of(3), "tina": ("reviewer",)}.items():
                people.add(tx, SYSTEM, name, roles)
            for number in range(1, CASES + 1):
                plant(tx, f"C-{number:06d}", rank=number)
        yield store


def _staff(store: Store, skill: Skill, seed: int = 1) -> Staff:
    with store.reading() as connection:

        def one(name: str) -> Reviewer:
            return Reviewer(people.actor_of(connection, name), skill, seed)

        return Staff(
            [one(name) for name in names_of(3)], one(LEAD),
            people.actor_of(connection, OFFICE), one(COUNSEL), seed,
        )  # fmt: skip


def _worked(
    store: Store, skill: Skill, weeks: int = 1, kept: frozenset[str] = frozenset()
) -> Happened:
    desk, staff = Desk(store, TRUTH, NOW, set(kept)), _staff(store, skill)
    return [work(desk, staff, NOW + timedelta(weeks=week)) for week in range(weeks)][-1]


def _settled(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        return dict(tuple(row) for row in connection.execute(
            "SELECT account_id, a.outcome FROM settlements JOIN settlement_accounts a "
            "USING (settlement_id) WHERE superseded_by IS NULL ORDER BY settlement_id"
        ))  # fmt: skip


def test_a_team_that_is_always_right_settles_every_case_as_it_is(begun: Store) -> None:
    _worked(begun, Skill(1.0), weeks=3)
    settled = _settled(begun)
    assert len(settled) == CASES
    assert settled == {account: TRUTH.of_account(account) for account in settled}
    assert verify(begun).findings == ()


def test_a_team_that_is_always_wrong_settles_none_as_it_is(begun: Store) -> None:
    _worked(begun, Skill(0.0))
    settled = _settled(begun)
    assert settled
    assert not [a for a, word in settled.items() if word == TRUTH.of_account(a)]
    assert verify(begun).findings == ()


def test_two_people_confirm_whoever_is_confirmed(begun: Store) -> None:
    _worked(begun, Skill(1.0))
    with begun.reading() as connection:
        rows = connection.execute(
            "SELECT count(DISTINCT person) AS n FROM settlements JOIN judgements USING (case_id) "
            "WHERE settlements.outcome = 'confirmed_proxy' GROUP BY case_id"
        ).fetchall()  # fmt: skip
    assert [row["n"] for row in rows] == [2] * 4


def test_letters_are_asked_with_sent_and_drafted_in_part(begun: Store) -> None:
    _worked(begun, Skill(1.0), weeks=3)
    with begun.reading() as connection:
        rows = connection.execute("SELECT kind, state FROM letters").fetchall()
    drafted = {("victim_notice", "draft"), ("statement_of_reasons", "draft")}
    assert {("rfi", "sent"), *drafted} <= {tuple(row) for row in rows}


def test_accuracy_is_by_what_is_true(begun: Store) -> None:
    _worked(begun, Skill(1.0, {"confirmed_victim": 0.0}), weeks=3)
    settled = _settled(begun)
    right = {a for a, word in settled.items() if word == TRUTH.of_account(a)}
    assert right == {a for a in settled if TRUTH.of_account(a) != "confirmed_victim"}


def test_the_same_seed_gives_the_same_judgements() -> None:
    from detector.cases.record.store import Actor

    ann = Reviewer(Actor("ann", frozenset({"reviewer"}), 1), Skill(0.5), 7)
    said = [ann.says("cleared", number) for number in range(40)]
    assert said == [ann.says("cleared", number) for number in range(40)]
    assert said != [replace(ann, seed=8).says("cleared", number) for number in range(40)]
    assert 8 < said.count("cleared") < 32


def test_holders_that_were_wrongly_confirmed_object_and_are_heard_by_others(begun: Store) -> None:
    _worked(begun, Skill(1.0, {"cleared": 0.0}))
    _worked(begun, Skill(1.0), weeks=2)
    with begun.reading() as connection:
        rows = connection.execute("SELECT * FROM appeals").fetchall()
        judged = {tuple(row) for row in connection.execute(
            "SELECT case_id, person FROM judgements WHERE round <> 'appeal'")}  # fmt: skip
    assert rows
    assert {row["state"] for row in rows} <= {"upheld", "rejected"}
    assert not [row for row in rows if (row["case_id"], row["decided_by"]) in judged]
    upheld = [row["case_id"] for row in rows if row["state"] == "upheld"]
    assert upheld
    assert all(TRUTH.of_account(f"{case}-a") == "cleared" for case in upheld)
    assert verify(begun).findings == ()


def test_what_is_kept_for_somebody_nobody_of_the_team_touches(begun: Store) -> None:
    _worked(begun, Skill(1.0), kept=frozenset({"C-000001"}))
    with begun.reading() as connection:
        rows = connection.execute(
            "SELECT DISTINCT person FROM events WHERE case_id = 'C-000001'").fetchall()  # fmt: skip
        assert case_of(connection, "C-000001")["state"] == "new"
    assert [row["person"] for row in rows] == ["enduse"]


def test_what_is_true_is_told_to_whoever_has_judged_and_counts_nowhere(begun: Store) -> None:
    told = Told("confirmed_proxy", {"C-000001-a": "confirmed_proxy"})
    with begun.writing(NOW) as tx:
        leave_to_learn(tx, "C-000001", told)
    with begun.reading() as connection:
        tina, case = people.actor_of(connection, "tina"), case_of(connection, "C-000001")
        bob = people.actor_of(connection, "bob")
        assert case["kind"] == "training"
        assert truth_for(connection, case, tina) is None
    with begun.writing(NOW + timedelta(hours=1)) as tx:
        judge(tx, tina, "C-000001", 2, Judgement("cleared", "a shop"))
    with begun.reading() as connection:
        assert truth_for(connection, case, tina) == told
        assert truth_for(connection, case, bob) is None
        assert connection.execute("SELECT count(*) FROM settlements").fetchone()[0] == 0
        assert labels_of(connection, lambda *_: None, for_rehearsal=True).is_empty()
    assert verify(begun).findings == ()


def test_a_case_that_somebody_has_is_not_left_to_learn_on(begun: Store) -> None:
    _worked(begun, Skill(1.0))
    with pytest.raises(Refused, match="learn on"), begun.writing(NOW) as tx:
        leave_to_learn(tx, "C-000001", Told("cleared", {}))


def test_nothing_of_a_rehearsal_leaves(begun: Store) -> None:
    _worked(begun, Skill(1.0))
    with begun.reading() as connection:
        assert not labels_of(connection, lambda *_: None, for_rehearsal=True).is_empty()
        cora = people.actor_of(connection, COUNSEL)
        for leave in (
            lambda: labels_of(connection, lambda *_: None), lambda: policy_of(connection),
            lambda: may_pack(connection, cora, "C-000001", "a court"),
        ):  # fmt: skip
            with pytest.raises(Refused, match="rehearsal"):
                leave()


def test_a_rehearsal_that_has_ended_takes_no_other_run(
    begun: Store, now: datetime, sample_run: Path
) -> None:
    with begun.writing(NOW) as tx:
        end(tx)
    with pytest.raises(Refused, match="takes no other run"):
        sync_folder(begun, sample_run, now)


def test_a_folder_in_which_something_happened_never_becomes_a_rehearsal(store: Store) -> None:
    with pytest.raises(Refused, match="of its own"), store.writing(NOW) as tx:
        begin(tx, {})
    with store.reading() as connection:
        assert not is_rehearsal(connection)
