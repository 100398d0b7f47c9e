"""What the control plane saw: sign-ups, sign-ins, machines, keys, quotas, hand-overs, thefts."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lessons.mill.cast import Cast
from lessons.mill.catalogue import SKUS
from lessons.mill.focus import Work
from lessons.mill.ranges import DAY, HOUR, Flags, Ints, Plan, either
from lessons.mill.ties import COUNTRIES, Ties

__all__ = ["event_rows"]

CLASS = {
    "CreateAccount": 3001,
    "ChangeEmail": 3001,
    "ChangePhone": 3001,
    "AddPaymentInstrument": 3001,
    "UpdateContactInformation": 3001,
    "EnableMFADevice": 3001,
    "DeactivateMFADevice": 3001,
    "ResetPassword": 3001,
    "ConsoleLogin": 3002,
}
CHANGES = tuple(name for name, uid in CLASS.items() if uid == 3001 and name != "CreateAccount")
SENDER = (
    "src_ip_hash",
    "src_asn",
    "src_asn_class",
    "src_country",
    "user_agent_hash",
    "tls_fingerprint",
)
BY_HAND = {"office": 0.9, "class": 0.8, "event": 0.8, "campaign": 0.6, "drain": 0.6, "film": 0.5}


@dataclass
class _Seen:
    """Events as blocks of columns: tick, account, word, success, launch, by hand, count."""

    blocks: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self,
        word: str,
        tick: Ints,
        account: Ints,
        ok: Flags | bool = True,
        launch: Ints | int = -1,
        hand: Flags | bool = True,
        count: Ints | int = 1,
    ) -> None:
        """Add events of one operation."""
        columns = {"ok": ok, "launch": launch, "hand": hand, "count": count}
        full = {
            name: np.broadcast_to(np.asarray(value, np.int64), tick.shape)
            for name, value in columns.items()
        }
        frame = pl.DataFrame(
            {"tick": tick.astype(np.int64), "account": account.astype(np.int64), **full}
        )
        self.blocks.append(frame.with_columns(word=pl.lit(word)))


def event_rows(
    rng: np.random.Generator, cast: Cast, work: Work, ties: Ties, plan: Plan
) -> pl.DataFrame:
    """The table ``events``, in order of time and account."""
    seen = _Seen()
    _machines(rng, seen, cast, work, plan)
    _sign_ups(rng, seen, cast, ties)
    _quotas(rng, seen, cast, work)
    _changes(rng, seen, cast)
    _thieves(rng, seen, work)
    frame = pl.concat(seen.blocks)
    account = frame["account"].to_numpy()
    low, high = np.maximum(cast.created, 0), np.minimum(cast.closed, plan.end)
    inside = (frame["tick"].to_numpy() >= low[account]) & (frame["tick"].to_numpy() < high[account])
    frame = frame.filter(pl.Series(inside)).sort(
        "tick", "account", "word", "launch", maintain_order=True
    )
    seat = _seats(rng, frame["account"].to_numpy(), frame["tick"].to_numpy(), ties)
    return _words(rng, cast, work, ties, frame, seat, plan)


def _machines(rng: np.random.Generator, seen: _Seen, cast: Cast, work: Work, plan: Plan) -> None:
    """Starts and ends of machines, starts that failed, and sign-ins before those by hand."""
    done = work.launches
    number = np.arange(len(done.start))
    habit = np.array(
        [max(BY_HAND.get(p, 0.12) for p in cast.kind(i).programs) for i in range(cast.size)]
    )
    hand = rng.random(len(number)) < habit[done.account]
    seen.add("RunInstances", done.start, done.account, done.vain == 0, number, hand, done.nodes)
    ran = np.flatnonzero((done.vain == 0) & (done.end < plan.end))
    seen.add(
        "TerminateInstances",
        done.end[ran],
        done.account[ran],
        True,
        ran,
        hand[ran],
        done.nodes[ran],
    )
    short = np.flatnonzero(rng.random(len(number)) < 0.04)
    early = done.start[short] - rng.integers(3, 40, len(short))
    seen.add(
        "RunInstances", early, done.account[short], False, short, hand[short], done.nodes[short]
    )
    by = np.flatnonzero(hand & (done.foreign == 0))
    tick = done.start[by] - rng.integers(4, 70, len(by))
    seen.add("ConsoleLogin", tick, done.account[by], rng.random(len(by)) > 0.03)
    quiet = rng.integers(0, cast.size, cast.size * 3)
    seen.add("ConsoleLogin", (rng.random(len(quiet)) * plan.end).astype(np.int64), quiet)


def _sign_ups(rng: np.random.Generator, seen: _Seen, cast: Cast, ties: Ties) -> None:
    """Accounts made, instruments added, and keys of those who come to work there."""
    fresh = np.flatnonzero(cast.created >= 0)
    seen.add("CreateAccount", cast.created[fresh], fresh)
    paid = fresh[cast.pay[fresh] == 0]
    seen.add("AddPaymentInstrument", cast.created[paid] + rng.integers(1, 60, len(paid)), paid)
    since = np.array([seat.since for seat in ties.seats])
    account = np.array([seat.account for seat in ties.seats])
    come = np.flatnonzero(since >= 0)
    for word, share in (("ImportKeyPair", 0.6), ("CreateAccessKey", 0.8), ("EnableMFADevice", 0.4)):
        some = come[rng.random(len(come)) < share]
        seen.add(word, since[some] + rng.integers(1, 50, len(some)), account[some])


def _quotas(rng: np.random.Generator, seen: _Seen, cast: Cast, work: Work) -> None:
    """Requests for quota before the first big machine, and such as came to nothing."""
    done = work.launches
    big = np.flatnonzero(np.array([sku.gpus == 8 for sku in SKUS])[done.sku])
    account, first = np.unique(done.account[big], return_index=True)
    tick = done.start[big[first]] - rng.integers(20, 300, len(account))
    tick = np.maximum(tick, np.maximum(cast.created[account], 0) + 5)
    vain = done.vain[big[first]] == 1
    asked = rng.integers(1, 5, len(account)) * 8
    seen.add(
        "RequestServiceQuotaIncrease",
        tick,
        account,
        ~vain & (rng.random(len(account)) < 0.85),
        count=asked,
    )
    for _ in range(3):
        again = rng.random(len(account)) < np.where(vain, 0.6, 0.15)
        later = tick[again] + rng.integers(20, 30 * HOUR, int(again.sum()))
        seen.add(
            "RequestServiceQuotaIncrease", later, account[again], ~vain[again], count=asked[again]
        )
    idle = np.flatnonzero(rng.random(cast.size) < 0.03)
    when = np.maximum(cast.created[idle], 0) + (rng.random(len(idle)) * 20 * DAY).astype(np.int64)
    seen.add("RequestServiceQuotaIncrease", when, idle, rng.random(len(idle)) < 0.5, count=8)
    case = np.flatnonzero(rng.random(cast.size) < 0.1)
    when = np.maximum(cast.created[case], 0) + (rng.random(len(case)) * 40 * DAY).astype(np.int64)
    seen.add("CreateSupportCase", when, case)


def _changes(rng: np.random.Generator, seen: _Seen, cast: Cast) -> None:
    """Contacts and second factors that change: here and there, in a take-over, in a purchase."""
    for word in CHANGES:
        some = np.flatnonzero(rng.random(cast.size) < 0.02)
        when = np.maximum(cast.created[some], 0) + (rng.random(len(some)) * 50 * DAY).astype(
            np.int64
        )
        seen.add(word, when, some)
    for cell in cast.cells:
        days = {"bought_account": rng.uniform(0.2, 2.5), "acquired": rng.uniform(4, 22)}
        if cell.kind.name not in days:
            continue
        words = rng.permutation(np.array(CHANGES))[: int(rng.integers(4, len(CHANGES)))]
        for word in words.tolist():
            tick = cell.turn + int(rng.uniform(0, days[cell.kind.name]) * DAY)
            seen.add(word, np.array([tick]), cell.members)
        if cell.kind.name == "acquired":
            seen.add("CreateSupportCase", np.array([cell.turn - HOUR]), cell.members)


def _thieves(rng: np.random.Generator, seen: _Seen, work: Work) -> None:
    """What a stolen key tries before and while it is used."""
    done = work.launches
    theft = np.flatnonzero(done.foreign == 1)
    for _ in range(4):
        tick = done.start[theft] - rng.integers(2, 250, len(theft))
        seen.add("RunInstances", tick, done.account[theft], False, theft, False, 8)
    account, first = np.unique(done.account[theft], return_index=True)
    tick = done.start[theft[first]] - rng.integers(20, 200, len(account))
    seen.add("CreateAccessKey", tick, account, True, theft[first], False)
    seen.add("RequestServiceQuotaIncrease", tick + 8, account, True, theft[first], False, 64)


def _seats(rng: np.random.Generator, account: Ints, tick: Ints, ties: Ties) -> Ints:
    """Who did it: one of those who sat in the account at that time."""
    whose = np.array([seat.account for seat in ties.seats])
    since = np.array([seat.since for seat in ties.seats])
    until = np.array([seat.until for seat in ties.seats])
    low, high = np.searchsorted(whose, account), np.searchsorted(whose, account, side="right")
    seat = np.full(len(account), -1)
    for _ in range(8):
        open_ = np.flatnonzero(seat < 0)
        tried = low[open_] + (rng.random(len(open_)) * (high - low)[open_]).astype(np.int64)
        fits = (since[tried] <= tick[open_]) & (tick[open_] < until[tried])
        seat[open_[fits]] = tried[fits]
    for place in np.flatnonzero(seat < 0).tolist():
        some = np.arange(low[place], high[place])
        seat[place] = some[(since[some] <= tick[place]) & (tick[place] < until[some])][0]
    return seat


def _words(
    rng: np.random.Generator,
    cast: Cast,
    work: Work,
    ties: Ties,
    frame: pl.DataFrame,
    seat: Ints,
    plan: Plan,
) -> pl.DataFrame:
    """Events in the contract's words."""
    launch, done, word = frame["launch"].to_numpy(), work.launches, pl.col("operation")
    foreign = (launch >= 0) & (done.foreign[launch] == 1) if len(done.start) else launch < -1
    machine = frame["word"].is_in(["RunInstances", "TerminateInstances"])
    sku = pl.Series([entry.name for entry in SKUS]).gather(done.sku[np.maximum(launch, 0)])
    full = pl.DataFrame(
        {
            "time": plan.times(frame["tick"]),
            "account_id": pl.Series(cast.ids).gather(frame["account"]),
            "operation": frame["word"],
            "ok": frame["ok"] == 1,
            "count": frame["count"],
            "machine": machine,
            "alien": foreign,
            "by_hand": (frame["hand"] == 1) & ~pl.Series(foreign),
            "sku": sku,
        }
    )
    full = full.hstack(_senders(rng, ties, seat, foreign))
    counted = pl.col("machine") | word.str.contains("Quota")
    shown = (word == "RunInstances") & ~pl.col("alien")
    return full.select(
        "time",
        "account_id",
        word.replace_strict(CLASS, default=6003, return_dtype=pl.Int64).alias("class_uid"),
        "operation",
        either(pl.col("ok"), "success", "failure").alias("status"),
        "actor_uid",
        either(pl.col("by_hand"), "User", "Role").alias("actor_type"),
        either(~pl.col("by_hand"), pl.col("key")).alias("credential_uid"),
        either(pl.col("machine"), "machines", "account").alias("service"),
        either(counted, pl.col("count")).alias("resource_count"),
        *SENDER,
        either(pl.col("by_hand"), pl.col("device")).alias("device_hash"),
        either(word == "ConsoleLogin", pl.col("second")).alias("mfa"),
        either(pl.col("machine"), pl.col("sku")).alias("instance_type"),
        either(shown, pl.col("image")).alias("image_hash"),
        either(shown | (word == "ImportKeyPair"), pl.col("ssh")).alias("ssh_key_hash"),
    ).sort("time", "account_id", "operation", maintain_order=True)


