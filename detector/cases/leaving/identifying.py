"""Who a pseudonym is: no map is kept, so the ids of a given file are hashed until they match."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from detector.cases.deciding.opened import the_case
from detector.cases.errors import Refused
from detector.cases.record.store import Actor, Writing

MOST_ASKED: Final = 1000
_COLUMN: Final = "account_id"


def identify(
    tx: Writing,
    by: Actor,
    case_id: str,
    pseudonyms: Sequence[str],
    ids: Iterable[str],
    shown: Sequence[Callable[[str], str]],
    *,
    purpose: str,
) -> dict[str, str]:
    """The ids behind pseudonyms, of those that were given; asking is noted, found or not.

    Parameters
    ----------
    ids
        Ids of accounts, from a file of the site's own.
    shown
        The ways in which the site's key makes a pseudonym of an id.

    Raises
    ------
    Refused
        Where the person has not the role, says no purpose, or asks for nobody or for too many.
    """
    role = by.acting_as("identifier")
    the_case(tx, case_id)
    if not purpose.strip():
        raise Refused("say what for: who asks, and why this account has to be known")
    wanted = sorted({one.strip().lower() for one in pseudonyms} - {""})
    if not 1 <= len(wanted) <= MOST_ASKED:
        raise Refused(f"ask for 1 to {MOST_ASKED} pseudonyms; these are {len(wanted)}")
    found = _matches(frozenset(wanted), ids, shown)
    facts = {"purpose": purpose, "pseudonyms": wanted, "found": sorted(found)}
    tx.record("account.identified", by, role, case_id, facts)
    return found


def _matches(
    wanted: frozenset[str], ids: Iterable[str], shown: Sequence[Callable[[str], str]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in ids:
        for name in shown:
            if (pseudonym := name(one)) in wanted:
                found[pseudonym] = one
        if found.keys() == wanted:
            break
    return found


def ids_in(path: Path) -> Iterator[str]:
    """The ids of a CSV of accounts, or of a file with one id a line.

    Raises
    ------
    Refused
        Where it is no UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            head = stream.readline()
            named = [cell.strip() for cell in next(csv.reader([head]), [])]
            if _COLUMN in named:
                at = named.index(_COLUMN)
                rows = (row[at].strip() for row in csv.reader(stream) if len(row) > at)
            else:
                rows = (line.strip() for line in (head, *stream))
            yield from (one for one in rows if one)
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is no UTF-8 text; save it as UTF-8") from error
