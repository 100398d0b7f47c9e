"""Speed of the forest beside others, by default settings, each in a fresh process on one thread.

    python benchmarks/forest.py                                   # 20,000 rows, a minute
    python benchmarks/forest.py --rows 200000 1000000 --trees 100 300 --turns 3
    python benchmarks/forest.py --others  # also pyod, coniferest, isotree

Five shapes of data, forty columns each: normal, uniform, half-zero lognormal, one-hot, and the
product's own directed features of a simulated world, drawn again. ``enduse`` scores the forest that
scikit-learn grew and must give the same bits; ``enduse own`` is grown by itself. Contestants take
turns; seconds are CPU seconds of their process, so that other work on the machine matters little,
and the best turn counts. "first" is the first call, of a thousand rows, with all that is imported
and loaded for it. Writes JSON with ``--json``.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np  # noqa: E402

COLUMNS = 40
FIT_ROWS = 20_000
SHAPES = ("normal", "uniform", "lognormal", "one-hot", "product")
OTHERS = ("pyod", "coniferest", "isotree")

Score = Callable[[np.ndarray], np.ndarray]


def drawn(shape: str, rows: int, product: np.ndarray) -> np.ndarray:
    """Return rows of a shape, float32."""
    draw = np.random.default_rng(0)
    size = rows, COLUMNS
    if shape == "normal":
        return draw.standard_normal(size, dtype=np.float32)
    if shape == "uniform":
        return draw.random(size, dtype=np.float32)
    if shape == "product":
        return product[draw.integers(0, len(product), rows)]
    if shape == "lognormal":
        data = np.exp(draw.standard_normal(size, dtype=np.float32))
        data[draw.random(size, dtype=np.float32) < 0.5] = 0.0
        return data
    data, kinds = np.zeros(size, dtype=np.float32), COLUMNS // 8  # eight categories of five
    for first in range(0, COLUMNS, kinds):
        kind = np.minimum(draw.geometric(0.4, rows) - 1, kinds - 1)
        data[np.arange(rows), first + kind] = 1.0
    return data


def product_rows(accounts: int) -> np.ndarray:
    """Return a simulated world as the model sees it: every fourth of its directed columns."""
    from detector import read_logs
    from detector.pipeline.binding import specs
    from detector.pipeline.prepare import Stages, prepare
    from detector.simulate import simulate
    from models.account.fitting import fit_model

    with tempfile.TemporaryDirectory() as place:
        simulate("standard", accounts, 40, 1, Path(place) / "logs")
        world = prepare(read_logs(Path(place) / "logs"), None, Stages())
    model = fit_model(
        world.values, specs(), world.peers, groups=world.groups, exclude=world.excluded,
        seed=0, threads=1,
    )  # fmt: skip
    rows = model.joint_rows(world.values, world.peers)
    return rows[:, np.linspace(0, rows.shape[1] - 1, COLUMNS).astype(int)]


def contestant(name: str, X: np.ndarray, trees: int, threads: int) -> Score:
    """Fit on the first rows, and return how others are scored."""
    some = X[:FIT_ROWS]
    if name in ("enduse", "scikit-learn"):
        from sklearn.ensemble import IsolationForest

        theirs = IsolationForest(n_estimators=trees, n_jobs=1, random_state=0).fit(some)
        if name == "scikit-learn":
            return theirs.score_samples
        from models import ProxyForest

        return ProxyForest.from_sklearn(theirs).set_params(n_jobs=threads).score_samples
    if name == "enduse own":
        from models import ProxyForest

        return ProxyForest(n_estimators=trees, n_jobs=threads).fit(some).score_samples
    if name == "pyod":
        from pyod.models.iforest import IForest

        return IForest(n_estimators=trees, n_jobs=1, random_state=0).fit(some).decision_function
    if name == "coniferest":
        from coniferest.isoforest import IsolationForest as Coniferest

        return Coniferest(n_trees=trees, n_jobs=1, random_seed=0).fit(some).score_samples
    from isotree import IsolationForest as Isotree

    return Isotree(ntrees=trees, sample_size=256, ndim=1, nthreads=1).fit(some).predict


def spent(work: Callable[[], object]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def turn(options: argparse.Namespace) -> dict[str, Any]:
    """What a fresh process does: fit, the first thousand rows, one row, all rows."""
    X = np.load(options.data)
    score = contestant(options.turn, X, options.trees[0], options.threads)
    first = spent(lambda: score(X[:1000]))["cpu"]
    singles = [X[i : i + 1] for i in range(20)]
    one = [spent(lambda: score(row))["wall"] for row in singles]  # noqa: B023
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scores: list[np.ndarray] = []
    seconds = spent(lambda: scores.append(score(X)))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if options.out:
        np.save(options.out, scores[0])
    return {
        "first": first, "one row us": 1e6 * float(np.median(one)), **seconds,
        "MB": grown / 1024.0, "numba": "numba" in sys.modules,
    }  # fmt: skip


def asked(name: str, data: Path, trees: int, *, threads: int = 1, out: Path | None = None) -> Any:
    """Let a contestant take a turn in a process of its own."""
    words = [sys.executable, __file__, "--turn", name, "--data", str(data), "--trees", str(trees)]
    words += ["--threads", str(threads), *(["--out", str(out)] if out else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def race(names: list[str], data: Path, trees: int, turns: int) -> dict[str, dict[str, float]]:
    """Let contestants take turns; keep the least of each figure."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(turns):
        for name in names:
            found = asked(name, data, trees, out=data.with_name(f"{name}.npy"))
            held = best.setdefault(name, found)
            best[name] = {what: min(held[what], found[what]) for what in found}
    theirs, ours = (np.load(data.with_name(f"{n}.npy")) for n in ("scikit-learn", "enduse"))
    best["enduse"]["rows with other bits"] = int((theirs != ours).sum())
    return best


