"""What stands in a model folder, and who writes it.

=============================== ========================================== ================
``manifest.json``, ``arrays-*`` the label-free model                       ``train``
``rings/``                      its model of rings                         ``train``
``chance/``                     what p-values are measured on              ``train``
``calibration/``                clean accounts it did not learn from       ``calibrate``
``training/``                   digests of the accounts it learnt from     ``train``
``card.md``                     the model card, for people                 ``train``
``priors/simulated/``           the same with the shipped prior's leaves   ``train``
``priors/learnt/``              the same with reviewers' decisions         ``learn``
``priors/NAME/``                a prior alone, its tails not yet measured  ``teach``
``decisions/``                  the log of decisions and its history       ``learn``
``decisions.old/``              the one about a model that was replaced    ``train``
``frozen/``                     the folder's first model, for comparison   ``train``
=============================== ========================================== ================

Each folder below ``priors`` that holds a whole model has ``rings``, ``chance`` and
``calibration`` of its own. A folder of models (``enduse models``) has one such folder for each; see
`models.files.registry`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import OutputError
from detector.words import visible
from models.account.case import CaseModel
from models.account.decisions import Decisions
from models.account.model import ProxyModel
from models.account.prior import Prior
from models.account.view import VIEWS, ViewMaker
from models.errors import ModelFormatError
from models.files import store
from models.files.calibration import load_calibration, save_calibration
from models.files.card import ModelCard
from models.files.chance import load_chance, save_chance
from models.files.decisions import load_decisions, save_decisions
from models.files.model import load_model, save_model
from models.files.prior import KIND as PRIOR_KIND
from models.files.prior import load_prior, save_prior
from models.files.registry import read_registry
from models.files.rings import load_rings, save_rings

# Names of the label-free model, and of what `enduse learn` makes of it.
UNTAUGHT: Final = "none"
LEARNT: Final = "learnt"
_TRAINING: Final = "training-accounts"
# What a model's folder holds beside its arrays and its manifest.
_PARTS: Final = frozenset(
    ("calibration", "card.md", "chance", "decisions", "frozen", "priors", "rings", "training")
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Digests = NDArray[np.int32]


@dataclass(frozen=True)
class Stored:
    """What was read from a model folder: see `detector.pipeline.training.Trained`."""

    cases: Mapping[str, CaseModel]
    later: Mapping[str, Prior]
    card: ModelCard | None
    learnt_from: Digests | None
    frozen: Path | None


def is_model(path: Path) -> bool:
    """Whether a folder is a model, and not a folder of models."""
    return (path / store.MANIFEST).is_file()


def case_folder(model: Path, name: str) -> Path:
    """Where the model of a prior's name is stored; ``none`` is the folder itself.

    Raises
    ------
    ValueError
        If the name is not lower-case letters, digits, ``-`` and ``_``.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a prior; use a-z, 0-9, - and _")
    return model if name == UNTAUGHT else model / "priors" / name


def champion(path: Path) -> Path:
    """The model to read: ``path`` itself, or the champion of the folder of models it is."""
    if is_model(path):
        return path
    name = read_registry(path).champion
    return path if name is None else path / name


def first_champion(path: Path) -> Path | None:
    """The model that a folder of models began with; None in a single model, or still there."""
    if is_model(path):
        return None
    history = read_registry(path).history
    first = path / history[0].model_id if history else path
    return first if first != champion(path) and is_model(first) else None


def write(
    path: Path, cases: Mapping[str, CaseModel], card: ModelCard | None, learnt_from: Digests | None
) -> None:
    """Write a trained model, and put aside what was learnt of the one that stood there.

    The first model of a folder is kept as its frozen reference when another takes its place.

    Raises
    ------
    OutputError
        Where the folder holds what is not a model's.
    """
    _refuse_foreign(path)
    _freeze(path)
    if LEARNT not in cases:
        _retire_learnt(path)
    for name, case in cases.items():
        write_case(path, name, case, card)
    if learnt_from is not None:
        store.write(path / "training", _TRAINING, {"digests": learnt_from}, {})
    if card is not None:
        store.write_whole(path / "card.md", card.to_markdown().encode())


def _refuse_foreign(path: Path) -> None:
    """Refuse a folder that is no model and holds what is none's, such as logs."""
    if is_model(path) or not path.is_dir():
        return
    # A first write that was cut short leaves files without a manifest.
    foreign = sorted(
        found.name for found in path.iterdir()
        if found.name not in _PARTS and not found.name.startswith(("arrays-", "."))
    )  # fmt: skip
    if foreign:
        named = visible(", ".join(foreign[:3]), 200)
        raise OutputError(
            f"'{path}' holds files that are not a model's ({named}); choose an empty or a new "
            "folder for the model"
        )


