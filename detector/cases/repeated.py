"""One form, sent twice, is done once: what was answered the first time is answered again."""

from __future__ import annotations

from detector.cases.errors import Refused
from detector.cases.store import Writing

_KEY = 64


def answered(tx: Writing, person: str, key: str, sha256: str) -> str | None:
    """What was answered to this very form before; None the first time.

    Raises
    ------
    Refused
        Where the key is none, or it was used for another form.
    """
    if not 0 < len(key) <= _KEY:
        raise Refused("this form has no key of its own; load the page again and send it anew")
    row = tx.one("SELECT * FROM once WHERE person = ? AND key = ?", person, key)
    if row is None:
        return None
    if row["request_sha256"] != sha256:
        raise Refused(
            "another form was sent from this page before, and stored; load the page again"
        )
    return str(row["reply"])


def keep(tx: Writing, person: str, key: str, sha256: str, reply: str) -> None:
    """Keep what is answered, in the transaction that did it."""
    tx.connection.execute(
        "INSERT INTO once VALUES (?, ?, ?, ?, ?)", (person, key, tx.at, sha256, reply)
    )
