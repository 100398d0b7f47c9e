"""Where things stand in a model folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.modelfolder import case_folder, is_model


def test_a_prior_has_a_folder_of_its_own_below_the_model(tmp_path: Path) -> None:
    assert case_folder(tmp_path, "none") == tmp_path
    assert case_folder(tmp_path, "worlds") == tmp_path / "priors" / "worlds"
    with pytest.raises(ValueError, match="cannot name a prior"):
        case_folder(tmp_path, "../x")


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    assert not is_model(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    assert is_model(tmp_path)
