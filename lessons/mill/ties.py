"""What identifies accounts: people with devices and keys, instruments, phones, addresses, forms."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lessons.mill.cast import NEVER, Cast, Cell
from lessons.mill.focus import Work
from lessons.mill.ranges import DAY, Ints, Plan

__all__ = ["COUNTRIES", "Ties", "link_rows", "tie"]

COUNTRIES = ("US", "DE", "IN", "SG", "CN", "BR", "JP", "NG", "PL", "MY", "FR", "AE", "KR", "KE")
NETS = ("isp", "mobile", "hosting", "vpn", "education", "corporate")
NET_OF = {
    "education": (0.25, 0.05, 0.05, 0.05, 0.6, 0.0),
    "firm": (0.35, 0.05, 0.06, 0.12, 0.0, 0.42),
    "person": (0.62, 0.12, 0.07, 0.13, 0.03, 0.03),
}
MANY = {"computing_centre": 18, "aggregator": 14, "sublet": 14, "laboratory": 3, "tool_shop": 6}


@dataclass
class Person:
    """Somebody at a keyboard: an actor's name and all that the network shows of it."""

    actor: str
    device: str
    ip: str
    net: str
    asn: int
    country: int
    agent: str
    tls: str
    ssh: str
    mfa: bool


@dataclass
class Seat:
    """A person in an account, from when until when, with the image and the key used there."""

    account: int
    person: int
    since: int
    until: int
    image: str
    key: str


@dataclass
class Ties:
    """People, their seats in accounts, and what else accounts have or share."""

    people: list[Person] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    values: list[tuple[int, str, str]] = field(default_factory=list)
    instrument: pl.Series = field(default_factory=pl.Series)
    instrument_kind: pl.Series = field(default_factory=pl.Series)
    instrument_country: pl.Series = field(default_factory=pl.Series)
    third_party: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    last: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass
class _Shop:
    """Where values come from: a generator, buildings and carrier addresses that many share."""

    rng: np.random.Generator
    buildings: list[str]
    carriers: list[str]
    agents: list[str]

    def hash(self) -> str:
        """A new hash."""
        return self.rng.bytes(10).hex()

    def pick(self, values: list[str]) -> str:
        """One of the values."""
        return values[int(self.rng.integers(len(values)))]


def tie(rng: np.random.Generator, cast: Cast, work: Work, plan: Plan) -> Ties:
    """Give every account people and identifiers, and link those that share."""
    new = _Shop(rng, *([rng.bytes(10).hex() for _ in range(n)] for n in (12, 18, 25)))
    ties = Ties(third_party=np.zeros(cast.size, np.int64))
    purse: list[tuple[str, str, str]] = [("", "", "")] * cast.size
    for cell in cast.cells:
        _staff(new, ties, cast, cell, plan)
        _papers(new, ties, purse, cast, cell, plan)
    _moved(new, ties, cast, plan)
    ties.instrument = pl.Series([entry[0] for entry in purse])
    ties.instrument_kind = pl.Series([entry[1] for entry in purse])
    ties.instrument_country = pl.Series([entry[2] for entry in purse])
    last = cast.created + (rng.random(cast.size) * 3 * DAY).astype(np.int64)
    np.maximum.at(last, work.launches.account, work.launches.end)
    ties.last = np.minimum(np.maximum(last, cast.created + 10), np.minimum(cast.closed, plan.end))
    ties.seats.sort(key=lambda seat: seat.account)
    return ties


def _person(new: _Shop, cell: Cell, ip: str = "") -> Person:
    """Somebody new; where people are is drawn alike for all kinds of cells."""
    rng, customer = new.rng, cell.kind.customer[0]
    group = {"education": "education", "individual": "person", "startup": "person"}
    net = NETS[int(rng.choice(6, p=np.array(NET_OF[group.get(customer, "firm")])))]
    country = cell.country if rng.random() < 0.85 else int(rng.integers(len(COUNTRIES)))
    if not ip:
        ip = new.pick(new.carriers) if rng.random() < 0.15 else new.hash()
    asn = 64512 + NETS.index(net) * 40 + int(rng.integers(40))
    return Person(
        f"u-{new.hash()[:12]}",
        new.hash(),
        ip,
        net,
        asn,
        country,
        new.pick(new.agents),
        new.pick(new.agents)[:12],
        new.hash(),
        bool(rng.random() < 0.5),
    )


