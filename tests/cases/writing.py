"""Cases that letters are written of, decided by two people, with what is sealed of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from detector.cases.contact import appeals
from detector.cases.contact.appeals import Decision
from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.record.snapshots import keep
from detector.cases.record.store import Actor, Store
from tests.cases.planted import ANN, BOB, FAY, NOW, RING, Clock, plant

PROXY = Judgement("confirmed_proxy", "one operator behind them", "limit")
ENTRY = "Dovestazano Works"
SEALED = {
    "format": 1,
    "case": {
        "identity": [{"account_id": "r1", "declared_country": "NL"}],
        "policy": [
            {"account_id": "r1", "entry_name": ENTRY, "entry_key": "483e2993b46f5a7e",
             "rule": "CSL-EL", "pack": "us-csl", "source": "EL"},
        ],
    },
    "cells": [{"lane_l": [], "lane_e": []}],
    "lists": [{"rows": {"EL": 9, "Harbour Watch Register": 4}}],
}  # fmt: skip
STATEMENT = {
    "measure": "New machines cannot be started on the account.",
    "duration": "Until 1 June 2026, or earlier if you answer our questions.",
    "facts": "From 3 to 20 February the account ran machines that its declared use does not need.",
    "found_by": "own_means",
    "ground": "Section 4.2 of our terms of service of 1 January 2026.",
}


def planted(store: Store, clock: Clock, case: str = "C-1", **columns: Any) -> None:
    """A ring with what is sealed of it."""
    with store.writing(clock()) as tx:
        held = {"typology": "T04", "score": 0.592, "ring_id": "ring-ac7bd011f0",
                "sealed": keep(tx, json.dumps(SEALED))}  # fmt: skip
        plant(tx, case, RING, **{**held, **columns})


def version_of(store: Store, case: str = "C-1") -> int:
    with store.reading() as connection:
        row = connection.execute("SELECT version FROM cases WHERE case_id = ?", (case,)).fetchone()
    return int(row[0])


def decided(store: Store, clock: Clock, case: str = "C-1") -> None:
    """Two people confirm the ring."""
    for by in (ANN, BOB):
        version = version_of(store, case)
        with store.writing(clock()) as tx:
            judging.judge(tx, by, case, version, PROXY)


def filed(store: Store, clock: Clock, *accounts: str, case: str = "C-1") -> int:
    with store.writing(clock()) as tx:
        return appeals.file(
            tx, FAY, case, accounts or ("r1",), "We are a lab and can show it.",
            NOW - timedelta(days=1),
        )  # fmt: skip


def ruled(
    store: Store, clock: Clock, by: Actor, appeal: int, said: Decision, case: str = "C-1"
) -> appeals.Decided:
    version = version_of(store, case)
    with store.writing(clock()) as tx:
        return appeals.decide(tx, by, appeal, version, said)
