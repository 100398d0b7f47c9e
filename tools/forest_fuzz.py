"""Feed damaged and forged model files to the reader: each must be refused or be harmless.

Four kinds in turn: bytes of the manifest, values in a manifest whose checksum was made right
again, bytes of the array file behind the checksum, and arrays of a well-formed file. A forged
model that is accepted must score without a crash. Run with ``--full`` for 100,000 cases, and
``--damage N`` for N truncations and bit flips of a stored folder, which must all be found.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from models import ModelFormatError
from models.account.columns import FeatureSpec
from models.account.fitting import fit_model
from models.account.model import ProxyModel
from models.arrays import arrays_to_bytes
from models.files import store
from models.files.model import KIND, assemble, load_model, save_model

VALUES: list[object] = [
    None, True, -1, 0, 1, 2**31, 2**63, 1e308, "", "x" * 1000, "../../etc/passwd", [], {},
    [[]], {"a": {}}, "F01", -(2**70), "\ud800", [["f", "F01", 1]] * 3,
]  # fmt: skip
DTYPES = ["<f8", "<f4", "<i8", "<i4", "|b1", ">f8", "<c16", "|O", "<U3", "<M8[s]"]


def small_model() -> tuple[ProxyModel, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X, peers = rng.lognormal(size=(500, 4)), rng.integers(0, 2, size=(500, 3))
    specs = [FeatureSpec(f"f{i}", f"F0{1 + i // 2}", 1) for i in range(4)]
    return fit_model(X, specs, peers, n_estimators=5, max_samples=16), X[:20], peers[:20]


class Fuzzer:
    """Makes one forged file after the other from a sound one."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.manifest = (folder / store.MANIFEST).read_bytes()
        self.arrays, self.meta = store.read(folder, KIND)
        self.data = arrays_to_bytes(self.arrays)

    def case(self, number: int) -> ProxyModel:
        kinds = (self.manifest_bytes, self.manifest_values, self.array_bytes, self.array_values)
        return kinds[number % 4]()

    def _damaged(self, data: bytes) -> bytes:
        out, rng = bytearray(data), self.rng
        for _ in range(int(rng.integers(1, 6))):
            at = int(rng.integers(len(out)))
            match int(rng.integers(4)):
                case 0:
                    out[at] = int(rng.integers(256))
                case 1:
                    del out[at : at + int(rng.integers(1, 64))]
                case 2:
                    out[at:at] = rng.bytes(int(rng.integers(1, 64)))
                case _:
                    out[at : at + 4] = b"\xff\xff\xff\xff"
            out = out or bytearray(b"{")
        return bytes(out)

    def _headers(self) -> bytes:
        """Damage mostly what describes the arrays, not the numbers in them."""
        at = self.data.find(b"\x93NUMPY", int(self.rng.integers(len(self.data))))
        if at < 0 or self.rng.random() < 0.3:
            return self._damaged(self.data)
        return self.data[:at] + self._damaged(self.data[at : at + 128]) + self.data[at + 128 :]

    def manifest_bytes(self) -> ProxyModel:
        manifest = store.parse_manifest(self._damaged(self.manifest))
        return assemble(self.arrays, manifest["meta"])

    def manifest_values(self) -> ProxyModel:
        manifest = json.loads(self.manifest)
        place, key = self._somewhere(manifest)
        place[key] = VALUES[int(self.rng.integers(len(VALUES)))]
        try:
            manifest["sha256"] = store.manifest_digest(manifest)
        except UnicodeEncodeError:
            manifest["sha256"] = "0" * 64
        checked = store.parse_manifest(json.dumps(manifest).encode())
        return assemble(self.arrays, checked["meta"])

    def _somewhere(self, node: Any) -> tuple[Any, Any]:
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = keys[int(self.rng.integers(len(keys)))]
            inner = node[key]
            if not isinstance(inner, dict | list) or not inner or self.rng.random() < 0.2:
                return node, key
            node = inner

    def array_bytes(self) -> ProxyModel:
        return assemble(store.parse_arrays(self._headers()), self.meta)

    def array_values(self) -> ProxyModel:
        arrays, rng = dict(self.arrays), self.rng
        for name in rng.choice(sorted(arrays), size=int(rng.integers(1, 3))):
            arrays[str(name)] = self._forged(arrays[str(name)])
        try:
            data = arrays_to_bytes(arrays)
        except ValueError as error:  # NumPy will not write objects
            raise ModelFormatError(str(error)) from error
        return assemble(store.parse_arrays(data), self.meta)

    def _forged(self, array: np.ndarray) -> np.ndarray:
        rng, out = self.rng, array.copy()
        match int(rng.integers(6)):
            case 0:
                return out[: int(rng.integers(len(out) + 1))]
            case 1 if out.dtype != object:
                return out.view(np.uint8).astype(DTYPES[int(rng.integers(len(DTYPES)))])
            case 2:
                return np.concatenate((out, out))
            case 3:
                return out.reshape(1, -1)
            case 4 if len(out) and out.ndim == 1 and out.dtype.kind in "bif":
                extreme = [0, 1] if out.dtype == np.bool_ else self._extremes(out.dtype)
                out[int(rng.integers(len(out)))] = extreme[int(rng.integers(len(extreme)))]
                return out
        return rng.permutation(out)

    @staticmethod
    def _extremes(dtype: np.dtype) -> list[float]:
        if dtype.kind == "f":
            return [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e30]
        info = np.iinfo(dtype)
        return [info.min, info.max, -1, 0, 1, 7, 1000]


def run(cases: int, seed: int) -> tuple[Counter[str], float]:
    """Try the cases; return how they ended and the longest seconds of one."""
    model, X, peers = small_model()
    ends: Counter[str] = Counter()
    longest = 0.0
    with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
        save_model(model, Path(folder), {"note": "fuzz"})
        fuzzer = Fuzzer(Path(folder), seed)
        for number in range(cases):
            start = time.perf_counter()
            try:
                fuzzer.case(number).score(X, peers)
                ends["accepted and scored"] += 1
            except ModelFormatError:
                ends["refused"] += 1
            longest = max(longest, time.perf_counter() - start)
    return ends, longest


def damage(times: int, seed: int) -> int:
    """Truncate or flip a bit of a stored folder; return how often that was found."""
    model, _, _ = small_model()
    rng, found = np.random.default_rng(seed), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(model, folder, {})
        files = sorted(folder.iterdir())
        for _ in range(times):
            path = files[int(rng.integers(len(files)))]
            sound = path.read_bytes()
            at = int(rng.integers(len(sound)))
            flipped = bytes([sound[at] ^ (1 << int(rng.integers(8)))])
            cut = rng.random() < 0.5
            path.write_bytes(sound[:at] if cut else sound[:at] + flipped + sound[at + 1 :])
            try:
                load_model(folder)
            except ModelFormatError:
                found += 1
            path.write_bytes(sound)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--full", action="store_true", help="100,000 cases")
    parser.add_argument("--damage", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cases = 100_000 if options.full else options.cases
    ends, longest = run(cases, options.seed)
    print(f"{cases} forged files: {dict(ends)}; longest {longest:.3f} s")
    found = damage(options.damage, options.seed)
    print(f"{found} of {options.damage} truncations and bit flips found")
    if found < options.damage:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
