"""What is said of resale, hand-over, access, tenants, model calls and templates is true."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from detector.findings.finding import Finding, Seen, sentence
from detector.findings.said import SAID
from detector.findings.subjects import Subject
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.sources import read_logs
from features import REGISTRY
from features.registry import Feature
from features.tables import SCHEMAS

SAMPLE = Path(__file__).parents[2] / "sample_logs"
FAMILIES: Final = ("F04", "F05", "F06", "F07", "F09", "F10")
FEATURES: Final = [feature for feature in REGISTRY if feature.family in FAMILIES]
SPAN: Final = (date(2026, 3, 4), date(2026, 3, 19))
# Units that name how a value is made, and mean nothing to who reads it.
JARGON: Final = re.compile(
    r"log\(|1/|\bbits?\b|\bdistance\b|\bproduct\b|entropy|probability|\bflag\b|[{}]|nan|inf"
)
MANY_OF_ONE: Final = re.compile(
    r"(?<![\d.,])1 (?:SSH |API |TLS |end |machine |lasting )?(?!access\b)[a-z]+s\b"
)
# A place is compared; it is never named.
PLACES: Final = re.compile(r"\b[A-Z]{2}\b(?! ?(?:key|finger))")


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(read_logs(SAMPLE), None, Stages())


@pytest.fixture(scope="module")
def tables() -> Mapping[str, pl.DataFrame]:
    """The log tables with the account of each row and, as ``own_``, its record."""
    logs = read_logs(SAMPLE)
    own = _own(logs["accounts"].collect())
    needed = {subject.table for subject in map(_subject, FEATURES) if subject}
    return {name: _known(name, logs[name].collect(), own) for name in sorted(needed)}


def _own(accounts: pl.DataFrame) -> pl.DataFrame:
    return accounts.rename({c: f"own_{c}" for c in accounts.columns if c != "account_id"})


def _known(name: str, rows: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    if name == "usage":
        rows = rows.with_columns(account_id=pl.coalesce("SubAccountId", "BillingAccountId"))
    return rows.join(own, on="account_id", how="left")


def _subject(feature: Feature) -> Subject | None:
    return SAID[feature.name].subject


def _counts(prepared: Prepared, subject: Subject) -> pl.DataFrame:
    assert subject.rollup is not None
    rows = prepared.rollups.window(subject.rollup).filter(subject.among)
    return rows.group_by("account_id").agg(subject.count.cast(pl.Int64).alias("count"))


def _values(prepared: Prepared, feature: Feature) -> pl.DataFrame:
    return prepared.table.select("account_id", value=feature.name).filter(pl.col("value") > 0)


def _shown(finding: Finding, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    assert finding.subject is not None
    rows = tables[finding.subject.table]
    return rows if finding.rows is None else rows.filter(finding.rows())


COUNTED: Final = [
    feature
    for feature in FEATURES
    if "{share}" in SAID[feature.name].said
    and (subject := _subject(feature)) is not None
    and subject.rollup is not None
]
SHOWN: Final = [feature for feature in FEATURES if _subject(feature) is not None]


def _id(feature: Feature) -> str:
    return feature.name


def test_every_feature_has_its_words() -> None:
    assert [feature.name for feature in FEATURES if feature.name not in SAID] == []


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_every_value_reads_as_a_sentence(feature: Feature) -> None:
    finding, (least, most) = SAID[feature.name], feature.bounds
    largest = most if math.isfinite(most) else 1e6
    for value in (least, 3e-5, 1e-4, math.log(2.0) / max(1.0, 1.0 / largest), 0.9999, largest):
        for peers in (0.0, 1e-4, largest, None):
            for count in (0, 1, 1204):
                seen = Seen(count, *SPAN) if count else None
                text = sentence(finding, feature.unit, feature.direction, value, peers, seen)
                assert text[0].isupper() or text[0].isdigit(), text
                assert text.endswith("."), text
                for wrong in (JARGON, MANY_OF_ONE, PLACES):
                    assert wrong.search(text) is None, text


@pytest.mark.parametrize("feature", COUNTED, ids=_id)
def test_a_share_is_one_of_what_it_says_it_counts(prepared: Prepared, feature: Feature) -> None:
    subject = _subject(feature)
    assert subject is not None
    joined = _values(prepared, feature).join(
        _counts(prepared, subject), on="account_id", how="left"
    )
    assert not joined.is_empty()
    assert joined["count"].null_count() == 0
    things = pl.col("value") * pl.col("count")
    off = (things - things.round()).abs() > 1e-6 * pl.max_horizontal(things, 1.0)
    assert joined.filter(off).is_empty()


@pytest.mark.parametrize("feature", SHOWN, ids=_id)
def test_rows_are_there_wherever_there_is_a_value(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame], feature: Feature
) -> None:
    shown = _shown(SAID[feature.name], tables)
    missing = _values(prepared, feature).join(shown, on="account_id", how="anti")
    assert missing.is_empty(), missing


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        *((f"f06_{name}", pl.len()) for name in (
            "hosting_share", "vpn_share", "away_share", "away_from_billing", "new_networks",
            "failed_logins", "logins_without_mfa",
        )),
        ("f06_never_home", pl.col("time").dt.date().n_unique()),
        ("f06_two_places_at_once", pl.col("time").dt.date().n_unique()),
        ("f05_newcomers", pl.len()),
        ("f09_one_model", pl.col("requests").sum()),
        ("f09_top_tier", pl.col("requests").sum()),
        ("f04_unnamed_users", pl.col("requests").sum()),
        ("f09_refused_share", pl.col("refused_requests").sum()),
        ("f09_limit_hugging", pl.col("rate_limited_requests").sum()),
        ("f09_sleepless_days", pl.col("start").dt.date().n_unique()),
    ],
)  # fmt: skip
def test_the_rows_are_the_part_that_the_share_speaks_of(
    prepared: Prepared, tables: Mapping[str, pl.DataFrame], name: str, weight: pl.Expr
) -> None:
    feature, finding = REGISTRY[name], SAID[name]
    assert finding.subject is not None
    part = _shown(finding, tables).group_by("account_id").agg(weight.alias("part"))
    joined = (
        _values(prepared, feature)
        .join(_counts(prepared, finding.subject), on="account_id")
        .join(part, on="account_id", how="left")
        .with_columns(expected=(pl.col("value") * pl.col("count")).round().cast(pl.Int64))
    )
    wrong = joined.filter(pl.col("expected").ne_missing(pl.col("part").cast(pl.Int64)))
    assert wrong.is_empty(), wrong


@pytest.mark.parametrize("feature", SHOWN, ids=_id)
def test_rows_and_columns_are_those_of_the_table(feature: Feature) -> None:
    finding, subject = SAID[feature.name], _subject(feature)
    assert subject is not None
    accounts: pl.DataFrame = SCHEMAS["accounts"].create_empty()
    empty = _known(subject.table, SCHEMAS[subject.table].create_empty(), _own(accounts))
    rows = empty if finding.rows is None else empty.filter(finding.rows())
    assert rows.is_empty()
    assert set(finding.shows) <= set(empty.columns)


@pytest.mark.parametrize(
    ("name", "value", "peers", "seen", "text"),
    [
        ("f06_failed_logins", 0.72, 0.0, Seen(25, *SPAN),
         "72 % of its 25 console log-ins failed; half of its peers: none "
         "(2026-03-04 to 03-19)."),
        ("f09_one_model", 0.72, 0.5, Seen(1204, None, None),
         "72 % of its 1,204 model calls went to one single model; half of its peers: "
         "at most 50 %."),
        ("f04_many_keys", math.log(12), math.log(1.5), None,
         "It calls models with 12 API keys, and no resale is declared; half of its peers: "
         "at most 1.5 API keys."),
        ("f04_users_per_client", math.log1p(29.3), None, None,
         "Its model calls name 29.3 end users per client software, and no resale is declared."),
        ("f04_unnamed_users", 1.0, 0.0, Seen(1, SPAN[0], SPAN[0]),
         "Its only model call named no end user, and no resale is declared; half of its peers: "
         "none (2026-03-04)."),
        ("f05_replaced_identity", 1.0, 1.0, None,
         "Within one fortnight it replaced 1 lasting kind of identifier (means of payment, "
         "contacts, devices, keys); half of its peers: at most 1 lasting kind of identifier."),
        ("f05_woken_account", 0.5, 0.1, None,
         "It lay unused for 90 days after sign-up and then came to life; half of its peers: "
         "at most 10 days."),
        ("f05_dormancy_break", 0.5, 0.0, None,
         "Its deepest silence comes to 45 days, weighed by how much of its activity came after it; "
         "half of its peers: none."),
        ("f06_places_per_day", 0.5, 0.0, None,
         "It was used from 1.5 places on an average day; half of its peers: none."),
        ("f07_tool_communities", math.log(1.82), 0.0002, None,
         "Its SSH keys fall apart into about 2 groups that share no machine image; half of its "
         "peers: one large group and small ones."),
        ("f07_keys_per_person", 0.0, 0.0, None,
         "It has no more SSH keys than people who act for it, or many users are declared; half of "
         "its peers: none."),
        ("f09_narrow_answers", 0.5, 0.25, None,
         "Its answers are of few lengths, as varied as 2 doublings in equal parts; half of its "
         "peers: at least 4 doublings."),
        ("f09_spike", math.log(5.7), None, None,
         "Its busiest three days used 5.7 times as many tokens as three usual ones."),
        ("f10_accounts_alike", math.log1p(1), 0.0, None,
         "It shares rare templates with 1 account of no declared connection; half of its peers: "
         "none."),
    ],
)  # fmt: skip
def test_what_a_reviewer_reads(
    name: str, value: float, peers: float | None, seen: Seen | None, text: str
) -> None:
    feature = REGISTRY[name]
    assert sentence(SAID[name], feature.unit, feature.direction, value, peers, seen) == text
