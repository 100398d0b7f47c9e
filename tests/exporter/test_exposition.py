"""The whole page: golden text, bounds, hostile labels, damage."""

from __future__ import annotations

import math
import subprocess
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from detector.errors import DataError
from detector.exporter import METRICS, exposition, write_textfile
from detector.exporter.labels import FOLDED, distinct, fold, label
from detector.exporter.network import NETWORK
from detector.results.published import Published
from tools import make_metrics

KEY = b"a key of the tests"
GOLDEN = Path(__file__).parent / "golden" / "metrics.txt"
FORGERY = 'x"} 1\nenduse_accounts{queue="proxy"} 999\n# TYPE'
HOSTILE = [
    FORGERY,
    "\x1b[2J\x1b]0;owned\x07",
    "line\r\nbreak\u2028\u2029\x00",
    "\ud800 lone \udfff",
    "\u202eright to left\u2066",
    'back\\slash \\n quote " brace }',
    "",
    "M" * 1_000_000,
]


def page(out: Path, top_k: int = 50) -> str:
    return exposition(Published.read(out, top_k), KEY).decode("utf-8")


def samples(text: str) -> dict[tuple, float]:
    """Parse a page; two samples of one series fail the test."""
    found: dict[tuple, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            series = (sample.name, *sorted(sample.labels.items()))
            assert series not in found
            found[series] = sample.value
    return found


def test_the_whole_page_is_as_reviewed(publish, as_reviewed) -> None:
    as_reviewed(page(publish(), top_k=2), GOLDEN)


def test_every_metric_of_the_contract_is_there_with_its_labels(publish) -> None:
    families = {f.name: f for f in text_string_to_metric_families(page(publish()))}
    # What the server counts is no part of a run's page.
    for name, spec in METRICS.items() - {(spec.name, spec) for spec in NETWORK}:
        family = families[name.removesuffix("_total") if spec.kind == "counter" else name]
        assert family.type == spec.kind
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(spec.labels)


def test_only_controlled_gpus_are_counted(publish, run) -> None:
    run["gpu_hours"] = {"H100": 5.0, "T4": 7.0}
    assert ("enduse_controlled_gpu_hours_total", ("gpu", "T4")) not in samples(page(publish(run)))
    run["controlled_gpu_hours"] = {"NEW-PART": 3.0}
    found = {s: v for s, v in samples(page(publish(run))).items() if "gpu_hours" in s[0]}
    assert found == {("enduse_controlled_gpu_hours_total", ("gpu", "NEW-PART")): 3.0}


def test_a_model_trained_on_these_logs_is_as_old_as_the_run(publish, run) -> None:
    del run["model"]["trained_at"]
    found = samples(page(publish(run)))
    assert found[("enduse_model_trained_timestamp_seconds",)] == 1_780_000_000


@pytest.mark.parametrize("column", ["score", "p_value"])
@pytest.mark.parametrize("move", [0.0012, 0.0049, 0.03])
def test_what_a_sum_moves_by_tells_nobodys_value_finer_than_a_step(
    publish, scores, column: str, move: float
) -> None:
    """One account of no queue moves from run to run, and nobody else does."""

    def total(value: float) -> float:
        mine = pl.when(pl.col("account_id") == "farm.example").then(value)
        held = scores.with_columns(mine.otherwise(column).alias(column))
        return samples(page(publish(scores=held), top_k=2))[(f"enduse_account_{column}_sum",)]

    assert total(0.4 + move) - total(0.4) == pytest.approx(round(move, 2), abs=1e-9)
    assert total(0.4) == round(total(0.4), 2)


def test_no_account_id_is_on_the_page(publish, scores) -> None:
    text = page(publish())
    assert not [a for a in scores["account_id"] if a in text]


def test_pseudonyms_hold_for_one_key_and_differ_for_another(publish) -> None:
    shown = Published.read(publish(), 50)
    assert exposition(shown, KEY) == exposition(shown, KEY)
    assert exposition(shown, KEY) != exposition(shown, b"another key entirely")


def test_top_k_of_nothing_shows_no_account(publish) -> None:
    found = samples(page(publish(), top_k=0))
    assert not [s for s in found if s[0] == "enduse_top_account_score"]
    assert found[("enduse_top_accounts_omitted",)] == 6


def test_a_hundred_thousand_accounts_have_no_series_of_their_own(publish) -> None:
    count = 100_000
    scores = pl.DataFrame(
        {
            "account_id": [f"{i:06}" for i in range(count)],
            "rank": range(1, count + 1),
            "score": [1 - i / count for i in range(count)],
            "p_value": [(i + 1) / count for i in range(count)],
            "queue": ["none"] * count,
        }
    )
    text = page(publish(scores=scores))
    assert len(samples(text)) < 300
    assert len(text) < 50_000
    assert samples(text)[("enduse_top_accounts_omitted",)] == count - 50


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: ascii(h[:12]))
def test_hostile_names_neither_break_nor_forge_the_page(publish, run, scores, hostile) -> None:
    run["counts"][hostile] = {"read": 1, "ok": 1}
    run["gpu_hours"][hostile] = 5.0
    run["controlled_gpu_hours"] = {hostile: 5.0}
    run["timings"][hostile] = 1.0
    run["drift"][hostile] = 1.0
    run["watermarks"][hostile] = "2026-01-01T00:00:00Z"
    run["model_id"] = run["model"]["sha256"] = hostile
    run["policy"]["counts"][hostile] = {"match": 1, hostile: 9}
    run["evidence"]["leads"][hostile] = 5
    run["evidence"]["channel"][0]["id"] = run["evidence"]["channel"][1]["kind"] = hostile
    run["policy"]["lists"][0]["rows"][hostile] = 5
    run["policy"]["lists"][0]["file"] = run["policy"]["unverified"][0] = hostile
    accounts = scores.with_columns(
        account_id=pl.col("account_id") + hostile.encode("utf-8", "replace").decode()
    )
    text = page(publish(run, accounts))
    found = samples(text)
    assert found["enduse_accounts", ("queue", "proxy")] == 2
    assert all(value == 1 for s, value in found.items() if s[0] == "enduse_collector_success")
    assert len(text) < 20_000
    assert all(character.isprintable() or character == "\n" for character in text)


