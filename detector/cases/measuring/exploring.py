"""What the queues miss, from samples of whom no queue holds: bounds, and seldom more.

Of each stratum the share of proxies among its judged samples has the exact interval of Clopper and
Pearson (Biometrika 26, 1934, 404-413). Samples of a week are drawn without replacement, where the
exact interval is wider than it need be. Counts of strata add up by Bonferroni: each stratum's
interval holds with 1 - .05 / strata, so all hold together, and with them their sum, in at least 95
of 100. Every week draws a stratum with one chance, so samples of a stratum weigh alike; how many
accounts it has is the mean over the weeks that drew from it.

Samples that nobody settled yet, or that were left unresolved, say nothing here and are counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from detector.cases.record.moments import text_of

ERROR: Final = 0.05
#: A wider interval of recall is no answer.
WIDE: Final = 0.4
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Sampled:
    """Samples of a stratum: accounts it has, samples settled, proxies among them, and others."""

    stratum: str
    accounts: float
    settled: int
    proxies: int
    undecided: int = 0


@dataclass(frozen=True)
class Bounds:
    """A figure with an interval that holds in 95 of 100."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Explored:
    """What samples say.

    Attributes
    ----------
    shares, missed
        Proxies of each stratum, as a share and as a number of accounts.
    all_missed
        Of all strata together; None where one that has accounts has no settled sample.
    recall
        Of the proxies there are, those that a queue showed; None as `all_missed`.
    inconclusive
        Whether nothing is to be concluded on recall.
    """

    sampled: tuple[Sampled, ...]
    shares: dict[str, Bounds]
    missed: dict[str, Bounds]
    all_missed: Bounds | None
    found: int
    recall: Bounds | None
    inconclusive: bool


def exact(k: int, n: int, error: float = ERROR) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share.

    Examples
    --------
    >>> low, high = exact(0, 10)
    >>> low, round(high, 4)
    (0.0, 0.3085)
    """
    from scipy.special import betaincinv

    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, error / 2))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - error / 2))
    return low, high


def explored(sampled: Iterable[Sampled], found: int) -> Explored:
    """What samples of each stratum say, beside ``found`` proxies that queues showed."""
    strata = tuple(sorted(sampled, key=lambda one: one.stratum))
    told = [one for one in strata if one.settled]
    shares = {one.stratum: _share(one, ERROR) for one in told}
    missed = {one.stratum: _times(shares[one.stratum], one.accounts) for one in told}
    if len(told) < len([one for one in strata if one.accounts]) or not told:
        return Explored(strata, shares, missed, None, found, None, inconclusive=True)
    parts = [_times(_share(one, ERROR / len(told)), one.accounts) for one in told]
    whole = Bounds(
        sum(one.value for one in parts), sum(one.low for one in parts),
        sum(one.high for one in parts),
    )  # fmt: skip
    recall = _recall(found, whole)
    wide = recall is None or recall.high - recall.low > WIDE
    return Explored(strata, shares, missed, whole, found, recall, inconclusive=wide)


def _share(one: Sampled, error: float) -> Bounds:
    return Bounds(one.proxies / one.settled, *exact(one.proxies, one.settled, error))


def _times(share: Bounds, accounts: float) -> Bounds:
    return Bounds(share.value * accounts, share.low * accounts, share.high * accounts)


def _recall(found: int, missed: Bounds) -> Bounds | None:
    """Of none found nothing is known of recall: there may be none at all."""
    if not found:
        return None
    value, low, high = (found / (found + n) for n in (missed.value, missed.high, missed.low))
    return Bounds(value, low, high)


def explored_of(connection: sqlite3.Connection, now: datetime) -> Explored:
    """What the samples of the last year say, beside the proxies that cases of queues confirmed."""
    since = text_of(now - YEAR)
    rows = connection.execute(
        "SELECT c.stratum, c.weight, c.first_run, s.outcome FROM cases c LEFT JOIN settlements s "
        "ON s.case_id = c.case_id AND s.superseded_by IS NULL "
        "WHERE c.kind = 'sample' AND c.stratum IS NOT NULL AND c.opened_at >= ?", (since,),
    ).fetchall()  # fmt: skip
    names = sorted({row["stratum"] for row in rows})
    found = connection.execute(
        "SELECT count(DISTINCT a.account_id) FROM settlement_accounts a JOIN settlements s "
        "USING (settlement_id) JOIN cases c ON c.case_id = s.case_id WHERE s.superseded_by IS NULL "
        "AND a.outcome = 'confirmed_proxy' AND s.at >= ? "
        "AND c.kind NOT IN ('sample', 'golden', 'training')",
        (since,),
    ).fetchone()[0]
    strata = [_sampled(name, [row for row in rows if row["stratum"] == name]) for name in names]
    return explored(strata, found)


def _sampled(stratum: str, rows: Sequence[sqlite3.Row]) -> Sampled:
    weeks: dict[int, float] = {}
    for row in rows:
        weeks[row["first_run"]] = weeks.get(row["first_run"], 0.0) + (row["weight"] or 0.0)
    words = [row["outcome"] for row in rows if row["outcome"] not in (None, "unresolved")]
    proxies = sum(word == "confirmed_proxy" for word in words)
    return Sampled(
        stratum, sum(weeks.values()) / len(weeks), len(words), proxies, len(rows) - len(words)
    )
