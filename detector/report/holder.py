"""The holders of a case in words: facts of record, names and places, and what they share.

Names, addresses and countries stand in a section of their own: no score reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from detector.dossier import Case, Row
from detector.report.glossary import LINK_KINDS
from detector.words import NONE, TEXT_LIMIT, listing, percent, visible

FACTS_SHOWN: Final = 12
NAMES_SHOWN: Final = 6
HELD_SHOWN: Final = 12
OWNERS_SHOWN: Final = 4
SHARING_SHOWN: Final = 4
NAME: Final = 80
WHERE: Final = 120
USE: Final = 200
ID: Final = 28
NOT_TOLD: Final = "This run tells no names, addresses or countries."
#: What the facts of record are called, by their names in ``facts_of``.
FACTS: Final = {
    "created": "Created", "customer": "Customer", "use": "Declared use", "checks": "Checks",
    "registered": "Registered", "resale": "Resale", "partner": "Partner", "payer": "Payer",
    "organisation": "Organisation",
}  # fmt: skip
#: The same of names and places, by their names in ``names_of``.
NAMES: Final = {
    "name": "Name", "address": "Address", "domain": "E-mail domain", "countries": "Countries",
    "use": "Declared use", "owners": "Owners",
}  # fmt: skip
_RESALE: Final = {True: "declared", False: "not declared"}


@dataclass(frozen=True)
class Told:
    """A table in words: ``rows`` are an account and its cells; columns without a word are gone."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]], labels: Mapping[str, str]) -> Told:
        """The rows under what their fields are called."""
        rows = list(rows)
        kept = [name for name in labels if any(row[name] != NONE for row in rows)]
        cells = ((row["id"], tuple(row[name] for name in kept)) for row in rows)
        return cls(tuple(labels[name] for name in kept), tuple(cells))


def fact_table(case: Case) -> Told:
    """Facts of the first members."""
    return Told.of(map(facts_of, case.facts[:FACTS_SHOWN]), FACTS)


def name_table(case: Case) -> Told:
    """Names and places of the first members."""
    return Told.of(map(names_of, case.identity[:NAMES_SHOWN]), NAMES)


def facts_of(row: Row) -> dict[str, str]:
    """Facts of one account in words."""
    return {
        "id": row["account_id"],
        "created": _day(row["created_at"]),
        "customer": _word(row["customer_class"]),
        "use": _word(row["declared_use_class"]),
        "checks": _checks(row),
        "registered": _day(row["entity_registered_at"]),
        "resale": _RESALE.get(row["declared_reseller"], NONE),
        "partner": _told(row["partner_id"], ID),
        "payer": _told(row["payer_account_id"], ID),
        "organisation": _told(row["organisation_id"], ID),
    }


def _checks(row: Row) -> str:
    """What became of the check of the customer, and when."""
    state, day = _word(row["kyc_status"]), row["kyc_verified_at"]
    return state if day is None else f"{state}, {_day(day)}"


def names_of(row: Row) -> dict[str, str]:
    """Names and places of one account in words."""
    places = ("declared", "billing", "phone")
    told = [f"{place} {visible(row[f'{place}_country'], 20)}" for place in places
            if row[f"{place}_country"] is not None]  # fmt: skip
    return {
        "id": row["account_id"],
        "name": _told(row["org_name"], NAME),
        "address": _told(row["org_address"], WHERE),
        "domain": _told(row["email_domain"], NAME),
        "countries": ", ".join(told) or NONE,
        "use": _told(row["declared_use"], USE),
        "owners": _owners(row["owners"]),
    }


def _owners(owners: Sequence[Row] | None) -> str:
    if owners is None:
        return "no table tells"
    words = [_owner(owner) for owner in owners[: OWNERS_SHOWN + 1]]
    more = len(owners) - OWNERS_SHOWN
    if more > 1:
        words[OWNERS_SHOWN:] = [f"{more:,} more"]
    return visible("; ".join(words), TEXT_LIMIT) or "none on record"


def _owner(owner: Row) -> str:
    told = [_share(owner), owner["owner_kind"], owner["owner_country"]]
    words = ", ".join(visible(word, 20) for word in told if word)
    return f"{visible(owner['owner_name'], NAME)} ({words})"


def _share(owner: Row) -> str:
    """What is known of a share.

    Examples
    --------
    >>> _share({"share_min": 0.25, "share_max": 0.5}), _share({"share_min": 1, "share_max": 1})
    ('25 % to 50 %', '100 %')
    >>> _share({"share_min": None, "share_max": 0.5}), _share({"share_min": 0.5, "share_max": None})
    ('at most 50 %', 'at least 50 %')
    """
    least, most = ((None if v is None else percent(float(v)))
                   for v in (owner["share_min"], owner["share_max"]))  # fmt: skip
    if least is None or most is None:
        if least == most:
            return "share unknown"
        return f"at most {most}" if least is None else f"at least {least}"
    return least if least == most else f"{least} to {most}"


def held_rows(case: Case, account: str | None = None) -> tuple[list[dict[str, str]], int, int]:
    """Identifiers that other accounts have too: the first in words, how many are left out.

    Third stands how many identifiers no other account has. Where ``account`` is given they are
    those of one member.
    """
    by_value = groupby(case.links, lambda row: (row["kind"], row["value"]))
    groups = [list(rows) for _, rows in by_value]
    if account is not None:
        groups = [rows for rows in groups if any(row["account_id"] == account for row in rows)]
    shared = [rows for rows in groups if rows[0]["holders"] > 1]
    shown = [_held(rows) for rows in shared[:HELD_SHOWN]]
    return shown, len(shared) - len(shown), len(groups) - len(shared)


def _held(rows: Sequence[Row]) -> dict[str, str]:
    return {
        "kind": LINK_KINDS.get(rows[0]["kind"], visible(rows[0]["kind"], 24)),
        "value": rows[0]["value"],
        "holders": f"{rows[0]['holders']:,}",
        "first": _day(min(row["first"] for row in rows)),
        "last": _day(max(row["last"] for row in rows)),
        "members": listing([visible(row["account_id"], ID) for row in rows], SHARING_SHOWN),
    }


def _day(value: Any) -> str:
    return NONE if value is None else f"{value:%Y-%m-%d}"


def _word(value: str | None) -> str:
    """A word of the contract, or a dash."""
    return NONE if value is None else visible(value, 24).replace("_", " ")


def _told(value: str | None, limit: int) -> str:
    return visible(value, limit) if value else NONE
