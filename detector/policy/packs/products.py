"""Whose product a model is: the seller and the family that a model's id names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from detector.policy.packs.shape import Naming, Product, Rule


@dataclass(frozen=True)
class Sold:
    """A family of models at a seller, and whether the reading of the id was verified."""

    seller: str
    family: str
    verified: bool


def sold(model_id: str, namings: Iterable[Naming]) -> Sold | None:
    """Return seller and family of a model id, or None where no pattern fits.

    The pattern with the most letters of its own decides; equal ones decide by their order.
    """
    name = model_id.strip().lower()[:200]
    fitting = [each for each in namings if fnmatchcase(name, _literal(each.pattern))]
    if not fitting:
        return None
    best = max(fitting, key=lambda each: len(each.pattern.replace("*", "")))
    return Sold(best.seller, best.family, best.status == "verified")


def _literal(pattern: str) -> str:
    """A pattern in which the star alone is special."""
    return pattern.lower().replace("[", "[[]").replace("?", "[?]")


def covers(rule: Rule, seller: str, family: str) -> bool:
    """Return whether a rule is about a family at a seller; the star stands for any."""
    return any(
        product.seller in ("*", seller) and product.family in ("*", family)
        for product in rule.products
    )


def keys(products: Iterable[Product]) -> list[str]:
    """Products as ``seller/family``, in order, for people to read."""
    return sorted(f"{product.seller}/{product.family}" for product in products)
