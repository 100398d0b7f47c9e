"""Ids under which models are called: whether they tell the model, and its tier."""

from __future__ import annotations

from typing import Final

import polars as pl

_OWN_NAME: Final = (
    r"^arn:|(?:^|[/:])(?:(?:application-)?inference-profile|provisioned-model|imported-model"
    r"|custom-model(?:-deployment)?|prompt-router|endpoints?|deployments?)/"
)
# Words by which makers tell the sizes of a model apart; whole words, so that `o1` is not in `co1`.
_SMALL: Final = (
    r"\b(?:mini|nano|micro|tiny|small|lite|light|flash|haiku|instant|air|embed(?:ding)?s?"
    r"|\d{1,2}b)\b"
)
_TOP: Final = (
    r"\b(?:opus|ultra|pro|max|large|premier|frontier|reason(?:er|ing)?|think(?:ing)?|r1|o[1-9]"
    r"|gpt[- ]?[5-9]|\d{3,4}b)\b"
)


def is_top_tier(model_id: pl.Expr) -> pl.Expr:
    """True where the words of a model's id say that it is of its maker's largest kind.

    A word for a small size wins: ``gpt-5-mini`` is none.
    """
    words = model_id.str.to_lowercase().str.replace_all("_", "-", literal=True)
    return words.str.contains(_TOP) & ~words.str.contains(_SMALL)


def tells_model(model_id: pl.Expr) -> pl.Expr:
    """True where an id names a model, not a profile, an endpoint or a deployment of one.

    Such a name is new whenever its holder makes it; what stands behind may be long known.
    """
    return ~model_id.str.contains(_OWN_NAME)
