"""What the provider keeps on customers: accounts, identifiers, decisions; and the truth."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.orchard.archetypes import ARCHETYPES, CLASSES, INDEX, USES, indices
from lessons.orchard.cast import ROLES, WRONGS, Cast
from lessons.orchard.phases import SHARED
from lessons.orchard.places import COUNTRIES
from lessons.orchard.setting import DAY, Array, Columns, Setting, hexed, words

_REGIONS = (
    "eu-west-1",
    "eu-central-1",
    "us-east-1",
    "us-west-2",
    "ap-southeast-1",
    "ap-northeast-1",
)
_SYLLABLES = "ba cor del fen gra hul is jom kel lor min nor os pel qui ras sten tor ul vas win yar"
_SOUNDS = _SYLLABLES.split()
_ENDS = ("Labs", "Systems", "Works", "Studio", "Group", "Digital", "Cloud", "Partners", "Research")


def account_facts(setting: Setting, cast: Cast) -> dict[str, pl.Series]:
    """Name the accounts, who pays for them and where they run things."""
    rng, n = setting.rng("facts"), len(cast)
    name = "oc-" + hexed(setting.mark("account", np.arange(n))).str.slice(0, 12)
    tie = np.array([kind.group for kind in ARCHETYPES])[cast.front]
    paid = np.isin(tie, ("reseller", "landing")) & (cast.ring < 0) & (cast.group >= 0)
    lead = np.arange(n)
    firsts = np.full(int(cast.group.max(initial=-1)) + 1, -1)
    head = np.flatnonzero((cast.group >= 0) & (cast.seat == 0))
    firsts[cast.group[head]] = head
    lead[paid] = firsts[cast.group[paid]]
    return {
        "name": name,
        "payer": name.gather(pl.Series(lead)),
        "region": words(_REGIONS, rng.integers(0, 6, n)),
    }


def account_records(
    setting: Setting, cast: Cast, homes: Columns, facts: dict[str, pl.Series]
) -> pl.DataFrame:
    """Write the table; nothing in it is drawn by role but what the story changed."""
    rng, n = setting.rng("accounts"), len(cast)
    klass, use = indices("klass", CLASSES)[cast.front], indices("use", USES)[cast.front]
    use = np.where(
        rng.random(n) < 0.12, USES.index("other"), np.where(rng.random(n) < 0.1, -1, use)
    )
    tie = np.array([kind.group for kind in ARCHETYPES])[cast.front]
    sold = (tie == "reseller") & (cast.group >= 0) & (cast.ring < 0)
    person = klass == 0
    kyc = rng.choice(5, n, p=(0.12, 0.14, 0.68, 0.02, 0.04))
    checked = cast.created + (rng.exponential(6, n) * DAY).astype(np.int64)
    kyc = np.where((kyc == 2) & (checked >= setting.end), 1, kyc)
    registered = cast.created - (rng.gamma(1.1, np.where(klass == 1, 200, 1500)) * DAY).astype(
        np.int64
    )
    org = np.where(tie == "landing", cast.group, 100_000 + np.arange(n))
    closed = setting.times(cast.closed)
    reason = np.where(cast.closed >= setting.end, -1, np.array([0, 2, 0, 1])[cast.role])
    wrongly = (cast.front == INDEX["returning_customer"]) & (cast.seat == 0) & (cast.role == 0)
    reason = np.where(wrongly & (reason >= 0), 2, reason)
    names = _names(rng, n)
    appeal = np.where(wrongly & (cast.closed < setting.end), cast.closed + 9 * DAY, 1 << 41)
    return pl.DataFrame(
        {
            "account_id": facts["name"],
            "created_at": setting.times(cast.created),
            "payer_account_id": facts["payer"],
            "organisation_id": "org-" + hexed(setting.mark("org", org), ~person).str.slice(0, 10),
            "declared_reseller": sold & (cast.seat == 0),
            "partner_id": "pt-"
            + hexed(setting.mark("partner", cast.group % 7), sold).str.slice(0, 8),
            "declared_use_class": words(USES, use),
            "customer_class": words(CLASSES, np.where(sold & (cast.seat == 0), 6, klass)),
            "org_name": names,
            "email_domain": names.str.to_lowercase().str.replace_all(" ", "-") + ".example",
            "declared_country": words(COUNTRIES, homes["declared"]),
            "billing_country": words(COUNTRIES, homes["billing"]),
            "phone_country": words(COUNTRIES, np.where(rng.random(n) < 0.7, homes["phone"], -1)),
            "kyc_status": words(("none", "pending", "verified", "failed", "expired"), kyc),
            "kyc_verified_at": setting.times(np.where((kyc == 2) | (kyc == 4), checked, 1 << 41)),
            "entity_registered_at": setting.times(np.where(person, 1 << 41, registered)),
            "closed_at": closed,
            "close_reason": words(("customer", "fraud", "policy"), reason),
            "appeal_upheld_at": setting.times(np.where(appeal < setting.end, appeal, 1 << 41)),
        }
    ).sort("account_id")


def _names(rng: np.random.Generator, n: int) -> pl.Series:
    sounds = np.array(_SOUNDS)[rng.integers(0, len(_SOUNDS), (n, 3))]
    ends = np.array(_ENDS)[rng.integers(0, len(_ENDS), n)]
    return pl.Series(
        [f"{a}{b}{c}".title() + f" {end}" for (a, b, c), end in zip(sounds, ends, strict=True)]
    )


def partners(table: pl.DataFrame) -> pl.DataFrame:
    """Write the partners that accounts name."""
    known = table.select("partner_id").drop_nulls().unique().sort("partner_id")
    return known.with_columns(
        name="Partner " + pl.col("partner_id").str.slice(3), authorised=pl.lit(True)
    )


_GIVEN = {"email": 1.0, "phone": 0.9, "payment": 0.6, "address": 0.7, "form_text": 0.5}
_GIVEN |= {"tax_id": 0.45}
_COMMON = {"address": 0.08, "form_text": 0.12}  # virtual offices, words of a template
_SEEN = {"device": "device_hash", "ip": "src_ip_hash", "ssh_key": "ssh_key_hash"}
_SEEN |= {"image": "image_hash", "access_key": "credential_uid"}
_KEYS = ("account_id", "kind", "value_hash")


def given(setting: Setting, cast: Cast, ph: Columns, names: pl.Series) -> list[pl.DataFrame]:
    """Write what customers gave: when they came, or when they changed it."""
    rng, account, n = setting.rng("links"), ph["account"], len(ph["account"])
    first = ph["then"] == 0
    begun = np.where(first, cast.created[account], ph["from"])
    last = np.where(first, np.minimum(cast.closed[account], setting.end), ph["until"]) - 1
    person = np.array([kind.klass == "individual" for kind in ARCHETYPES])[cast.front[account]]
    own = np.where(ph["bad"] & ph["new"], account + 2 * len(cast), account)
    parts = []
    for kind, chance in _GIVEN.items():
        owner = ph[kind] if kind in SHARED else own
        common = rng.random(n) < _COMMON.get(kind, 0.0)
        owner = np.where(common, rng.integers(0, 9, n) + 9_000_000, owner)
        some = (rng.random(n) < chance) & (last > begun) & ~ph["stolen"]
        rows = np.flatnonzero(some & ~((kind == "tax_id") & person))
        part = {
            "account_id": names.gather(pl.Series(account[rows])),
            "kind": pl.Series([kind]).new_from_index(0, len(rows)),
            "value_hash": hexed(setting.mark(kind, owner[rows])),
            "first_seen": setting.times(begun[rows]),
            "last_seen": setting.times(last[rows]),
        }
        parts.append(pl.DataFrame(part))
    return parts


def _seen(table: pl.DataFrame, kind: str, column: str, time: str) -> pl.DataFrame:
    """Write what a log saw of a kind; an address counts from its third time on."""
    value = pl.col(column).alias("value_hash")
    found = table.filter(pl.col(column).is_not_null()).group_by("account_id", value)
    spans = found.agg(
        pl.lit(kind).alias("kind"),
        pl.col(time).min().alias("first_seen"),
        pl.col(time).max().alias("last_seen"),
        pl.len().alias("n"),
    )
    spans = spans.filter(pl.col("n") >= (3 if kind == "ip" else 1))
    return spans.select(*_KEYS, "first_seen", "last_seen")


def links(given: list[pl.DataFrame], events: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Write identifiers: of the records when they were given, of the logs when they were seen."""
    seen = [_seen(events, kind, column, "time") for kind, column in _SEEN.items()]
    rows = pl.concat([*given, *seen, _seen(calls, "access_key", "key_hash", "start")])
    spans = rows.group_by(*_KEYS).agg(pl.col("first_seen").min(), pl.col("last_seen").max())
    return spans.sort(*_KEYS)


