"""``events``: a flat subset of OCSF."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import observed
from features.tables.columns import HIDE, KEEP, choice, code, count, flag, identifier, moment

from features.tables.columns import place, text  # isort: skip
from features.tables.known import Known
from features.tables.table import Table
from features.types import ID_BYTES

ASN_CLASSES: Final = ["isp", "mobile", "hosting", "vpn", "education", "corporate", "unknown"]


class Events(dy.Schema):
    """Flat subset of OCSF classes 6003, 3002 and 3001."""

    time = moment(KEEP, happened=True)
    account_id = identifier(HIDE)
    class_uid = code(KEEP, check=lambda c: c.is_in([3001, 3002, 6003]))
    operation = text(KEEP, nullable=False, limit=ID_BYTES)
    status = choice(KEEP, ["success", "failure"])
    actor_uid = identifier(HIDE, nullable=True)
    actor_type = text(KEEP)
    credential_uid = identifier(HIDE, nullable=True)
    session_uid = identifier(HIDE, nullable=True)
    service = text(KEEP)
    resource_type = text(KEEP)
    resource_count = count(KEEP, nullable=True)
    region = place(KEEP)
    src_ip_hash = identifier(KEEP, nullable=True)
    src_asn = code(KEEP, nullable=True, least=0)
    src_asn_class = choice(KEEP, ASN_CLASSES)
    src_country = place(KEEP)
    user_agent_hash = identifier(KEEP, nullable=True)
    tls_fingerprint = identifier(KEEP, nullable=True)
    device_hash = identifier(KEEP, nullable=True)
    mfa = flag(KEEP)
    instance_type = text(KEEP)
    image_hash = identifier(KEEP, nullable=True)
    ssh_key_hash = identifier(KEEP, nullable=True)
    model_id = identifier(KEEP, nullable=True)


EVENTS: Final = Table(
    name="events",
    schema=Events,
    title="access events",
    required=("time", "account_id", "class_uid", "operation"),
    known=Known(since="time"),
    # An event is visible from just after its instant.
    seen_whole=pl.col("time") + pl.duration(microseconds=1),
    ends=pl.col("time"),
    account=("account_id",),
    rollup=lambda rows, _as_of, _catalogue: observed.events(rows),
    told=observed.told_of_events,
    watermark=("events", "last"),
    population="events",
    missed=True,
    lesson=1,
)
