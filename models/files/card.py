"""The model card: what a model was made from, what it is for, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields

from models.errors import ModelFormatError

INTENDED_USE = (
    "Rank the accounts of one cloud provider for human review of suspected proxy access to "
    "export-controlled compute and frontier models.",
    "Support a question to the customer first; every step against an account is decided by people.",
)
NOT_INTENDED_USE = (
    "Any automated decision about an account.",
    "Immigration, hiring, credit or insurance decisions.",
    "Inference of nationality, ethnicity, religion or residence; the inputs are blind to them.",
    "Automatic reports to an authority.",
)
#: One account in 5,000: proxies are rare, whatever the share in a simulated world.
PREVALENCE = 1.0 / 5000
LIMITS = (
    "Unusual is not suspicious: large innocent populations can fill the top of the list.",
    "A p-value is an empirical tail against an unreviewed population, not an error rate.",
    "Accounts with few tables have low coverage, and their evidence rests on fewer families.",
    "At a prevalence of one in 5,000, most accounts in any queue are innocent.",
)


@dataclass(frozen=True)
class ModelCard:
    """Facts about a trained model, written at training and shown with every result.

    Attributes
    ----------
    window_start, window_end : str
        ISO times of the data the features cover.
    accounts, excluded, groups : int
        Accounts at hand, left out (open and enforced cases and neighbours), linked components.
    features : tuple of (name, family, direction, share present)
        The inputs.
    seed, n_estimators, max_samples : int
        Settings of the joint forest.
    quality : mapping
        Measured figures with their data set, such as stability between seeds.
    versions : mapping
        Library versions.
    trained_at : str
        ISO time of the training, empty where nobody noted it.
    prevalence_assumed : float
        Share of accounts that are taken to be proxies when figures are read.
    view : str
        What scores the rows; ``n_estimators`` and ``max_samples`` are 0 where it has no trees.
    """

    window_start: str
    window_end: str
    accounts: int
    excluded: int
    groups: int
    features: Sequence[tuple[str, str, int, float]]
    seed: int
    n_estimators: int
    max_samples: int
    quality: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    intended_use: Sequence[str] = INTENDED_USE
    not_intended_use: Sequence[str] = NOT_INTENDED_USE
    limits: Sequence[str] = LIMITS
    trained_at: str = ""
    prevalence_assumed: float = PREVALENCE
    view: str = "forest"

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values, for the manifest."""
        card: dict[str, object] = {
            key: dict(value) if isinstance(value, Mapping) else value
            for key, value in asdict(self).items()
        }
        card["features"] = [list(feature) for feature in self.features]
        for key in ("intended_use", "not_intended_use", "limits"):
            card[key] = list(getattr(self, key))
        return card

    @classmethod
    def from_dict(cls, card: Mapping[str, object]) -> ModelCard:
        """Return the card that `to_dict` gave.

        Raises
        ------
        ModelFormatError
            If an entry is missing or of another type; what is not known is passed over.
        """
        known: dict[str, object] = {}
        for entry in fields(cls):
            value = card.get(entry.name, entry.default)
            if value is MISSING:
                value = {} if entry.default_factory is not MISSING else None
            if not _fits(str(entry.type), value):
                raise ModelFormatError(f"the model card's {entry.name} is {str(value)[:60]!r}")
            known[entry.name] = value
        _check_features(known["features"])
        return cls(**known)  # type: ignore[arg-type]  # the types were compared above

    def _scorer(self) -> str:
        if not self.n_estimators:
            return self.view
        return f"{self.view} of {self.n_estimators} trees of {self.max_samples} samples"

    def to_markdown(self) -> str:
        """Return the card as a page for people."""
        lines = [
            "# Model card",
            "",
            f"Data from {self.window_start} to {self.window_end}: {self.accounts} accounts in "
            f"{self.groups} linked components, {self.excluded} left out.",
            f"Trained at {self.trained_at or 'a time nobody noted'}; read figures at a prevalence "
            f"of {self.prevalence_assumed:.4%}.",
            f"Joint view: {self._scorer()}, seed {self.seed}.",
        ]
        lines += _section("Intended use", self.intended_use)
        lines += _section("Not intended", self.not_intended_use)
        lines += _section("Limits", self.limits)
        lines += _section("Quality", [f"{k}: {v:.4g}" for k, v in sorted(self.quality.items())])
        lines += _section("Versions", [f"{k} {v}" for k, v in sorted(self.versions.items())])
        lines += ["", "## Features", "", "| feature | family | suspicious side | present |"]
        lines += ["|---|---|---|---|"]
        for name, family, direction, present in self.features:
            side = "high" if direction > 0 else "low"
            lines.append(f"| {name} | {family} | {side} | {present:.1%} |")
        return "\n".join(lines) + "\n"


def _section(title: str, points: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {point}" for point in points)] if points else []


def _fits(kind: str, value: object) -> bool:
    if kind == "str":
        return isinstance(value, str)
    if kind in ("int", "float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind.startswith("Mapping"):
        return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
    return isinstance(value, list | tuple)


def _check_features(features: object) -> None:
    for feature in features if isinstance(features, list | tuple) else ():
        match feature:
            case [str(), str(), int(), int() | float()]:
                continue
            case _:
                raise ModelFormatError(f"the model card lists {str(feature)[:60]!r} as a feature")
