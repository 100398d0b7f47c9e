"""Run the notebooks and keep what they show: `python tools/run_notebooks.py [NAME ...]`.

It needs ``pip install '.[notebook]'``. What differs from run to run is not kept, so that a change
of an output is a change of what the library says; a long test runs them again and compares.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
#: Of one output in several forms, those that are kept, and in this order.
FORMS: Final = ("image/png", "text/html", "text/plain")
LIMIT_S: Final = 600
COLOURS: Final = 128

Cell = dict[str, Any]


def surroundings(place: Path) -> dict[str, str]:
    """What a kernel is told: nothing is written outside of ``place``, and nothing warned of."""
    asides = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR")
    return {
        **{name: str(place / name.lower()) for name in asides},
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        # Frozen modules of the interpreter and the debugger: the kernel warns of them on stderr.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "COLUMNS": "80",
    }


def run(path: Path) -> Any:
    """The notebook with the outputs of a run from top to bottom, and nothing else changed."""
    import nbformat
    from nbclient import NotebookClient

    stored = nbformat.read(path, as_version=4)
    made = nbformat.from_dict(stored)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(made, timeout=LIMIT_S, resources=where, record_timing=False).execute()
    for cell, before in zip(made.cells, stored.cells, strict=True):
        cell.metadata = before.metadata
        if cell.cell_type == "code":
            cell.outputs = [_kept(output) for output in _joined(cell.outputs)]
    made.metadata = stored.metadata
    return made


def _joined(outputs: list[Cell]) -> Iterator[Cell]:
    """Outputs, where what was printed in pieces is one text: a kernel cuts it where it likes."""
    held: Cell | None = None
    for output in outputs:
        if held and held.get("name") == output.get("name") and output["output_type"] == "stream":
            held["text"] += output["text"]
            continue
        if held:
            yield held
        held = output
    if held:
        yield held


def _kept(output: Cell) -> Cell:
    if "data" in output:
        forms = [form for form in FORMS if form in output["data"]]
        # A picture says it all; its text would be the size of the figure.
        forms = forms[:1] if forms and forms[0] == "image/png" else forms
        output["data"] = {form: output["data"][form] for form in forms}
        output["metadata"] = {}
        if "image/png" in forms:
            output["data"]["image/png"] = _small(output["data"]["image/png"])
    return output


def _small(image: str) -> str:
    """A PNG image of few colours, which is all that a plot has."""
    from PIL import Image

    drawn = Image.open(BytesIO(b64decode(image))).convert("RGB")
    written = BytesIO()
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return b64encode(written.getvalue()).decode()


def shown(notebook: Any) -> list[list[Cell]]:
    """What each code cell shows, to be compared: of pictures that they are there.

    Other fonts and other versions of matplotlib draw other points.
    """
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    return [[_compared(output) for output in cell["outputs"]] for cell in cells]


def _compared(output: Cell) -> Cell:
    data = {form: _text(value) for form, value in output.get("data", {}).items()}
    if "image/png" in data:
        data["image/png"] = "a picture"
    return {"type": output["output_type"], "text": _text(output.get("text", "")), **data}


def _text(value: str | list[str]) -> str:
    return "".join(value)


@contextmanager
def _in(place: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(surroundings(place))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main(names: list[str]) -> None:
    """Run notebooks by name, or all, and store them with what they show."""
    import nbformat

    paths = [NOTEBOOKS / name for name in names] or sorted(NOTEBOOKS.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as place, _in(Path(place)):
        for path in paths:
            nbformat.write(run(path), path)
            print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01_retrain….ipynb")
    main(parser.parse_args().names)
    sys.exit(0)