def thread_gain(data: Path, trees: int, turns: int) -> dict[str, float]:
    """Return how many times as fast two threads are than one, and what CPU they take."""
    found = {t: [asked("enduse", data, trees, threads=t) for _ in range(turns)] for t in (1, 2)}
    least = {t: {w: min(f[w] for f in held) for w in ("wall", "cpu")} for t, held in found.items()}
    return {w: least[1][w] / least[2][w] for w in ("wall", "cpu")}


def thousand_trees(X: np.ndarray) -> dict[str, float]:
    """Time what a case costs at the default of 1,000 trees."""
    from models.forest.forest import ArrayForest
    from models.forest.treeshap import shapley_values

    forest, part = ArrayForest.fit(X), X[:20_000]
    forest.raw(X[:1])
    singles = [X[i : i + 1] for i in range(2000)]
    one = [spent(lambda: forest.raw(row))["wall"] for row in singles]  # noqa: B023
    forest.attributions(part[:1000])
    return {
        "fit s": spent(lambda: ArrayForest.fit(X))["cpu"],
        "one row us, median": 1e6 * float(np.median(one)),
        "one row us, a tenth": 1e6 * float(np.quantile(one, 0.1)),
        "path attributions rows/s": len(part) / spent(lambda: forest.attributions(part))["cpu"],
        "exact TreeSHAP of 200 rows s": spent(lambda: shapley_values(forest, X[:200]))["cpu"],
    }


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.processor() or "x86_64"}
    for name in ("numpy", "numba", "scikit-learn", *OTHERS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def show(title: str, best: dict[str, dict[str, float]]) -> None:
    base = best["scikit-learn"]
    print(title)
    for name, b in best.items():
        other = f", {b['rows with other bits']} rows with other bits" if name == "enduse" else ""
        print(
            f"  {name:13}{b['cpu']:8.3f} s, x {base['cpu'] / b['cpu']:5.2f}; first {b['first']:.3f}"
            f" s, one row {b['one row us']:.0f} us, {b['MB']:.0f} MB{other}", flush=True,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000])
    parser.add_argument("--trees", type=int, nargs="+", default=[100])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--accounts", type=int, default=1000, help="of the simulated world")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--others", action="store_true", help=f"beside {', '.join(OTHERS)}")
    parser.add_argument("--two-threads", action="store_true", help="needs an idle machine")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    for hidden in ("--turn", "--data", "--out"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(options)))
        return
    result: dict[str, Any] = {"versions": versions(), "columns": COLUMNS}
    names = ["scikit-learn", "enduse", "enduse own"]
    names += [name for name in OTHERS if options.others and find_spec(name)]
    product = product_rows(options.accounts) if "product" in options.shapes else np.empty((0, 0))
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "rows.npy"
        for shape in options.shapes:
            for rows in options.rows:
                np.save(data, drawn(shape, rows, product))
                for trees in options.trees:
                    title = f"{shape}, {rows} rows, {trees} trees"
                    result[title] = race(names, data, trees, options.turns)
                    if options.json:
                        options.json.write_text(json.dumps(result, indent=1))
                    show(title, result[title])
                    if options.two_threads:
                        gain = thread_gain(data, trees, options.turns)
                        print(f"  two threads: x {gain['wall']:.2f}, CPU x {1 / gain['cpu']:.2f}")
                        result[title]["two threads"] = gain
            result[f"{shape}, 1000 trees"] = thousand_trees(np.load(data)[:FIT_ROWS])
            print(json.dumps(result[f"{shape}, 1000 trees"]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
