"""The arrays of a stored model: checked access, and the bytes they have."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelFormatError


@dataclass(frozen=True)
class ArrayReader:
    """Gets one-dimensional arrays of an expected type, or says what is wrong."""

    arrays: Mapping[str, NDArray[np.generic]]
    prefix: str

    def __call__(self, name: str, *dtypes: type[np.generic]) -> Any:
        """Return the array ``prefix + name``.

        Raises
        ------
        ModelFormatError
            If it is missing, not one-dimensional or of another type.
        """
        array = self.arrays.get(self.prefix + name)
        if array is None:
            raise ModelFormatError(f"the model lacks the array {self.prefix + name!r}")
        if array.ndim != 1 or array.dtype.type not in dtypes:
            wanted = " or ".join(d.__name__ for d in dtypes)
            raise ModelFormatError(
                f"the array {self.prefix + name!r} is {array.dtype} of shape {array.shape}; "
                f"expected one dimension of {wanted}"
            )
        return array


def arrays_to_bytes(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Return the `.npz` bytes of the arrays: the same bytes for the same content."""
    out = io.BytesIO()
    ordered: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
    np.savez(out, allow_pickle=False, **ordered)
    return out.getvalue()
