"""What is promised, broken on purpose: each way must make its test fail.

Run as ``python -m lab.durability.mutations NAME`` the tests of a mutation run under it, in this
process; the source stays as it is. Without a name the tests run unharmed.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_CUT: Final = "tests/durability/test_powerloss.py::test_a_cut_at_any_call_leaves_the_old_or_the_new"
_HTTP: Final = (
    "tests/http/test_bounds.py::test_a_request_that_comes_byte_by_byte_is_cut_at_the_bound"
)
_LINKS: Final = (
    "tests/contracts/doors/test_cases_sources.py::test_a_link_is_named_and_never_followed"
)


@dataclass(frozen=True)
class Mutation:
    """A way to break a promise, and the test that must then fail."""

    broken: str
    test: str
    apply: Callable[[], None]


class _But:
    """A module, but for some names."""

    def __init__(self, module: Any, **names: Any) -> None:
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _is_folder(handle: int) -> bool:
    return stat.S_ISDIR(os.fstat(handle).st_mode)


def _sync_only(*, folders: bool) -> Callable[[int], None]:
    def fsync(handle: int) -> None:
        if _is_folder(handle) == folders:
            os.fsync(handle)

    return fsync


def _no_fsync_of_files() -> None:
    from detector import disk

    _set(disk, "os", _But(os, fsync=_sync_only(folders=True)))


def _no_fsync_of_folders() -> None:
    from detector import disk

    _set(disk, "os", _But(os, fsync=_sync_only(folders=False)))


def _no_fsync_of_files_of_models() -> None:
    from models.files import store

    _set(store, "os", _But(os, fsync=_sync_only(folders=True)))


def _no_fsync_of_folders_of_models() -> None:
    from models.files import store

    _set(store, "os", _But(os, fsync=_sync_only(folders=False)))


def _whole_models_not_synced() -> None:
    from detector.disk import Disk
    from models.files import store

    _set(Disk, "sync_all", lambda self, folder: None)
    _no_fsync_of_files_of_models()
    _set(store, "_sync", lambda folder: None)


def _rename_in_two_steps() -> None:
    from detector.disk import Disk

    def replace(self: Disk, source: Path, target: Path) -> None:
        self.remove(target)
        os.rename(source, target)
        self.sync(target.parent)

    _set(Disk, "replace", replace)


def _copy_instead_of_rename() -> None:
    from models.files import store

    def write_whole(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    _set(store, "write_whole", write_whole)


def _no_exchange() -> None:
    from detector import disk

    _set(disk, "_exchanged", lambda one, other: False)


def _run_files_not_synced() -> None:
    from contextlib import contextmanager

    from detector.disk import Disk

    @contextmanager
    def stream(self: Disk, path: Path) -> Any:
        with path.open("wb") as held:
            yield held

    _set(Disk, "stream", stream)


def _latest_turned_before_the_run() -> None:
    from detector.disk import Disk
    from detector.service import publication

    turned = publication._point

    def point(disk: Disk, root: Path, folder: Path, asked: str) -> None:
        aside = folder.with_name(".aside")
        folder.rename(aside)
        turned(disk, root, folder, asked)
        aside.rename(folder)
        disk.sync(folder.parent)

    _set(publication, "_point", point)


def _staging_of_states_left() -> None:
    from detector.disk import Disk

    remove = Disk.remove

    def but_staging(self: Disk, path: Path) -> None:
        if path.parent.name != "staging":
            remove(self, path)

    _set(Disk, "remove", but_staging)


def _staging_of_results_left() -> None:
    from detector import disk

    _set(disk, "glob", _But(glob, escape=lambda name: "nothing is called so"))


def _staging_of_runs_left() -> None:
    from detector.service import publication
    from detector.state import runs

    for module in (publication, runs):
        _set(module, "sweep", lambda root: None)


def _manifest_digest_off() -> None:
    import json

    from detector.state import manifest

    def opened(data: bytes, read: Callable[[dict[str, Any]], Any]) -> Any:
        try:
            return read(json.loads(data)["body"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(type(error).__name__) from error

    _set(manifest, "opened", opened)


def _digest_of_parts_off() -> None:
    from detector.state import check, store

    def read_whole(path: Path, measure: Any, remedy: str = "") -> bytes:
        return path.read_bytes()

    for module in (store, check):
        _set(module, "read_whole", read_whole)


def _model_digest_off() -> None:
    from models.files import store

    _set(store, "_digest_or_refuse", lambda manifest: manifest.get("sha256"))


def _inbox_follows_links() -> None:
    from detector.sources import place

    def entry(found: os.DirEntry[str]) -> Any:
        kind = place.Kind.FOLDER if found.is_dir() else place.Kind.FILE
        return place.Entry(found.name, kind, place._mark(found.stat()))

    _set(place, "_entry", entry)


def _slow_clients_stay() -> None:
    from detector.http.clients import Clients

    _set(Clients, "hang_up_on_late", lambda self: None)


def _worker_hears_no_end() -> None:
    from detector.service import live

    _set(live, "_WORK", f"{live._WORK}; import time; time.sleep(60)")


def _worker_asks_for_no_server() -> None:
    from detector.service.worker import Worker

    _set(Worker, "_still_wanted", lambda self, stage, share: None)


def _worker_is_left() -> None:
    from detector.service import live

    _set(live, "_kill", lambda process: None)


def _sums_in_full() -> None:
    from detector.results import published

    _set(published, "STEPS", 10**9)


def _no_lock() -> None:
    from contextlib import nullcontext

    from detector.state import store

    _set(store, "exclusive", lambda path, wait: nullcontext())


def _clock_unbounded() -> None:
    from datetime import timedelta

    from detector import read_logs
    from detector.pipeline import ingest
    from detector.pipeline.stored import open_state

    for door in (ingest.ingest, open_state, read_logs):
        if door.__kwdefaults__ is None or "slack" not in door.__kwdefaults__:
            raise AttributeError(f"{door} has no slack: the mutation is out of date")
        door.__kwdefaults__["slack"] = timedelta(days=36500)


def _set(owner: Any, name: str, value: Any) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name}: the mutation is out of date")
    setattr(owner, name, value)


_BROKEN: Final = (
    Mutation("files of a state are not synced", f"{_CUT}[ingest]", _no_fsync_of_files),
    Mutation("folders of a state are not synced", f"{_CUT}[ingest]", _no_fsync_of_folders),
    Mutation("a first state's folders are not synced", f"{_CUT}[first ingest]",
             _no_fsync_of_folders),
    Mutation("files of a results folder are not synced", f"{_CUT}[score]", _run_files_not_synced),
    Mutation("files of a published run are not synced", f"{_CUT}[publish]", _run_files_not_synced),
    Mutation("folders of runs are not synced", f"{_CUT}[publish]", _no_fsync_of_folders),
    Mutation("files of a model are not synced",
             "tests/durability/test_powerloss.py::test_a_file_of_a_model_is_the_old_or_the_new",
             _no_fsync_of_files_of_models),
    Mutation("a model's folder is not synced",
             "tests/durability/test_powerloss.py::test_a_file_of_a_model_is_the_old_or_the_new",
             _no_fsync_of_folders_of_models),
    Mutation("a whole model is not synced",
             "tests/durability/test_powerloss.py::"
             "test_a_cut_leaves_the_model_before_or_the_one_after", _whole_models_not_synced),
    Mutation("a name is taken away before the new one stands", f"{_CUT}[ingest]",
             _rename_in_two_steps),
    Mutation("latest is taken away before it is turned", f"{_CUT}[publish]", _rename_in_two_steps),
    Mutation("results are moved in two steps", f"{_CUT}[score]", _no_exchange),
    Mutation("a model's file is written over",
             "tests/durability/test_powerloss.py::test_a_file_of_a_model_is_the_old_or_the_new",
             _copy_instead_of_rename),
    Mutation("latest names a run that is not there yet", f"{_CUT}[publish]",
             _latest_turned_before_the_run),
    Mutation("staging of a state is left over", f"{_CUT}[ingest]", _staging_of_states_left),
    Mutation("staging of results is left over", f"{_CUT}[score]", _staging_of_results_left),
    Mutation("staging of runs is left over",
             "tests/service/test_publication.py::"
             "test_what_killed_publications_left_goes_with_the_next_or_at_a_start",
             _staging_of_runs_left),
    Mutation("the digest of a manifest is not compared",
             "tests/durability/test_digests.py::test_any_bit_of_a_manifest_that_turns_is_told",
             _manifest_digest_off),
    Mutation("the digests of parts are not compared",
             "tests/state/test_check_and_retain.py::"
             "test_each_flipped_bit_and_each_cut_is_found_and_named", _digest_of_parts_off),
    Mutation("the digest of a model's manifest is not compared", "tests/models/files/test_store.py",
             _model_digest_off),
    Mutation("links in an inbox are followed", _LINKS, _inbox_follows_links),
    Mutation("slow clients are never hung up on", _HTTP, _slow_clients_stay),
    Mutation("a worker stays when its server was killed",
             "tests/durability/test_orphans.py::test_a_worker_ends_when_its_server_was_killed",
             _worker_hears_no_end),
    Mutation("a worker whose server has gone scores on",
             "tests/service/test_worker.py::"
             "test_a_worker_whose_server_has_gone_publishes_nothing", _worker_asks_for_no_server),
    Mutation("a service leaves its worker behind",
             "tests/service/test_worker_dies.py::test_an_end_in_the_middle_of_a_look_is_quick",
             _worker_is_left),
    Mutation("sums of scores are told in full",
             "tests/exporter/test_exposition.py::"
             "test_what_a_sum_moves_by_tells_nobodys_value_finer_than_a_step", _sums_in_full),
    Mutation("two writers at once",
             "tests/crash/test_crashes.py::"
             "test_a_writer_that_may_not_wait_leaves_with_the_exit_code_of_state", _no_lock),
    Mutation("as-of goes with the rows, whatever the clock", "tests/state/test_clock_jumps.py",
             _clock_unbounded),
)  # fmt: skip

MUTATIONS: Final[Mapping[str, Mutation]] = {one.broken: one for one in _BROKEN}


def main() -> None:
    """Run the tests of one mutation under it, or those of all without any."""
    import pytest

    tests = {one.test for one in _BROKEN}
    if len(sys.argv) > 1:
        mutation = MUTATIONS[sys.argv[1]]
        mutation.apply()
        tests = {mutation.test}
    quiet = ["-q", "-x", "-n0", "-m", "", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
    raise SystemExit(pytest.main([*quiet, *sorted(tests)]))


if __name__ == "__main__":
    main()
