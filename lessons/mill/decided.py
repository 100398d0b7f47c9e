"""Who accounts say they are, what reviewers have decided, and what is true."""

import numpy as np
import polars as pl

from lessons.mill.cast import Cast, Cell
from lessons.mill.ranges import DAY, Plan
from lessons.mill.ties import COUNTRIES

__all__ = ["account_rows", "label_rows", "truth_rows"]

HEADS = (
    "Bal",
    "Cor",
    "Den",
    "Fal",
    "Hol",
    "Jun",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Pel",
    "Quil",
    "Tam",
    "Ves",
)
TAILS = (
    "aro",
    "enta",
    "ibrio",
    "odex",
    "uvia",
    "anto",
    "eris",
    "olum",
    "ixa",
    "undra",
    "asto",
    "elio",
)
ENDS = ("Works", "Labs", "Systems", "Group", "Studio", "Institute", "Partners", "Data")
GENERAL = ("mail.example", "post.example", "letters.example")


def account_rows(rng: np.random.Generator, cast: Cast, plan: Plan) -> pl.DataFrame:
    """The table ``accounts``, in order of account."""
    houses = rng.integers(0, 10_000, (len(cast.cells), 3)).tolist()
    rows = [
        _account(rng, cast, number, houses[int(cast.cell[number])], plan)
        for number in range(cast.size)
    ]
    organisations = rng.permutation(90_000)[: len(cast.cells)] + 10_000
    frame = pl.DataFrame(rows, infer_schema_length=None)
    under = [
        f"org-{organisations[cast.cell[i]]}" if cast.kind(i).org else None for i in range(cast.size)
    ]
    partner = [
        f"partner-{organisations[cast.cell[i]] % 97}"
        if cast.kind(i).name in ("managed_service", "agency_client")
        and organisations[cast.cell[i]] % 5 < 4
        else None
        for i in range(cast.size)
    ]
    frame = frame.with_columns(
        organisation_id=pl.Series(under, dtype=pl.String),
        partner_id=pl.Series(partner, dtype=pl.String),
        payer_account_id=pl.Series(cast.ids).gather(cast.payer),
        **{
            name: plan.times(frame[name], name)
            for name in (
                "created_at",
                "kyc_verified_at",
                "entity_registered_at",
                "closed_at",
                "appeal_upheld_at",
            )
        },
    )
    return frame.sort("account_id")


def _reason(rng: np.random.Generator, cell: Cell) -> str:
    """Why an account was closed, as the provider wrote it down."""
    kind = cell.kind
    if kind.role == "other" or (kind.name == "returned" and len(cell.members) > 1):
        return "fraud"
    if kind.name == "returning_ring":
        return "policy"
    if rng.random() < (0.3 if kind.role == "proxy" else 0.08):
        return ("policy", "other")[int(rng.integers(2))]
    return "customer"


