"""Notices around innocents: what looks like a lead, and is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from detector.simulate.leads.facts import ABSENT, INNOCENT
from detector.simulate.leads.planting import Planter, disposed
from detector.simulate.leads.words import OTHER
from detector.simulate.rng import Bools

_RESELLER: Final = 6
_LIMITED: Final = (" GmbH", " SARL", " B.V.", " Sp. z o.o.", " Ltda.")
_ELSEWHERE: Final = ("(Kenya)", "(Malaysia)", "(Kazakhstan)")
_OLD: Final = -500


def plant_innocents(planter: Planter) -> None:
    """Plant notices of every sort; those first that need the scarcest accounts."""
    sorts: tuple[Callable[[Planter], None], ...] = (
        _other_form, _gone, _late, _corrected, _elsewhere, _declared, _without_chips, _since_years,
        _by_accident, _several, _furniture, _nobody,
    )  # fmt: skip
    for sort in sorts:
        for _ in range(planter.many):
            sort(planter)


def _take(planter: Planter, *masks: Bools) -> int | None:
    return planter.pool.take_named(*masks)


def _around(planter: Planter, account: int, **more: Any) -> dict[str, Any]:
    """A notice that fits all that an account did."""
    day = planter.before(account)
    supplier = more.pop("supplier", planter.name(account))
    return planter.notice(
        day, supplier, planter.fitting(account, day), planter.words(account), **more
    )  # fmt: skip


def _other_form(planter: Planter) -> None:
    """A company of the same words, with another legal form than the holder's at home."""
    local = planter.policy.known.local
    formed = np.array([bool(name) and name.endswith(_LIMITED) for name in local])
    account = _take(planter, formed, planter.fits())
    if account is None:
        return
    row = _around(planter, account, supplier=f"{planter.pool.names[account]} S.A.")
    planter.expect(row, "homonym, other form", INNOCENT, account, "weak", ABSENT)


def _elsewhere(planter: Planter) -> None:
    """A company of the same words, in a place that the holder has nothing to do with."""
    account = _take(planter, planter.fits(), ~planter.pool.at("MY"))
    if account is None:
        return
    place = _ELSEWHERE[int(planter.rng.integers(len(_ELSEWHERE)))]
    row = _around(planter, account, supplier=f"{planter.pool.names[account]} {place}")
    planter.expect(row, "homonym elsewhere", INNOCENT, account, "weak", ABSENT)


def _gone(planter: Planter) -> None:
    """What was cancelled, did not proceed, or went to somebody else."""
    for word in ("cancelled", "did_not_proceed", "other_supplier"):
        account = _take(planter, planter.fits())
        if account is None:
            return
        row = _around(planter, account)
        if word == "cancelled":
            planter.follow(row, 4, notice_type=word, text="本项目终止采购。This is cancelled.")
        else:
            planter.leads.notices[-1] |= disposed(word, row["day"] + 3)
        planter.expect(row, word.replace("_", " "), INNOCENT, None, "disposed")
        planter.expect(row, word.replace("_", " "), INNOCENT, account, ABSENT)


def _late(planter: Planter) -> None:
    """Published after the end of the window: not yet known."""
    account = _take(planter, planter.fits())
    if account is None:
        return
    day = planter.world.days + 2.0
    row = planter.notice(day, planter.name(account), planter.some_amount(),
                         planter.words(account))  # fmt: skip
    planter.expect(row, "after as-of", INNOCENT, account, ABSENT)


def _corrected(planter: Planter) -> None:
    """A first row names the wrong supplier; the correction names the right one."""
    account = _take(planter, planter.fits())
    if account is None:
        return
    row = _around(planter, account, supplier=planter.pool.names[account])
    right = planter.buyers.latin().rsplit(" ", 1)[0] + " Trading"
    planter.follow(row, 2, notice_type="correction", supplier=right)
    planter.expect(row, "corrected supplier", INNOCENT, account, "weak", ABSENT)


