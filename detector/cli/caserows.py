"""Cases as rows of plain values: what the first screen prints, and what ``--json`` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.dossier import CaseKey
    from detector.results import Results

#: Queues whose reason is the case: which abuse, or whose keys.
_SAID_BY_QUEUE: Final = ("victim", "other")
_PARTY: Final = 80

Row: TypeAlias = dict[str, Any]
#: A case with its number; none has one that is in no queue.
Numbered: TypeAlias = "tuple[int | None, CaseKey]"


def case_rows(results: Results, numbered: Sequence[Numbered]) -> list[Row]:
    """Cases as plain values, a row each."""
    import polars as pl

    leads = [key.lead_id for _, key in numbered]
    names = [key.ring_id for _, key in numbered if key.ring_id is not None]
    scores = results.scores.filter(pl.col("account_id").is_in(leads)).to_dicts()
    lead = {row["account_id"]: row for row in scores}
    # Of a ring only what one row tells: its links may be many.
    rings = results.rings.filter(pl.col("ring_id").is_in(names)).select(
        "ring_id", "size", "score", "reasons"
    )
    ring = {row["ring_id"]: row for row in rings.to_dicts()}
    likes = results.scores.filter(pl.col("ring_id").is_in(names)).group_by("ring_id").agg(
        pl.col("typology").sort_by("rank", "account_id")
    )  # fmt: skip
    like = dict(likes.iter_rows())
    return [
        _row(number, key, lead[key.lead_id], ring.get(key.ring_id or ""), like.get(key.ring_id))
        for number, key in numbered
    ]


def _row(
    number: int | None,
    key: CaseKey,
    lead: Row,
    ring: Row | None,
    like: Sequence[str | None] | None,
) -> Row:
    from detector.dossier import likened

    return {
        "number": number, "case": key.ring_id or key.lead_id, "queue": key.queue,
        "accounts": ring["size"] if ring else 1, "queued": key.queued,
        "account_id": key.lead_id, "ring_id": key.ring_id, "rank": key.rank,
        "score": lead["score"], "p_value": lead["p_value"],
        "typology": likened(key.queue, lead, like or [lead["typology"]]),
        "change": lead["change"],
        "reason": _case_reason(key, lead, ring),
        "queue_reason": lead["queue_reason"],
    }  # fmt: skip


def _case_reason(key: CaseKey, lead: Row, ring: Row | None) -> str:
    """Which abuse or whose keys, else the strongest reason.

    Of a ring what ties it comes first; what one account did says whose it is.
    """
    if key.queue in _SAID_BY_QUEUE and lead["queue_reason"]:
        return str(lead["queue_reason"])
    said = strongest(lead, ring)
    if ring is None or ring["score"] == lead["score"] or not said:
        return said
    tied = next((row["text"] for row in ring["reasons"] or () if row["text"]), "")
    return f"{tied} {key.lead_id}: {said}".strip()


def strongest(lead: Mapping[str, Any], ring: Mapping[str, Any] | None) -> str:
    """The strongest reason: the ring's where an account stands where its ring does."""
    by_ring = ring is not None and ring["score"] == lead["score"]
    reasons = ((ring or {}).get("reasons") if by_ring else None) or lead["reasons"] or []
    return reasons[0]["text"] or reasons[0]["code"] if reasons else ""


def queue_rows(results: Results, cases: Sequence[str]) -> list[Row]:
    """Return the accounts of some cases that are in a queue of lane B, with their main reason."""
    import polars as pl

    from detector.results.words import LANE_B_QUEUES

    columns = ["rank", "account_id", "queue", "score", "p_value", "ring_id", "typology"]
    ring = results.rings.select("ring_id", ring=pl.struct("score", "reasons"))
    frame = (
        results.scores.filter(pl.col("queue").is_in(LANE_B_QUEUES))
        .filter(pl.coalesce("ring_id", "account_id").is_in(cases))
        .sort("queue", "rank", "account_id")  # an enumeration sorts in its own order
        .join(ring, on="ring_id", how="left", maintain_order="left")
        .select(*columns, "reasons", "ring")
    )
    return [
        {name: row[name] for name in columns} | {"reason": strongest(row, row["ring"])}
        for row in frame.iter_rows(named=True)
    ]


def numbered(results: Results) -> list[Numbered]:
    """All cases of a queue with their numbers, which ``explain`` and the report use as well."""
    from detector.dossier import case_keys

    return list(enumerate(case_keys(results), start=1))


def highest(results: Results, count: int) -> list[Numbered]:
    """The cases of the accounts that rank highest, for a run in which no queue holds any."""
    from detector.dossier import key_of, key_of_ring

    found: dict[str, CaseKey] = {}
    for row in results.scores.sort("rank", "account_id").iter_rows(named=True):
        if len(found) == count:
            break
        ring, account = row["ring_id"], row["account_id"]
        found.setdefault(
            ring or account, key_of_ring(results, ring) if ring else key_of(results, account)
        )
    return [(None, key) for key in found.values()]


def parted(
    cases: Sequence[Numbered],
) -> tuple[list[Numbered], list[Numbered]]:
    """Cases that behaviour asks for, and those that lanes beside it do."""
    mine = [one for one in cases if one[1].queue != "policy"]
    return mine, [one for one in cases if one[1].queue == "policy"]


def law_rows(results: Results, numbered_: Sequence[Numbered]) -> list[Row]:
    """Cases of queue policy with what is asked of them instead of what they do."""
    rows = case_rows(results, numbered_)
    first: dict[str, Mapping[str, Any]] = {}
    for found in results.policy.filter("queues").iter_rows(named=True):
        first.setdefault(found["account_id"], found)
    for row in rows:
        asked = first.get(row["account_id"])
        row["typology"] = None
        row["reason"] = _asked(asked) if asked else "A public notice may speak of it."
    return rows


def _asked(row: Mapping[str, Any]) -> str:
    strength = f" ({row['strength']})" if row["strength"] else ""
    party = f": {row['role'] or 'party'} {safe_text(row['party'], limit=_PARTY)}"
    return f"{row['outcome']}{strength}, {row['rule']}{party if row['party'] else ''}"
