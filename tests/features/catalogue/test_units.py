from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.units import OTHER, parse_unit


@pytest.mark.parametrize(
    ("text", "measure", "factor"),
    [
        ("Hours", "hours", 1), ("Hrs", "hours", 1), ("Hour", "hours", 1), ("hour", "hours", 1),
        ("Instance-Hours", "hours", 1), ("1 Hour", "hours", 1), ("100 Hours", "hours", 100),
        ("10 Hour", "hours", 10), ("Seconds", "hours", Fraction(1, 3600)),
        ("Second", "hours", Fraction(1, 3600)), ("Minutes", "hours", Fraction(1, 60)),
        ("1,000 Hours", "hours", 1000), ("0.5 hours", "hours", Fraction(1, 2)),
        ("GPU-hours", "gpu_hours", 1), ("GPU Hours", "gpu_hours", 1),
        ("GPU Per Hour", "gpu_hours", 1), ("gpu_seconds", "gpu_hours", Fraction(1, 3600)),
        ("chip hours", "gpu_hours", 1), ("GPU instance hours", "hours", 1),
        ("1/Hour", "hours", 1), ("100/Hour", "hours", 100), ("10 Hours", "hours", 10),
        ("1/Month", "hours", 730), ("Months", "hours", 730), ("mo", "hours", 730),
        ("day", "hours", 24), ("1/Day", "hours", 24), ("week", "hours", 168),
        ("year", "hours", 8760), ("h", "hours", 1), ("hour(s)", "hours", 1), ("Hrs.", "hours", 1),
        ("vm-hour", "hours", 1), ("VM Hours", "hours", 1), ("Node-Hours", "hours", 1),
        ("Server Hours", "hours", 1), ("GPU/Hour", "gpu_hours", 1), ("GPUHours", "gpu_hours", 1),
        ("gpuh", "gpu_hours", 1), ("instance/second", "hours", Fraction(1, 3600)),
        ("GPU-Months", "gpu_hours", 730), ("100 Seconds", "hours", Fraction(1, 36)),
        ("Tokens", "tokens", 1), ("1K tokens", "tokens", 1000), ("1M tokens", "tokens", 10**6),
        ("1000 tokens", "tokens", 1000), ("Million tokens", "tokens", 10**6),
        ("1M Input Tokens", "tokens", 10**6), ("MTok", "tokens", 10**6),
        ("1K", "count", 1000), ("1M", "count", 10**6), ("Units", "count", 1),
        ("1 Each", "count", 1), ("", "count", 1),
    ],
)  # fmt: skip
def test_units_as_exported_are_exact(text, measure, factor):
    unit = parse_unit(text)
    assert (unit.measure, unit.factor) == (measure, factor)


@pytest.mark.parametrize(
    "text",
    [
        None, "GB", "GB-Months", "GB-Hours", "GB Hours", "GiB/Second-Months", "vCPU-Hours",
        "OCPU Per Hour", "LCU-Hours", "Lambda-GB-Seconds", "Requests", "Units/Hour",
        "GB-Mo", "GiBy.mo", "IOPS-Mo", "byte-seconds", "Requests/Hour",
        "USD/Hour", "Unstated", "GPUs", "H100",
        "Keys", "0 Hours", "ACU-Hours", "9" * 40 + " Hours", "999999999999 hours",
    ],
)  # fmt: skip
def test_other_units_are_other(text):
    assert parse_unit(text) == OTHER


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    unit = parse_unit(text)
    assert unit.factor > 0
    assert max(unit.factor.numerator, unit.factor.denominator) < 2**63
