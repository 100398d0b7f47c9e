"""Where things stand in a model folder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from detector.errors import ModelError
from detector.modelfolder import case_folder, is_model
from detector.service import Options, Serving, serve_live


def test_a_prior_has_a_folder_of_its_own_below_the_model(tmp_path: Path) -> None:
    assert case_folder(tmp_path, "none") == tmp_path
    assert case_folder(tmp_path, "worlds") == tmp_path / "priors" / "worlds"
    with pytest.raises(ValueError, match="cannot name a prior"):
        case_folder(tmp_path, "../x")


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    assert not is_model(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    assert is_model(tmp_path)


def test_where_no_model_stands_no_service_starts(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    for path in (tmp_path / "no", tmp_path):
        worker = Options(str(tmp_path / "inbox"), str(tmp_path / "state"), model=str(path))
        stop = threading.Event()
        stop.set()
        with pytest.raises(ModelError) as told:
            serve_live(Serving(worker, "127.0.0.1:0", b"k"), stop)
        assert str(path) in str(told.value)
        assert told.value.exit_code == 1
