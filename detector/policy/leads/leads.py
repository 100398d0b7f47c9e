"""Notices to leads: a row for each notice and account, one for a notice of no account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.parties import END_CUSTOMER, parties_of
from detector.policy.law.using import controlled
from detector.policy.leads.abroad import other_country
from detector.policy.leads.agreeing import Agreement, Compared
from detector.policy.leads.near import near
from detector.policy.leads.notices import Notice, notices_of
from detector.policy.leads.seen import Rates, Seen, seen_of
from detector.policy.leads.terms import terms_of
from detector.policy.leads.wanted import Reader
from detector.policy.leads.weighing import against, strength
from detector.policy.names.normalise import readings
from detector.policy.names.score import POSSIBLE_BAND, score
from detector.results import LEADS_SCHEMA
from detector.results.leadqueue import CONFIRMED, in_order
from detector.results.words import LEAD_OUTCOMES, LEAD_STRENGTHS
from detector.terminal import safe_text

_EVIDENCE: Final = 300
_SAME: Final = "same"
#: Rows that are held one by one, before they are columns.
_AT_ONCE: Final = 1 << 14


@dataclass(frozen=True)
class Found:
    """Rows of ``LEADS_SCHEMA``, and how many notices there were."""

    rows: pl.DataFrame
    notices: int


def find_leads(known: Known) -> Found:
    """Every notice beside the accounts that it may speak of."""
    reader = Reader(terms_of(known.rollups.catalogue))
    notices = notices_of(known["tenders"], reader)
    asked = [one for one in notices if one.gone is None and one.wanted.classes]
    parties = parties_of(known)
    pairs = near(asked, parties, known.compare)
    listed = _listed(known, asked)
    rows = _rows(known, notices, pairs, parties, listed)
    frames = [LEADS_SCHEMA.to_frame()]
    while batch := list(islice(rows, _AT_ONCE)):
        frames.append(pl.DataFrame(batch, schema=LEADS_SCHEMA, orient="row"))
    return Found(in_order(pl.concat(frames)), len(notices))


def _rows(
    known: Known,
    notices: Sequence[Notice],
    pairs: pl.DataFrame,
    parties: pl.DataFrame,
    listed: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    compared = Compared(
        frozenset(controlled(known.rollups, known.packs)), Rates.of(known["fx"])
    )  # fmt: skip
    seen = seen_of(known, pairs["account_id"].unique().sort())
    near_by = _by_supplier(pairs)
    end_customers = _end_customers(parties, seen)
    closed = set(known["accounts"].filter(pl.col("closed_at").is_not_null())["account_id"])
    for notice in notices:
        told = _of_notice(notice, listed)
        found = [] if notice.gone or not notice.wanted.classes else _nearest(notice, near_by)
        if not found:
            yield told
        for one in found:
            account = one["account_id"]
            agreed = compared.agreements(notice, seen[account], one["score"])
            named = [n for n in end_customers.get(account, ()) if _is_buyer(notice, n)]
            row = told | _of_account(notice, one, seen[account], agreed, named)
            yield row | {"queues": _queues(row) and account not in closed}


def _by_supplier(pairs: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in pairs.iter_rows(named=True):
        found.setdefault(row["supplier"], []).append(row)
    return found


def _nearest(
    notice: Notice, near_by: Mapping[str, Sequence[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The accounts that suppliers of a notice may be, each by its nearest name."""
    best: dict[str, dict[str, Any]] = {}
    for supplier in notice.suppliers:
        for row in near_by.get(supplier, ()):
            known = best.get(row["account_id"])
            if known is None or row["score"] > known["score"]:
                best[row["account_id"]] = row
    return [best[account] for account in sorted(best)]


