"""What every test may ask for: programs, the shared data, a quick and repeatable hypothesis."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
#: What works longest starts first, lest one process ends long after the others.
FIRST = ("spark", "notebooks", "crash", "service")

# Each of many processes would compile the program, and rewrite the tests, anew; git ignores it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def _not_awaited(fd: Any) -> None:
    """In place of ``os.fsync``: what a process wrote is there for others without the disk.

    Waiting for it took up to a quarter of the time of tests that write. None cuts the power: those
    that would record the calls, and other processes wait as they do.
    """
    os.fstat(fd if isinstance(fd, int) else fd.fileno())  # what is none is an error still


os.fsync = _not_awaited

settings.register_profile(
    "quick",
    derandomize=True,
    deadline=None,
    max_examples=10,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("whole", parent=settings.get_profile("quick"), max_examples=25)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Long tests wait for servers, browsers and Java: one process more than there are cores."""
    cores = len(os.sched_getaffinity(0))
    return cores if config.option.markexpr == "not long" else cores + 1


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for no examples in the docstrings of tests: there are none."""
    return [found for found in (yield) if not isinstance(found, DoctestModule)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders of ``FIRST`` before all others, which keep their order."""
    places = {REPOSITORY / "tests" / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.parent, len(FIRST)))


def _no_network(event: str, details: tuple[object, ...]) -> None:
    """Fail a test that would reach beyond this machine."""
    if event == "socket.getaddrinfo":
        # Reading a numeric address asks nobody; looking up a name does.
        local = _address(details[0]) is not None or details[0] in (None, "", "localhost")
        target = details[0]
    elif event == "socket.connect" and isinstance(details[1], tuple):
        target = details[1][0]
        found = _address(target)
        local = found is not None and found.is_loopback
    else:
        return
    if not local:
        raise AssertionError(f"a test tried to reach {target!r}; tests run without a network")


def _address(text: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address("127.0.0.1" if text == "localhost" else str(text))
    except ValueError:
        return None


sys.addaudithook(_no_network)


def _missing(what: str, install_line: str) -> None:
    message = f"{what} is not installed; install it with: {install_line}"
    if os.environ.get("ENDUSE_REQUIRE_ALL") == "1":
        pytest.fail(f"ENDUSE_REQUIRE_ALL=1, but {message}", pytrace=False)
    pytest.skip(message)


@pytest.fixture
def needs_program() -> Callable[..., str]:
    """``needs_program(name, install_line)``: the program's path, or a skip with the remedy.

    Several names may be given as a tuple: the first that exists is taken. With
    ``ENDUSE_REQUIRE_ALL=1`` a missing program is a failure.
    """

    def find(names: str | tuple[str, ...], install_line: str) -> str:
        for name in (names,) if isinstance(names, str) else names:
            path = shutil.which(name)
            if path:
                return path
        _missing(names if isinstance(names, str) else " or ".join(names), install_line)
        raise AssertionError

    return find


@pytest.fixture
def needs_module() -> Callable[[str, str], object]:
    """``needs_module(name, install_line)``: an optional package, or a skip with the remedy."""

    def find(name: str, install_line: str) -> object:
        try:
            return __import__(name)
        except ModuleNotFoundError:
            _missing(f"the package {name}", install_line)
            raise

    return find


@contextmanager
def _few_trees() -> Iterator[None]:
    from models.account.fitting import fit_model, grow_model

    with pytest.MonkeyPatch.context() as patched:
        for learn in (fit_model, grow_model):
            patched.setitem(learn.__kwdefaults__, "n_estimators", 50)
        yield


@pytest.fixture(scope="session")
def with_few_trees() -> Callable[[], AbstractContextManager[None]]:
    """``with_few_trees()``: in its block, models have fifty trees."""
    return _few_trees


@pytest.fixture(scope="module")
def few_trees() -> Iterator[None]:
    """Models of fifty trees, where a test asks what is done with a model, not how good it is."""
    with _few_trees():
        yield


@pytest.fixture(scope="session")
def as_reviewed() -> Callable[[str, Path], None]:
    """``as_reviewed(text, golden)``: the text is what somebody read and approved.

    With ``ENDUSE_WRITE_GOLDEN=1`` it is written there first, for ``git diff`` to show.
    """

    def compare(text: str, golden: Path) -> None:
        if os.environ.get("ENDUSE_WRITE_GOLDEN") == "1":
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text, encoding="utf-8", newline="\n")
        reviewed = golden.read_text(encoding="utf-8")
        assert text == reviewed, (
            f"not what {golden.relative_to(REPOSITORY)} holds; where that is wanted, run the test "
            "again with ENDUSE_WRITE_GOLDEN=1 and review the difference"
        )

    return compare


@pytest.fixture
def repository() -> Path:
    """Return the folder that holds pyproject.toml."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real third-party files beside the repository; they are no part of it, so never a failure."""
    path = REPOSITORY.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"the folder {path} with real third-party files is not here")
    return path
