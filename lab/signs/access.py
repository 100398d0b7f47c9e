"""Signs in who acts for an account, from where and with what (F05, F06, F07)."""

from __future__ import annotations

from typing import Final

import polars as pl

from lab.signs.rows import event
from lab.signs.sign import ACTS, PLAIN, Own, Sign

_NUMBER: Final = pl.int_range(pl.len())
_CHANGES: Final = (
    "ChangeEmail", "ChangePhone", "EnableMFADevice", "ResetPassword", "AddPaymentInstrument",
)  # fmt: skip
_RECON: Final = (
    "ListFoundationModels", "GetFoundationModelAvailability", "PutUseCaseForModelAccess",
    "DeleteModelInvocationLoggingConfiguration",
)  # fmt: skip


def _name(name: str, own: Own) -> pl.Expr:
    return pl.lit(f"{name}-{own.id}")


def _numbered(name: str, own: Own, many: int) -> pl.Expr:
    return pl.lit(f"{name}-{own.id}-") + (_NUMBER % many).cast(pl.String)


def _change_burst(own: Own, _n: int) -> Own:
    return own.add("events", *(event(own.day(9, 8 + k), c, 3001) for k, c in enumerate(_CHANGES)))


def _operator_break(own: Own, _n: int) -> Own:
    rows = own.tables["events"]
    late = pl.col("time") >= rows["time"].median()
    names = {"actor_uid": "person", "device_hash": "device", "user_agent_hash": "agent"}
    new = {c: pl.when(late).then(_name(f"new-{v}", own)).otherwise(_name(v, own))
           for c, v in names.items()}  # fmt: skip
    return own.change("events", **new, src_asn=pl.when(late).then(64_999).otherwise(64_998))


def _handed_over(own: Own, n: int) -> Own:
    return _service_jump(_operator_break(_change_burst(own, n), n), n)


def _newcomers(own: Own, _n: int) -> Own:
    late = pl.col("time") >= own.day(30)
    before = event(own.day(38, 9), "ConsoleLogin", 3002, actor_uid=f"founder-{own.id}")
    new = pl.when(late).then(_name("hired", own)).otherwise(_name("founder", own))
    return own.add("events", before).change("events", actor_uid=new)


def _dormant(own: Own, _n: int) -> Own:
    quiet = own.silent_before(own.day(7))
    looked = [event(own.day(d, h), "DescribeInstances") for d in range(1, 7) for h in range(9)]
    return quiet.add("events", event(own.day(39), "ConsoleLogin", 3002), *looked)


def _woken(own: Own, _n: int) -> Own:
    return own.silent_before(own.day(7)).change("accounts", created_at=pl.lit(own.day(900)))


def _service_jump(own: Own, _n: int) -> Own:
    late = pl.col("ChargePeriodStart") > pl.lit(own.tables["usage"]["ChargePeriodStart"].median())
    return own.change("usage", ServiceName=pl.when(late).then(pl.lit("Another")).otherwise(
        pl.lit("Storage")))  # fmt: skip


def _recon(own: Own, _n: int) -> Own:
    return own.add("events", *(event(own.day(6, 3 + k), name) for k, name in enumerate(_RECON)))


def _logging_off(own: Own, _n: int) -> Own:
    return own.add("events", event(own.day(6, 3), _RECON[-1]), event(own.day(12, 3), _RECON[-1]))


def _three_places(own: Own, _n: int) -> Own:
    # A place a day: no day has two.
    day = pl.col("time").dt.ordinal_day()
    place = pl.lit("Q") + (day % 7).cast(pl.String)
    return own.change("events", actor_uid=_name("one", own), src_country=place)


def _two_at_once(own: Own, _n: int) -> Own:
    rows = own.change("events", actor_uid=_name("one", own), src_country=pl.lit("QA"))
    twin = rows.change("events", src_country=pl.lit("QB")).tables["events"]
    return rows.with_rows("events", pl.concat([rows.tables["events"], twin]))


def _away(own: Own, _n: int) -> Own:
    home = pl.lit("QY")
    moved = own.change("accounts", declared_country=home, billing_country=home)
    return moved.change("events", src_country=pl.lit("QZ"))


def _hosted(own: Own, _n: int) -> Own:
    return own.change("events", src_asn_class=pl.lit("hosting"))


def _vpn(own: Own, _n: int) -> Own:
    return own.change("events", src_asn_class=pl.lit("vpn"))


def _one_address(own: Own, _n: int) -> Own:
    return _hosted(own, 0).change("events", src_ip_hash=_name("ip", own))


def _new_networks(own: Own, _n: int) -> Own:
    late = pl.col("time") >= own.day(14)
    number = 70_000 + _NUMBER % 5
    moved = own.change("events", src_asn=pl.when(late).then(number).otherwise(64_998))
    return moved.add("events", *(event(own.day(d), "ListKeys", src_asn=64_998) for d in (39, 30)))


def _disguised(own: Own, _n: int) -> Own:
    return own.change(
        "events", user_agent_hash=_name("agent", own), tls_fingerprint=_numbered("tls", own, 30)
    )


def _failed(own: Own, _n: int) -> Own:
    rows = [event(own.day(d, h), "ConsoleLogin", 3002, status="failure")
            for d in (3, 4) for h in range(20)]  # fmt: skip
    return own.add("events", *rows)


