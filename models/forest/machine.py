"""The forest's functions in the machine's own code, made of `kernel.ll` and kept on disk.

To compile takes 0.4 s and to take what was kept 0.04 s, neither of it numba's. The code is kept
beside this module, or else in the user's cache folder (``NUMBA_CACHE_DIR`` names another), by what
it was made of and for which processor; where nothing can be written each process compiles. Where
llvmlite cannot read `kernel.ll`, numba compiles what that was made of, to the same results.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Run = Callable[..., None]

_TEXT: Final = Path(__file__).with_name("kernel.ll")
_ANY: Final = ctypes.c_char * 0
_HEAD: Final = re.compile(r"^define void @(\w+)\(([^)]*)\)", re.MULTILINE)


def address(array: NDArray[Any], kind: type[np.generic]) -> int:
    """Return where an array's values lie one after the other.

    Raises
    ------
    TypeError
        If they are of another kind, or lie elsewhere.
    """
    if array.dtype.type is kind and array.flags.carray:  # the usual, in a third of the time
        return ctypes.addressof(_ANY.from_buffer(array))  # type: ignore[arg-type]
    if array.dtype.type is not kind or not array.flags.c_contiguous:
        raise TypeError(
            f"expected {kind.__name__} in the order of rows, found {array.dtype} with strides "
            f"{array.strides}; make a copy by np.ascontiguousarray(array, {kind.__name__!r})"
        )
    return array.ctypes.data


@cache
def functions() -> dict[str, Run]:
    """Return each function of `models.forest.compiled` and `.growing` by name.

    They take addresses and whole numbers, which have the size of addresses, hold no lock of Python
    and raise nothing.
    """
    text = _TEXT.read_text(encoding="ascii")
    numbers = {name: arguments.count("%") for name, arguments in _HEAD.findall(text)}
    try:
        places = _loaded(text, tuple(numbers))
    except RuntimeError:  # of llvmlite, which is older than the text
        places = _by_numba(tuple(numbers))
    return {
        name: ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * numbers[name])(places[name])
        for name in numbers
    }


def _loaded(text: str, names: tuple[str, ...]) -> dict[str, int]:
    """Return where the functions stand in memory."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = _machine(llvm)
    made_of = (text, machine.triple, _processor(llvm), llvm.llvm_version_info)
    code = _kept(hashlib.sha256(repr(made_of).encode()).hexdigest(), lambda: _made(text, machine))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _ENGINES.append(engine)
    return {name: engine.get_function_address(name) for name in names}


#: They own the code that is run, as long as the process lives.
_ENGINES: Final[list[Any]] = []


def _processor(llvm: Any) -> tuple[str, str]:
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _machine(llvm: Any) -> Any:
    cpu, features = _processor(llvm)
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=cpu, features=features, opt=3, jit=True)


def _made(text: str, machine: Any) -> bytes:
    """Compile for this processor."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = True
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    code: bytes = machine.emit_object(module)
    return code


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept whole under a name, or make and keep it."""
    for place in _places():
        try:
            held = (place / f"forest-{name}.o").read_bytes()
        except OSError:
            continue
        if hashlib.sha256(held[32:]).digest() == held[:32]:
            return held[32:]
    code = make()
    any(_keep(place / f"forest-{name}.o", code) for place in _places())
    return code


def _keep(file: Path, code: bytes) -> bool:
    new = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(hashlib.sha256(code).digest() + code)
        new.replace(file)
    except OSError:
        return False
    return True


def _places() -> Iterator[Path]:
    """Folders to keep code in; the first that can be written is taken."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        yield Path(named)
        return
    yield _TEXT.parent / "__pycache__"
    try:
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "enduse"
    except RuntimeError:  # nobody's home
        return


def _by_numba(names: tuple[str, ...]) -> dict[str, int]:
    import numba

    from models.forest import compiled, growing

    assert growing.grow is compiled.FUNCTIONS["grow"]  # noqa: S101  # importing it lists it
    made = {
        name: numba.cfunc(compiled.SIGNATURES[name], error_model="numpy")(compiled.FUNCTIONS[name])
        for name in names
    }
    _ENGINES.append(made)
    return {name: int(function.address or 0) for name, function in made.items()}
