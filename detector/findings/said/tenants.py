"""Groups inside one account that never meet (F07): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, groups, power, power_less_one
from detector.findings.subjects import (
    API_KEY,
    IMAGE,
    KEY_CHANGE,
    PERSONS_DEVICE,
    SETTLED_SSH_KEY,
    SSH_KEY,
)
from features.tenancy import KEY_CHANGES, SETTLED

_OPEN: Final = "or many users are declared"
_KEYS: Final = ("actor_uid", "ssh_key_hash", "image_hash")


def _with_ssh_key() -> pl.Expr:
    return pl.col("ssh_key_hash").is_not_null()


def _with_key_and_image() -> pl.Expr:
    return _with_ssh_key() & pl.col("image_hash").is_not_null()


def _with_key_and_company() -> pl.Expr:
    return _with_ssh_key() & (
        pl.col("image_hash").is_not_null() | pl.col("actor_uid").is_not_null()
    )


def _with_image() -> pl.Expr:
    return pl.col("image_hash").is_not_null()


def _with_api_key() -> pl.Expr:
    company = pl.col("client_hash").is_not_null() | pl.col("end_user_hash").is_not_null()
    return pl.col("key_hash").is_not_null() & company


def _with_brief_key() -> pl.Expr:
    life = pl.col("time").max() - pl.col("time").min()
    return _with_ssh_key() & (life.over("account_id", "ssh_key_hash") < SETTLED)


def _of_one_person() -> pl.Expr:
    """Events by people who use several devices."""
    devices = pl.col("device_hash").drop_nulls().n_unique().over("account_id", "actor_uid")
    both = pl.col("actor_uid").is_not_null() & pl.col("device_hash").is_not_null()
    return both & (devices > 1)


def _key_changes() -> pl.Expr:
    return pl.col("operation").is_in(KEY_CHANGES)


SAID: Final[Mapping[str, Finding]] = {
    "f07_machine_communities": Finding(
        "its SSH keys, machine images and people fall apart into {value} that never meet",
        SSH_KEY, _with_key_and_company, _KEYS,
        none=f"its SSH keys, machine images and people all hang together, {_OPEN}",
        reads=groups,
    ),
    "f07_tool_communities": Finding(
        "its SSH keys fall apart into {value} that share no machine image",
        SSH_KEY, _with_key_and_image, _KEYS,
        none=f"its SSH keys and machine images all hang together, {_OPEN}",
        reads=groups,
    ),
    "f07_key_communities": Finding(
        "its API keys fall apart into {value} that share no client and no end user",
        API_KEY, _with_api_key, ("key_hash", "client_hash", "end_user_hash"),
        none=f"its API keys, clients and end users all hang together, {_OPEN}",
        reads=groups,
    ),
    "f07_keys_per_person": Finding(
        "it has {value} for each person who acts for it", SSH_KEY, _with_ssh_key, _KEYS,
        none=f"it has no more SSH keys than people who act for it, {_OPEN}",
        reads=counted("SSH key", of=power),
    ),
    "f07_images_per_person": Finding(
        "it has {value} for each person who acts for it", IMAGE, _with_image, _KEYS,
        none=f"it has no more machine images than people who act for it, {_OPEN}",
        reads=counted("machine image", of=power),
    ),
    "f07_brief_keys": Finding(
        "{share}{detail} lived for less than a day", SETTLED_SSH_KEY, _with_brief_key,
        ("ssh_key_hash", "actor_uid"),
        none=f"none of its SSH keys lived for less than a day, it has few, {_OPEN}",
    ),
    "f07_devices_per_person": Finding(
        "one person's name was used on {value}", PERSONS_DEVICE, _of_one_person,
        ("actor_uid", "device_hash"),
        none=f"nobody's name was used on more than one device, {_OPEN}",
        reads=counted("device", of=power),
    ),
    "f07_key_turnover": Finding(
        "it made or threw away keys {value}", KEY_CHANGE, _key_changes,
        ("operation", "actor_uid", "ssh_key_hash"),
        none=f"it made or threw away no keys, {_OPEN}",
        reads=counted("time", of=power_less_one),
    ),
}  # fmt: skip
