"""Red flags that the records of a provider can show; none is ever more than a question.

=== ==========================================================================================
21  an account behind a reseller that uses controlled computing and names no end customer
24  an owner of the account who owns part of a listed party too
29  a listed owner whose share nobody knows
=== ==========================================================================================

The others ask for what no table here holds, and are asked of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.found import HOLDER, content_keys, found
from detector.policy.law.links import ACCOUNT, Owners
from detector.policy.law.parties import OWNER
from detector.policy.law.using import Use
from detector.policy.packs.shape import EndUseRule

_MOST: Final = 3


def on_flags(known: Known, use: Use, owners: Owners, owned: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``FOUND`` for red flags; ``owned`` are the rows of rules of ownership."""
    frames = []
    for _, rule in known.packs.rules():
        if isinstance(rule, EndUseRule) and rule.flag in _FLAGS:
            users = use.of(rule)
            rows = _FLAGS[rule.flag](known, users, owners, owned)
            frames.append(rows.with_columns(rule=pl.lit(rule.id), condition=pl.lit("possible")))
    return found(*frames)


def asked(rule: EndUseRule) -> bool:
    """Whether anything here shows the flag."""
    return rule.flag in _FLAGS


def _no_end_customer(
    known: Known, users: pl.DataFrame, _owners: Owners, _owned: pl.DataFrame
) -> pl.DataFrame:
    if "partner_customers" not in known.present:
        return found()
    named = known["partner_customers"].drop_nulls("account_id").select("account_id").unique()
    behind = known["accounts"].filter(
        pl.col("partner_id").is_not_null() | pl.col("declared_reseller").fill_null(value=False)
    )
    silent = users.join(behind, on="account_id").join(named, on="account_id", how="anti")
    seller = pl.coalesce(pl.format("partner {}", "partner_id"), pl.lit("a declared reseller"))
    return silent.select(
        "account_id", party="org_name", role=pl.lit(HOLDER), strength=pl.lit("weak"),
        evidence=pl.format("behind {}; no end customer is named; uses {}", seller, "used"),
        entry_key=content_keys(silent.with_columns(flag=pl.lit("21")),
                               ["flag", "account_id", "partner_id"]),
        case=pl.coalesce(pl.format("partner:{}", "partner_id"),
                         pl.format("account:{}", "account_id")),
    )  # fmt: skip


def _shared_owner(
    _known: Known, users: pl.DataFrame, owners: Owners, _owned: pl.DataFrame
) -> pl.DataFrame:
    """Owners of an account who own part of a surely listed party too, each the first few."""
    listed = owners.hits.filter("sure").unique("owner", keep="first", maintain_order=True)
    links = owners.links.select("owned", "owner_name", owner="plain").unique()
    of_listed = links.join(
        listed.select("entry_name", "entry_key", "source", "file_sha256", owned="owner"),
        on="owned",
    )
    accounts = links.filter(pl.col("owned").str.starts_with(ACCOUNT)).with_columns(
        account_id=pl.col("owned").str.strip_prefix(ACCOUNT)
    )
    both = (
        accounts.join(of_listed.drop("owned", "owner_name"), on="owner")
        .join(users, on="account_id", how="semi")
        .sort("account_id", "owner", "entry_key")
        .group_by("account_id", maintain_order=True).head(_MOST)
    )  # fmt: skip
    return both.select(
        "account_id", "source", "entry_name", "entry_key", party="owner_name",
        role=pl.lit(OWNER), strength=pl.lit("weak"), list_sha256="file_sha256",
        evidence=pl.format("an owner of the account owns part of {} ({}) too",
                           pl.col("entry_name").str.slice(0, 80), "source"),
        bare=pl.format("an owner of the account owns part of a party on {} too", "source"),
        case=pl.format("owner:{}", "owner"),
    )  # fmt: skip


def _unknown_share(
    known: Known, users: pl.DataFrame, _owners: Owners, owned: pl.DataFrame
) -> pl.DataFrame:
    """What the rules of ownership found of listed owners whose share nobody knows."""
    on_lists = [
        rule.id for _, rule in known.packs.rules()
        if getattr(rule, "owners_on", ()) and rule.applies_to == "controlled_compute"
    ]  # fmt: skip
    rows = owned.filter(pl.col("rule").is_in(on_lists), pl.col("condition") == "unknown")
    return rows.join(users, on="account_id", how="semi").drop("rule", "condition")


_Flag = Callable[[Known, pl.DataFrame, Owners, pl.DataFrame], pl.DataFrame]
_FLAGS: Final[Mapping[str, _Flag]] = {
    "21": _no_end_customer, "24": _shared_owner, "29": _unknown_share,
}  # fmt: skip
