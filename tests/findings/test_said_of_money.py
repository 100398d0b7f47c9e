"""What is said of compute, money, payers, meters and structuring is true, and is shown by rows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest

from detector.findings.charges import ADDED, with_kinds
from detector.findings.finding import Finding, Seen, sentence
from detector.findings.said import SAID
from detector.findings.subjects import (
    CLOCK_HOUR,
    GPU_HOUR,
    LATER_PAYMENT,
    MODEL_DAY,
    ODD_PAYMENT,
    PAYMENT,
    QUOTA_REQUEST,
    Subject,
)
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.sources import read_logs
from features import REGISTRY
from features.catalogue import Catalogue
from features.registry import Feature
from features.tables import SCHEMAS
from features.totals import tpp_hours

SAMPLE: Final = Path(__file__).parents[2] / "sample_logs"
FAMILIES: Final = ("F01", "F02", "F03", "F08", "F14")
FEATURES: Final = [feature for feature in REGISTRY if feature.family in FAMILIES]
NAMES: Final = [feature.name for feature in FEATURES]
SPAN: Final = (date(2026, 3, 4), date(2026, 3, 19))
# Units that name how a value is made, a noun that belies its number, and what no figure is.
UNREAD: Final = re.compile(
    r"log\(|1/|\busers\b|[{}]|\bnan\b|∞"
    r"|(?<![\d.,])1 (?:other |imports|percentage )?[a-z-]+s\b|\bat (?:most|least) (?:under|no)\b"
)
#: Shares of which the whole is a number of things, and the rows are the part.
OF_ROWS: Final = {
    "f02_round_top_ups", "f02_prepaid_only", "f03_third_party_payer", "f03_anonymous_instruments",
    "f03_instrument_rotation", "f03_instrument_elsewhere", "f03_crypto_or_voucher",
    "f14_threshold_hugging", "f14_quota_refused",
}  # fmt: skip


def _subject(name: str) -> Subject:
    subject = SAID[name].subject
    assert subject is not None
    return subject


COUNTED: Final = [
    name
    for name in NAMES
    if "{share}" in SAID[name].said and not _subject(name).mass and _subject(name) is not GPU_HOUR
]


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(read_logs(SAMPLE), None, Stages())


@pytest.fixture(scope="module")
def tables() -> Mapping[str, pl.DataFrame]:
    """The log tables with the account of each row and, as ``own_``, its record."""
    logs = read_logs(SAMPLE)
    own = logs["accounts"].collect()
    needed = sorted({_subject(name).table for name in NAMES})
    return {name: _known(name, logs[name].collect(), own) for name in needed}


def _known(name: str, rows: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    if name == "usage":
        account = pl.coalesce("SubAccountId", "BillingAccountId")
        rows = with_kinds(rows, Catalogue.load()).with_columns(account_id=account)
    own = own.rename({c: f"own_{c}" for c in own.columns if c != "account_id"})
    return rows.join(own, on="account_id", how="left")


def _counts(prepared: Prepared, subject: Subject) -> pl.DataFrame:
    assert subject.rollup is not None
    rows = prepared.rollups.window(subject.rollup).filter(subject.among)
    return rows.group_by("account_id").agg(count=subject.count.cast(pl.Int64))


def _values(prepared: Prepared, name: str) -> pl.DataFrame:
    return prepared.table.select("account_id", value=name).filter(pl.col("value") > 0)


def _shown(finding: Finding, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    assert finding.subject is not None
    rows = tables[finding.subject.table]
    return rows if finding.rows is None else rows.filter(finding.rows())


def _read(name: str, value: float, peers: float | None, seen: Seen | None = None) -> str:
    feature: Feature = REGISTRY[name]
    return sentence(SAID[name], feature.unit, feature.direction, value, peers, seen)


def test_every_feature_has_its_words() -> None:
    assert [name for name in NAMES if name not in SAID] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_value_reads_as_a_sentence(name: str) -> None:
    feature = REGISTRY[name]
    inverse = feature.unit.startswith("1/")
    whole = 1.0 if inverse or math.isfinite(feature.bounds[1]) else math.log(1e6)
    for value in (0.0, 3e-5, 1e-3, 1 / 3, 0.5, math.log(2), 0.9999, whole):
        for peers in (0.0, 1e-3, 0.5, whole, None):
            for count in (0, 1, 2, 1204):
                text = _read(name, min(value, whole), peers, Seen(count, *SPAN) if count else None)
                assert text[0].isupper() or text[0].isdigit(), text
                assert text.endswith("."), text
                assert UNREAD.search(text) is None, text


@pytest.mark.parametrize("name", COUNTED)
def test_a_share_is_one_of_what_it_says_it_counts(prepared: Prepared, name: str) -> None:
    counts = _counts(prepared, _subject(name))
    joined = _values(prepared, name).join(counts, on="account_id", how="left")
    things = (joined["value"] * joined["count"]).to_numpy()
    assert not joined.is_empty()
    assert joined["count"].null_count() == 0
    assert np.abs(things - things.round()).max() <= 1e-9 * max(things.max(), 1.0)


def test_gpu_hours_are_those_of_the_window(prepared: Prepared) -> None:
    rollups = prepared.rollups
    whole = tpp_hours(rollups.window("usage"), ["account_id"], rollups.catalogue)
    both = whole.join(_counts(prepared, GPU_HOUR), on="account_id", how="full")
    assert both.height == whole.height > 100
    assert (both["gpu_hours"].round() == both["count"]).all()


@pytest.mark.parametrize("name", sorted(OF_ROWS))
def test_rows_are_the_part_that_the_share_speaks_of(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame], name: str
) -> None:
    shown = _shown(SAID[name], tables).group_by("account_id").agg(part=pl.len())
    expected = (pl.col("value") * pl.col("count")).round().cast(pl.Int64)
    joined = (
        _values(prepared, name)
        .join(_counts(prepared, _subject(name)), on="account_id")
        .join(shown, on="account_id", how="left")
        .filter(expected.ne_missing(pl.col("part").cast(pl.Int64)))
    )
    assert joined.is_empty(), joined


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_there_wherever_there_is_a_value(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame], name: str
) -> None:
    shown = _shown(SAID[name], tables)
    values = _values(prepared, name)
    if _subject(name).table == "gpu_telemetry":
        # The sample's samples name no account: their machines do.
        assert not shown.is_empty()
        assert shown["account_id"].null_count() == shown.height
        return
    missing = values.filter(pl.col("value") >= 5e-5).join(shown, on="account_id", how="anti")
    assert missing.is_empty(), missing


@pytest.mark.parametrize("name", NAMES)
def test_rows_and_columns_are_those_of_the_table(name: str) -> None:
    finding, subject = SAID[name], _subject(name)
    rows, own = SCHEMAS[subject.table].create_empty(), SCHEMAS["accounts"].create_empty()
    empty = _known(subject.table, rows, own)
    assert _shown(finding, {subject.table: empty}).is_empty()
    assert set(finding.shows) <= {*rows.columns, *(ADDED if subject.table == "usage" else ())}


def test_top_ups_of_the_most_usual_amount_are_shown(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame]
) -> None:
    shown = _shown(SAID["f14_equal_top_ups"], tables)
    alike = shown.group_by("account_id", "currency", "amount").agg(equal=pl.len())
    most = alike.group_by("account_id").agg(pl.col("equal").min(), largest=pl.col("equal").max())
    joined = _values(prepared, "f14_equal_top_ups").join(
        _counts(prepared, _subject("f14_equal_top_ups")), on="account_id"
    )
    both = joined.join(most, on="account_id", how="left")
    assert both.height > 10
    for column in ("equal", "largest"):
        assert ((both["value"] * both["count"]).round() == both[column]).all()


def test_charges_are_told_apart_as_features_do(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame]
) -> None:
    rollups = prepared.rollups
    models = rollups.catalogue.gpus.filter("controlled")["gpu_model"].implode()
    for mine, theirs in (
        (pl.col("controlled"), pl.col("gpu_model").is_in(models) & ~pl.col("idle")),
        (pl.col("unused") & pl.col("gpu_model").is_not_null(), pl.col("idle")),
    ):
        shown = tables["usage"].filter(mine)["account_id"].unique().sort()
        rolled = rollups["usage"].filter(theirs)["account_id"].unique().sort()
        assert shown.to_list() == rolled.to_list() != []


@pytest.mark.parametrize(
    ("name", "value", "peers", "seen", "text"),
    [
        ("f03_instrument_elsewhere", 1.0, 0.0, Seen(3, *SPAN),
         "All 3 payments with a known place of issue came from an instrument issued in another "
         "place than is billed; half of its peers: none (2026-03-04 to 03-19)."),
        ("f03_third_party_payer", 1.0, 1.0, Seen(1, SPAN[0], SPAN[0]),
         "Its only payment with a known payer came from somebody other than the holder; half of "
         "its peers: 100 % (2026-03-04)."),
        ("f03_crypto_or_voucher", 0.0, 0.5, Seen(1, *SPAN),
         "None of its payments came by crypto or voucher; half of its peers: at most 50 % "
         "(2026-03-04 to 03-19)."),
        ("f03_rare_shared_instrument", 0.25, 0.5, None,
         "It shares a means of payment with 4 other accounts; half of its peers: at least 2 other "
         "accounts."),
        ("f01_controlled_hours_share", 0.72, 0.0, Seen(25, *SPAN),
         "72 % of its 25 GPU-hours ran on export-controlled GPUs; half of its peers: none "
         "(2026-03-04 to 03-19)."),
        ("f01_controlled_spend_share", 1.0, 0.5, Seen(25, *SPAN),
         "All of its bill for use buys export-controlled GPUs; half of its peers: at most 50 % "
         "(2026-03-04 to 03-19)."),
        ("f01_controlled_after_signup", 0.25, 0.1, None,
         "Its first export-controlled GPU of the last 90 days ran 3 days after sign-up; half of "
         "its peers: at least 9 days."),
        ("f01_controlled_after_signup", 1.0, 0.0, None,
         "Its first export-controlled GPU of the last 90 days ran under 2 hours after sign-up; "
         "half of its peers: never."),
        ("f01_asked_in_vain", math.log1p(1), 0.0, None,
         "It asked for quota or capacity on 1 day and used no export-controlled GPU; half of its "
         "peers: none."),
        ("f01_bare_compute", 1.0, 0.2, None,
         "Beside its export-controlled GPUs it uses no other service; half of its peers: at least "
         "4 other services."),
        ("f01_bare_compute", 0.0, 0.0, None,
         "No export-controlled GPU; half of its peers: no export-controlled GPU."),
        ("f01_machine_churn", math.log1p(0.25), math.log1p(1), None,
         "It started 1 machine for every 4 days of GPU time; half of its peers: at most 1 machine "
         "for each day of GPU time."),
        ("f02_drained_budget", 0.997, 0.69, None,
         "Its charges for use and its top-ups differ by 0.3 %; half of its peers: at least 31 %."),
        ("f02_burst_then_silence", 42 / 90, 0.01, Seen(9, *SPAN),
         "At least 47 % of its spend fell within two weeks, and at least 42 days of silence "
         "followed its last charge; half of its peers: at most 1 % by the same measure "
         "(2026-03-04 to 03-19)."),
        ("f08_mining_share", 1e-9, 0.0, None,
         "None of its metered GPU-hours look like mining; half of its peers: none."),
        ("f14_quota_requests", math.log(4), 0.0, None,
         "It asked for more quota on 4 days; half of its peers: one day at most."),
        ("f14_quota_refused", 1.0, 0.0, Seen(2, *SPAN),
         "Both requests for more quota met with refusal; half of its peers: none "
         "(2026-03-04 to 03-19)."),
    ],
)  # fmt: skip
def test_what_a_reviewer_reads(
    name: str, value: float, peers: float, seen: Seen | None, text: str
) -> None:
    assert _read(name, value, peers, seen) == text


def test_the_subjects_that_are_counted_are_the_ones_that_are_asked() -> None:
    asked = {_subject(name) for name in COUNTED}
    wanted = {CLOCK_HOUR, LATER_PAYMENT, MODEL_DAY, ODD_PAYMENT, PAYMENT, QUOTA_REQUEST}
    assert wanted <= asked
