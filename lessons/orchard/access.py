"""Events: sign-ins, what was called in the control plane, changes of accounts and keys."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.orchard.archetypes import INDEX
from lessons.orchard.calls import MODELS, key_marks
from lessons.orchard.cast import Cast
from lessons.orchard.machines import TYPES, days_of
from lessons.orchard.phases import at_hours, weight
from lessons.orchard.places import COUNTRIES, NETWORKS, addresses, sit
from lessons.orchard.setting import DAY, HOUR, NEVER, Array, Columns, Setting, hexed, spread, words

_RECORDS = (
    "CreateAccount CreateUser ChangeEmail ChangePhone UpdateContactInformation EnableMFADevice"
)
_RECORDS += " DeactivateMFADevice ResetPassword AddPaymentInstrument"
_GPU = "RunInstances TerminateInstances ImportKeyPair CreateAccessKey CreateImage"
_GPU += " RequestServiceQuotaIncrease"
_MODELS = "ListFoundationModels GetFoundationModelAvailability PutUseCaseForModelAccess"
_MODELS += " DeleteModelInvocationLoggingConfiguration CreateSupportCase"
_PLAIN = "DescribeInstances DescribeInstanceTypes ListBuckets PutBucketPolicy CreateSecurityGroup"
_PLAIN += (
    " DescribeVolumes GetCostAndUsage ListClusters UpdateFunctionCode GetMetricData ListKeyPairs"
)
OPERATIONS = ("ConsoleLogin", *_RECORDS.split(), *_GPU.split(), *_MODELS.split(), *_PLAIN.split())
OP = {name: number for number, name in enumerate(OPERATIONS)}
_CLASS = np.array([3002] + [3001] * 9 + [6003] * (len(OPERATIONS) - 10))
_FIELDS = {"fail": False, "session": -1, "key": -1, "kind": -1, "ssh": -1, "model": -1}


def _part(phase: Array, at: Array, operation: Array | str, **more: Array) -> Columns:
    """Put rows of events together; what is not said is null."""
    code = np.full(len(phase), OP[operation]) if isinstance(operation, str) else operation
    rest = {name: more.get(name, np.full(len(phase), none)) for name, none in _FIELDS.items()}
    return {
        "phase": phase,
        "at": at,
        "operation": code,
        "seat": more.get("seat", np.full(len(phase), -1)),
        **rest,
    }


def _visits(
    setting: Setting, rng: np.random.Generator, cast: Cast, ph: Columns, seats: Columns
) -> list[Columns]:
    """Sign-ins, failed ones before some, and the calls that follow."""
    phase, at = days_of(setting, ph)
    lam = ph["logins"][phase] * np.minimum(weight(cast, ph, phase, at), 1.5) ** 0.6
    parent, _ = spread(rng.poisson(lam))
    phase, at = phase[parent], at[parent]
    at = at + at_hours(rng, ph, phase)
    seat = sit(setting, rng, ph, seats, phase, at)
    number = np.arange(len(phase))
    failed = np.flatnonzero(rng.random(len(phase)) < 0.05)
    human = np.flatnonzero(~ph["stolen"][phase])  # a thief has a key, no password
    failed = failed[~ph["stolen"][phase[failed]]]
    login = _part(phase[human], at[human], "ConsoleLogin", seat=seat[human], session=number[human])
    wrong = np.ones(len(failed), dtype=bool)
    miss = _part(phase[failed], at[failed] - 40, "ConsoleLogin", seat=seat[failed], fail=wrong)
    count = rng.poisson(rng.lognormal(1.2, 0.6, len(phase)))
    visit, step = spread(count)
    code = rng.integers(OP["DescribeInstances"], len(OPERATIONS), len(visit))
    asks = (ph["calls"][phase[visit]] > 0) & (rng.random(len(visit)) < 0.06)
    code = np.where(asks, OP["ListFoundationModels"] + (rng.random(len(visit)) < 0.3), code)
    then = at[visit] + 20 + step * 45 + rng.integers(0, 40, len(visit))
    no = rng.random(len(visit)) < 0.02
    key = np.where(ph["stolen"][phase[visit]], 0, -1)
    done = _part(phase[visit], then, code, seat=seat[visit], session=visit, fail=no, key=key)
    return [login, miss, done]


def _machines(rng: np.random.Generator, ph: Columns, ses: Columns) -> list[Columns]:
    """Start and end machines, by hand in a console or with a key."""
    known = {"seat": ses["seat"], "kind": ses["kind"]}
    known["key"] = np.where(rng.random(len(ses["phase"])) < 0.6, 0, -1)
    start = _part(
        ses["phase"], ses["begin"], "RunInstances", fail=ses["refused"], ssh=ses["key"], **known
    )
    ended = np.flatnonzero(
        (ses["finish"] < NEVER) & ~ses["refused"] & (ses["finish"] < ph["until"][ses["phase"]])
    )
    over = {name: column[ended] for name, column in known.items()}
    end = _part(ses["phase"][ended], ses["finish"][ended], "TerminateInstances", **over)
    return [start, end]


def _beginnings(rng: np.random.Generator, cast: Cast, ph: Columns) -> list[Columns]:
    """What is done once, when an account or a phase is new inside the logs."""
    first, born = ph["then"] == 0, cast.created[ph["account"]]
    begun = np.where(first, born, ph["onset"])
    gpu, models = ph["starts"] > 0, ph["calls"] > 0
    none = np.zeros(len(first), dtype=bool)
    vain = ph["vain"]
    plans: list[tuple[str, Array, float, float, Array]] = [
        ("CreateAccount", first, 0, 0.0, none),
        ("AddPaymentInstrument", first & (rng.random(len(first)) < 0.7), 120, 0.2, none),
        ("EnableMFADevice", first & (rng.random(len(first)) < 0.55), 400, 24, none),
        ("CreateUser", ph["people"] > 1, 900, 48, none),
        ("ImportKeyPair", gpu & ~ph["stolen"], 900, 12, none),
        ("CreateAccessKey", (models | gpu) & ~ph["stolen"], 900, 6, none),
        ("RequestServiceQuotaIncrease", gpu & (ph["gpu"] > 0), 1200, 60, none),
        ("GetFoundationModelAvailability", models, 1000, 20, none),
        ("PutUseCaseForModelAccess", models & ph["top"] & ~(vain & ph["waits"]), 1300, 30, vain),
        ("DeleteModelInvocationLoggingConfiguration", ph["stolen"], 900, 10, none),
    ]
    parts = []
    for name, who, least, hours, fails in plans:
        rows = np.flatnonzero(who & (begun >= 0))
        at = begun[rows] + int(least) + (rng.random(len(rows)) * hours * HOUR).astype(np.int64)
        model = np.where(name == "PutUseCaseForModelAccess", 6, -1) + np.zeros(
            len(rows), dtype=np.int64
        )
        parts.append(
            _part(
                rows,
                at,
                name,
                fail=fails[rows],
                model=model,
                key=np.where(ph["stolen"][rows], 0, -1),
            )
        )
    again = np.repeat(np.flatnonzero(vain & ~ph["waits"] & (gpu | models)), 4)
    at = ph["from"][again] + (rng.random(len(again)) * 30 * DAY).astype(np.int64)
    asked = np.where(
        models[again], OP["PutUseCaseForModelAccess"], OP["RequestServiceQuotaIncrease"]
    )
    parts.append(_part(again, at, asked, fail=np.ones(len(again), dtype=bool)))
    return parts


def _changes(setting: Setting, rng: np.random.Generator, cast: Cast, ph: Columns) -> list[Columns]:
    """Change contacts and factors: all now and then, buyers at once, a merger by and by."""
    phase, at = days_of(setting, ph)
    now = rng.random(len(phase)) < 0.018
    kinds = rng.integers(OP["ChangeEmail"], OP["AddPaymentInstrument"] + 1, len(phase))
    kinds = np.where(rng.random(len(phase)) < 0.2, OP["CreateSupportCase"], kinds)
    rare = (rng.random(len(phase)) < 0.02) & (ph["calls"][phase] > 0)
    kinds = np.where(rare, OP["DeleteModelInvocationLoggingConfiguration"], kinds)
    own = phase[now]
    parts = [_part(own, at[now] + at_hours(rng, ph, own), kinds[now])]
    bought = (ph["then"] == 1) & ph["bad"] & (cast.typology[ph["account"]] == "T02")
    merged = (ph["then"] == 1) & (cast.front[ph["account"]] == INDEX["merged_company"])
    for who, days, share in ((bought, 2.8, 0.85), (merged, 24.0, 0.7)):
        for code in range(OP["ChangeEmail"], OP["AddPaymentInstrument"] + 1):
            rows = np.flatnonzero(who & (rng.random(len(who)) < share))
            when = ph["onset"][rows] + (rng.random(len(rows)) * days * DAY).astype(np.int64)
            parts.append(_part(rows, when, np.full(len(rows), code)))
    return parts


def draw_events(
    setting: Setting,
    cast: Cast,
    ph: Columns,
    seats: Columns,
    ses: Columns,
    names: pl.Series,
    regions: pl.Series,
) -> pl.DataFrame:
    """Write the table: what people and keys did while the account and the logs lasted."""
    rng = setting.rng("access")
    parts = [*_visits(setting, rng, cast, ph, seats), *_machines(rng, ph, ses)]
    parts += [*_beginnings(rng, cast, ph), *_changes(setting, rng, cast, ph)]
    ev = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    born = np.where(ph["then"] == 0, cast.created[ph["account"]], ph["from"])[ev["phase"]]
    keep = (ev["at"] >= np.maximum(born, 0)) & (ev["at"] < ph["until"][ev["phase"]])
    ev = {name: column[keep] for name, column in ev.items()}
    seatless = sit(setting, rng, ph, seats, ev["phase"], ev["at"])
    ev["seat"] = np.where(ev["seat"] < 0, seatless, ev["seat"])
    ev["ip"] = addresses(setting, rng, ph, seats, ev["seat"], ev["at"])
    keyed, session = np.flatnonzero(ev["session"] >= 0), ev["session"]
    _, lead = np.unique(session[keyed], return_index=True)
    one = np.zeros(int(session.max(initial=0)) + 1, dtype=np.uint64)
    one[session[keyed[lead]]] = ev["ip"][keyed[lead]]
    ev["ip"] = np.where(session >= 0, one[session], ev["ip"])  # a visit keeps its address
    return _table(setting, ph, seats, ev, names, regions)


def _table(
    setting: Setting, ph: Columns, seats: Columns, ev: Columns, names: pl.Series, regions: pl.Series
) -> pl.DataFrame:
    """Put the log's words to the rows."""
    phase, seat, code = ev["phase"], ev["seat"], ev["operation"]
    account, login = ph["account"][phase], code == OP["ConsoleLogin"]
    device, keyed = seats["device"][seat], ev["key"] >= 0
    habit = ((device >> np.uint64(20)) % np.uint64(9973)).astype(float) / 9973
    agent = (habit**2 * 70).astype(np.int64) + np.where(keyed, 100, 0)
    machine = ev["ssh"] >= 0
    own_image = machine & (ph["pick"][phase] > 0.45)
    network = np.where(seats["asn"][seat] % 31 == 0, 6, seats["network"][seat])
    mfa = pl.Series(seats["mfa"][seat]).zip_with(
        pl.Series(login), pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(seat))
    )
    return pl.DataFrame(
        {
            "time": setting.times(ev["at"]),
            "account_id": names.gather(pl.Series(account)),
            "class_uid": _CLASS[code],
            "operation": words(OPERATIONS, code),
            "status": words(("success", "failure"), ev["fail"].astype(np.int64)),
            "actor_uid": hexed(setting.mark("actor", account, seats["person"][seat])),
            "actor_type": words(("User", "AccessKey"), keyed.astype(np.int64)),
            "credential_uid": hexed(key_marks(setting, ph, phase, np.maximum(ev["key"], 0)), keyed),
            "session_uid": hexed(
                setting.mark("session", np.maximum(ev["session"], 0)), ev["session"] >= 0
            ),
            "region": regions.gather(pl.Series(account)),
            "src_ip_hash": hexed(ev["ip"]),
            "src_asn": seats["asn"][seat],
            "src_asn_class": words(NETWORKS, network),
            "src_country": words(COUNTRIES, seats["country"][seat]),
            "user_agent_hash": hexed(setting.mark("agent", agent)),
            "tls_fingerprint": hexed(setting.mark("tls", agent % 23)),
            "device_hash": hexed(device, ~keyed),
            "mfa": mfa,
            "instance_type": words(TYPES, ev["kind"]),
            "image_hash": hexed(setting.mark("image", ph["image"][phase]), own_image),
            "ssh_key_hash": hexed(
                setting.mark("ssh_key", ph["ssh_key"][phase], ev["ssh"].clip(0)), machine
            ),
            "model_id": words(MODELS, ev["model"]),
        }
    ).sort("time", "account_id", "operation", maintain_order=True)
