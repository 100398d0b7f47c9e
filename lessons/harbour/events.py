"""What people did in the console and the control plane: ``events``, and links seen there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.demand import MODELS, Stream
from lessons.harbour.machines import Lease
from lessons.harbour.staff import Person, resolve, sign_ins, staff
from lessons.harbour.stage import Stage, hexes, uniform

CLASS = {"ConsoleLogin": 3002, "CreateAccount": 3001, "CreateUser": 3001, "ChangeEmail": 3001,
    "ChangePhone": 3001, "UpdateContactInformation": 3001, "EnableMFADevice": 3001,
    "DeactivateMFADevice": 3001, "ResetPassword": 3001, "AddPaymentInstrument": 3001}  # fmt: skip
TEXTS = (
    "operation",
    "status",
    "credential_uid",
    "instance_type",
    "ssh_key_hash",
    "image_hash",
    "model_id",
    "region",
)
HANDOVER = ("ResetPassword", "ChangeEmail", "ChangePhone", "DeactivateMFADevice", "EnableMFADevice",
    "UpdateContactInformation", "AddPaymentInstrument")  # fmt: skip

RARE = ("GetFoundationModelAvailability", "PutUseCaseForModelAccess",
    "DeleteModelInvocationLoggingConfiguration")  # fmt: skip


@dataclass
class Log:
    """Events as they are written: an hour, a person, an operation and what it names."""

    stage: Stage
    people: list[Account]
    staffed: list[Person]
    of: list[list[int]]  # the people of each account
    hour: list[float] = field(default_factory=list)
    who: list[int] = field(default_factory=list)
    texts: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in TEXTS})

    def add(self, hour: float, who: int, operation: str, **named: str) -> None:
        """Write one event, if the account is open and the world goes on."""
        one = self.people[self.staffed[who].account]
        if (
            max(one.created, 0)
            <= hour
            < (one.closed if one.closed is not None else self.stage.hours)
        ):
            self.hour.append(hour)
            self.who.append(who)
            for name in TEXTS[2:]:
                self.texts[name].append(named.get(name))
            self.texts["operation"].append(operation)
            self.texts["status"].append(named.get("status", "success"))

    def present(self, draw: np.random.Generator, account: int, hour: float) -> int:
        """Choose somebody who works for the account at that hour, else its first person."""
        there = [
            p for p in self.of[account] if self.staffed[p].begin <= hour <= self.staffed[p].end
        ]
        there = [p for p in there if self.staffed[p].role == "user"]
        return int(draw.choice(there)) if there else self.of[account][0]


def events(
    stage: Stage, people: list[Account], keys: list[Stream], rented: list[Lease]
) -> pl.DataFrame:
    """Write ``events`` for everybody."""
    draw = stage.rng("events")
    staffed = staff(stage, people)
    of: list[list[int]] = [[] for _ in people]
    for p, person in enumerate(staffed):
        of[person.account].append(p)
    log = Log(stage, people, staffed, of)
    _beginnings(log, draw, keys)
    _machines(log, draw, rented)
    _changes(log, draw)
    _access(log, draw, keys)
    for i, one in enumerate(people):
        if one.kind.turn == "theft":
            _theft(log, draw, i, [s.key for s in keys if s.account == i])
        if stage.preset == "no_access" and one.proxy:
            _in_vain(log, draw, i)
    return _write(log, draw)


def _beginnings(log: Log, draw: np.random.Generator, keys: list[Stream]) -> None:
    """Write how accounts, users and keys came to be, where the log was there to see it."""
    for i, one in enumerate(log.people):
        if one.created >= 0:
            log.add(one.created, log.of[i][0], "CreateAccount")
        for p in log.of[i][1:]:
            person = log.staffed[p]
            if person.begin > 0 and person.role == "user":
                log.add(person.begin, log.of[i][0] if draw.random() < 0.9 else p, "CreateUser")
    for s in keys:
        one = log.people[s.account]
        made = max(one.created, 0.0) + draw.uniform(0.1, 0.9)
        if one.created >= 0:
            log.add(made, log.of[s.account][0], "CreateAccessKey", credential_uid=s.key)
        elif one.kind.turn == "handover" and not s.cover:
            at = max(one.turn - draw.uniform(0, 1), 0.0)
            log.add(
                at,
                log.present(draw, s.account, one.turn + 0.1),
                "CreateAccessKey",
                credential_uid=s.key,
            )


def _machines(log: Log, draw: np.random.Generator, rented: list[Lease]) -> None:
    """Write the starts and ends of leases, the keys of those who enter, and quota requests."""
    ssh = hexes(draw, len(log.staffed))
    image = [h if draw.random() < 0.3 else None for h in hexes(draw, len(log.people))]
    asked: dict[int, bool] = {}
    for x in rented:
        one = log.people[x.account]
        who = log.present(draw, x.account, x.begin / 4)
        named = {"instance_type": x.machine, "region": x.region, "ssh_key_hash": ssh[who]}
        if one.kind.turn == "tenants" or draw.random() < 0.04:
            named["ssh_key_hash"] = hexes(draw, 1)[0]
            log.add(
                x.begin / 4 - draw.uniform(0, 0.2),
                who,
                "ImportKeyPair",
                ssh_key_hash=named["ssh_key_hash"],
            )
        own = image[x.account]
        if own is not None:
            named["image_hash"] = own
        if x.machine.startswith("p") and not asked.setdefault(x.account, False):
            asked[x.account] = True
            log.add(
                x.begin / 4 - draw.uniform(0.3, 60),
                who,
                "RequestServiceQuotaIncrease",
                instance_type=x.machine,
            )
        if draw.random() < 0.06:
            log.add(x.begin / 4 - 0.1, who, "RunInstances", **(named | {"status": "failure"}))
        log.add(x.begin / 4, who, "RunInstances", **named)
        log.add(x.end / 4, who, "TerminateInstances", instance_type=x.machine, region=x.region)


def _changes(log: Log, draw: np.random.Generator) -> None:
    """Write changes of contacts and factors: all at once, in stages, or as life brings them."""
    stage = log.stage
    for i, one in enumerate(log.people):
        if one.kind.turn == "handover":
            who = log.present(draw, i, one.turn + 0.1)
            span = uniform(draw, stage.dials.change_hours)
            for operation in HANDOVER:
                if draw.random() < 0.8:
                    log.add(one.turn + draw.uniform(0, span), who, operation)
        elif one.kind.turn == "takeover":
            log.add(one.turn - draw.uniform(1, 80), log.of[i][0], "CreateSupportCase")
            for operation in HANDOVER[1:6]:
                when = one.turn + draw.uniform(0, 24 * 18)
                log.add(when, log.present(draw, i, when), operation)
        elif one.kind.name == "reorganised":
            log.add(one.begin + draw.uniform(2, 60), log.of[i][0], "CreateSupportCase")
        elif draw.random() < 0.12 * stage.days / 60:
            when = draw.uniform(max(one.begin, 0), stage.hours)
            who = log.present(draw, i, when)
            # A lost telephone takes several at once; most changes are one.
            few = ("ChangePhone", "DeactivateMFADevice", "EnableMFADevice", "ResetPassword")
            for operation in few if draw.random() < 0.3 else (str(draw.choice(HANDOVER)),):
                log.add(when + draw.uniform(0, 3), who, operation)


def _access(log: Log, draw: np.random.Generator, keys: list[Stream]) -> None:
    """Write who looked for models and asked for them, and the few calls that are logged."""
    for s in keys:
        one = log.people[s.account]
        for _ in range(draw.poisson(0.8)):
            when = draw.uniform(one.begin, one.end)
            failed = "failure" if draw.random() < 0.4 else "success"
            model = MODELS[s.model if failed == "success" else int(draw.integers(8))][0]
            who = log.present(draw, s.account, when)
            named = {"credential_uid": s.key, "model_id": model, "status": failed}
            log.add(when, who, "InvokeModel", **named)
            if draw.random() < 0.06:
                log.add(when, who, str(draw.choice(RARE)), credential_uid=s.key)
    for i, one in enumerate(log.people):
        for _ in range(draw.poisson(0.8 if one.kind.api > 0.5 else 0.2)):
            when = draw.uniform(max(one.begin, 0), one.end)
            log.add(when, log.present(draw, i, when), "ListFoundationModels")
        if one.created >= 0 and draw.random() < one.kind.api * 0.6:
            when = one.created + draw.uniform(0.2, 1.0)
            log.add(when, log.of[i][0], "PutUseCaseForModelAccess")


def _theft(log: Log, draw: np.random.Generator, i: int, keys: list[str]) -> None:
    """Write what is done with a stolen key: a look around, silence about it, then use."""
    turn, thief = log.people[i].turn, log.of[i][-1]
    for operation, few in (
        ("GetFoundationModelAvailability", 6), ("ListFoundationModels", 3),
        ("PutUseCaseForModelAccess", 2),
        ("DeleteModelInvocationLoggingConfiguration", 1), ("InvokeModel", 12),
    ):  # fmt: skip
        for _ in range(1 + int(draw.integers(few))):
            late = 40 if operation == "InvokeModel" else 0
            status = "failure" if draw.random() < 0.3 else "success"
            when = turn + late * draw.random() + draw.uniform(0, 3)
            log.add(when, thief, operation, credential_uid=keys[0], status=status)


def _in_vain(log: Log, draw: np.random.Generator, i: int) -> None:
    """Write tries that were refused: machines, models, quota."""
    one = log.people[i]
    for _ in range(int(draw.integers(2, 9))):
        when = draw.uniform(one.begin, one.end)
        who = log.present(draw, i, when)
        if one.kind.gpu >= 1 or draw.random() < 0.3:
            large = str(draw.choice(["p4d.24xlarge", "p5.48xlarge"]))
            log.add(when, who, "RunInstances", status="failure", instance_type=large)
            log.add(
                when + 0.3,
                who,
                "RequestServiceQuotaIncrease",
                status="failure",
                instance_type=large,
            )
        else:
            model = str(draw.choice(["claude-opus-4.1", "gpt-5"]))
            log.add(when, who, "InvokeModel", status="failure", model_id=model)
            log.add(when + 0.2, who, "PutUseCaseForModelAccess", status="failure")


def _write(log: Log, draw: np.random.Generator) -> pl.DataFrame:
    """Join what was written with sign-ins, and say where each came from."""
    stage = log.stage
    hour, who = sign_ins(draw, log.staffed)
    count = len(hour)
    login = {"operation": ["ConsoleLogin"] * count}
    login["status"] = np.where(draw.random(count) < 0.04, "failure", "success").tolist()
    columns = {
        name: pl.Series(name, [*values, *login.get(name, [None] * count)], dtype=pl.String)
        for name, values in log.texts.items()
    }
    at = np.concatenate([np.array(log.who, dtype=np.int64), who])
    owner = np.array([p.account for p in log.staffed], dtype=np.int64)[at]
    second = np.floor(np.concatenate([np.array(log.hour), hour]) * 3600).astype(np.int64)
    # Whole seconds: nothing may fall before the second in which the account was made.
    made = np.array([np.ceil(max(one.created, 0) * 3600) for one in log.people]).astype(np.int64)
    second = np.maximum(second, made[owner]) + stage.epoch
    mfa = pl.Series(draw.random(len(log.staffed)) < 0.6).gather(at)
    frame = resolve(stage, log.staffed, at).with_columns(
        *columns.values(),
        time=pl.from_epoch(pl.Series(second), time_unit="s").dt.replace_time_zone("UTC"),
        account_id=pl.Series([one.account_id for one in log.people]).gather(owner),
        actor_type=pl.lit("user"),
        mfa=mfa,
        class_uid=columns["operation"].replace_strict(CLASS, default=6003, return_dtype=pl.Int64),
    )
    called = pl.col("credential_uid").is_not_null() & (pl.col("operation") != "CreateAccessKey")
    frame = frame.with_columns(device_hash=pl.when(~called).then("device_hash"))
    frame = frame.with_columns(mfa=pl.when(pl.col("class_uid") == 3002).then("mfa"))
    first = ["time", "account_id", "class_uid", "operation", "status"]
    return frame.select(*first, pl.exclude(first)).sort(
        "time", "account_id", "operation", "actor_uid", "device_hash", maintain_order=True
    )
