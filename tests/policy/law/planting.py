"""What lane L reads beside the logs of a simulated world: lists, owners, customers, decisions."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from detector import read_logs

#: Tables that lane L alone reads.
TABLES = ("entity_owners", "partners", "partner_customers", "policy_decisions")


def plant(folder: Path) -> None:
    """Put some customers of a world on a list, and let listed parties own others.

    What the world itself told of these things goes.
    """
    shutil.rmtree(folder / "lists", ignore_errors=True)
    for name in TABLES:
        for path in folder.glob(f"{name}*"):
            path.unlink()
    known = read_logs(folder)["accounts"].drop_nulls("org_name").sort("account_id").collect()
    firms = known.select("account_id", "org_name", "declared_country").to_dicts()
    listed, held = firms[:9], firms[9:18]
    entries = [
        {"name": firm["org_name"], "list": code, "country": firm["declared_country"]}
        for firm, code in zip(listed, ("EL", "SDN", "UVL") * 3, strict=True)
    ]  # fmt: skip
    owners = [
        {"owned_name": firm["org_name"], "owner_name": listed[0]["org_name"], "share_min": share,
         "share_max": "1", "owner_kind": "entity",
         "owner_hq_country": listed[0]["declared_country"]}
        for firm, share in zip(held, ("0.2", "0.5", "0.7") * 3, strict=True)
    ]  # fmt: skip
    customers = [
        {"partner_id": "p-1", "end_customer_name": listed[3]["org_name"],
         "account_id": firm["account_id"], "country": listed[3]["declared_country"]}
        for firm in held[:2]
    ]  # fmt: skip
    decided = [
        {"decided_at": "2025-01-01T00:00:00Z", "decision": "licensed", "entry_key": "k",
         "party_name": listed[1]["org_name"]}
    ]  # fmt: skip
    partners = [{"partner_id": "p-1", "name": listed[4]["org_name"]}]
    rows = dict(zip(TABLES, (owners, partners, customers, decided), strict=True))
    for name, told in rows.items():
        write(folder / f"{name}.csv", told)
    (folder / "lists").mkdir()
    write(folder / "lists" / "ours.csv", entries)
    day = known.select(pl.col("created_at").max()).item().date()
    (folder / "lists" / "manifest.toml").write_text(f'[files."ours.csv"]\ndate = {day}\n')


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