def _senders(rng: np.random.Generator, ties: Ties, seat: Ints, foreign: Flags) -> pl.DataFrame:
    """Who sent each request and from where: those of the account, or a thief with a key of it."""
    n, who = len(seat), [ties.people[sits.person] for sits in ties.seats]
    table = pl.DataFrame(
        {
            "actor_uid": [p.actor for p in who],
            "src_ip_hash": [p.ip for p in who],
            "src_asn": [p.asn for p in who],
            "src_asn_class": [p.net for p in who],
            "src_country": [COUNTRIES[p.country] for p in who],
            "user_agent_hash": [p.agent for p in who],
            "tls_fingerprint": [p.tls for p in who],
            "device": [p.device for p in who],
            "ssh": [p.ssh for p in who],
            "second": [p.mfa for p in who],
            "image": [sits.image for sits in ties.seats],
            "key": [sits.key for sits in ties.seats],
        }
    )[seat]
    odd = pl.Series([rng.bytes(10).hex() for _ in range(int(foreign.sum()) + 1)])
    odd = odd.gather(np.maximum(np.cumsum(foreign) - 1, 0))
    thief = {
        "src_ip_hash": odd,
        "src_asn": pl.Series(64900 + rng.integers(0, 50, n)),
        "src_asn_class": pl.Series(["hosting", "vpn", "isp"]).gather(rng.integers(0, 3, n)),
        "src_country": pl.Series(COUNTRIES).gather(rng.integers(0, len(COUNTRIES), n)),
        "user_agent_hash": odd,
        "tls_fingerprint": odd,
    }
    own = pl.Series(~foreign)
    return table.with_columns(
        table[name].zip_with(own, value).alias(name) for name, value in thief.items()
    )
