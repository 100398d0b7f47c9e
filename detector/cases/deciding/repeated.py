"""One form, sent twice, is done once: what was answered the first time is answered again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from detector.cases.errors import Refused
from detector.cases.record.moments import later
from detector.cases.record.store import Writing

#: Characters of a key.
LONGEST: Final = 64
#: How long an answer is kept: who sends a form again does so sooner.
KEPT: Final = timedelta(days=7)


class Another(Refused):
    """A key that was used for something else."""


def answered(tx: Writing, person: str, key: str, sha256: str) -> str | None:
    """What was answered to this very form before; None the first time.

    Raises
    ------
    Refused
        Where the key is none.
    Another
        Where it was used for another form.
    """
    if not 0 < len(key) <= LONGEST:
        raise Refused("this form has no key of its own; load the page again and send it anew")
    row = tx.one("SELECT * FROM once WHERE person = ? AND key = ?", person, key)
    if row is None:
        return None
    if row["request_sha256"] != sha256:
        raise Another("another form was sent with this key before, and stored; load the page again")
    return str(row["reply"])


def keep(tx: Writing, person: str, key: str, sha256: str, reply: str) -> None:
    """Keep what is answered, in the transaction that did it; what is old goes."""
    tx.connection.execute("DELETE FROM once WHERE at < ?", (later(tx.at, -KEPT),))
    tx.connection.execute(
        "INSERT INTO once VALUES (?, ?, ?, ?, ?)", (person, key, tx.at, sha256, reply)
    )
