"""What runs: the version, the model, the stages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric

from detector import __version__
from detector.exporter.labels import label, largest
from detector.exporter.part import MetricSpec, Part, Shown, gauge, gauge_of, seconds_of

_BUILD: Final = MetricSpec(
    "enduse_build_info",
    "gauge",
    "always 1",
    ("version",),
    "Version of enduse that serves this page.",
    "enduse_build_info",
)

_MODEL: Final = MetricSpec(
    "enduse_model_info",
    "gauge",
    "always 1",
    ("model_id", "sha256"),
    "Model behind the scores shown, with the hash of its files.",
    "count by (model_id) (enduse_model_info)",
)

_TRAINED: Final = MetricSpec(
    "enduse_model_trained_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    (),
    "When the model behind the scores was trained.",
    "(time() - enduse_model_trained_timestamp_seconds) / 86400",
)

_ENDED: Final = MetricSpec(
    "enduse_last_success_timestamp_seconds",
    "gauge",
    "seconds since 1970 (UTC)",
    ("stage",),
    "When a stage last did its work: a look at the inbox ended well, a run was published.",
    "time() - max by (stage) (enduse_last_success_timestamp_seconds) > 86400",
)

_DURATIONS: Final = MetricSpec(
    "enduse_stage_duration_seconds",
    "gauge",
    "seconds",
    ("stage",),
    "How long a stage took in the last run.",
    "topk(3, enduse_stage_duration_seconds)",
)


def _build(_shown: Shown) -> Iterable[Metric]:
    return [gauge_of(_BUILD, {__version__: 1.0})]


def _model(shown: Shown) -> Iterable[Metric]:
    model = shown.run.model
    info = gauge(_MODEL)
    info.add_metric([label(shown.run.model_id), label(model.sha256 or "")], 1.0)
    trained = gauge(_TRAINED)
    if model.trained_at:
        trained.add_metric([], seconds_of(model.trained_at))
    elif model.trained_on_these_logs:
        trained.add_metric([], shown.published.at)
    return [info, trained]


def _stages(shown: Shown) -> Iterable[Metric]:
    watch = shown.watch
    unmeasured = dict.fromkeys(watch.ended, 0.0)
    durations = largest({**unmeasured, **shown.run.timings, **watch.seconds})
    # A service says of each stage when it ended; a batch ends all at once.
    ended = {stage: watch.ended.get(stage, shown.published.at) for stage in durations}
    return [
        gauge_of(_ENDED, ended),
        gauge_of(_DURATIONS, durations),
    ]


PARTS: Final = (
    Part("build", (_BUILD,), _build),
    Part("model", (_MODEL, _TRAINED), _model),
    Part("stages", (_ENDED, _DURATIONS), _stages),
)
