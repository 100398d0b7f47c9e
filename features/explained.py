"""What a declaration says of pairs of accounts: who belongs together by what was told."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Declared:
    """Groups of accounts, once for all pairs that are asked about.

    Attributes
    ----------
    paid, organisations, partners
        ``account_id`` and ``group``, each two once: who pays for it, whose it is, and the partner
        whose customer it is.
    resellers
        ``account_id`` of those that declare to resell.
    """

    paid: pl.DataFrame
    organisations: pl.DataFrame
    partners: pl.DataFrame
    resellers: pl.DataFrame

    @classmethod
    def of(cls, records: pl.DataFrame, payers: pl.DataFrame) -> Declared:
        """What records say, and charges (``payers``: ``account_id`` and ``payer_id``)."""
        paid = [
            payers.select("account_id", group="payer_id"),
            records.select("account_id", group="payer_account_id"),
        ]
        return cls(
            _groups(pl.concat(paid)),
            _groups(records.select("account_id", group="organisation_id")),
            _groups(records.select("account_id", group="partner_id")),
            records.filter(pl.col("declared_reseller").fill_null(False)).select("account_id"),
        )

    def explaining(self, ends: pl.DataFrame) -> pl.DataFrame:
        """The pairs (``a``, ``b``) that share a payer or organisation, or of which one resells."""
        reselling = (
            ends.join(self.resellers.rename({"account_id": end}), on=end, how="semi")
            for end in "ab"
        )
        one_group = (_in_one_group(ends, groups) for groups in (self.paid, self.organisations))
        return pl.concat([*one_group, *reselling]).unique()

    def of_one_partner(self, ends: pl.DataFrame) -> pl.DataFrame:
        """The pairs (``a``, ``b``) that are customers of one partner."""
        return _in_one_group(ends, self.partners).unique()


def _groups(members: pl.DataFrame) -> pl.DataFrame:
    return members.filter(pl.col("group").is_not_null()).unique()


def _in_one_group(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    left = pairs.join(groups.rename({"account_id": "a"}), on="a")
    return left.join(groups.rename({"account_id": "b"}), on=["b", "group"], how="semi").select(
        "a", "b"
    )
