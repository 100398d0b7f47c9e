"""What its GPUs do, by their meters (F08): words and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import at_least_days, by_same_measure, counted, power_less_one
from detector.findings.subjects import DISK_IMPORT, METERED_HOURS
from detector.words import data_size, number
from features.workload import GIGABYTE, IMPORTS, METERS

_METER: Final = ("gpu_model", "metric", "value")
_WORK: Final = ("busy", "tensor", "memory", "link")


def _metered(*meters: str) -> pl.Expr:
    return pl.col("metric").is_in([name for name, meter in METERS.items() if meter in meters])


def _work() -> pl.Expr:
    return _metered(*_WORK)


def _tensor() -> pl.Expr:
    return _metered("tensor")


def _links() -> pl.Expr:
    return _metered("link")


def _power() -> pl.Expr:
    return _metered("busy", "power")


def _incoming() -> pl.Expr:
    return _metered(*_WORK, "ingress")


def _outgoing() -> pl.Expr:
    return _metered(*_WORK, "egress")


def _imports() -> pl.Expr:
    return pl.col("operation").is_in(IMPORTS)


def _data_an_hour(share: float) -> str:
    """Data that came in at the most: ``1 / (1 + gigabytes)`` is at least the share."""
    return data_size((1.0 / share - 1.0) * GIGABYTE)


def _hours_of_day(share: float) -> str:
    return f"{number(max(24.0 * share, 1.0), 2)} of the 24 hours"


SAID: Final[Mapping[str, Finding]] = {
    "f08_training_share": Finding(
        "{share} look like training of models", METERED_HOURS, _work, _METER,
    ),
    "f08_undeclared_training": Finding(
        "{share} look like training of models, while it declares web, rendering or gaming",
        METERED_HOURS, _work, _METER,
        none="no training of models beside a declared use of web, rendering or gaming",
    ),
    "f08_mining_share": Finding("{share} look like mining", METERED_HOURS, _work, _METER),
    "f08_idle_share": Finding(
        "{share} are of GPUs that were held and did nothing", METERED_HOURS, _work, _METER,
    ),
    "f08_serving_share": Finding(
        "{share} look like serving a model to others", METERED_HOURS, _work, _METER,
    ),
    "f08_tensor_duty": Finding(
        "the tensor cores of its GPUs were busy {value} of the time", METERED_HOURS, _tensor,
        _METER, none="no work of tensor cores",
    ),
    "f08_linked_gpus": Finding(
        "{share} saw GPUs exchange data over their links", METERED_HOURS, _links, _METER,
    ),
    "f08_flat_power": Finding(
        "its GPUs were busy at an even power, to {value} of the most there can be",
        METERED_HOURS, _power, _METER, none="no busy GPUs at an even power",
    ),
    "f08_starved_training": Finding(
        "at least {percent} of its metered GPU-hours look like training of models, and at most "
        "{value} of data came in for each hour of it",
        METERED_HOURS, _incoming, _METER,
        reads=_data_an_hour, none="no training of models without data from the network",
        beside=by_same_measure,
    ),
    "f08_leaves_with_result": Finding(
        "at least {value} of its metered GPU-hours look like training of models, and at least "
        "{value} of the data sent out left in the last tenth of its days",
        METERED_HOURS, _outgoing, _METER,
        none="no training of models whose data left in the last days", beside=by_same_measure,
    ),
    "f08_training_round_the_clock": Finding(
        "at least {percent} of its metered GPU-hours look like training of models, spread over "
        "the day as evenly as over {value} at the least",
        METERED_HOURS, _work, _METER,
        reads=_hours_of_day, none="no training of models round the clock", beside=by_same_measure,
    ),
    "f08_gone_with_result": Finding(
        "at least {percent} of its metered GPU-hours look like training of models, at least "
        "{percent} of the data sent out left in the last tenth of its days, and at least "
        "{value} of silence followed",
        METERED_HOURS, _outgoing, _METER,
        reads=at_least_days, none="no training of models whose data left before silence",
        beside=by_same_measure,
    ),
    "f08_imported_disks": Finding(
        "its events show {value}", DISK_IMPORT, _imports, ("operation", "status", "region"),
        reads=counted("import or copy of a disk", "imports or copies of disks", of=power_less_one),
        none="no imports or copies of disks",
    ),
}  # fmt: skip
