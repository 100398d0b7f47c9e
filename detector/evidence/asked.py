"""The reason that is meant: by its number, its code or its feature's name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.errors import UsageError
from detector.findings.alone import said_alone
from detector.results.folder import refuse_incomplete
from detector.results.nearest import nearest
from detector.results.run import Run, read_run
from detector.terminal import safe_text
from features.build import REGISTRY
from features.families import OWN_FAMILY
from features.registry import Feature

_REST: Final = "OTHER"


@dataclass(frozen=True)
class Asked:
    """A reason of an account in a run.

    Attributes
    ----------
    text
        What the run says of it.
    among
        Its number among the account's reasons; None where it is none of the strongest.
    """

    account: str
    feature: Feature
    value: float | None
    text: str
    among: int | None
    run: Run


def asked_of(out: Path, account: str, reason: str) -> Asked:
    """Find a reason of an account.

    Parameters
    ----------
    out
        Folder that ``score`` wrote.
    reason
        A number (1 is the first), a code such as ``F03-INSTRUMENT-ELSEWHERE`` or the name of a
        feature, in any case; also one that is none of the account's strongest.

    Raises
    ------
    UsageError
        Where no such account was scored, or there is no such reason.
    """
    refuse_incomplete(out)
    reasons = _reasons(out, account)
    feature = _feature(reason, [r["feature"] for r in reasons if r["code"] != _REST])
    for number, row in enumerate(reasons, 1):
        if row["feature"] == feature.name:
            return Asked(account, feature, row["value"], row["text"], number, read_run(out))
    value = _value(out, account, feature.name)
    return Asked(account, feature, value, said_alone(feature, value), None, read_run(out))


def _reasons(out: Path, account: str) -> list[dict[str, Any]]:
    scores = pl.scan_parquet(out / "scores.parquet", glob=False)
    found = scores.filter(pl.col("account_id") == account).select("reasons").collect()
    if found.is_empty():
        _refuse_ring(scores, account)
        ids = scores.select("account_id").collect()["account_id"].to_list()
        raise UsageError(
            f"account '{safe_text(account, limit=60)}' was not scored in this run; expected an id "
            f"as in the logs, case-sensitive; {_near(account, ids, 'ids stand in scores.parquet')}"
        )
    rows: list[dict[str, Any]] = found["reasons"].to_list()[0] or []
    return rows


def _refuse_ring(scores: pl.LazyFrame, name: str) -> None:
    """A ring has no reasons of its own: they are its accounts'."""
    first = scores.filter(pl.col("ring_id") == name).sort("rank", "account_id").head(1)
    members = first.select("account_id").collect()["account_id"].to_list()
    if members:
        raise UsageError(
            f"'{safe_text(name, limit=60)}' is a ring; expected one of its accounts, such as "
            f"{safe_text(members[0], limit=60)} (`enduse explain` lists them)"
        )


def _feature(reason: str, own: list[str]) -> Feature:
    """The feature that is meant; ``own`` are those of the account's reasons, in order."""
    if reason.strip().isdecimal():
        number = int(reason)
        if not 1 <= number <= len(own):
            raise UsageError(
                f"reason {number} is none of this account's; expected a number from 1 to "
                f"{len(own)}, a code or the name of a feature (`enduse explain` lists them)"
            )
        return _shipped(own[number - 1])
    wanted = reason.strip().lower().replace("-", "_")
    known = {feature.name: feature for feature in REGISTRY}
    for name in (wanted, wanted.removeprefix(f"{OWN_FAMILY.lower()}_")):
        if name in known or name in own:
            return _shipped(name)
    if wanted == _REST.lower():
        raise UsageError(
            "OTHER is all other features together and has no rows of its own; give a feature's name"
        )
    codes = {feature.name: feature.code for feature in REGISTRY}
    near = _near(wanted, list(known), "`enduse explain` lists the reasons of an account", codes)
    raise UsageError(
        f"there is no reason '{safe_text(reason, limit=60)}'; expected its number, a code such as "
        f"{REGISTRY['f03_instrument_elsewhere'].code} or the name of a feature; {near}"
    )


def _shipped(name: str) -> Feature:
    """A feature by its name; of one that was added in Python nobody here knows the rows."""
    if name not in REGISTRY.names():
        raise UsageError(
            f"the column '{safe_text(name, limit=60)}' was added by whoever scored this run "
            "(features= or outside= in Python), so the logs do not tell which rows are behind it; "
            "ask for another reason, and for this one where it was made"
        )
    return REGISTRY[name]


def _near(name: str, among: list[str], otherwise: str, shown: dict[str, str] | None = None) -> str:
    found = [safe_text((shown or {}).get(one, one), limit=60) for one in nearest(name, among)]
    return f"near it: {', '.join(found)}" if found else otherwise


def _value(out: Path, account: str, feature: str) -> float | None:
    table = pl.scan_parquet(out / "features.parquet", glob=False)
    if feature not in table.collect_schema().names():
        return None
    found = table.filter(pl.col("account_id") == account).select(feature).collect()
    value: float | None = found.to_series().to_list()[0] if found.height else None
    return value