def _without_mfa(own: Own, _n: int) -> Own:
    rows = [event(own.day(d, 9), "ConsoleLogin", 3002, mfa=False) for d in range(1, 30)]
    return own.change("events", mfa=pl.lit(False)).add("events", *rows)


def _devices(own: Own, _n: int) -> Own:
    return own.change(
        "events", actor_uid=_name("one", own), device_hash=_numbered("device", own, 40)
    )


def _tenants(own: Own, _n: int) -> Own:
    rows = [
        event(own.day(3 + d, 8 + k), "RunInstances", actor_uid=f"tenant-{own.id}-{k}",
              ssh_key_hash=f"ssh-{own.id}-{k}", image_hash=f"image-{own.id}-{k}")
        for d in range(9) for k in range(9)
    ]  # fmt: skip
    return own.add("events", *rows)


def _foreign_keys(own: Own, _n: int) -> Own:
    rows = [
        event(own.day(4 + k % 20, 9 + k % 9), "ImportKeyPair", actor_uid=f"one-{own.id}",
              ssh_key_hash=f"ssh-{own.id}-{k}")
        for k in range(60)
    ]  # fmt: skip
    return own.change("events", actor_uid=_name("one", own)).add("events", *rows)


def _images(own: Own, _n: int) -> Own:
    return own.change("events", actor_uid=_name("one", own), image_hash=_numbered("im", own, 30))


def _key_turnover(own: Own, _n: int) -> Own:
    names = ("CreateAccessKey", "DeleteAccessKey")
    rows = [event(own.day(d, 9 + k), name) for d in range(1, 30) for k, name in enumerate(names)]
    return own.add("events", *rows)


_EVENTS: Final = ("events",)
_PLACED: Final = ("events", "accounts")

SIGNS: Final = (
    Sign("T02-K-change-burst", "e-mail, phone, second factor and contact change in 72 h", _EVENTS,
         ("f05_change_burst",), _change_burst),
    Sign("T02-A-operator-break", "new network family, old devices vanish", _EVENTS,
         ("f05_operator_break",), _operator_break, ACTS),
    Sign("T02-handover", "contacts, operators and use change together", ("events", "usage"),
         ("f05_handover",), _handed_over, ACTS),
    Sign("T01-A-operators", "operators are not the holder", _EVENTS,
         ("f05_newcomers",), _newcomers, ACTS),
    Sign("T02-B-dormancy-break", "dormancy break", ("usage", "events"),
         ("f05_dormancy_break",), _dormant, PLAIN),
    Sign("F05-woken", "unused for years after sign-up, then woken", ("usage", "accounts"),
         ("f05_woken_account",), _woken, PLAIN),
    Sign("T02-B-service-jump", "service mix jumps", ("usage",),
         ("f05_service_jump", "f05_spend_jump"), _service_jump, PLAIN),
    Sign("T07-A-recon", "look-ups of models, access form, logging off", _EVENTS,
         ("f05_model_recon",), _recon),
    Sign("T07-A-logging-off", "logging of model calls turned off", _EVENTS,
         ("f05_logging_off",), _logging_off),
    Sign("T07-A-three-places", "one identity from three countries or more", _EVENTS,
         ("f06_places_per_person",), _three_places, ACTS),
    Sign("T07-A-two-at-once", "one identity in two places in the same hour", _EVENTS,
         ("f06_two_places_at_once", "f06_places_per_day"), _two_at_once, ACTS),
    Sign("T15-A-away", "declared place is not the place of access", _PLACED,
         ("f06_away_share", "f06_never_home", "f06_away_from_billing"), _away, ACTS,
         common=True),
    Sign("T04-A-hosting", "egress of hosting networks", _EVENTS,
         ("f06_hosting_share",), _hosted, ACTS),
    Sign("T15-A-vpn", "egress of VPN services", _EVENTS, ("f06_vpn_share",), _vpn, ACTS),
    Sign("T03-A-one-address", "one address for the account, all the time", _EVENTS,
         ("f06_one_hosted_address",), _one_address, ACTS),
    Sign("T02-A-new-networks", "later access from networks never used before", _EVENTS,
         ("f06_new_networks",), _new_networks, ACTS),
    Sign("T04-A-disguise", "one user agent, many TLS fingerprints", _EVENTS,
         ("f06_disguised_agents",), _disguised, ACTS),
    Sign("F06-failed-logins", "log-ins that fail", _EVENTS, ("f06_failed_logins",), _failed),
    Sign("F06-without-mfa", "log-ins without a second factor", _EVENTS,
         ("f06_logins_without_mfa",), _without_mfa, common=True),
    Sign("T05-K-devices", "many devices behind one person", _PLACED,
         ("f07_devices_per_person",), _devices, ACTS),
    Sign("T17-A-communities", "keys, images and people that never meet", _PLACED,
         ("f07_machine_communities", "f07_tool_communities"), _tenants),
    Sign("T20-A-foreign-keys", "many foreign SSH keys", _PLACED,
         ("f07_keys_per_person", "f07_brief_keys"), _foreign_keys, ACTS),
    Sign("F07-images", "many machine images, one person", _PLACED,
         ("f07_images_per_person",), _images, ACTS),
    Sign("T20-A-key-turnover", "keys made and thrown away", _PLACED,
         ("f07_key_turnover",), _key_turnover),
)  # fmt: skip
