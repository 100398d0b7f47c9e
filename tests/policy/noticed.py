"""A log folder with public notices: a lead, notices that went nowhere, and some of no account."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.policy.law.world import account, hours, write

BUYER: Final = "Canary Upland Academy"
SUPPLIER: Final = "Quellmark Canary Works"
LIST: Final = f"name,list,country,aliases\n{BUYER},EL,CN,\n"
MANIFEST: Final = '[files."ours.csv"]\ndate = 2026-03-05\n'


def notice(number: str, **told: Any) -> dict[str, Any]:
    """A notice of an award to the holder of account ``quell``."""
    return {
        "notice_id": number, "published_at": "2026-03-01T00:00:00Z", "buyer_name": BUYER,
        "buyer_country": "CN", "supplier_name": SUPPLIER, "amount": "24", "currency": "USD",
        "title": "Canary order of A100 instances", "notice_type": "award", **told,
    }  # fmt: skip


def noticed(folder: Path) -> Path:
    """Write it."""
    resale = {"declared_reseller": "true", "org_name": "Canary Campus Supply"}
    tables = {
        "accounts": [account("quell", org_name=SUPPLIER), account("resel", **resale)],
        # The records begin long before: what began with them tells nothing of its time.
        "usage": [
            hours("resel", day="2026-02-01"), hours("quell"), hours("quell", day="2026-03-06"),
        ],
        "tenders": [
            notice("t1"),
            notice("t2", buyer_name="Canary Lowland Bureau", supplier_name="",
                   title="Access to Claude"),
            notice("t3", notice_type="cancelled", amount="25"),
            notice("t4", disposition="did_not_proceed", amount="26"),
            notice("t5", title="Desks", amount="27"),
            notice("t6", supplier_name="Canary Campus Supply", amount="28"),
        ],
        "partners": [{"partner_id": "p-1", "name": "Canary Partner"}],
        "abuse_reports": [
            {"reported_at": "2026-03-04T00:00:00Z", "source": "hotline", "account_id": "quell",
             "category": "key resale", "confidence": "high"},
        ],
    }  # fmt: skip
    return write(folder, tables, {"ours.csv": LIST, "manifest.toml": MANIFEST})
