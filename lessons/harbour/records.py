"""What the provider wrote down of its customers: accounts, partners, decisions, links, truth."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.places import country
from lessons.harbour.stage import Stage, hexes

FRONT = ("Amber", "Brisk", "Cedar", "Delta", "Ember", "Fjord", "Gable", "Hazel", "Indigo",
"Juniper", "Kestrel",
    "Lumen", "Maple", "Nimbus", "Opal", "Pine", "Quill", "Raven", "Sable", "Tidal")  # fmt: skip
BACK = (
    "Works",
    "Labs",
    "Systems",
    "Studio",
    "Analytics",
    "Trading",
    "Software",
    "Partners",
    "Data",
    "Group",
)
ORGANISED = ("landing_zone", "reorganised")


def _time(stage: Stage, hour: float | None) -> datetime | None:
    """Turn an hour of the world into a time, to the second."""
    return None if hour is None else stage.start + timedelta(seconds=int(np.ceil(hour * 3600)))


def accounts(stage: Stage, people: list[Account]) -> pl.DataFrame:
    """Write ``accounts``; what is not asked of a class of customers is null."""
    draw = stage.rng("accounts")
    rows = [_account(stage, draw, people, one) for one in people]
    return pl.DataFrame(rows, infer_schema_length=None)


def _account(
    stage: Stage, draw: np.random.Generator, people: list[Account], one: Account
) -> dict[str, object]:
    """Write one account's row."""
    kind = one.kind
    segment = str(draw.choice(kind.classes))
    firm = segment != "individual"
    payer = people[one.payer].account_id if one.payer >= 0 else one.account_id
    name = f"{draw.choice(FRONT)}{int(draw.integers(1, 99))} {draw.choice(BACK)}"
    home = country(draw)
    places = [home if draw.random() < 0.85 else country(draw) for _ in range(2)]
    verified = draw.random() < (0.75 if firm else 0.3)
    young = kind.name in ("shell_swap", "reorganised") and one.place == 1
    age = draw.uniform(15, 300) if young else draw.gamma(1.2, 700)
    domain, looked = f"{name.split()[0].lower()}.example", one.created + draw.exponential(60)
    other = str(draw.choice(["none", "none", "pending", "expired"]))
    registered = one.created / 24 - 3 - age
    sold = kind.name == "reseller_client"
    return {
        "account_id": one.account_id,
        "created_at": _time(stage, one.created),
        "payer_account_id": payer,
        "organisation_id": f"org-{payer[3:]}" if kind.name in ORGANISED else None,
        "declared_reseller": sold and people[one.payer] is one,
        "partner_id": f"pt-{payer[3:]}" if sold else None,
        "declared_use_class": str(draw.choice(kind.uses)) if draw.random() < 0.85 else None,
        "customer_class": segment,
        "org_name": name if firm else None,
        "declared_country": home,
        "billing_country": places[0],
        "phone_country": places[1],
        "email_domain": domain if firm and draw.random() < 0.8 else "post.example",
        "kyc_status": "verified" if verified else other,
        "kyc_verified_at": _time(stage, min(looked, stage.hours - 1)) if verified else None,
        "entity_registered_at": (stage.start + timedelta(days=int(registered))) if firm else None,
        "closed_at": _time(stage, one.closed),
        "close_reason": one.close_reason,
        "appeal_upheld_at": _time(stage, one.appeal),
    }  # fmt: skip


