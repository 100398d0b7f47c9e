"""The generator's own books: exact GPU-hours and tokens of every account, and its daily cost."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.simulate.catalogue import MACHINES
from detector.simulate.frame import decimals
from detector.simulate.rng import Floats, Ints
from detector.simulate.world import World

PARTS: Final = tuple(sorted({machine.part for machine in MACHINES}))
QUANTITY_PLACES: Final = 6


class Books:
    """Adds up what is written, in whole units: millionths of a GPU-hour, tokens, micro-USD."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gpu: Ints = np.zeros((world.accounts, len(PARTS)), dtype=np.int64)
        self.tokens: Ints = np.zeros((world.accounts, 2), dtype=np.int64)
        self.cost: Floats = np.zeros((world.accounts, world.days))

    def add_gpu(self, account: Ints, machine: Ints, quantity: Ints) -> None:
        """Book machine-hours (in millionths) of some rows as GPU-hours."""
        part = np.array([PARTS.index(m.part) for m in MACHINES])[machine]
        gpus = np.array([m.gpus for m in MACHINES])[machine]
        np.add.at(self.gpu, (account, part), quantity * gpus)

    def add_tokens(self, account: Ints, tokens_in: Ints, tokens_out: Ints) -> None:
        """Book tokens of some rows."""
        np.add.at(self.tokens[:, 0], account, tokens_in)
        np.add.at(self.tokens[:, 1], account, tokens_out)

    def add_cost(self, account: Ints, day: Ints, cost: Floats) -> None:
        """Book the cost of some rows in USD, for the payments that follow."""
        np.add.at(self.cost, (account, day), cost)

    def frame(self) -> pl.DataFrame:
        """Return account_id, quantity (GPU part, input_tokens or output_tokens) and amount."""
        both = np.concatenate([self.gpu, self.tokens * 10**QUANTITY_PLACES], axis=1)
        account, column = np.nonzero(both)
        ids = self.world.ids
        names = pl.Series([*PARTS, "input_tokens", "output_tokens"])
        frame = pl.DataFrame(
            {
                "account_id": ids.gather(account.astype(np.uint32)),
                "quantity": names.gather(column.astype(np.uint32)),
                "amount": decimals(both[account, column], QUANTITY_PLACES),
            }
        )
        return frame.sort("account_id", "quantity")
