"""Follow-up lists in words: accounts like a case that was confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.dossier import Row
from detector.report.glossary import LINK_KINDS
from detector.words import TEXT_LIMIT, listing, number, plural, visible

if TYPE_CHECKING:
    from detector.results import Results

CASES_SHOWN: Final = 10
ROWS_SHOWN: Final = 5
NAMES_SHOWN: Final = 6
SIGNS_SHOWN: Final = 3
NOBODY: Final = "Nobody open is more like this confirmed case than chance gives."


def listed_words(row: Row) -> str:
    """Say which confirmed case an account is like, and by what."""
    return (
        f"No. {row['position']} on the follow-up list of the confirmed case "
        f"{visible(row['case'], 48)} ({plural(len(row['members']), 'account')}): likeness "
        f"{number(row['likeness'])}, where one pair of ordinary accounts in 1,000 has "
        f"{number(row['chance'])}. {visible(common(row))}"
    )


def common(row: Row) -> str:
    """Say what an account shares with a case."""
    signs = [visible(sign["text"] or sign["code"], 160) for sign in row["shared"][:SIGNS_SHOWN]]
    kinds = [LINK_KINDS.get(kind, visible(kind, 24).replace("_", " ")) for kind in row["ties"]]
    return " ".join([*signs, *([f"Tied by {listing(kinds)}."] if kinds else [])])


def line(row: Row) -> dict[str, str]:
    """One row of a list in words."""
    return {
        "position": str(row["position"]),
        "id": row["account_id"],
        "likeness": number(row["likeness"]),
        "common": visible(common(row), TEXT_LIMIT),
        "queue": str(row["queue"]),
        "rank": f"{row['rank']:,}",
    }


def overview(results: Results) -> dict[str, Any]:
    """All lists as the page shows them: the first cases, and who has nobody alike."""
    counts = results.run.get("followups", {})
    lists: dict[str, list[Row]] = {}
    for row in results.followups.iter_rows(named=True):
        lists.setdefault(row["case"], []).append(row)
    empty = [visible(name, 48) for name, count in counts.items() if not count]
    return {
        "cases": len(counts) or len(lists),
        "accounts": results.followups.height,
        "lists": [
            {
                "name": name,
                "size": plural(len(rows[0]["members"]), "account"),
                "rows": [line(row) for row in rows[:ROWS_SHOWN]],
            }
            for name, rows in list(lists.items())[:CASES_SHOWN]
        ],
        "left": results.followups.height - _shown(list(lists.values())),
        "alone": f"Nobody is like {listing(empty, NAMES_SHOWN)}." if empty else "",
    }


def _shown(lists: Sequence[Sequence[Row]]) -> int:
    return sum(min(ROWS_SHOWN, len(rows)) for rows in lists[:CASES_SHOWN])