def write_case(path: Path, name: str, case: CaseModel, card: ModelCard | None) -> None:
    """Write one case model into its folder; a calibration of the one before is dropped."""
    folder = case_folder(path, name)
    save_model(case.accounts, folder, {} if card is None else card.to_dict())
    save_rings(case.rings, folder / "rings")
    if case.chance is None:
        shutil.rmtree(folder / "chance", ignore_errors=True)
    else:
        save_chance(case.chance, folder / "chance", case.accounts.model_id)
    if case.calibration is None:
        shutil.rmtree(folder / "calibration", ignore_errors=True)
    else:
        write_calibration(path, name, case, {})


def write_calibration(path: Path, name: str, case: CaseModel, meta: Mapping[str, object]) -> None:
    """Write the calibration of one case model, which must have one."""
    if case.calibration is None:
        raise ValueError(f"the model '{name}' has no calibration to write")
    folder = case_folder(path, name) / "calibration"
    save_calibration(case.calibration, folder, case.accounts.model_id, meta)


def write_prior(path: Path, name: str, prior: Prior, meta: Mapping[str, object]) -> Path:
    """Store a prior under a name beside a model; returns its folder."""
    folder = case_folder(path, name)
    save_prior(prior, folder, meta)
    return folder


def read(path: Path, views: Mapping[str, ViewMaker] = VIEWS) -> Stored:
    """Read a model folder with its priors, made of one of the ``views`` by name.

    Raises
    ------
    ModelFormatError
        Where anything does not fit.
    """
    cases: dict[str, CaseModel] = {UNTAUGHT: _read_case(path, views)}
    later: dict[str, Prior] = {}
    for folder in _below(path / "priors"):
        if store.read_manifest(folder).get("kind") == PRIOR_KIND:
            later[folder.name] = load_prior(folder)
        else:
            cases[folder.name] = _read_case(folder, views)
    frozen = path / "frozen"
    return Stored(
        cases, later, _read_card(path), _read_training(path), frozen if frozen.is_dir() else None
    )


def read_log(path: Path, accounts: ProxyModel) -> Decisions:
    """The log of decisions about a model; an empty one where there is none.

    Raises
    ------
    ModelFormatError
        Where it is damaged, or of another model than ``accounts``.
    """
    folder, sizes = path / "decisions", (len(accounts.joint_names), len(accounts.families))
    if not is_model(folder):
        return Decisions.none(*sizes)
    log = load_decisions(folder)
    if (log.rows.shape[1], log.levels.shape[1]) != sizes:
        raise ModelFormatError(
            f"{folder} is about accounts of {log.rows.shape[1]} features and "
            f"{log.levels.shape[1]} families, the model of {sizes[0]} and {sizes[1]}: put the "
            "folder aside and `enduse learn` from your labels again"
        )
    return log


def write_log(path: Path, log: Decisions) -> None:
    """Store the log of decisions about a model."""
    save_decisions(log, path / "decisions")


def history(path: Path) -> Path:
    """The file that says what was learnt when, a line each."""
    return path / "decisions" / "history.jsonl"


def forget_learnt(path: Path) -> None:
    """Take away what was learnt; the model scores as if nothing had been."""
    shutil.rmtree(case_folder(path, LEARNT), ignore_errors=True)


def _below(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir()) if folder.is_dir() else ()


def _read_case(folder: Path, views: Mapping[str, ViewMaker]) -> CaseModel:
    accounts = load_model(folder, views)
    chance, calibration = folder / "chance", folder / "calibration"
    return CaseModel(
        accounts,
        load_rings(folder / "rings"),
        load_chance(chance, accounts.model_id) if is_model(chance) else None,
        load_calibration(calibration, accounts.model_id) if is_model(calibration) else None,
    )


def _read_card(path: Path) -> ModelCard | None:
    card = store.read_manifest(path)["meta"].get("card")
    return ModelCard.from_dict(card) if isinstance(card, dict) and "features" in card else None


def _read_training(path: Path) -> Digests | None:
    """Digests of the accounts learnt from; None in a model of an earlier version."""
    folder = path / "training"
    if not is_model(folder):
        return None
    digests = store.read(folder, _TRAINING)[0].get("digests")
    if digests is None or digests.dtype != np.int32:
        raise ModelFormatError(f"'{folder}' holds no digests of accounts")
    return digests.astype(np.int32)


def _freeze(path: Path) -> None:
    """Keep what stands in a model folder as its reference, unless one is kept already."""
    frozen, staging = path / "frozen", path / ".frozen"
    if frozen.exists() or not is_model(path):
        return
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for file in path.iterdir():
        if file.is_file() and file.name != "card.md":
            shutil.copy2(file, staging)
    staging.rename(frozen)


def _retire_learnt(path: Path) -> None:
    """Put aside what was learnt about the model that is replaced: its rows are not the new's."""
    forget_learnt(path)
    decisions, old = path / "decisions", path / "decisions.old"
    if decisions.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        decisions.rename(old)