def _account(
    rng: np.random.Generator, cast: Cast, number: int, house: list[int], plan: Plan
) -> dict[str, object]:
    """One account as its holder declares it, with times in ticks."""
    cell = cast.cells[int(cast.cell[number])]
    kind, created, closed = cell.kind, int(cast.created[number]), int(cast.closed[number])
    customer = kind.customer[int(rng.integers(len(kind.customer)))]
    personal = customer == "individual"
    own = rng.integers(0, 10_000, 3).tolist()
    head, tail, end = house if kind.org else own
    stem = HEADS[head % len(HEADS)] + TAILS[tail % len(TAILS)]
    odd = rng.random(3) < 0.07
    place = np.where(odd, rng.integers(0, len(COUNTRIES), 3), cell.country)
    country = [COUNTRIES[int(index)] for index in place]
    domain = f"{stem}{end}.example".lower()
    declared = kind.uses[int(rng.integers(len(kind.uses)))]
    less = ("none", "pending", "none", "failed", "expired")[int(rng.integers(5))]
    word = "verified" if rng.random() < kind.verified else less
    verified = created + int(rng.exponential(4) * DAY) + 5
    if word == "verified" and verified >= min(plan.end, closed):
        word = "pending"
    young = kind.name in ("subsidiary", "ladder_ring")
    age = int(rng.uniform(20, 300) if young else rng.exponential(1800) + 30) * DAY
    reason, appeal, public = _reason(rng, cell), cell.turn + 9 * DAY, rng.random() < 0.2
    heard = kind.name == "returned" and len(cell.members) > 1 and appeal < plan.end
    return {
        "account_id": cast.ids[number],
        "created_at": created,
        "declared_reseller": kind.name == "managed_service" and bool(rng.random() < 0.9),
        "declared_use_class": declared if rng.random() < 0.9 else None,
        "customer_class": customer,
        "org_name": None if personal else f"{stem} {ENDS[end % len(ENDS)]}",
        "declared_country": country[0],
        "billing_country": country[1],
        "phone_country": country[2],
        "email_domain": GENERAL[own[0] % 3] if personal or public else domain,
        "kyc_status": word,
        "kyc_verified_at": verified if word == "verified" else None,
        "entity_registered_at": None if personal else created - age,
        "closed_at": closed if closed < plan.end else None,
        "close_reason": reason if closed < plan.end else None,
        "appeal_upheld_at": max(appeal, created + 1) if heard else None,
    }


def label_rows(rng: np.random.Generator, cast: Cast, plan: Plan) -> pl.DataFrame:
    """The table ``labels``: what reviewers decided before the end, about a few accounts."""
    rows: list[dict[str, object]] = []
    for number in rng.permutation(cast.size).tolist():
        kind, closed = cast.kind(number), int(cast.closed[number])
        chance = {"benign": 0.008, "proxy": 0.06, "victim": 0.3, "other": 0.1}[kind.role]
        if closed < plan.end and kind.name == "returning_ring":
            chance = 0.6
        hushed = plan.preset == "poison" and kind.role == "proxy"
        if rng.random() > chance or hushed:
            continue
        word = {"proxy": "confirmed_proxy", "victim": "confirmed_victim", "other": "unresolved"}
        cell = cast.cells[int(cast.cell[number])]
        early = max(int(cast.created[number]) + 2 * DAY, 0)
        if kind.role in ("proxy", "victim"):
            early = max(early, min(cell.turn + 2 * DAY, plan.end - 2))
        if early >= plan.end - 1:
            continue
        rows.append(
            {
                "account_id": cast.ids[number],
                "decision": word.get(kind.role, "cleared" if rng.random() < 0.9 else "unresolved"),
                "decided_at": int(rng.integers(early, plan.end)),
                "ring_id": cell.ring or None,
                "reviewer": ("reviewer-a", "reviewer-b", "reviewer-c")[int(rng.integers(3))],
                "basis": "review",
            }
        )
    names = {
        "account_id": pl.String,
        "decision": pl.String,
        "decided_at": pl.Int64,
        "ring_id": pl.String,
        "reviewer": pl.String,
        "basis": pl.String,
    }
    frame = pl.DataFrame(rows, schema=names)
    frame = frame.with_columns(plan.times(frame["decided_at"], "decided_at"))
    return frame.sort("decided_at", "account_id")


def truth_rows(cast: Cast) -> pl.DataFrame:
    """The truth about each account, in order of account."""
    cells = [cast.cells[int(number)] for number in cast.cell]
    return pl.DataFrame(
        {
            "account_id": cast.ids,
            "is_proxy": [cell.kind.role == "proxy" for cell in cells],
            "role": [cell.kind.role for cell in cells],
            "typology": pl.Series([cell.kind.typology or None for cell in cells], dtype=pl.String),
            "ring_id": pl.Series([cell.ring or None for cell in cells], dtype=pl.String),
            "archetype": [cell.kind.name for cell in cells],
        }
    ).sort("account_id")
