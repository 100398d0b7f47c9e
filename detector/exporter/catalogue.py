"""The metrics of the data contract: names, types, units, labels, meaning and a query each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from detector.results.words import OUTCOMES


@dataclass(frozen=True)
class MetricSpec:
    """One metric family as the contract names it; ``meaning`` is also its HELP line."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    unit: str
    labels: tuple[str, ...]
    meaning: str
    query: str


_SPECS: Final = (
    MetricSpec(
        "enduse_build_info",
        "gauge",
        "always 1",
        ("version",),
        "Version of enduse that serves this page.",
        "enduse_build_info",
    ),
    MetricSpec(
        "enduse_model_info",
        "gauge",
        "always 1",
        ("model_id", "sha256"),
        "Model behind the scores shown, with the hash of its files.",
        "count by (model_id) (enduse_model_info)",
    ),
    MetricSpec(
        "enduse_model_trained_timestamp_seconds",
        "gauge",
        "seconds since 1970 (UTC)",
        (),
        "When the model behind the scores was trained.",
        "(time() - enduse_model_trained_timestamp_seconds) / 86400",
    ),
    MetricSpec(
        "enduse_last_success_timestamp_seconds",
        "gauge",
        "seconds since 1970 (UTC)",
        ("stage",),
        "When a stage last ended well.",
        "time() - max by (stage) (enduse_last_success_timestamp_seconds) > 86400",
    ),
    MetricSpec(
        "enduse_stage_duration_seconds",
        "gauge",
        "seconds",
        ("stage",),
        "How long a stage took in the last run.",
        "topk(3, enduse_stage_duration_seconds)",
    ),
    MetricSpec(
        "enduse_rows_total",
        "counter",
        "rows",
        ("table", "outcome"),
        "Rows read by table and outcome; begins anew with each run of a batch.",
        'sum by (table) (enduse_rows_total{outcome="quarantined"})',
    ),
    MetricSpec(
        "enduse_watermark_timestamp_seconds",
        "gauge",
        "seconds since 1970 (UTC)",
        ("table",),
        "Latest time seen in a table.",
        "time() - min(enduse_watermark_timestamp_seconds) > 172800",
    ),
    MetricSpec(
        "enduse_accounts",
        "gauge",
        "accounts",
        ("queue",),
        "Accounts by queue.",
        'enduse_accounts{queue="proxy"}',
    ),
    MetricSpec(
        "enduse_account_score",
        "histogram",
        "score, 0 to 1",
        (),
        "Accounts by score, in fixed bands; 1 is most suspicious.",
        'enduse_account_score_count - ignoring(le) enduse_account_score_bucket{le="0.9"}',
    ),
    MetricSpec(
        "enduse_top_account_score",
        "gauge",
        "score, 0 to 1, in steps of 0.01",
        ("account",),
        "Scores of the first accounts of the queue, under keyed pseudonyms.",
        "topk(10, enduse_top_account_score)",
    ),
    MetricSpec(
        "enduse_top_accounts_omitted",
        "gauge",
        "accounts",
        (),
        "Accounts that have no series of their own here.",
        "enduse_top_accounts_omitted",
    ),
    MetricSpec(
        "enduse_rings",
        "gauge",
        "rings",
        ("queue",),
        "Linked groups of accounts by queue.",
        'enduse_rings{queue="proxy"}',
    ),
    MetricSpec(
        "enduse_controlled_gpu_hours_total",
        "counter",
        "GPU-hours",
        ("gpu",),
        "Controlled GPU-hours in the data read, by GPU; begins anew with each run of a batch.",
        "sum(enduse_controlled_gpu_hours_total)",
    ),
    MetricSpec(
        "enduse_tokens_total",
        "counter",
        "tokens",
        ("direction",),
        "Model tokens in the data read; begins anew with each run of a batch.",
        "sum by (direction) (enduse_tokens_total)",
    ),
    MetricSpec(
        "enduse_feature_drift_psi",
        "gauge",
        "population stability index",
        ("feature",),
        "Shift of a feature against the data the model was trained on.",
        "topk(5, enduse_feature_drift_psi) > 0.25",
    ),
    MetricSpec(
        "enduse_collector_success",
        "gauge",
        "1 or 0",
        ("collector",),
        "Whether a part of this page could be made; 0 means its metrics are missing or old.",
        "enduse_collector_success == 0",
    ),
)

METRICS: Final = {spec.name: spec for spec in _SPECS}
# Of what was read, metrics show what became of it.
SHOWN_OUTCOMES: Final = OUTCOMES[1:]
