"""``serve``: the last run of a folder, or live scores of an inbox."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from detector.cli import options, show
from detector.cli.commands import INPUT, MODEL, OUTPUT, RUNNING
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.config import Settings
    from detector.exporter.beside import Beside
    from detector.service import Options, Serving

_LOG: Final = logging.getLogger(__name__)
# Words of a service that watches an inbox, and words of one that has pages.
_LIVE: Final = frozenset({"inbox", "state", "model", "prior", "previous"})
_PAGES: Final = frozenset({"listen", "web_config", "cases"})
_GIVE: Final = (
    "give --results OUT (with --listen, --web-config, --cases or --textfile where you want them), "
    "or --inbox DIR with --state DIR"
)

Results = Annotated[
    Path | None,
    typer.Option(
        help="Show the last run that `score` wrote.", metavar="OUT", rich_help_panel=INPUT
    ),
]
Inbox = Annotated[
    str | None,
    typer.Option(
        help="Watch a log folder (or its address) and score it live.",
        metavar="DIR",
        rich_help_panel=INPUT,
    ),
]
State = Annotated[
    Path | None,
    typer.Option(help="State folder of --inbox.", metavar="DIR", rich_help_panel=INPUT),
]
Model = Annotated[
    Path | None,
    typer.Option(
        help="Model that `train` wrote; taken anew when it changes. Without it, each run "
        "learns from what it scores.",
        metavar="MODEL",
        rich_help_panel=MODEL,
    ),
]
Listen = Annotated[
    str | None,
    typer.Option(
        help="Address (default 127.0.0.1:9464).", metavar="HOST:PORT", rich_help_panel=OUTPUT
    ),
]
WebConfig = Annotated[
    Path | None,
    typer.Option(help="TLS and authentication (TOML).", metavar="FILE", rich_help_panel=OUTPUT),
]
Cases = Annotated[
    Path | None,
    typer.Option(
        help="Folder of cases: the reviewers' pages stand beside the others.",
        metavar="DIR",
        rich_help_panel=INPUT,
    ),
]
Poll = Annotated[
    float | None,
    typer.Option(
        help="Seconds between looks, 0.05 or more (default 2).",
        metavar="SECONDS",
        rich_help_panel=RUNNING,
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option(
        help="What it says while it runs: text (the default) or json, one line an event.",
        metavar="text|json",
        rich_help_panel=OUTPUT,
    ),
]
Textfile = Annotated[
    Path | None,
    typer.Option(
        help="With --results: write the metrics once into a file for node_exporter's textfile "
        "collector, and end.",
        metavar="FILE",
        rich_help_panel=OUTPUT,
    ),
]


def serve(
    ctx: typer.Context,
    results: Results = None,
    inbox: Inbox = None,
    state: State = None,
    model: Model = None,
    prior: options.Prior = None,
    previous: options.Previous = None,
    listen: Listen = None,
    web_config: WebConfig = None,
    pseudonymise: options.Pseudonymise = False,
    cases: Cases = None,
    poll: Poll = None,
    log_format: LogFormat = None,
    textfile: Textfile = None,
) -> None:
    """Serve metrics for Prometheus, with --inbox live scores, with --cases the reviewers' pages.

    Pages: /metrics, /healthz and /readyz; with --inbox also /api/v1/queue,
    /api/v1/accounts/{id} and /openapi.json. The address is the loopback one unless --listen
    says otherwise; others need --web-config with authentication. SIGHUP reads that file again.
    The reviewers' pages ask everybody to log in; people are made by `enduse cases people`.
    Every option may stand in the environment (ENDUSE_INBOX) or in the settings file (inbox);
    where the command line names --results or --inbox, what these say of the other is left aside.

    Examples
    --------
    Metrics of the last run, for Prometheus on the same machine:
        enduse serve --results out
    Live scores of what lands in an inbox:
        enduse serve --inbox inbox --state state --model model
    Metrics in a file, at the end of a batch:
        enduse serve --results out --textfile /var/lib/node_exporter/enduse.prom
    """
    words = {
        "results": results, "inbox": inbox, "state": state, "model": model, "prior": prior,
        "previous": previous, "listen": listen, "web_config": web_config, "cases": cases,
        "pseudonymise": pseudonymise or None, "poll": poll, "textfile": textfile,
        "log_format": log_format,
    }  # fmt: skip
    settings = options.load(ctx, **words)
    _tell_as(ctx, settings)
    _refuse_unknown()
    door = _door(settings, {name for name, word in words.items() if word is not None})
    if door == "textfile":
        _write(settings)
        return
    from detector import journal

    with journal.opened(settings.log_format), _beside(ctx, settings.cases) as beside:
        if door == "results":
            _show(settings, beside)
        else:
            _run(_serving(settings), beside)


def _tell_as(ctx: typer.Context, settings: Settings) -> None:
    """Have a failure that ends the command told as everything before it."""
    if settings.log_format == "json":
        from detector.journal import last_words

        ctx.find_root().obj = replace(ctx.obj, tell=last_words)


def _refuse_unknown() -> None:
    from detector.config import refuse_unknown_variables

    refuse_unknown_variables(os.environ)


def _door(settings: Settings, given: Set[str]) -> Literal["textfile", "results", "inbox"]:
    """What is asked for; what the command line names goes before what the settings say."""
    live, pages = given & _LIVE, given & _PAGES
    if "textfile" in given and (settings.results is None or live or pages):
        raise UsageError("--textfile FILE goes with --results OUT alone")
    if "results" in given and live:
        raise UsageError(f"--results OUT shows a run; --{min(live)} is for --inbox DIR. {_GIVE}")
    shows = settings.results is not None and not live
    watches = settings.inbox is not None and not given & {"results", "textfile"}
    if shows and watches:
        raise UsageError(f"the settings name both results and inbox. {_GIVE}")
    if shows:
        return "results" if settings.textfile is None or pages else "textfile"
    if not watches or settings.state is None:
        raise UsageError(_GIVE)
    return "inbox"


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
        _LOG.info(
            "made %s; next: enduse cases people add NAME --roles reviewer", cases,
            extra={"event": "cases_made"},
        )  # fmt: skip
    with Store(cases) as store:
        yield beside(store, shown=shown_of(ctx))


def _show(settings: Settings, beside: Beside | None) -> None:
    """Serve the last run of a folder at /metrics."""
    from detector.exporter import serve_results
    from detector.http import read_web

    scheme = "http" if read_web(settings.web_config).certificate is None else "https"
    serve_results(
        _named(settings.results),
        settings.listen,
        key=settings.read_pseudonym_key(),
        top_k=settings.top_k,
        web_config=settings.web_config,
        beside=beside,
        started=lambda host, port: _started(f"{scheme}://{host}:{port}", beside),
    )


def _write(settings: Settings) -> None:
    """Write the metrics of the last run of a folder, once."""
    from detector.exporter import write_textfile

    key = settings.read_pseudonym_key()
    if key is None:
        # Pseudonyms that change with each batch would be new series each time.
        show.notice("no pseudonym key is set: the file shows no account, only counts")
    top_k, textfile = 0 if key is None else settings.top_k, _named(settings.textfile)
    if textfile.suffix != ".prom":
        show.notice(f"node_exporter reads no file but those in .prom, and so not {textfile}")
    write_textfile(_named(settings.results), textfile, key=key or b"", top_k=top_k)


def _named(path: Path | None) -> Path:
    """A path that the door was chosen by."""
    if path is None:
        raise UsageError(_GIVE)
    return path


def _started(address: str, beside: Beside | None) -> None:
    if beside is not None:
        _LOG.info("the reviewers' pages are on %s/", address, extra={"event": "serving_cases"})
    _LOG.info("serving on %s/metrics", address, extra={"event": "serving"})


def _serving(settings: Settings) -> Serving:
    import secrets

    from detector.service import Serving

    key = settings.read_pseudonym_key()
    if settings.pseudonymise and key is None:
        raise UsageError(
            "--pseudonymise needs a key: set ENDUSE_PSEUDONYM_KEY or pseudonym_key_file; make "
            "one with: openssl rand -hex 32"
        )
    worker = _options(settings, _watched(settings.inbox or ""), key)
    if key is None:
        _LOG.warning(
            "no pseudonym key is set: account names in metrics last until it stops",
            extra={"event": "no_key"},
        )
    return Serving(
        worker, settings.listen, key or secrets.token_bytes(32), settings.web_config,
        settings.top_k, settings.poll, settings.ready_seconds,
    )  # fmt: skip


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


def _options(settings: Settings, inbox: str, key: bytes | None) -> Options:
    from detector.service import Options

    override = settings.catalogue_override
    return Options(
        inbox=inbox, state=str(_named(settings.state).resolve()),
        # A model is promoted by turning a link: the link itself is what is watched.
        model=_path(settings.model), prior=settings.prior, previous=_path(settings.previous),
        hash_key=(key or b"").hex(),
        pseudonym_key=key.hex() if key and settings.pseudonymise else None,
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
        started=lambda host, port: _LOG.info(
            "serving on %s://%s:%s", scheme, host, port, extra={"event": "serving"}
        ),
    )  # fmt: skip
