"""Prompts made from one mould (F10): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import counted, power_less_one
from detector.findings.subjects import SKETCHED_CALL
from detector.words import percent

_SHOWN: Final = ("model_id", "requests", "client_hash")


def _sketched() -> pl.Expr:
    return pl.col("template_sketch").is_not_null()


SAID: Final[Mapping[str, Finding]] = {
    "f10_one_mould": Finding(
        "{share} came from one single template", SKETCHED_CALL, _sketched, _SHOWN,
        none="too few of its model calls have a template to compare",
    ),
    "f10_few_moulds": Finding(
        "two of its model calls picked at random are made from one template in {value} of cases",
        SKETCHED_CALL, _sketched, _SHOWN,
        none="no two of its model calls are made from one template, or too few have any",
        reads=percent,
    ),
    "f10_common_moulds": Finding(
        "{share} used one that accounts without a declared connection use too", SKETCHED_CALL,
        _sketched, _SHOWN,
    ),
    "f10_accounts_alike": Finding(
        "it shares rare templates with {value} of no declared connection", SKETCHED_CALL,
        _sketched, _SHOWN,
        none="it shares no rare template with accounts of no declared connection",
        reads=counted("account", of=power_less_one),
    ),
    "f10_one_client_many_minds": Finding(
        "one client software made no less than {value} of its calls, and their templates vary by "
        "no less, and no resale is declared",
        SKETCHED_CALL, _sketched, _SHOWN,
        none="no single client software stands before many strangers' templates, or resale is "
        "declared",
        reads=percent,
    ),
}  # fmt: skip