def partners(stage: Stage, people: list[Account]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write ``partners`` and the end customers that they named."""
    draw = stage.rng("partners")
    heads: dict[int, str] = {}
    rows: list[dict[str, object]] = []
    clients: list[dict[str, object]] = []
    for one in people:
        if one.kind.name != "reseller_client":
            continue
        partner = f"pt-{people[one.payer].account_id[3:]}"
        if heads.setdefault(one.payer, partner) and not any(
            r["partner_id"] == partner for r in rows
        ):
            name = f"{draw.choice(FRONT)} Distribution {int(draw.integers(99))}"
            rows.append(
                {"partner_id": partner, "name": name, "country": country(draw), "authorised": True}
            )
        client = f"{draw.choice(FRONT)} {draw.choice(BACK)} {int(draw.integers(999))}"
        clients.append(
            {
                "partner_id": partner,
                "end_customer_name": client,
                "account_id": one.account_id,
                "country": country(draw),
                "recorded_at": _time(stage, max(one.created, 0) + 1.0),
            }
        )
    return pl.DataFrame(rows), pl.DataFrame(clients)


def labels(stage: Stage, people: list[Account]) -> pl.DataFrame:
    """Write what reviewers have decided so far: about one account in a hundred."""
    draw = stage.rng("labels")
    rows: list[dict[str, object]] = []
    for one in people:
        hard = one.role == "benign" and (one.kind.steady or one.kind.turn or one.pay == "budget")
        chance = {"proxy": 0.16, "victim": 0.3, "other": 0.0}.get(one.role, 0.03 if hard else 0.004)
        if draw.random() >= chance:
            continue
        seen = max(one.created, one.begin, one.turn, stage.drift if one.proxy else 0)
        when = seen + (stage.hours - seen) * draw.uniform(0.3, 0.95)
        decision = {"proxy": "confirmed_proxy", "victim": "confirmed_victim"}.get(
            one.role, "cleared"
        )
        rows.append(
            {
                "account_id": one.account_id,
                "decision": "unresolved" if draw.random() < 0.1 else decision,
                "decided_at": _time(stage, when),
                "reviewer": f"reviewer-{draw.choice(['ada', 'bo', 'chi', 'dara'])}",
                "basis": "review",
            }
        )
    texts = ("account_id", "decision", "decided_at", "reviewer", "basis")
    kinds = {
        name: pl.Datetime("us", "UTC") if name == "decided_at" else pl.String() for name in texts
    }
    return pl.DataFrame(rows, schema=kinds).sort("decided_at", "account_id")


def links(
    stage: Stage, people: list[Account], seen: pl.DataFrame, paid: pl.DataFrame
) -> pl.DataFrame:
    """Write identifiers: what sign-ups gave, and what events and payments showed."""
    draw = stage.rng("links")
    own = [hexes(draw, len(people)) for _ in range(3)]
    texts = hexes(draw, 25)
    shared: dict[tuple[str, int], str] = {}
    rows: list[tuple[str, str, str, float]] = []
    for i, one in enumerate(people):
        given = {"email": own[0][i], "phone": own[1][i]}
        if draw.random() < 0.5:
            given["form_text"] = texts[int(25 * draw.random() ** 1.5)]
        if one.kind.name in ("small_farm", "hackathon"):
            given["form_text"] = shared.setdefault(
                (one.kind.name, max(one.ring, one.group)), own[2][i]
            )
        if one.kind.name in ("landing_zone", "reorganised"):
            given["tax_id"] = shared.setdefault((one.kind.name, one.group), own[2][i])
        rows += [
            (one.account_id, kind, value, max(one.created, 0.0)) for kind, value in given.items()
        ]
    first = [_time(stage, row[3]) for row in rows]
    told = pl.DataFrame(
        {
            "account_id": [r[0] for r in rows], "kind": [r[1] for r in rows],
            "value_hash": [r[2] for r in rows],
            "first_seen": first, "last_seen": first,
        }
    )  # fmt: skip
    parts = [
        told,
        _spans(paid, "instrument_hash", "payment"),
        _spans(seen, "device_hash", "device"),
    ]
    parts += [_spans(seen, "ssh_key_hash", "ssh_key"), _spans(seen, "credential_uid", "access_key")]
    lines = seen.filter(~pl.col("src_asn_class").is_in(["vpn", "hosting"]))
    parts += [_spans(lines, "src_ip_hash", "ip"), _spans(seen, "image_hash", "image")]
    return pl.concat(parts).sort("first_seen", "account_id", "kind", "value_hash")


def _spans(frame: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Say when each value of a column was first and last seen with an account."""
    held = frame.filter(pl.col(column).is_not_null()).group_by("account_id", column)
    found = held.agg(first_seen=pl.col("time").min(), last_seen=pl.col("time").max())
    return found.select(
        "account_id",
        pl.lit(kind).alias("kind"),
        pl.col(column).alias("value_hash"),
        "first_seen",
        "last_seen",
    )


def truth(people: list[Account]) -> pl.DataFrame:
    """Write what is so; an account that acts alone is a ring of one."""
    return pl.DataFrame(
        {
            "account_id": [one.account_id for one in people],
            "is_proxy": [one.proxy for one in people],
            "role": [one.role for one in people],
            "typology": pl.Series([one.typology for one in people], dtype=pl.String),
            "ring_id": pl.Series([f"ring-{one.ring}" if one.ring >= 0 else None for one in people],
            dtype=pl.String),
            "archetype": [one.kind.name for one in people],
        }
    )  # fmt: skip