def test_names_that_look_alike_after_cleaning_stay_apart() -> None:
    names = ["a" * 200 + "1", "a" * 200 + "2", "b", FOLDED]
    shown = distinct(names)
    assert len(set(shown.values())) == 4
    assert shown["b"] == "b"
    assert FOLDED not in shown.values()
    assert all(len(text) <= 100 for text in shown.values())


def test_labels_beyond_the_limit_are_added_up() -> None:
    folded = fold({str(i): float(i) for i in range(1, 1001)}, most=10)
    assert len(folded) == 11
    assert folded[FOLDED] == sum(range(1, 991))
    assert math.fsum(folded.values()) == sum(range(1, 1001))


@given(st.text(st.characters(), max_size=300))
def test_any_text_becomes_one_short_encodable_line(text) -> None:
    shown = label(text)
    assert len(shown) <= 100
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("part", "spoil"),
    [
        ("model", lambda run: run.pop("model_id")),
        ("stages", lambda run: run.update(timings=[1])),
        ("rows", lambda run: run.update(counts={"usage": None})),
        ("watermarks", lambda run: run.update(watermarks={"usage": "yesterday"})),
        ("rings", lambda run: run.update(rings={"queues": {"proxy": "many"}})),
        ("compute", lambda run: run.update(gpu_hours=[])),
        ("tokens", lambda run: run.update(tokens={"input": {}})),
        ("drift", lambda run: run.update(drift={"f": "x"})),
        ("policy", lambda run: run["policy"].update(counts={"CSL-EL": {"match": "many"}})),
        ("leads", lambda run: run["evidence"].update(leads={"strong": "many"})),
    ],
)
def test_a_part_that_fails_reports_itself_alone(publish, run, part, spoil) -> None:
    spoil(run)
    found = samples(page(publish(run)))
    failed = [s for s, v in found.items() if s[0] == "enduse_collector_success" and v == 0]
    # What one piece of run.json tells is told by two parts.
    together = {"policy": ["lists", "policy"], "leads": ["channel", "leads"]}
    parts = together.get(part, [part])
    assert failed == [("enduse_collector_success", ("collector", name)) for name in parts]
    assert found["enduse_accounts", ("queue", "proxy")] == 2


def test_rules_and_lists_have_bounded_series_and_rules_left_out_are_added_up(publish, run) -> None:
    run["policy"]["counts"] = {f"R{i:03}": {"match": i, "clear": 1} for i in range(300)}
    run["policy"]["lists"][0]["rows"] = {f"L{i:03}": i for i in range(300)}
    found = samples(page(publish(run)))
    rules = {s: v for s, v in found.items() if s[0] == "enduse_policy_findings"}
    assert len(rules) == 4 * 51
    assert sum(v for s, v in rules.items() if ("outcome", "match") in s) == sum(range(300))
    assert sum(v for s, v in rules.items() if ("outcome", "clear") in s) == 300
    assert len([s for s in found if s[0] == "enduse_list_age_seconds"]) == 100
    assert len([s for s in found if s[0] == "enduse_list_entries"]) == 101


def test_a_list_of_which_nobody_told_the_day_is_older_than_any(publish) -> None:
    found = samples(page(publish()))
    assert found[("enduse_list_age_seconds", ("source", "EL"))] == math.inf
    assert found[("enduse_list_age_seconds", ("source", "SDN"))] == 7 * 86_400


def test_where_lane_l_did_not_run_there_is_no_figure_that_could_be_read_as_none(
    publish, run
) -> None:
    del run["policy"]
    run["lanes"]["L"] = False
    found = samples(page(publish(run)))
    assert not [s for s in found if s[0].startswith(("enduse_policy", "enduse_list"))]
    assert found["enduse_collector_success", ("collector", "policy")] == 1
    run["lanes"]["L"] = True
    found = samples(page(publish(run)))
    assert found["enduse_collector_success", ("collector", "policy")] == 0


