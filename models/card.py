"""The model card: what a model was made from, what it is for, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

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

    def to_markdown(self) -> str:
        """Return the card as a page for people."""
        lines = [
            "# Model card",
            "",
            f"Data from {self.window_start} to {self.window_end}: {self.accounts} accounts in "
            f"{self.groups} linked components, {self.excluded} left out.",
            f"Joint forest: {self.n_estimators} trees of {self.max_samples} samples, "
            f"seed {self.seed}.",
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