def labels(setting: Setting, cast: Cast, names: pl.Series) -> pl.DataFrame:
    """Write the few decisions that were made before the end."""
    rng, n = setting.rng("labels"), len(cast)
    born = np.maximum(cast.created, 0) + 3 * DAY
    at = born + ((setting.end - born) * rng.uniform(0.3, 0.98, n)).astype(np.int64)
    enforced = (cast.role == 1) & (cast.closed < setting.end)
    at = np.where(enforced, cast.closed, at)
    share = np.array([0.006, 0.08, 0.1, 0.0])[cast.role]
    if setting.preset == "poison":
        share = np.where(cast.role == 1, 0.0, share)  # nobody has looked yet
    some = (rng.random(n) < share) | enforced
    some &= (at < setting.end) & (born < setting.end)
    decision = np.where(rng.random(n) < 0.12, 3, np.array([2, 0, 1, 2])[cast.role])
    decision = np.where(enforced, 0, decision)
    ringed = some & (cast.ring >= 0) & (decision == 0)
    return (
        pl.DataFrame(
            {
                "account_id": names,
                "decision": words(
                    ("confirmed_proxy", "confirmed_victim", "cleared", "unresolved"), decision
                ),
                "decided_at": setting.times(at),
                "ring_id": "case-"
                + hexed(setting.mark("ring", np.maximum(cast.ring, 0)), ringed).str.slice(0, 8),
                "reviewer": words(("r.alder", "r.beech", "r.cedar"), rng.integers(0, 3, n)),
                "basis": words(("review",), np.zeros(n, dtype=np.int64)),
            }
        )
        .filter(pl.Series(some))
        .sort("decided_at", "account_id")
    )


def truth(setting: Setting, cast: Cast, names: pl.Series) -> pl.DataFrame:
    """Write what nobody sees."""
    archetype: Array = np.array([kind.name for kind in ARCHETYPES])[cast.front]
    wrong = np.array([*WRONGS, ""])[cast.wrong]
    return (
        pl.DataFrame(
            {
                "account_id": names,
                "is_proxy": cast.role == 1,
                "role": words(ROLES, cast.role),
                "typology": pl.Series(cast.typology.tolist()),
                "ring_id": "ring-"
                + hexed(setting.mark("ring", np.maximum(cast.ring, 0)), cast.ring >= 0).str.slice(
                    0, 8
                ),
                "archetype": pl.Series(np.where(cast.wrong >= 0, wrong, archetype).tolist()),
            }
        )
        .with_columns(pl.col("typology").replace("", None))
        .sort("account_id")
    )
