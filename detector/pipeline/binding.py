"""Which columns a model reads, by name, and what a run says of those it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from detector.sources.text import printable
from features.build import REGISTRY
from features.registry import Registry
from models.account.case import CaseModel
from models.account.columns import FeatureSpec
from models.account.model import ProxyModel
from models.errors import ModelFormatError

# Names of features that a sentence lists.
_NAMED: Final = 5


def specs(registry: Registry = REGISTRY) -> list[FeatureSpec]:
    """The features of this version, or those and one's own, as the models know them."""
    return [
        FeatureSpec(f.name, f.family, f.direction, f.place, f.both, f.spread, f.own)
        for f in registry
    ]


def as_it_reads(case: CaseModel) -> CaseModel:
    """A stored case model that reads this version's features, and its own columns beside them."""
    here = specs()
    names = {spec.name for spec in here}
    added = [spec for spec in case.accounts.specs if spec.own and spec.name not in names]
    return _bound(case, [*here, *added])


def bound(case: CaseModel, registry: Registry) -> CaseModel:
    """A case model that reads the columns of a registry.

    Raises
    ------
    ModelFormatError
        Where a column of one's own is not there, or means something else.
    """
    here = specs(registry)
    if case.accounts.reads == tuple(spec.name for spec in here):
        return case
    names = {spec.name for spec in here}
    gone = [name for name in case.accounts.added if name not in names]
    if gone:
        raise ModelFormatError(
            f"the model learnt {_listed(gone, 'column')} that whoever trained it added, and nobody "
            "gave here: score with detector.score_logs(logs, model, features=[...], "
            "outside=[...]) and the same columns, or train a model without them"
        )
    return _bound(case, here)


def _bound(case: CaseModel, here: Sequence[FeatureSpec]) -> CaseModel:
    """A case model that reads some columns.

    Where it lacks some, its statistic is another than the one it was calibrated on.
    """
    accounts = case.accounts.bound_to(here)
    return replace(
        case, accounts=accounts, calibration=None if accounts.lacking else case.calibration
    )


def notes(case: CaseModel) -> list[str]:
    """What a run says about what its model does not know, or lacks."""
    model, said = case.accounts, _own_said(case.accounts)
    both = {spec.name for spec in model.specs if spec.both}
    against = [name for name in model.unknown if name not in both]
    for_accounts = [name for name in model.unknown if name in both]
    if against:
        said.append(_unheard(against, model, ", only in its family's tail"))
    if for_accounts:
        said.append(_unheard(for_accounts, model, ""))
    if model.lacking:
        said.append(
            f"the model knows {_listed(model.lacking)}, which this version does not compute: "
            "missing for every account"
        )
    if case.chance is None:
        said.append(
            "an earlier version trained the model: it does not say how rare own and ring together "
            "are, so p-values are measured on these logs; train the model anew"
        )
    return said


def _own_said(model: ProxyModel) -> list[str]:
    """What a run says of own columns that speak beside a prior, which cannot know them."""
    speaking = [name for name in model.added if name not in (*model.joint_names, *model.unknown)]
    if not speaking:
        return []
    return [
        f"{_listed(speaking, 'column')} of your own, which the prior does not know: they add to "
        "its log odds by how rare an account's values are among its peers"
    ]


def _unheard(unknown: Sequence[str], model: ProxyModel, instead: str) -> str:
    """What a run says of columns without a say in the score, and what the prior's have instead."""
    prior = all(name in model.names for name in unknown)
    what, anew = ("prior", "teach the prior") if prior else ("model", "train the model")
    also = instead if prior else ""
    return (
        f"the {what} does not know {_listed(unknown)}: no say in the score{also}; "
        f"{anew} anew to use what is new"
    )


def _listed(names: Sequence[str], what: str = "feature") -> str:
    first = ", ".join(printable(name) for name in names[:_NAMED])
    more = ", …" if len(names) > _NAMED else ""
    return f"{len(names)} {what if len(names) == 1 else f'{what}s'} ({first}{more})"
