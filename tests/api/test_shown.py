"""What is public is listed, explained by help(), and short when it is shown."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import detector
import enduse
import enduse.features
import enduse.models
import features
import models
from detector import Results, train_logs
from detector.sources import Logs
from models import ProxyForest

NAMED = {"Results", "load_model", "read_logs", "save_model", "score_logs", "train_logs"}


@pytest.mark.parametrize("module", [detector, enduse, features, models])
def test_dir_lists_what_is_public_and_no_more(module: Any) -> None:
    shown = {name for name in dir(module) if not name.startswith("__")}
    assert set(module.__all__) <= shown | {"__version__"}
    for name in shown:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="'nothing'"):
        module.nothing  # noqa: B018


def test_the_packages_name_the_same_things() -> None:
    assert set(detector.__all__) >= NAMED
    assert set(enduse.__all__) >= NAMED
    assert set(enduse.features.__all__) == set(features.__all__)
    assert set(enduse.models.__all__) == set(models.__all__)
    for ours, theirs in ((enduse, detector), (enduse.features, features), (enduse.models, models)):
        for name in set(ours.__all__) & set(theirs.__all__):
            assert getattr(ours, name) is getattr(theirs, name)


@pytest.mark.parametrize(
    "name", ["read_logs", "train_logs", "score_logs", "load_model", "save_model"]
)
def test_help_tells_every_parameter_the_errors_and_an_example(name: str) -> None:
    function = getattr(detector, name)
    told = inspect.getdoc(function) or ""
    for section in ("Parameters\n---", "Raises\n---", "Examples\n---", ">>> "):
        assert section in told
    listed = told.partition("Raises\n")[0]
    for parameter in inspect.signature(function).parameters:
        assert parameter in listed, parameter


def test_a_run_and_its_record_are_one_line_each(sample_run: Path) -> None:
    results = Results.read(sample_run)
    assert repr(results).startswith("<Results: 1,000 accounts, ")
    assert "queues: proxy " in repr(results)
    assert repr(results.run).startswith("<Run of enduse ")
    for shown in (results, results.run, features.REGISTRY, features.REGISTRY["f16_age"]):
        assert "\n" not in repr(shown)
        assert len(repr(shown)) < 200


def test_a_run_names_what_scores_do_not_show(sample_run: Path) -> None:
    results = Results.read(sample_run)
    told = {**json.loads(results.run.to_json()), "warnings": ["one", "two"]}
    aside = pl.DataFrame({"table": ["usage"]})
    shown = replace(results, run=told, quarantine=aside)  # type: ignore[arg-type]
    assert repr(shown).endswith("; 2 warnings (.run.warnings); 1 row aside (.quarantine)>")
    assert "2 warnings (.run.warnings)" in shown._repr_html_()
    assert "aside" not in repr(results)


def test_a_typing_error_is_answered_with_the_name_that_was_meant() -> None:
    with pytest.raises(AttributeError) as error:
        enduse.score_log  # noqa: B018
    # Python suggests what is near among dir(obj).
    assert (error.value.name, error.value.obj) == ("score_log", enduse)
    assert "score_logs" in dir(enduse)


def test_a_notebook_shows_queues_and_the_first_cases(sample_run: Path) -> None:
    results = Results.read(sample_run)
    page = results._repr_html_()
    first = results.scores.filter(pl.col("queue") != "none").sort("rank").row(0, named=True)
    assert (first["ring_id"] or first["account_id"]) in page
    for queue, count in results.scores["queue"].value_counts().iter_rows():
        assert f"<td>{queue}</td><td>{count}</td>" in page
    assert page.count("<tr>") <= 17
    assert len(page) < 6000


def test_a_registry_and_a_model_show_tables(logs: Logs) -> None:
    assert "<td>F02</td><td>budget shape</td>" in features.REGISTRY._repr_html_()
    trained = train_logs(logs, prior="none")
    assert repr(trained) == (
        f"<Trained {trained.model_id} of 60 accounts to 2026-03-06: view 'forest', priors none>"
    )
    assert "<th>Learnt from</th><td>60 accounts</td>" in trained._repr_html_()
    assert "\n" not in repr(trained.cases["none"].accounts)


def test_hostile_ids_are_text_in_a_notebook(sample_run: Path) -> None:
    results = Results.read(sample_run)
    worst = "<script>alert(1)</script>\u202egpj"
    rows = results.scores.with_columns(account_id=pl.lit(worst), ring_id=pl.lit(None, pl.String))
    page = Results(**{**vars(results), "scores": rows})._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


def test_a_forest_is_one_line_however_many_settings_it_has() -> None:
    forest = ProxyForest(
        n_estimators=44, max_samples=512, contamination=0.125, n_jobs=2,
        random_state=np.random.RandomState(3),
    )  # fmt: skip
    assert "\n" not in repr(forest)
    assert repr(forest).startswith("ProxyForest(contamination=0.125")