def _block(rng: np.random.Generator, cell: Cell, kind: str) -> int:
    """How many members one shared value serves."""
    n = len(cell.members)
    if cell.kind.role == "proxy":
        return int(rng.integers(3, 8))
    wide = kind in ("address", "ip", "tax", "referral", "form", "image") or n <= 4
    return max(n, 1) if wide or rng.random() < 0.3 else int(rng.integers(3, 11))


def _shared(new: _Shop, cell: Cell, kind: str, plan: Plan) -> Ints:
    """Number of the shared value that each member uses, -1 for one of its own."""
    rng, n = new.rng, len(cell.members)
    chance = cell.kind.shares.get(kind, 0.0)
    if cell.kind.role == "proxy":
        chance = min(0.95, chance * rng.uniform(*plan.ranges.weave))
    number = np.arange(n) // _block(rng, cell, kind)
    number = np.maximum(number - (rng.random(n) < 0.2), 0)
    return np.where(rng.random(n) < chance, number, -1)


def _staff(new: _Shop, ties: Ties, cast: Cast, cell: Cell, plan: Plan) -> None:
    """Seat people in the accounts of a cell, staff of the cell or people of their own."""
    rng, kind = new.rng, cell.kind
    staff, images = _shared(new, cell, "staff", plan), _shared(new, cell, "image", plan)
    homes = _shared(new, cell, "ip", plan)
    pool: dict[tuple[str, int], int] = {}
    common: dict[tuple[str, int], str] = {}
    for seat, account in enumerate(cell.members.tolist()):
        since, until = int(cast.created[account]), int(cast.closed[account])
        image = new.hash()
        if images[seat] >= 0:
            image = common.setdefault(("image", int(images[seat])), image)
        count = 1 + int(rng.poisson(MANY.get(kind.name, 0.3)))
        for number in range(count):
            ip = ""
            if homes[seat] >= 0:
                ip = common.setdefault(("ip", int(homes[seat])), new.hash())
            own = number > 0 or staff[seat] < 0
            key = ("own", len(ties.people)) if own else ("staff", int(staff[seat]))
            if key not in pool:
                pool[key] = len(ties.people)
                ties.people.append(_person(new, cell, ip))
            mine = (
                new.hash() if kind.name in ("computing_centre", "aggregator", "sublet") else image
            )
            ties.seats.append(Seat(account, pool[key], since, until, mine, new.hash()))
        if kind.name in ("bought_account", "acquired", "fronted_ring"):
            _succeed(new, ties, cell, since, until)


def _succeed(new: _Shop, ties: Ties, cell: Cell, since: int, until: int) -> None:
    """Hand the last seat over: at once after a purchase, with overlap after a take-over."""
    rng, old = new.rng, ties.seats[-1]
    when = cell.turn
    if cell.kind.name == "fronted_ring":
        when = since + int(rng.uniform(0.2, 2.5) * DAY)
    if not since < when < until:
        return
    overlap = int(rng.uniform(8, 25) * DAY) if cell.kind.name == "acquired" else 0
    ties.people.append(_person(new, cell))
    for seat in ties.seats:
        if seat.account == old.account:
            seat.until = min(until, when + overlap)
    ties.seats.append(Seat(old.account, len(ties.people) - 1, when, until, old.image, new.hash()))


