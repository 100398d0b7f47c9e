"""Metrics of cases: as reviewed, bounded, and none where no cases are served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detector.cases.errors import CasesBusy
from detector.cases.measuring.figures import CASE_QUEUES, ROUNDS, SECONDS, CaseFigures
from detector.cases.measuring.quality import ALARMS
from detector.exporter import METRICS, exposition
from detector.exporter.parts.cases import PARTS, STATES, WITH
from detector.results.published import Published
from tests.exporter.counted import FIGURES

GOLDEN = Path(__file__).parent / "golden" / "cases.txt"
MINE = {spec.name for part in PARTS for spec in part.metrics}
#: What a label may be, whatever the data says.
CLOSED = {
    "queue": CASE_QUEUES, "state": (*STATES, "filed", "draft", "sent"), "round": ROUNDS,
    "with": WITH, "figure": tuple(ALARMS), "kind": ("rfi",), "le": (*map(float, SECONDS), "+Inf"),
    "outcome": None,
}  # fmt: skip


def page(publish, cases) -> str:
    return exposition(Published.read(publish(), 2), b"k", cases=cases).decode()


def of_cases(text: str) -> str:
    """The lines of a page that tell of cases."""
    return "".join(
        line for line in text.splitlines(keepends=True)
        if any(f" {name}" in f" {line.removeprefix('# HELP').removeprefix('# TYPE')}"
               for name in MINE)
    )  # fmt: skip


def test_the_part_of_cases_is_as_reviewed(publish, as_reviewed) -> None:
    as_reviewed(of_cases(page(publish, lambda: FIGURES)), GOLDEN)


def test_every_metric_of_cases_has_data_and_closed_labels(publish) -> None:
    families = {
        family.name: family
        for family in text_string_to_metric_families(page(publish, lambda: FIGURES))
    }
    for name in MINE:
        samples = families[name.removesuffix("_total")].samples
        assert samples, name
        for sample in samples:
            assert set(sample.labels) - {"le"} == set(METRICS[name].labels)
            for label, value in sample.labels.items():
                known = CLOSED[label]
                assert known is None or value in known or float(value) in known


def test_what_the_folder_calls_a_queue_or_state_of_its_own_makes_no_series(publish) -> None:
    odd = replace(FIGURES, cases={("x" * 500, "new"): 5, ("proxy", "odd"): 1})
    text = page(publish, lambda: odd)
    assert "x" * 100 not in text
    assert "odd" not in text


def test_without_cases_there_is_no_series_of_them(publish) -> None:
    families = text_string_to_metric_families(page(publish, None))
    assert not [s for f in families for s in f.samples if s.name.startswith(tuple(MINE))]


def test_cases_that_cannot_be_read_leave_the_rest_of_the_page_alone(publish) -> None:
    def busy() -> CaseFigures:
        raise CasesBusy("another process writes")

    text = page(publish, busy)
    assert 'enduse_collector_success{collector="cases"} 0.0' in text
    assert 'enduse_accounts{queue="proxy"} 2.0' in text


@pytest.mark.parametrize("name", sorted(MINE))
def test_a_label_of_cases_never_names_a_person_an_account_or_a_case(name) -> None:
    assert not {"person", "account", "case", "ring", "reviewer"} & set(METRICS[name].labels)
