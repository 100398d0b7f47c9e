"""Ids under which models are called, and whether they tell the model."""

from __future__ import annotations

from typing import Final

import polars as pl

_OWN_NAME: Final = (
    r"^arn:|(?:^|[/:])(?:(?:application-)?inference-profile|provisioned-model|imported-model"
    r"|custom-model(?:-deployment)?|prompt-router|endpoints?|deployments?)/"
)


def tells_model(model_id: pl.Expr) -> pl.Expr:
    """True where an id names a model, not a profile, an endpoint or a deployment of one.

    Such a name is new whenever its holder makes it; what stands behind may be long known.
    """
    return ~model_id.str.contains(_OWN_NAME)
