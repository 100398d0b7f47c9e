"""Owners as one account's record tells them: what it tells of a company speaks of no other account.

The register (``entity_owners``) speaks of companies for everybody. What the record of an account
tells of its owner, where it sits and so whether it is the one on a list, speaks of that account
alone: else one customer could accuse another by what it writes of a company of the same name.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.policy.owners.parties import account_key

_ACCOUNT: Final = account_key("")
_WHOLE: Final = "1"


def told_apart(links: pl.DataFrame) -> pl.DataFrame:
    """Links with ``plain``, the party; ``owner`` of an account is a party of that account alone."""
    account = pl.col("owned")
    own = pl.format("told:{}:{}:{}", account.str.len_bytes(), account, "owner")
    return links.with_columns(
        plain="owner", owner=pl.when(_of_account()).then(own).otherwise("owner")
    )


def joined(links: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Links of :func:`told_apart`, with owners of accounts as the companies of the register.

    One stays apart that the register does not know, or that its account's record makes more of
    than the register does. What holds of the company holds of it too.

    Parameters
    ----------
    listed
        Parties that count: ``owner`` and ``sure``, each once.
    """
    weight = listed.select("owner", weight=pl.col("sure").cast(pl.Int8) + 1)
    weighed = (
        links.join(weight, on="owner", how="left", maintain_order="left")
        .join(weight.rename({"owner": "plain", "weight": "of_company"}), on="plain", how="left",
              maintain_order="left")
        .join(_register(links), on="plain", how="left", maintain_order="left")
    )  # fmt: skip
    more = pl.col("weight").fill_null(0) > pl.col("of_company").fill_null(0)
    apart = weighed.with_columns(apart=_of_account() & (more | pl.col("called").is_null()))
    rows = apart.with_columns(
        owner=pl.when("apart").then("owner").otherwise("plain"),
        owner_name=pl.when("apart").then("owner_name").otherwise("called"),
    )
    same = _same(rows.filter("apart", pl.col("called").is_not_null()))
    return pl.concat([rows, same]).select(links.columns)


def _register(links: pl.DataFrame) -> pl.DataFrame:
    """Companies that the register knows (``plain``), each by one name (``called``)."""
    rows = links.filter(~_of_account())
    ends = [rows.select("plain", called="owner_name"),
            rows.select(plain="owned", called="owned_name")]  # fmt: skip
    return pl.concat(ends).group_by("plain").agg(pl.col("called").min())


def _same(apart: pl.DataFrame) -> pl.DataFrame:
    """Links by which a company is wholly its own: what restricts it restricts it apart too."""
    share = pl.lit(_WHOLE).cast(apart.schema["share_min"])
    return apart.unique("owner", keep="first", maintain_order=True).with_columns(
        owned="owner", owned_name="owner_name", owner="plain", share_min=share, share_max=share,
        share_min_open=pl.lit(value=False), share_max_open=pl.lit(value=False),
    )  # fmt: skip


def _of_account() -> pl.Expr:
    return pl.col("owned").str.starts_with(_ACCOUNT)
