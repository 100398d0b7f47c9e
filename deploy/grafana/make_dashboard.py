"""Make the Grafana dashboard: ``python deploy/grafana/make_dashboard.py`` writes dashboard.json.

Needs grafana-foundation-sdk. A test makes it again and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

TARGET: Final = Path(__file__).with_name("dashboard.json")
SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
HEIGHT: Final = 7

# Row, then panels: title, what it tells, unit, width of 24, and (legend, expression) lines.
Panel = tuple[str, str, str, int, tuple[tuple[str, str], ...]]
ROWS: Final[tuple[tuple[str, tuple[Panel, ...]], ...]] = (
    (
        "What to look at",
        (
            ("Accounts by queue", "For people to review; a lead, never a verdict.", "short",
             8, (("{{queue}}", 'enduse_accounts{queue!="none"}'),)),
            ("Rings by queue", "Linked groups, each reviewed as one case.", "short",
             8, (("{{queue}}", 'enduse_rings{queue!="none"}'),)),
            ("Accounts that stand out",
             "With a p-value of at most 0.01; one in a hundred by chance alone.", "short",
             8, (("accounts", "enduse:accounts_standing_out"),
                 ("by chance alone", "enduse:accounts_standing_out_by_chance"))),
            ("Scores", "Half, a tenth and a hundredth of the accounts lie above; the highest that "
             "a model gives is its own, and far below 1.", "short",
             12, (("half", "histogram_quantile(0.5, sum by (le) (enduse_account_score_bucket))"),
                  ("a tenth", "histogram_quantile(0.9, sum by (le) (enduse_account_score_bucket))"),
                  ("a hundredth",
                   "histogram_quantile(0.99, sum by (le) (enduse_account_score_bucket))"))),
            ("First accounts of the queue", "Under keyed pseudonyms, in steps of 0.01.", "short",
             12, (("{{account}}", "topk(10, enduse_top_account_score)"),
                  ("without a series of their own", "enduse_top_accounts_omitted"))),
            ("Controlled GPU-hours by GPU", "In the data that counts now.", "h",
             6, (("{{gpu}}", "enduse_controlled_gpu_hours_total"),
                 ("more than a day ago", "enduse:controlled_gpu_hours:increase1d"))),
            ("Model tokens", "In the data that counts now.", "short",
             6, (("{{direction}}", "enduse_tokens_total"),)),
        ),
    ),
    (
        "Can it see",
        (
            ("Age of the newest usage", "Two days of a watched inbox wake somebody up.", "s",
             6, (("usage", "enduse:data_age_seconds"),)),
            ("Latest time by table", "", "dateTimeAsIso",
             6, (("{{table}}", "enduse_watermark_timestamp_seconds * 1000"),)),
            ("Since a stage last succeeded", "", "s",
             6, (("{{stage}}", "enduse:stage_age_seconds"),)),
            ("Seconds by stage", "Of the last run.", "s",
             6, (("{{stage}}", "topk(8, enduse_stage_duration_seconds)"),)),
            ("Rows by outcome", "By table; late rows came after their day was scored.", "short",
             12, (("{{table}} {{outcome}}", 'enduse_rows_total{outcome!="ok"}'),)),
            ("Share in quarantine", "", "percentunit",
             6, (("{{table}}", "enduse:rows_quarantined:ratio"),)),
            ("Parts of the page", "1 is whole.", "short",
             6, (("{{collector}}", "enduse_collector_success"),)),
            ("What fails, and for how long", "At each look of a service; empty is well.", "s",
             8, (("{{stage}} {{reason}}", "time() - enduse_failing_since_timestamp_seconds"),)),
            ("Failed looks, and ends of the worker", "In an hour.", "short",
             8, (("{{stage}}", "sum by (stage) (increase(enduse_looks_failed_total[1h]))"),
                 ("worker started anew", "increase(enduse_worker_restarts_total[1h])"))),
            ("Files set aside", "By table; they stand aside until they change.", "short",
             8, (("{{table}}", "enduse_inputs_set_aside"),)),
        ),
    ),
    (
        "Law and policy",
        (
            ("Accounts by rule", "Match and inquire: questions for a person.", "short",
             9, (("{{rule}} {{outcome}}",
                  'enduse_policy_findings{outcome=~"match|inquire"}'),)),
            ("Unknown by rule", "Data, a list or its day is missing: never clear.", "short",
             5, (("{{rule}}", 'enduse_policy_findings{outcome="unknown"}'),)),
            ("Age of lists", "Two weeks raise a ticket.", "s",
             5, (("{{source}}", "enduse_list_age_seconds"),)),
            ("Entries and doubts", "A list that shrank is refused.", "short",
             5, (("{{source}} {{state}}", "enduse_list_entries"),
                 ("files refused", "enduse_lists_refused"),
                 ("facts not verified", "enduse_policy_unverified"))),
        ),
    ),
    (
        "Outside evidence",
        (
            ("Leads by strength", "Public notices: questions for the holder, never a verdict.",
             "short", 8, (("{{strength}}", "enduse_leads"),)),
            ("Where exceptions gather", "Partners and representatives above chance.", "short",
             8, (("{{kind}}", "enduse_channel_exceptions"),)),
            ("No end customer named", "Accounts behind partners.", "short",
             8, (("accounts", "enduse_channel_undeclared"),)),
        ),
    ),
    (
        "Cases",
        (
            ("Cases by queue and state", "Open ones.", "short",
             8, (("{{queue}} {{state}}",
                  'enduse_cases{state!~"closed|merged|erased"}'),)),
            ("Longest wait", "Victims within a day.", "s",
             4, (("{{queue}}", "time() - enduse_case_oldest_open_timestamp_seconds"),)),
            ("Judgements in a week", "By outcome, all rounds.", "short",
             6, (("{{outcome}}", "sum by (outcome) (increase(enduse_judgements_total[7d]))"),)),
            ("Active seconds", "Half of the judgements of four weeks took less.", "s",
             6, (("median", "histogram_quantile(0.5, sum by (le) "
                  "(increase(enduse_review_active_seconds_bucket[28d])))"),)),
            ("How people judge", "Up to last week, from 30 judgements on.", "percentunit",
             8, (("agrees with {{with}}", "enduse_review_agreement_ratio"),
                 ("overrides", "enduse_review_override_ratio"),
                 ("golden cases", "enduse_golden_accuracy_ratio"),
                 ("changed after reveal", "enduse_reveal_changed_ratio"),
                 ("alarms: {{figure}}", "enduse_review_alarms > 0"))),
            ("Letters and appeals", "By state.", "short",
             8, (("{{kind}} {{state}}", "enduse_letters"), ("appeal {{state}}", "enduse_appeals"),
                 ("accounts suppressed", "enduse_suppressed_accounts"))),
            ("Since the record was verified and anchored", "A ticket after eight days.", "s",
             4, (("verified", "time() - enduse_audit_verified_timestamp_seconds"),
                 ("anchored", "time() - enduse_audit_anchor_timestamp_seconds"))),
            ("Events in a day", "", "short",
             4, (("events", "increase(enduse_audit_events_total[1d])"),)),
        ),
    ),
    (
        "Model and scrape",
        (
            ("Age of the model", "", "s",
             6, (("model", "time() - enduse_model_trained_timestamp_seconds"),)),
            ("Model", "", "short",
             6, (("{{model_id}}", "count by (model_id) (enduse_model_info)"),
                 ("enduse {{version}}", "enduse_build_info"))),
            ("Drift of features (PSI)", "Against the data the model was trained on.", "short",
             6, (("{{feature}}", "topk(10, enduse_feature_drift_psi)"),)),
            ("Samples in a scrape", "A scrape fails above 2,000.", "short",
             6, (("samples", 'scrape_samples_scraped{job="enduse"}'),
                 ("up", 'up{job="enduse"}'))),
        ),
    ),
    (
        "Who asks",
        (
            ("Not let in", "Requests in an hour, by what was given.", "short",
             8, (("{{reason}}", "sum by (reason) "
                  "(increase(enduse_authentication_failures_total[1h]))"),)),
            ("Turned away", "Clients and requests in an hour, by the bound they met.", "short",
             8, (("{{reason}}", "sum by (reason) (increase(enduse_http_refused_total[1h]))"),)),
            ("Web configurations read again", "In a day; refused: the one before stays.", "short",
             8, (("{{outcome}}", "sum by (outcome) "
                  "(increase(enduse_web_config_reloads_total[1d]))"),
                 ("certificates {{outcome}}", "sum by (outcome) "
                  "(increase(enduse_certificate_reloads_total[1d]))"))),
        ),
    ),
)  # fmt: skip
# One figure, no line over time.
FIGURES: Final = frozenset({"Age of the newest usage", "Model"})


def expressions() -> list[str]:
    """Every expression of the dashboard."""
    return [e for _, panels in ROWS for *_, lines in panels for _, e in lines]


def build() -> str:
    """Return the dashboard as JSON."""
    made = (
        dashboard.Dashboard("enduse")
        .uid("enduse")
        .description("Leads of proxy access to controlled compute, and whether the detector sees.")
        .tags(["enduse"])
        .timezone("utc")
        .refresh("1m")
        .time("now-7d", "now")
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus"))
    )
    for title, panels in ROWS:
        made = made.with_row(dashboard.Row(title))
        for panel in panels:
            made = made.with_panel(_panel(*panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _panel(
    title: str, meaning: str, unit: str, width: int, lines: tuple[tuple[str, str], ...]
) -> Any:
    kind = stat.Panel if title in FIGURES else timeseries.Panel
    panel = kind().title(title).unit(unit).span(width).height(HEIGHT).datasource(SOURCE)
    if meaning:
        panel = panel.description(meaning)
    for number, (legend, expression) in enumerate(lines):
        query = prometheus.Dataquery().expr(expression).legend_format(legend)
        panel = panel.with_target(query.ref_id("ABCDEFGH"[number]))
    return panel


def main() -> None:
    """Write dashboard.json."""
    TARGET.write_text(build())
    sys.stdout.write(f"{TARGET}\n")


if __name__ == "__main__":
    main()
