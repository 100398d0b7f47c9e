"""Notices of the public cases beside those that a world of cases has anyway."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detector.simulate.leads.facts import PUBLIC, TRADE
from detector.simulate.leads.planting import Planter, disposed
from detector.simulate.policy.facts import Entry
from detector.simulate.world import PROXY, World

#: What an amount must be spent of, at least and at most, to agree.
_AGREES: Final = (0.5, 1.05)


def plant_public(planter: Planter) -> None:
    """Plant the shapes C1 to C5 and C8 in a world of cases, and trades of other rings."""
    if planter.world.spec.cases:
        _trader(planter)
        _did_not_proceed(planter)
        _nobody_named(planter)
        _tokens(planter)
        _servers(planter)
        _declared(planter)
    _trades(planter)


def _row(world: World, buyer: str) -> dict[str, Any] | None:
    """The notice of a buyer that a world of cases has anyway."""
    return next((row for row in world.tenders if row["buyer"] == buyer), None)


def _account(world: World, name: str) -> int:
    return next(row for row, holder in world.names.items() if holder == name)


def _twin(planter: Planter, row: dict[str, Any], days: int, title: str, text: str) -> None:
    """The same purchase in another language; neither row has an id."""
    planter.follow({"currency": "USD", "notice_type": "award"} | row, days, title=title, text=text)


def _trader(planter: Planter) -> None:
    """C1: one budget for A100 and H100, told in English and in Chinese."""
    row = _row(planter.world, "Quillmere University")
    if row is None:
        return
    _twin(planter, row, 1, "云服务账号采购", "需提供A100、H100加速卡实例，由承办单位开通云账号")
    account = _account(planter.world, row["supplier"])
    share = planter.used.spent(account, row["day"]) / row["amount"]
    # In a short window the budget is not yet run down.
    sure = ("strong",) if _AGREES[0] < share < _AGREES[1] else ("strong", "medium")
    planter.expect(_floored(row), "C1 one budget for chips", PUBLIC, account, *sure)


def _did_not_proceed(planter: Planter) -> None:
    """C2: announced, and never bought."""
    row = _row(planter.world, "Wendelow Laboratory")
    if row is None:
        return
    row |= {"notice_id": "N-C2", "notice_type": "tender"}
    row |= disposed("did_not_proceed", row["day"] + 5)
    planter.expect(_floored(row), "C2 did not proceed", PUBLIC, None, "disposed")


def _nobody_named(planter: Planter) -> None:
    """C3: an overseas account is asked for; no supplier is named, and the amount fits one."""
    account = _account(planter.world, "Halvessen Datenwerk")
    day = 0.2 * planter.world.days
    row = planter.notice(
        day, None, planter.fitting(account, day),
        ("海外云账号采购", "海外账号一个，可调用Claude 3大模型"), notice_type="tender",
    )  # fmt: skip
    planter.expect(row, "C3 no supplier named", PUBLIC, None, "unattached")


def _tokens(planter: Planter) -> None:
    """C4: 40 million tokens for little money; the buyer is on a list."""
    row = _row(planter.world, "Fennimore Polytechnic")
    if row is None:
        return
    _twin(planter, row, 2, "模型接口服务采购", "大模型接口，4000万令牌，按量使用")
    entry = Entry("EL", row["buyer"], "CN", start=-800, city="Fennimore")
    planter.policy.later.append(entry)
    account = _account(planter.world, row["supplier"])
    planter.expect(_floored(row), "C4 tokens, listed buyer", PUBLIC, account, "strong",
                   queues=True)  # fmt: skip


def _servers(planter: Planter) -> None:
    """C5: 500 servers of eight A100; a list has the buyer as an alias of its parent."""
    row = _row(planter.world, "Tallis Institute of Advanced Study")
    if row is None:
        return
    row |= {"notice_id": "N-C5", "notice_type": "award"} | disposed("confirmed", row["day"] + 9)
    planter.follow(row, 3, notice_type="contract", currency="USD", title="服务器租赁合同",
                   text="租赁服务器500台，每台8张A100")  # fmt: skip
    entry = Entry("EL", "Tallis Technical University", "CN", (row["buyer"],), start=-1500,
                  city="Tallis")  # fmt: skip
    planter.policy.later.append(entry)
    account = _account(planter.world, row["supplier"])
    planter.expect(_floored(row), "C5 servers, listed parent", PUBLIC, account, "strong",
                   queues=True)  # fmt: skip


def _declared(planter: Planter) -> None:
    """C8: a declared reseller sells what its trade is."""
    row = _row(planter.world, "Brackwater University")
    if row is None:
        return
    account = _account(planter.world, row["supplier"])
    planter.expect(_floored(row), "C8 declared reseller", PUBLIC, account, "weak", queues=False)


def _floored(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"day": float(np.floor(row["day"]))}


def _trades(planter: Planter) -> None:
    """Members of rings whose own notice fits what they did."""
    world = planter.world
    members = (world.role == PROXY) & planter.pool.named & planter.fits()
    members[list(world.names)] = False
    rows = planter.pool.order[members[planter.pool.order]].tolist()
    for account in rows[: planter.many]:
        day = planter.before(account)
        row = planter.notice(day, planter.name(account), planter.fitting(account, day),
                             planter.words(account))  # fmt: skip
        planter.expect(row, "trade of a ring", TRADE, account, "strong", "medium")