def _papers(
    new: _Shop, ties: Ties, purse: list[tuple[str, str, str]], cast: Cast, cell: Cell, plan: Plan
) -> None:
    """Give members instruments, phones, mailboxes, addresses, forms, tax ids, referrals."""
    rng, kind = new.rng, cell.kind
    chosen = {
        name: _shared(new, cell, name, plan)
        for name in ("payment", "phone", "address", "form", "tax", "referral")
    }
    common: dict[tuple[str, int], tuple[str, str]] = {}
    offered = {
        "person": ("card", "card", "card", "wallet", "prepaid_card", "virtual_card", "crypto"),
        "firm": ("card", "bank", "bank", "card", "virtual_card"),
    }
    group = "person" if kind.customer[0] in ("individual", "startup") else "firm"
    tower = rng.random() < 0.15
    for seat, account in enumerate(cell.members.tolist()):
        for name, column in chosen.items():
            number = int(column[seat])
            value = new.hash()
            if name == "address" and (tower or rng.random() < 0.04):
                value = new.pick(new.buildings)
            if number < 0 and name in ("tax", "referral", "form") and rng.random() < 0.6:
                continue
            made = (value, new.pick(list(offered[group])))
            if number >= 0:
                made = common.setdefault((name, number), made)
            word = {"form": "form_text", "tax": "tax_id"}.get(name, name)
            if name == "payment":
                place = COUNTRIES[cell.country if rng.random() < 0.9 else int(rng.integers(14))]
                purse[account] = (made[0], made[1], place)
                ties.third_party[account] = int(number >= 0 and rng.random() < 0.6)
                if cast.pay[account] == 1 and number < 0:
                    continue
            ties.values.append((account, word, made[0]))
        ties.values.append((account, "email", new.hash()))


def _moved(new: _Shop, ties: Ties, cast: Cast, plan: Plan) -> None:
    """Sell laptops and give phone numbers to others: links between strangers."""
    rng = new.rng
    seats = rng.permutation(len(ties.seats))[: max(2, cast.size // 80 * 2)]
    for one, two in zip(seats[::2].tolist(), seats[1::2].tolist(), strict=True):
        seller, buyer = ties.seats[one], ties.seats[two]
        low = max(seller.since, buyer.since, 0) + DAY
        high = min(seller.until, buyer.until, plan.end) - DAY
        if seller.account == buyer.account or low >= high or buyer.since >= NEVER:
            continue
        when, until = int(rng.integers(low, high)), seller.until
        for seat, device in ((seller, ""), (buyer, ties.people[seller.person].device)):
            old = ties.people[seat.person]
            ties.people.append(Person(**{**vars(old), "device": device or new.hash()}))
            end = until if seat is seller else seat.until
            if seat is seller:
                seat.until = when
            ties.seats.append(
                Seat(seat.account, len(ties.people) - 1, when, end, seat.image, seat.key)
            )
    phones = [place for place, row in enumerate(ties.values) if row[1] == "phone"]
    swaps = [
        (place, phones[int(rng.integers(len(phones)))])
        for place in rng.permutation(np.array(phones))[: cast.size // 90].tolist()
    ]
    by_account = {ties.values[place][0]: place for place in phones}
    for cell in cast.cells:  # numbers that a ring has dropped go to strangers
        if cell.ring and len(cell.members) > 1:
            for place in rng.choice(np.array(phones), int(rng.integers(0, 5))).tolist():
                given = by_account[int(cell.members[int(rng.integers(len(cell.members)))])]
                swaps.append((place, given))
    for place, other in swaps:
        ties.values[place] = (ties.values[place][0], "phone", ties.values[other][2])


def link_rows(cast: Cast, ties: Ties, plan: Plan) -> pl.DataFrame:
    """The table ``account_links``, in order of account, kind and value."""
    rows: list[tuple[int, str, str, int, int]] = []
    for seat in ties.seats:
        who = ties.people[seat.person]
        until = min(seat.until, int(ties.last[seat.account]))
        span = (seat.since, max(until, seat.since + 1))
        pairs = (("device", who.device), ("ssh_key", who.ssh), ("ip", who.ip))
        rows += [(seat.account, kind, value, *span) for kind, value in pairs]
        rows += [
            (seat.account, "image", seat.image, *span),
            (seat.account, "access_key", seat.key, *span),
        ]
    for account, kind, value in ties.values:
        rows.append((account, kind, value, int(cast.created[account]), int(ties.last[account])))
    frame = pl.DataFrame(
        rows, schema=["account", "kind", "value_hash", "first", "last"], orient="row"
    )
    frame = frame.filter(pl.col("first") < plan.end)
    frame = frame.group_by("account", "kind", "value_hash").agg(
        pl.col("first").min(), pl.col("last").max().clip(upper_bound=plan.end - 1)
    )
    return frame.select(
        pl.Series(cast.ids).gather(frame["account"]).alias("account_id"),
        "kind",
        "value_hash",
        plan.times(frame["first"], "first_seen"),
        plan.times(frame["last"], "last_seen"),
    ).sort("account_id", "kind", "value_hash")
