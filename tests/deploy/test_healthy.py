"""A healthy site of each kind wakes nobody up in thirty days; half an hour of failing does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.examples import first

Needs = Callable[..., str]
Value = Callable[[int], float | None]

STEP = 300
HOUR, DAY = 3600, 86_400
NEVER = -2_000_000_000.0


def _here(job: str, instance: str) -> str:
    return f'job="{job}",instance="{instance}"'


def _since_restart(now: int) -> int:
    """A live site is started anew each night at three."""
    return (now - 3 * HOUR) % DAY


def live(now: int) -> dict[str, float | None]:
    """What a watched inbox tells at a moment, as series without job and instance."""
    down, starts = _since_restart(now) < STEP, now - _since_restart(now)
    busy = now % (7 * DAY) < STEP
    return {
        "up{}": float(not down),
        "scrape_samples_scraped{}": 0.0 if down else 300.0,
        **({} if down else {
            # The first look after a start has not ended at the next scrape.
            'enduse_last_success_timestamp_seconds{stage="ingest"}':
                NEVER if _since_restart(now) < 2 * STEP else float(now),
            'enduse_last_success_timestamp_seconds{stage="score"}': float(now - now % DAY),
            "enduse_start_timestamp_seconds{}": float(starts),
            # An export of the day before comes at six in the morning.
            'enduse_watermark_timestamp_seconds{table="usage"}':
                float((now - 6 * HOUR) // DAY * DAY),
            "enduse_worker_restarts_total{}": float(now // (7 * DAY)),
            'enduse_looks_failed_total{stage="ingest"}': float(now // (7 * DAY)),
            # Somebody else holds the state for some minutes, once a week.
            'enduse_failing_since_timestamp_seconds{stage="ingest",reason="state_held"}':
                float(now) if busy else None,
            'enduse_inputs_set_aside{table="usage"}': float(now % (7 * DAY) < 2 * HOUR),
        }),
        **({} if down else scored(now)),
    }  # fmt: skip


def scored(now: int) -> dict[str, float | None]:
    """What the last run tells."""
    return {
        'enduse_build_info{version="1"}': 1.0,
        'enduse_accounts{queue="victim"}': 3.0 - (now // HOUR) % 2,
        'enduse_accounts{queue="proxy"}': 40.0 + (now // HOUR) % 3,
        'enduse_rings{queue="proxy"}': 5.0 - (now // HOUR) % 2,
        'enduse_first_seen_timestamp_seconds{queue="victim"}': float(-9 * DAY),
        'enduse_first_seen_cases{queue="victim"}': 3.0,
        'enduse_first_seen_timestamp_seconds{queue="proxy"}': float(now // (5 * DAY) * 5 * DAY),
        'enduse_first_seen_cases{queue="proxy"}': 1.0,
        "enduse_model_trained_timestamp_seconds{}": float(-DAY),
        'enduse_list_age_seconds{source="EL"}': float(now % (7 * DAY)),
        "enduse_lists_refused{}": 0.0,
        'enduse_rows_total{table="usage",outcome="ok"}': float(now),
        'enduse_rows_total{table="usage",outcome="quarantined"}': float(now // 1000),
        'enduse_rows_later{table="usage"}': 0.0,
        'enduse_collector_success{collector="results"}': 1.0,
    }


def batch(now: int) -> dict[str, float | None]:
    """What a run of each week tells; its usage is two days old when it is scored."""
    week = float(now // (7 * DAY) * 7 * DAY)
    return {
        "up{}": 1.0,
        "scrape_samples_scraped{}": 250.0,
        'enduse_last_success_timestamp_seconds{stage="score"}': week,
        'enduse_watermark_timestamp_seconds{table="usage"}': week - 2 * DAY,
        'enduse_inputs_set_aside{table="usage"}': 0.0,
        **scored(now),
    }


def failing(now: int) -> dict[str, float | None]:
    """A healthy site but for half an hour on the tenth day."""
    name = 'enduse_failing_since_timestamp_seconds{stage="ingest",reason="no_space"}'
    sick = 10 * DAY + 5 * HOUR <= now < 10 * DAY + 5 * HOUR + 1800
    return {**live(now), name: float(10 * DAY + 5 * HOUR) if sick else None}


SITES = {
    "live": (live, _here("enduse", "a:9464")),
    "batch": (batch, _here("enduse", "a:9464")),
    "textfile": (batch, _here("node", "m:9100")),
    "failing": (failing, _here("enduse", "a:9464")),
}


def labelled(series: str, here: str) -> str:
    name, labels = series[:-1].split("{", 1)
    return f"{name}{{{here}{',' if labels else ''}{labels}}}"


def case(
    site: Callable[[int], Mapping[str, float | None]], here: str, start: int, end: int
) -> dict[str, Any]:
    """A case of promtool: what a site tells from one moment to another, and no page at its end."""
    moments = [site(now) for now in range(start, end, STEP)]
    names = sorted({name for moment in moments for name in moment})
    return {
        "interval": f"{STEP}s",
        "input_series": [
            {"series": labelled(name, here), "values": written([m.get(name) for m in moments])}
            for name in names
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (count_over_time(ALERTS{severity="page",'
                        'alertstate="firing"}[30d]))',
                "eval_time": f"{(len(moments) - 1) * STEP}s",
                "exp_samples": [],
            }
        ],
    }  # fmt: skip


def written(values: Sequence[float | None]) -> str:
    return " ".join("_" if value is None else f"{value:.0f}" for value in values)


def paged(kind: str, start: int, end: int, rules: Path, work: Path, promtool: str) -> str:
    """What promtool says of a site: nothing where nobody was woken up."""
    site, here = SITES[kind]
    # Prometheus counts from 0: what a site tells is told from its start on.
    tests = [case(lambda now: moved(site, now + start, start), here, 0, end - start)]
    told = {"rule_files": [str(rules)], "evaluation_interval": f"{STEP}s", "tests": tests}
    (work / "healthy.yml").write_text(json.dumps(told))
    done = subprocess.run(
        [promtool, "test", "rules", "healthy.yml"], cwd=work, capture_output=True, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def moved(
    site: Callable[[int], Mapping[str, float | None]], now: int, start: int
) -> dict[str, float | None]:
    """What a site tells, with times counted from another start."""
    return {
        name: None if value is None else value - start * ("timestamp" in name)
        for name, value in site(now).items()
    }


@pytest.mark.parametrize("kind", first(["live", "batch", "textfile"]))
def test_a_healthy_site_wakes_nobody_up_in_a_day(
    kind: str, repository: Path, needs_program: Needs, tmp_path: Path
) -> None:
    promtool = needs_program("promtool", "apt-get install prometheus")
    rules = repository / "deploy" / "prometheus" / "rules.yml"
    # Over the end of a week, when the batch comes.
    assert paged(kind, 13 * DAY // 2, 15 * DAY // 2, rules, tmp_path, promtool) == ""


def test_half_an_hour_without_the_inbox_does(
    repository: Path, needs_program: Needs, tmp_path: Path
) -> None:
    promtool = needs_program("promtool", "apt-get install prometheus")
    rules = repository / "deploy" / "prometheus" / "rules.yml"
    said = paged("failing", 10 * DAY, 21 * DAY // 2, rules, tmp_path, promtool)
    assert "EnduseIngestFailing" in said


@pytest.mark.long
@pytest.mark.parametrize("kind", ["live", "batch", "textfile"])
def test_a_healthy_site_wakes_nobody_up_in_thirty_days(
    kind: str, repository: Path, needs_program: Needs, tmp_path: Path
) -> None:
    promtool = needs_program("promtool", "apt-get install prometheus")
    rules = repository / "deploy" / "prometheus" / "rules.yml"
    assert paged(kind, 0, 30 * DAY, rules, tmp_path, promtool) == ""