def test_leads_are_strong_and_medium_rows_alone(publish) -> None:
    found = samples(page(publish()))
    leads = {dict(s[1:])["strength"]: v for s, v in found.items() if s[0] == "enduse_leads"}
    assert leads == {"strong": 2, "medium": 1}


def test_the_channel_counts_who_gathers_and_accounts_unnamed_and_names_nobody(publish) -> None:
    text = page(publish())
    found = samples(text)
    assert found["enduse_channel_exceptions", ("kind", "partner")] == 1
    assert found["enduse_channel_exceptions", ("kind", "rep")] == 1
    assert found[("enduse_channel_undeclared",)] == 11
    assert not [name for name in ("gather.", "silent.", "rep.example") if name in text]


@pytest.mark.parametrize(
    ("silence", "gone"),
    [
        (lambda run: run["evidence"].update(not_read={"tenders": "-"}), {"enduse_leads"}),
        (
            lambda run: run["evidence"].update(not_read={"exceptions": "-"}),
            {"enduse_channel_exceptions"},
        ),
        (
            lambda run: run.update(missing_tables=["partner_customers"]),
            {"enduse_channel_undeclared"},
        ),
        (
            lambda run: (run.pop("evidence"), run["lanes"].update(E=False)),
            {"enduse_leads", "enduse_channel_exceptions", "enduse_channel_undeclared"},
        ),
    ],
    ids=["tenders", "exceptions", "customers", "lane"],
)
def test_what_nobody_sent_is_not_counted_as_none(publish, run, silence, gone) -> None:
    names = {"enduse_leads", "enduse_channel_exceptions", "enduse_channel_undeclared"}
    silence(run)
    found = samples(page(publish(run)))
    assert names - {s[0] for s in found} == gone
    assert found["enduse_collector_success", ("collector", "leads")] == 1


def test_a_run_in_which_lane_e_ran_and_did_not_say_what_it_read_fails_its_parts(
    publish, run
) -> None:
    del run["evidence"]
    found = samples(page(publish(run)))
    assert found["enduse_collector_success", ("collector", "leads")] == 0
    assert found["enduse_collector_success", ("collector", "channel")] == 0


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"not parquet at all" * 100])
def test_damaged_scores_fail_their_parts_and_not_the_scrape(publish, damage) -> None:
    out = publish()
    (out / "scores.parquet").write_bytes(damage)
    found = samples(page(out))
    assert found["enduse_collector_success", ("collector", "accounts")] == 0
    assert found["enduse_collector_success", ("collector", "top_accounts")] == 0
    assert found["enduse_collector_success", ("collector", "rows")] == 1


def test_scores_without_their_columns_fail_their_parts(publish, scores) -> None:
    found = samples(page(publish(scores=scores.drop("queue"))))
    assert found["enduse_collector_success", ("collector", "accounts")] == 0


@pytest.mark.parametrize("damage", ["", "[1]", "{", '{"a":' * 100_000, "\x00"])
def test_a_damaged_run_is_refused_with_a_remedy(publish, damage) -> None:
    out = publish()
    (out / "run.json").write_text(damage)
    with pytest.raises(DataError, match=r"run\.json"):
        Published.read(out, 50)


def test_a_folder_without_a_run_is_refused_with_a_remedy(tmp_path) -> None:
    with pytest.raises(DataError, match="enduse score LOGS --out OUT"):
        Published.read(tmp_path, 50)


def test_numbers_json_cannot_hold_fail_their_part_alone(publish, run) -> None:
    run["gpu_hours"]["H100"] = math.nan
    run["tokens"]["input"] = math.inf
    found = samples(page(publish(run)))
    assert found["enduse_accounts", ("queue", "proxy")] == 2


def test_the_textfile_is_the_page(publish, tmp_path) -> None:
    out = publish()
    write_textfile(out, tmp_path / "enduse.prom", key=KEY, top_k=2)
    assert (tmp_path / "enduse.prom").read_text(encoding="utf-8") == page(out, top_k=2)
    # The memory of who was seen in the queues, and nothing half written.
    assert [p.name for p in tmp_path.glob(".enduse*")] == [".enduse.prom.first_seen.json"]


GPU_HOURS = "enduse_controlled_gpu_hours_total"


def test_promtool_reads_the_page_and_dislikes_only_the_unit_hours(publish, needs_program) -> None:
    # GPU-hours are what invoices and licences count; the contract fixes the name.
    promtool = needs_program("promtool", "apt-get install -y prometheus")
    text = page(publish())
    others = "".join(line for line in text.splitlines(True) if GPU_HOURS not in line)
    assert checked(promtool, others) == (0, "")
    code, said = checked(promtool, text)
    assert code == 3  # remarks on style alone; a page that cannot be read gives 1
    assert said.split(maxsplit=1) == [GPU_HOURS, 'use base unit "seconds" instead of "hours"\n']


def checked(promtool: str, text: str) -> tuple[int, str]:
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=text,
        text=True,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stderr


def test_the_reference_in_docs_is_up_to_date(repository) -> None:
    assert (repository / "docs" / "metrics.md").read_text(encoding="utf-8") == make_metrics.render()