def _of_notice(notice: Notice, listed: Mapping[str, str]) -> dict[str, Any]:
    """What stands in every row of a notice; where no account is near, all of it."""
    row: dict[str, Any] = dict.fromkeys(LEADS_SCHEMA)
    about = notice.wanted.about
    return row | {
        "notice": notice.key, "strength": "disposed" if notice.gone else "unattached",
        "queues": False, "published_at": notice.published, "buyer": _first(notice.buyers),
        "supplier": _first(notice.suppliers), "amount": notice.amount,
        "currency": notice.currency, "parts": [], "against": [],
        "buyer_outcome": _worst(notice.buyers, listed),
        "supplier_outcome": _worst(notice.suppliers, listed),
        "evidence": notice.gone or (f"about {about}; no account is near" if about else None),
    }  # fmt: skip


def _of_account(
    notice: Notice,
    near_: dict[str, Any],
    seen: Seen,
    agreed: Sequence[Agreement],
    named: Sequence[str],
) -> dict[str, Any]:
    confirmed = CONFIRMED if notice.confirmed else ""
    abroad = other_country(near_["supplier"], near_["party"])
    near_ = near_ | {
        "corrected": near_["supplier"] in notice.corrected,
        "other_form": near_["other_form"] or abroad,
    }
    return {
        "account_id": near_["account_id"], "strength": strength(agreed, near_, seen),
        "supplier": near_["supplier"], "party": near_["party"], "role": near_["role"],
        "score": near_["score"], "parts": [one._asdict() for one in agreed],
        "against": against(agreed, near_, seen, named),
        "evidence": safe_text(confirmed + _told(agreed), limit=_EVIDENCE),
    }  # fmt: skip


def _told(agreed: Sequence[Agreement]) -> str:
    """What agrees, in words; what does not stands under ``against``."""
    yes = "; ".join(one.text for one in agreed if one.seen == "yes")
    silent = ", ".join(one.code for one in agreed if one.seen == "not_seen")
    return yes + (f"; not seen: {silent}" if silent else "")


def _queues(row: Mapping[str, Any]) -> bool:
    """A strong lead whose buyer or supplier lists may know asks for a person."""
    listed = {row["buyer_outcome"], row["supplier_outcome"]}
    return row["strength"] == LEAD_STRENGTHS[0] and bool(listed & {"match", "inquire"})


def _first(names: Sequence[str]) -> str | None:
    return names[0] if names else None


def _worst(names: Sequence[str], listed: Mapping[str, str]) -> str | None:
    """The gravest outcome of some names; None where they were not looked up."""
    told = [listed[name] for name in names if name in listed]
    return min(told, key=LEAD_OUTCOMES.index, default=None)


def _listed(known: Known, notices: Iterable[Notice]) -> dict[str, str]:
    """What lists say of the buyers and suppliers of notices, by name."""
    if known.lists is None:
        return {}
    rows = [
        (name, name, country, None, role)
        for notice in notices
        for names, country, role in (
            (notice.buyers, notice.buyer_country, "buyer"), (notice.suppliers, None, "supplier")
        )
        for name in names
    ]  # fmt: skip
    columns = ("party_id", "name", "country", "address", "role")
    asked = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").unique(
        maintain_order=True
    )
    hits = known.screen(asked).filter(pl.col("strength") != "weak")
    sure = (pl.col("band") == _SAME) & pl.col("country_agrees").fill_null(value=False)
    found = dict.fromkeys(asked["name"].to_list(), LEAD_OUTCOMES[-1])
    told = hits.group_by("name").agg(sure=sure.any()).sort("name")
    return found | {name: "match" if match else "inquire" for name, match in told.iter_rows()}


def _end_customers(parties: pl.DataFrame, seen: Mapping[str, Seen]) -> dict[str, list[str]]:
    """End customers that partners named, of some accounts."""
    rows = parties.filter(
        pl.col("role").str.starts_with(END_CUSTOMER), pl.col("account_id").is_in(list(seen))
    ).select("account_id", "name").unique().sort("account_id", "name")  # fmt: skip
    found: dict[str, list[str]] = {}
    for account, name in rows.iter_rows():
        found.setdefault(account, []).append(name)
    return found


def _is_buyer(notice: Notice, name: str) -> bool:
    return any(
        score(mine, theirs) >= POSSIBLE_BAND
        for buyer in notice.buyers
        for mine in readings(buyer)
        for theirs in readings(name)
    )
