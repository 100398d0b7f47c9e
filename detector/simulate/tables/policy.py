"""What lane L reads: owners of companies, partners, exceptions, and the list in ``lists/``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from detector.simulate.frame import DAY_S, START, times
from detector.simulate.policy.facts import Entry, Policy
from detector.simulate.rng import mix64
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

#: Days before the end of the world on which the list was published.
LIST_AGE: Final = 4
_LINKS: Final = {
    "owned_name": pl.String, "owner_name": pl.String, "share_min": pl.Float64,
    "share_max": pl.Float64, "share_min_open": pl.Boolean, "share_max_open": pl.Boolean,
    "owner_kind": pl.String, "owner_country": pl.String, "owner_hq_country": pl.String,
    "since": pl.Float64, "source": pl.String,
}  # fmt: skip
_PARTNERS: Final = {
    "partner_id": pl.String, "name": pl.String, "country": pl.String, "hq_country": pl.String,
    "authorised": pl.Boolean, "rep_id": pl.String,
}  # fmt: skip
_CUSTOMERS: Final = {
    "partner_id": pl.String, "end_customer_name": pl.String, "account": pl.Int64,
    "country": pl.String, "stated_use": pl.String, "recorded_at": pl.Float64,
}  # fmt: skip
_EXCEPTIONS: Final = {
    "time": pl.Float64, "kind": pl.String, "account": pl.Int64, "partner_id": pl.String,
    "rep_id": pl.String,
}  # fmt: skip
_AGENCIES: Final = {
    "EL": "Entity List (EL) - Bureau of Industry and Security",
    "MEU": "Military End User (MEU) List - Bureau of Industry and Security",
    "UVL": "Unverified List (UVL) - Bureau of Industry and Security",
    "DPL": "Denied Persons List (DPL) - Bureau of Industry and Security",
    "SDN": "Specially Designated Nationals (SDN) - Treasury Department",
    "SSI": "Sectoral Sanctions Identifications List (SSI) - Treasury Department",
    "FSE": "Foreign Sanctions Evaders (FSE) - Treasury Department",
    "PLC": "Palestinian Legislative Council List (PLC) - Treasury Department",
    "CAP": "Capta List (CAP) - Treasury Department",
    "MBS": "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department",
    "CMIC": "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC)"
            " - Treasury Department",
    "ISN": "Nonproliferation Sanctions (ISN) - State Department",
    "DTC": "ITAR Debarred (DTC) - State Department",
}  # fmt: skip
COLUMNS: Final = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage",
    "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships",
    "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
_TREASURY: Final = frozenset({"SDN", "SSI", "FSE", "PLC", "CAP", "MBS", "CMIC"})


def write(world: World, folder: Folder, policy: Policy) -> None:
    """Write the new tables and the list."""
    owned = _frame(policy.links, _LINKS).with_columns(_moment("since"))
    folder.whole("entity_owners", owned.sort("owned_name", "owner_name"))
    folder.whole("partners", _frame(policy.partners, _PARTNERS).sort("partner_id"))
    customers = _with_ids(world, _frame(policy.customers, _CUSTOMERS), 2)
    customers = customers.with_columns(_moment("recorded_at"))
    folder.whole("partner_customers", customers.sort("partner_id", "end_customer_name"))
    exceptions = _with_ids(world, _frame(policy.exceptions, _EXCEPTIONS), 2)
    exceptions = exceptions.with_columns(_moment("time"))
    folder.whole("exceptions", exceptions.sort("time", "partner_id"))
    folder.beside("lists/consolidated.csv", _consolidated(world, policy))
    folder.beside("lists/manifest.toml", _manifest(world))


def _frame(rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(whole, schema=pl.Schema(schema))


def _moment(name: str) -> pl.Expr:
    """Days since the start of the window as a time."""
    return pl.col(name).map_batches(
        lambda days: times(days.fill_null(np.nan).to_numpy() * DAY_S, name),
        return_dtype=pl.Datetime("us", "UTC"),
    )


def _with_ids(world: World, frame: pl.DataFrame, at: int) -> pl.DataFrame:
    """Put account ids in the place of rows of accounts."""
    ids = [None if row is None else world.ids[row] for row in frame["account"].to_list()]
    named = frame.drop("account")
    return named.insert_column(at, pl.Series("account_id", ids, dtype=pl.String))


def _manifest(world: World) -> str:
    day = _day(world.days - LIST_AGE)
    return f'date = {day.isoformat()}\npublisher = "enduse simulate: every party is invented"\n'


def _consolidated(world: World, policy: Policy) -> str:
    """The list as its publisher writes it, by list and name; what came later at its end."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, entry in enumerate([*_ordered(policy.entries), *_ordered(policy.later)]):
        cells = _cells(world, entry, number)
        writer.writerow([cells.get(name, "") for name in COLUMNS])
    return text.getvalue()


def _ordered(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.source, entry.name, entry.country))


def _cells(world: World, entry: Entry, number: int) -> dict[str, str]:
    treasury = entry.source in _TREASURY
    key = int(mix64(np.array([number]), world.seed + 98)[0])
    between = ", " if entry.source == "ISN" else "; "
    successor = "; and any successor, sub-unit, or subsidiary thereof"
    return {
        "_id": str(80_000 + number) if treasury else f"{key:016x}",
        "source": _AGENCIES[entry.source],
        "entity_number": str(80_000 + number) if treasury else "",
        "type": ("Individual" if entry.person else "Entity") if treasury or entry.person else "",
        "programs": "SIMULATED" if treasury else "",
        "name": entry.name + (successor if entry.source == "ISN" and not entry.person else ""),
        "addresses": f"{key % 190 + 1} {entry.city} Road, {entry.city}, {entry.country}",
        "federal_register_notice": "" if treasury else f"00 FR {key % 90_000 + 1000}",
        "start_date": _day(entry.start).isoformat(),
        "end_date": "" if entry.end is None else _day(entry.end).isoformat(),
        "standard_order": "Y" if entry.source == "DPL" else "",
        "alt_names": between.join(entry.aliases),
    }


def _day(days: int) -> date:
    return START.date() + timedelta(days=days)
