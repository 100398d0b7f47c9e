"""A folder with something on every page: letters, appeals, suppressors, packs, holds, tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from detector.cases.contact import appeals, drafting, letters, suppressors
from detector.cases.contact.drafting import Draft
from detector.cases.contact.suppressors import Suppressor
from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.keeping import holding
from detector.cases.record.store import SYSTEM, Store, Writing
from detector.cases.runs import merging
from detector.cases.team import people, tokens
from tests.cases import runs
from tests.cases.planted import ANN, BOB, CEM, EVE, FAY, GUS, NOW, PEOPLE
from tests.cases.writing import STATEMENT

WORDS: Final = "a horse in a battery"
CASE, OPEN, TWIN = "C-000001", "C-000002", "C-000003"


def with_people(store: Store, password: str | None = None) -> None:
    """Everybody of the tests' cases, by the folder's own rules."""
    with store.writing(NOW) as tx:
        for person in PEOPLE.values():
            people.add(tx, SYSTEM, person.person, person.roles, password)


def fill(store: Store, clock: Callable[[], Any], text: str, case: str = CASE) -> dict[str, int]:
    """Something on every page, with this text wherever people write; numbers by what it is."""
    found: dict[str, int] = {}

    def do(what: Callable[[Writing], Any]) -> Any:
        with store.writing(clock()) as tx:
            return what(tx)

    runs.take(store, clock(), runs.run(0, ("acct-1", "acct-2", "acct-3"), ("acct-4",), ("acct-5",)))
    for by in (ANN, BOB):
        do(
            lambda tx, by=by: judging.judge(
                tx, by, case, _version(tx, case), Judgement("confirmed_proxy", text, "limit")
            )
        )
    do(lambda tx: judging.comment(tx, ANN, case, text))
    found["letter"] = do(
        lambda tx: drafting.draft(
            tx, ANN, case, Draft("statement_of_reasons", ("acct-1",), {**STATEMENT, "facts": text})
        )
    )
    found["spare"] = do(
        lambda tx: drafting.draft(tx, ANN, case, Draft("victim_notice", ("acct-1",)))
    )
    do(lambda tx: letters.withdraw(tx, ANN, found["spare"], text))
    do(lambda tx: letters.release(tx, EVE, case, text[:150], text))
    found["appeal"] = do(lambda tx: appeals.file(tx, FAY, case, ["acct-1", "acct-2"], text, NOW))
    found["suppressor"] = do(
        lambda tx: suppressors.propose(
            tx,
            ANN,
            Suppressor(
                "identifier", ("device", text), clock() + timedelta(days=20), text, None, case
            ),
        )
    )
    found["over"] = do(
        lambda tx: suppressors.propose(
            tx, ANN, Suppressor("account", ("acct-2",), clock() + timedelta(days=20), text)
        )
    )
    do(lambda tx: suppressors.confirm(tx, CEM, found["suppressor"]))
    do(lambda tx: suppressors.revoke(tx, ANN, found["over"], text))
    found["proposal"] = do(lambda tx: merging.propose(tx, SYSTEM, "system", OPEN, TWIN, 1))
    do(lambda tx: holding.hold(tx, EVE, case, text))
    facts = {"name": "C-000001.9.pseudonyms.zip", "sha256": "ab" * 32, "bytes": 9, "purpose": text,
             "identified": True}  # fmt: skip
    do(lambda tx: tx.record("pack.made", EVE, "counsel", case, facts))
    own = store.folder / "templates" / "zz"
    own.mkdir(parents=True)
    (own / "victim_notice.j2").write_text(text, encoding="utf-8")
    label = "".join(letter for letter in text[:80] if letter.isprintable())
    do(lambda tx: tokens.issue(tx, GUS, "ann", [], clock() + timedelta(days=9), label))
    return found


def _version(tx: Writing, case: str) -> int:
    row = tx.one("SELECT version FROM cases WHERE case_id = ?", case)
    assert row is not None
    return int(row["version"])
