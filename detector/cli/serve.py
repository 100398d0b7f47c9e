"""``serve``: the last run of a folder, or live scores of an inbox."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import options, show
from detector.cli.commands import INPUT, MODEL, OUTPUT, RUNNING
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.exporter.beside import Beside
    from detector.service import Options, Serving


@dataclass(frozen=True)
class Scored:
    """What live scores come from: model, prior, and the run that changes are named against."""

    model: Path | None
    prior: str | None
    previous: Path | None


def serve(
    ctx: typer.Context,
    results: Annotated[
        Path | None,
        typer.Option(
            help="Show the last run that `score` wrote.", metavar="OUT", rich_help_panel=INPUT
        ),
    ] = None,
    inbox: Annotated[
        str | None,
        typer.Option(
            help="Watch a log folder (or its address) and score it live.",
            metavar="DIR",
            rich_help_panel=INPUT,
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="State folder of --inbox.", metavar="DIR", rich_help_panel=INPUT),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model that `train` wrote; taken anew when it changes. Without it, each run "
            "learns from what it scores.",
            metavar="MODEL",
            rich_help_panel=MODEL,
        ),
    ] = None,
    prior: options.Prior = None,
    previous: options.Previous = None,
    listen: Annotated[
        str | None,
        typer.Option(
            help="Address (default 127.0.0.1:9464).", metavar="HOST:PORT", rich_help_panel=OUTPUT
        ),
    ] = None,
    web_config: Annotated[
        Path | None,
        typer.Option(help="TLS and authentication (TOML).", metavar="FILE", rich_help_panel=OUTPUT),
    ] = None,
    pseudonymise: Annotated[
        bool,
        typer.Option(
            "--pseudonymise",
            help="Store accounts and people under keyed pseudonyms.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    cases: Annotated[
        Path | None,
        typer.Option(
            help="Folder of cases: the reviewers' pages stand beside the others.",
            metavar="DIR",
            rich_help_panel=INPUT,
        ),
    ] = None,
    poll: Annotated[
        float,
        typer.Option(
            min=0.05,
            help="Seconds between looks.",
            metavar="SECONDS",
            rich_help_panel=RUNNING,
        ),
    ] = 2.0,
    textfile: Annotated[
        Path | None,
        typer.Option(
            help="With --results: write the metrics once into a file for node_exporter's textfile "
            "collector, and end.",
            metavar="FILE",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
) -> None:
    """Serve metrics for Prometheus, with --inbox live scores, with --cases the reviewers' pages.

    Pages: /metrics, /healthz and /readyz; with --inbox also /api/v1/queue,
    /api/v1/accounts/{id} and /openapi.json. The address is the loopback one unless --listen
    says otherwise; others need --web-config with authentication. SIGHUP reads that file again.
    The reviewers' pages ask everybody to log in; people are made by `enduse cases people`.

    Examples
    --------
    Metrics of the last run, for Prometheus on the same machine:
        enduse serve --results out
    Live scores of what lands in an inbox:
        enduse serve --inbox inbox --state state --model model
    Metrics in a file, at the end of a batch:
        enduse serve --results out --textfile /var/lib/node_exporter/enduse.prom
    """
    live = (inbox, state, model, prior, previous)
    if textfile is not None:
        if results is None or any(one is not None for one in (*live, listen, web_config, cases)):
            raise UsageError("--textfile FILE goes with --results OUT alone")
        if textfile.suffix != ".prom":
            show.notice(f"node_exporter reads no file but those in .prom, and so not {textfile}")
        _write(options.load(ctx), results, textfile)
        return
    if results is not None and live == (None,) * len(live):
        with _beside(ctx, cases) as beside:
            _show(options.load(ctx, listen=listen), results, web_config, beside)
        return
    if results is not None or inbox is None or state is None:
        raise UsageError(
            "give --results OUT (with --listen, --web-config, --cases or --textfile where you want "
            "them), or --inbox DIR with --state DIR"
        )
    settings = options.load(ctx, listen=listen)
    logging.basicConfig(
        format="%(asctime)s enduse %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z", stream=sys.stderr, level=logging.INFO,
    )  # fmt: skip
    scored = Scored(model, prior, previous)
    serving = _serving(settings, inbox, state, scored, web_config, poll, pseudonymise=pseudonymise)
    with _beside(ctx, cases) as beside:
        _run(serving, beside)


@contextmanager
def _beside(ctx: typer.Context, cases: Path | None) -> Iterator[Beside | None]:
    """A folder of cases, open for the time of a block; made where there is none yet."""
    if cases is None:
        yield None
        return
    if find_spec("werkzeug") is None:
        raise UsageError(
            "--cases needs Werkzeug, which is not installed: pip install 'enduse[console]'"
        )
    from detector.cases.record.store import Store
    from detector.cli.cases.pack import shown_of
    from detector.console import beside

    if not cases.exists():
        Store.create(cases).close()
        show.notice(f"made {cases}; next: enduse cases people add NAME --roles reviewer")
    with Store(cases) as store:
        yield beside(store, shown=shown_of(ctx))


def _show(
    settings: Settings, results: Path, web_config: Path | None, beside: Beside | None
) -> None:
    """Serve the last run of a folder at /metrics."""
    from detector.exporter import serve_results
    from detector.http import read_web

    scheme = "http" if read_web(web_config).certificate is None else "https"
    # Uptime is for the operator, on stderr, one safe line each.
    logging.basicConfig(format="enduse: %(message)s", stream=sys.stderr, level=logging.INFO)
    serve_results(
        results,
        settings.listen,
        key=settings.read_pseudonym_key(),
        top_k=settings.top_k,
        web_config=web_config,
        beside=beside,
        started=lambda host, port: _started(f"{scheme}://{host}:{port}", beside),
    )


def _write(settings: Settings, results: Path, textfile: Path) -> None:
    """Write the metrics of the last run of a folder, once."""
    from detector.exporter import write_textfile

    key = settings.read_pseudonym_key()
    if key is None:
        # Pseudonyms that change with each batch would be new series each time.
        show.notice("no pseudonym key is set: the file shows no account, only counts")
    write_textfile(results, textfile, key=key or b"", top_k=0 if key is None else settings.top_k)


def _started(address: str, beside: Beside | None) -> None:
    if beside is not None:
        show.notice(f"the reviewers' pages are on {address}/")
    show.notice(f"serving on {address}/metrics")


def _serving(
    settings: Settings,
    inbox: str,
    state: Path,
    scored: Scored,
    web_config: Path | None,
    poll: float,
    *,
    pseudonymise: bool,
) -> Serving:
    import secrets

    from detector.service import Serving

    key = settings.read_pseudonym_key()
    if pseudonymise and key is None:
        raise UsageError(
            "--pseudonymise needs a key: set ENDUSE_PSEUDONYM_KEY or pseudonym_key_file; make "
            "one with: openssl rand -hex 32"
        )
    watched = _watched(inbox)
    if key is None:
        show.notice("no pseudonym key is set: account names in metrics last until it stops")
    worker = _options(settings, watched, state, scored, key, pseudonymise=pseudonymise)
    return Serving(
        worker, settings.listen, key or secrets.token_bytes(32), web_config, settings.top_k, poll
    )


def _watched(inbox: str) -> str:
    """The inbox as the worker is told of it: a whole path, or an address."""
    from detector.sources.place import LocalPlace
    from detector.sources.places import place_of

    place = place_of(inbox)
    if not isinstance(place, LocalPlace):
        return inbox
    if not place.root.is_dir():
        raise UsageError(f"the inbox '{inbox}' is no folder; make it, and let exports land there")
    return str(place.root.resolve())


def _options(
    settings: Settings,
    inbox: str,
    state: Path,
    scored: Scored,
    key: bytes | None,
    *,
    pseudonymise: bool,
) -> Options:
    from detector.service import Options

    override = settings.catalogue_override
    return Options(
        inbox=inbox, state=str(state.resolve()),
        # A model is promoted by turning a link: the link itself is what is watched.
        model=_path(scored.model), prior=scored.prior, previous=_path(scored.previous),
        hash_key=(key or b"").hex(), pseudonym_key=key.hex() if key and pseudonymise else None,
        catalogue_override=None if override is None else str(override.resolve()),
        max_bad=settings.max_bad, slack_days=settings.slack_days,
        alpha=settings.alpha, seed=settings.seed,
        threads=options.thread_count(settings),
        policy_packs=_path(settings.policy_packs), policy_list_days=settings.policy_list_days,
    )  # fmt: skip


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _run(serving: Serving, beside: Beside | None) -> None:
    from detector.service import read_web, serve_live

    scheme = "http" if read_web(serving.web_config).certificate is None else "https"
    serve_live(
        serving, threading.Event(), beside=beside,
        started=lambda host, port: show.notice(f"serving on {scheme}://{host}:{port}"),
    )  # fmt: skip