def _declared(planter: Planter) -> None:
    """A declared reseller sells what its customers run on its account."""
    account = planter.pool.take(planter.pool.named, planter.world.traits["reseller"] == 1)
    if account is None:
        return
    day = 0.15 * planter.world.days
    row = planter.notice(day, planter.pool.names[account], planter.fitting(account, day),
                         planter.words(account))  # fmt: skip
    planter.expect(row, "declared reseller", INNOCENT, account, "weak", queues=False)


def _without_chips(planter: Planter) -> None:
    """A distributor that holds an account, and never ran a chip on it."""
    t = planter.world.traits
    trades = (t["customer_class"] == _RESELLER) | (t["use_text"] == 9)
    old = (t["created"] < _OLD) & planter.used.no_chips & (t["reseller"] == 0)
    account = _take(planter, trades, old) or _take(planter, old)
    if account is None:
        return
    row = planter.notice(0.3 * planter.world.days, planter.name(account), planter.some_amount(),
                         planter.counted())  # fmt: skip
    planter.expect(row, "distributor without chips", INNOCENT, account, "weak")


def _since_years(planter: Planter) -> None:
    """A firm that runs just these chips, and has done so for years."""
    t, used = planter.world.traits, planter.used
    old = (t["created"] < _OLD) & (used.chips < 2) & (t["reseller"] == 0)
    account = _take(planter, old)
    if account is None:
        return
    row = planter.notice(0.3 * planter.world.days, planter.name(account), planter.some_amount(),
                         planter.counted(account))  # fmt: skip
    planter.expect(row, "uses it since years", INNOCENT, account, "weak")


def _by_accident(planter: Planter) -> None:
    """The amount fits what a firm spends on other things."""
    t, used = planter.world.traits, planter.used
    old = (t["created"] < _OLD) & used.no_chips & (used.cost.sum(axis=1) > 300)
    account = _take(planter, old & (t["reseller"] == 0))
    if account is None:
        return
    day = 0.25 * planter.world.days
    row = planter.notice(day, planter.name(account), planter.fitting(account, day),
                         planter.counted())  # fmt: skip
    planter.expect(row, "amount by accident", INNOCENT, account, "weak")


def _several(planter: Planter) -> None:
    """A framework of three suppliers, two of which hold accounts."""
    old = planter.world.traits["created"] < _OLD
    found = [_take(planter, old & planter.used.no_chips) for _ in range(2)]
    accounts = [account for account in found if account is not None]
    if not accounts:
        return
    stranger = planter.buyers.latin().rsplit(" ", 1)[0] + " Supply"
    names = [stranger, *(planter.pool.names[account] for account in accounts)]
    row = planter.notice(0.4 * planter.world.days, names[0], planter.some_amount(),
                         planter.counted(), supplier_names="; ".join(names))  # fmt: skip
    for account in accounts:
        planter.expect(row, "several suppliers", INNOCENT, account, "weak")


def _furniture(planter: Planter) -> None:
    """Furniture and switches from a firm that runs chips or models."""
    account = _take(planter, planter.used.began(-1, planter.world.days))
    if account is None:
        return
    words = OTHER[int(planter.rng.integers(len(OTHER)))]
    row = planter.notice(0.35 * planter.world.days, planter.name(account),
                         planter.some_amount(), words)  # fmt: skip
    planter.expect(row, "furniture and switches", INNOCENT, None, "unattached")
    planter.expect(row, "furniture and switches", INNOCENT, account, ABSENT)


def _nobody(planter: Planter) -> None:
    """No supplier is named, and the amount is what some account spent."""
    account = _take(planter, planter.used.cost.sum(axis=1) > 300)
    if account is None:
        return
    day = 0.3 * planter.world.days
    row = planter.notice(day, None, planter.fitting(account, day), planter.counted(chips=False),
                         notice_type="tender")  # fmt: skip
    planter.expect(row, "amount alone", INNOCENT, None, "unattached")
    planter.expect(row, "amount alone", INNOCENT, account, ABSENT)
