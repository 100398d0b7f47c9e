"""Make ``models/forest/kernel.ll`` of what numba reads: python tools/forest_kernel.py

The text is what LLVM calls intermediate: of no machine, simplified, not yet laid out for the
vectors of a processor. Anybody's llvmlite compiles it in less than half a second, where numba takes
seven to come to the same.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

os.environ["NUMBA_OPT"] = "0"
HOME: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOME))

import llvmlite  # noqa: E402
import llvmlite.binding as llvm  # noqa: E402
import numba as nb  # noqa: E402

from models.forest import compiled, growing  # noqa: E402

FILE: Final = HOME / "models" / "forest" / "kernel.ll"
#: Arrays of addresses have no owner that counts who holds them.
_COUNTED: Final = re.compile(
    r"^define [^\n]*@(?:NRT|nrt)_\w+\(.*?\n}\n|^declare [^\n]*@(?:NRT|nrt)_\w+\([^\n]*\n",
    re.MULTILINE | re.DOTALL,
)
_UNCOUNTED: Final = "".join(
    f"define internal void @NRT_{what}(ptr %held) alwaysinline {{\n  ret void\n}}\n"
    for what in ("incref", "decref")
)
#: What only some releases of LLVM know, or what it finds out itself.
_LEFT_OUT: Final = re.compile(
    r" captures\(none\)| #\d+|, !\"_ZN\w+\"|^attributes .*\n|^; .*\n|^source_.*\n", re.MULTILINE
)


#: What is the faster the fewer vectors are made of it: to gather takes longer than to load.
_PLAIN: Final = re.compile(r"^(define void @descend\([^\n]*)(?= {$)", re.MULTILINE)


def text() -> str:
    """All functions in one module."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly("")
    for name in compiled.FUNCTIONS:
        module.link_in(_one(name))
    _simplify(module)
    module.verify()
    made = (
        f"Made by tools/forest_kernel.py: numba {nb.__version__}, llvmlite {llvmlite.__version__}"
    )
    kept = _PLAIN.sub(r"\1 noimplicitfloat", _LEFT_OUT.sub("", str(module)))
    return f"; {made}\n" + kept.replace("\n\n\n", "\n\n")


def _one(name: str) -> Any:
    """One function as numba makes it, behind its plain name."""
    signature = compiled.SIGNATURES[name]
    njit: Any = nb.njit  # whose stubs do not know all that it takes
    plain = njit(
        signature, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(compiled.FUNCTIONS[name])  # fmt: skip
    made = plain.overloads[signature.args]
    body = _COUNTED.sub("", re.sub(r"^target .*\n", "", made.library.get_llvm_str(), flags=re.M))
    module = llvm.parse_assembly(body + _UNCOUNTED + _outer(name, made.fndesc.mangled_name))
    for part in (*module.functions, *module.global_variables):
        if not part.is_declaration and part.name != name:
            part.linkage = "internal"
    return module


def _outer(name: str, inner: str) -> str:
    """A function of numbers and addresses, no two of which lie in one array."""
    kinds = [
        "ptr" if isinstance(kind, nb.types.CPointer) else "i64"
        for kind in compiled.SIGNATURES[name].args
    ]
    takes = ", ".join(f"{k}{' noalias' * (k == 'ptr')} %a{i}" for i, k in enumerate(kinds))
    gives = ", ".join(f"{k} %a{i}" for i, k in enumerate(kinds))
    return (
        f"define void @{name}({takes}) {{\n  %r = alloca ptr\n  %e = alloca ptr\n"
        f"  %s = call i32 @{inner}(ptr %r, ptr %e, {gives})\n  ret void\n}}\n"
    )


def _simplify(module: Any) -> None:
    machine = llvm.Target.from_default_triple().create_target_machine()
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = tuning.slp_vectorization = False
    tuning.loop_unrolling = tuning.loop_interleaving = False
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)


if __name__ == "__main__":
    assert growing.grow is compiled.FUNCTIONS["grow"]
    FILE.write_text(text(), encoding="ascii")
