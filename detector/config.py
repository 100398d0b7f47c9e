"""One frozen settings object: command line over environment over file over default.

The file is TOML, named by ``--config`` or ``ENDUSE_CONFIG``, else ``enduse.toml`` in the
working directory where it exists. Environment variables are the upper-case names with the
prefix ``ENDUSE_``. :func:`load_settings` also tells where each value came from.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from detector.errors import UsageError

CONFIG_VARIABLE: Final = "ENDUSE_CONFIG"
DEFAULT_FILE: Final = "enduse.toml"
_PREFIX: Final = "ENDUSE_"
# Into a YAML file that Prometheus takes for a template it goes as it is.
_ADDRESS: Final = re.compile(r"https?://[^\s\"'#{}\\<>]+", re.ASCII)
# What Kubernetes and Docker set for a service that is called enduse.
_LINK: Final = re.compile(r"ENDUSE_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?|NAME)")
_SIZE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?(MB|GB|TB)", re.ASCII | re.IGNORECASE)
_UNITS: Final = {"MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_OF_TESTS: Final = ("REQUIRE_ALL", "WRITE_GOLDEN")
_MIN_KEY_BYTES: Final = 16
_MAX_KEY_BYTES: Final = 64  # what keyed BLAKE2b takes


class Settings(BaseSettings):
    """Every knob of the application. Build it with :func:`load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="forbid", validate_default=True
    )

    max_bad: float = Field(
        0.05, ge=0, le=1, description="Quarantined share of a table's rows that stops the run."
    )
    slack_days: float = Field(
        2, ge=0, le=400, description="Days past this machine's clock that usage may end and count."
    )
    alpha: float = Field(
        0.01, gt=0, le=1, description="Largest tail p-value with which an account is queued."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of every random draw.")
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads to use; all where it is not set."
    )
    memory: str | None = Field(
        None,
        description="Memory that `score` of a log folder may take, such as 2GB; half of what is "
        "free where it is not set.",
    )
    capacity: int = Field(50, ge=1, description="Cases the reviewers can work on, for `evaluate`.")
    catalogue_override: Path | None = Field(
        None, description="File or folder that adds to or replaces rows of the GPU catalogue."
    )
    policy_packs: Path | None = Field(
        None, description="Folder of policy packs that replace those that ship, by id."
    )
    policy_list_days: int = Field(
        14, ge=0, le=3650, description="Age in days from which a list clears nobody."
    )
    listen: str = Field("127.0.0.1:9464", description="HOST:PORT of the metrics page.")
    pseudonym_key: SecretStr | None = Field(
        None,
        description="Key (16 to 64 bytes) of pseudonyms: accounts in metrics, addresses and keys "
        "in native logs. Without it, metrics draw a new one at each start.",
    )
    pseudonym_key_file: Path | None = Field(
        None, description="File that holds the key, instead of the key itself."
    )
    ready_seconds: float | None = Field(
        None, gt=0, description="Age of the last look that ended well past which a service is not "
        "ready; 900, or ten times the poll where that is longer, where it is not set.",
    )  # fmt: skip
    top_k: int = Field(50, ge=0, le=1000, description="Accounts shown under pseudonyms in metrics.")
    cases: Path | None = Field(None, description="Folder of cases.")
    reviewer: str | None = Field(
        None, description="Who acts on cases from the command line; the login name where not set."
    )
    runbook_base: str | None = Field(
        None, description="Address of docs/runbook.md at your site, for the links of alerts."
    )
    # Those of `serve` alone: a service is started by others, who give no words.
    results: Path | None = Field(None, description="`serve`: the OUT whose last run is shown.")
    textfile: Path | None = Field(
        None, description="`serve`: file of metrics that is written once, from `results`."
    )
    inbox: str | None = Field(None, description="`serve`: log folder that is watched, or address.")
    state: Path | None = Field(None, description="`serve`: state folder of the inbox.")
    model: Path | None = Field(None, description="`serve`: model of the live scores.")
    prior: str | None = Field(None, description="`serve`: taught leaf values of the live scores.")
    previous: Path | None = Field(
        None, description="`serve`: the OUT that live scores name changes against."
    )
    web_config: Path | None = Field(None, description="`serve`: TLS and authentication (TOML).")
    pseudonymise: bool = Field(False, description="`serve`: store accounts under pseudonyms.")
    poll: float = Field(2.0, ge=0.05, description="`serve`: seconds between looks at the inbox.")
    log_format: Literal["text", "json"] = Field(
        "text", description="`serve`: how it says what it does, text or json, a line an event."
    )

    @property
    def memory_bytes(self) -> int | None:
        """How much memory a run over a log folder may take."""
        return None if self.memory is None else read_size(self.memory)

    @property
    def slack(self) -> timedelta:
        """How far past the clock usage may end and still tell what as-of is."""
        return timedelta(days=self.slack_days)

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[Any, ...]:
        """Read nothing behind the caller's back: load_settings merges the sources itself."""
        return (sources["init_settings"],)

    @field_validator("listen")
    @classmethod
    def _listen_is_host_and_port(cls, value: str) -> str:
        split_address(value)
        return value

    @field_validator("memory")
    @classmethod
    def _memory_is_a_size(cls, value: str | None) -> str | None:
        if value is not None:
            read_size(value)
        return value

    @field_validator("runbook_base")
    @classmethod
    def _base_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError(
                "expected an address such as https://wiki.example/enduse/runbook.md, without "
                "blanks, quotes, braces and #"
            )
        return value

    @model_validator(mode="after")
    def _one_key(self) -> Settings:
        if self.pseudonym_key is not None and self.pseudonym_key_file is not None:
            raise ValueError("give pseudonym_key or pseudonym_key_file, not both")
        return self

    def read_pseudonym_key(self) -> bytes | None:
        """Return the key's bytes, or None where no key is set.

        Raises
        ------
        UsageError
            The key has fewer than 16 or more than 64 bytes, or its file cannot be read.
        """
        if self.pseudonym_key_file is not None:
            key = _read_key(self.pseudonym_key_file)
        elif self.pseudonym_key is not None:
            key = self.pseudonym_key.get_secret_value().encode()
        else:
            return None
        if not _MIN_KEY_BYTES <= len(key) <= _MAX_KEY_BYTES:
            raise UsageError(
                f"the pseudonym key has {len(key)} bytes, expected {_MIN_KEY_BYTES} to "
                f"{_MAX_KEY_BYTES}; make one with: openssl rand -hex 32"
            )
        return key


def _read_key(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"the key file '{path}' (pseudonym_key_file) cannot be read: {error.strerror}; make "
            "one with: openssl rand -hex 32"
        ) from error


@dataclass(frozen=True)
class Loaded:
    """Settings and, by name, where each value came from."""

    settings: Settings
    origin: Mapping[str, str]


def read_size(text: str) -> int:
    """Read the bytes of a size in MB, GB or TB.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> read_size("2GB"), read_size("512 mb")
    (2147483648, 536870912)
    """
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if size < 1:
        raise ValueError(f"memory is {text!r}, expected a size such as 2GB or 512MB")
    return size


def split_address(listen: str) -> tuple[str, int]:
    """Split HOST:PORT; an IPv6 host stands in brackets.

    Raises
    ------
    ValueError
        There is no host or no port from 0 to 65535.

    Examples
    --------
    >>> split_address("[::1]:9464")
    ('::1', 9464)
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"listen is {listen!r}, expected HOST:PORT such as 127.0.0.1:9464")
    return host.removeprefix("[").removesuffix("]"), int(port)


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Merge the sources and validate the result.

    Parameters
    ----------
    overrides
        Values from the command line; None means not given.
    file
        TOML file; None: the one named by ``ENDUSE_CONFIG``, else ``enduse.toml`` if it exists.
    environ
        The environment; None: the process's own.

    Raises
    ------
    UsageError
        A value is out of range, a name is unknown, or a named file does not exist.
    """
    environ = os.environ if environ is None else environ
    layers = [
        *_file_layer(file, environ),
        *_environment_layer(environ),
        ("command line", {k: v for k, v in (overrides or {}).items() if v is not None}),
    ]
    values: dict[str, Any] = {}
    origin = dict.fromkeys(Settings.model_fields, "default")
    for label, layer in layers:
        values.update(layer)
        origin.update(dict.fromkeys(layer, label))
    try:
        return Loaded(Settings(**values), origin)
    except ValidationError as error:
        raise UsageError(_explain(error, origin)) from None


def describe(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Return (name, value, origin) rows; secrets are masked."""
    values = loaded.settings.model_dump()
    return [
        (name, "" if values[name] is None else str(values[name]), loaded.origin[name])
        for name in Settings.model_fields
    ]


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return variables with our prefix that nothing reads: most likely spelling mistakes."""
    known = {*_variables(), *(_PREFIX + name for name in _OF_TESTS)}
    return sorted(
        name
        for name in environ
        if name.startswith(_PREFIX) and name not in known and not _LINK.fullmatch(name)
    )


def refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """Refuse a variable with our prefix that nothing reads: nobody would see what it does not do.

    Raises
    ------
    UsageError
        There is one; the sentence has the name that is most like it.
    """
    for name in unknown_variables(environ):
        close = difflib.get_close_matches(name, _variables(), n=1)
        hint = f"did you mean {close[0]}?" if close else "see `enduse config show` for the names"
        raise UsageError(f"the environment variable {name!r} sets nothing; {hint}")


def _variables() -> list[str]:
    return [CONFIG_VARIABLE, *(_PREFIX + name.upper() for name in Settings.model_fields)]


def _file_layer(file: Path | None, environ: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    named = file or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    path = named or Path(DEFAULT_FILE)
    if not path.is_file():
        if named is None:
            return []
        raise UsageError(f"the configuration file {path} does not exist")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration file {path} is not TOML: {error}") from None
    for name in values:
        if name not in Settings.model_fields:
            raise UsageError(_unknown_setting(name, path))
    return [(f"file {path}", values)]


def _unknown_setting(name: str, path: Path) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "see `enduse config show` for the names"
    return f"the configuration file {path} has an unknown setting {name!r}; {hint}"


def _environment_layer(environ: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    class _Source(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {name.lower(): value for name, value in environ.items() if value}

    found = _Source(Settings)()
    return [(f"environment {_PREFIX}{name.upper()}", {name: found[name]}) for name in found]


def _explain(error: ValidationError, origin: Mapping[str, str]) -> str:
    parts = []
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"][:1])
        message = problem["msg"].removeprefix("Value error, ")
        label = f"setting {name} (from the {origin.get(name, 'settings')}): " if name else ""
        parts.append(label + message[:1].lower() + message[1:])
    return "; ".join(parts)
