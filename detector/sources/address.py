"""Addresses of log folders: which store they name, and how it is opened.

``s3://BUCKET/PREFIX``, ``gs://BUCKET/PREFIX``, ``az://CONTAINER/PREFIX`` (also ``abfs://`` and
``abfss://``, with ``CONTAINER@ACCOUNT.dfs.core.windows.net``) and ``file:///PATH``. Credentials
are never part of an address: they come from where each cloud's own tools look for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from detector.errors import UsageError
from detector.sources.text import printable

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://")
_STORES: Final = {
    "s3": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az",
}  # fmt: skip
_OPTIONS: Final = {
    "s3": ("endpoint_override", "scheme", "region", "anonymous"),
    "gs": ("endpoint_override", "scheme", "anonymous"),
    "az": ("endpoint_override", "scheme", "account"),
}
_ENDPOINTS: Final = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), "gs": ("STORAGE_EMULATOR_HOST",), "az": (),
}  # fmt: skip
_AZURE_HOST: Final = re.compile(r"(?P<account>[a-z0-9]+)\.(?:blob|dfs)\.(?P<cloud>.+)")
_AZURE_CLOUD: Final = "core.windows.net"
_CONNECT_SECONDS: Final = 10
_REQUEST_SECONDS: Final = 60
_RETRY_SECONDS: Final = 20


@dataclass(frozen=True)
class Address:
    """A folder of an object store: ``store`` is s3, gs or az, ``prefix`` has no slash at its ends.

    ``options`` are those of the address's query; for az they hold the account and the cloud.
    """

    store: str
    bucket: str
    prefix: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Bucket and prefix, as pyarrow wants a path."""
        return f"{self.bucket}/{self.prefix}" if self.prefix else self.bucket

    @property
    def name(self) -> str:
        """The address without its options."""
        return f"{self.store}://{self.base}"


def is_address(text: str) -> bool:
    """Whether a text is an address, and no path.

    >>> is_address("s3://bucket/logs"), is_address("logs/2026"), is_address("C:/logs")
    (True, False, False)
    """
    return bool(_ADDRESS.match(text))


def local_path(text: str) -> Path | None:
    """The path of a ``file://`` address; None where the address is of an object store.

    >>> local_path("file:///srv/logs%20a").as_posix(), local_path("s3://bucket")
    ('/srv/logs a', None)

    Raises
    ------
    UsageError
        If it names another machine.
    """
    parts = _split(text)
    if parts.scheme.lower() != "file":
        return None
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise UsageError(
            f"{printable(text)} names no path of this machine; write file:///PATH, with three "
            "slashes"
        )
    return Path(unquote(parts.path))


def parse(text: str) -> Address:
    """Read the address of a folder in an object store.

    >>> parse("s3://bucket/logs/?region=eu-central-1").base
    'bucket/logs'

    Raises
    ------
    UsageError
        If it has another form than those above.
    """
    parts = _split(text)
    store = _STORES.get(parts.scheme.lower())
    if store is None:
        raise UsageError(
            f"addresses of {printable(parts.scheme)}:// are not read: {_FORMS}, or a folder"
        )
    options = _options(store, parts)
    host, path = parts.netloc, unquote(parts.path).strip("/")
    if store == "az":
        bucket, path, found = _azure(host, path)
        options = _with_account(found | options, text)
    else:
        bucket = host
    if not bucket or "@" in bucket or ":" in bucket:
        raise UsageError(
            f"{_shown(parts)} names no bucket: {_FORMS}; credentials are no part of an address, "
            f"{_CREDENTIALS[store]}"
        )
    if any(step in ("", ".", "..") for step in path.split("/")) and path:
        raise UsageError(f"{_shown(parts)} has an empty step, '.' or '..' in its path")
    return Address(store, bucket, path, options)


_FORMS: Final = (
    "expected s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///PATH"
)
_CREDENTIALS: Final = {
    "s3": "they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or the "
    "machine's role (?anonymous=true for a public bucket)",
    "gs": "they come from GOOGLE_APPLICATION_CREDENTIALS, gcloud or the machine's account "
    "(?anonymous=true for a public bucket)",
    "az": "they come from AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, az login or the machine's "
    "identity",
}


def credentials_of(address: Address) -> str:
    """Where credentials are looked for, as the end of a sentence."""
    return _CREDENTIALS[address.store]


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise UsageError(f"{printable(text.partition('?')[0])} is no address: {_FORMS}") from None


def _shown(parts: SplitResult) -> str:
    """An address without what may be a secret of it."""
    return printable(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _options(store: str, parts: SplitResult) -> dict[str, str]:
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in found if name not in _OPTIONS[store]]
    if unknown or parts.fragment:
        shown = printable(unknown[0]) if unknown else "#"
        raise UsageError(
            f"{_shown(parts)} has the option {shown}; known are {', '.join(_OPTIONS[store])}"
        )
    if found.get("scheme", "https") not in ("http", "https"):
        raise UsageError(f"{_shown(parts)} has scheme={printable(found['scheme'])}; expected "
                         "http or https")  # fmt: skip
    if found.get("anonymous", "true") not in ("true", "false"):
        raise UsageError(f"{_shown(parts)} has anonymous={printable(found['anonymous'])}; "
                         "expected true or false")  # fmt: skip
    return found


def _azure(host: str, path: str) -> tuple[str, str, dict[str, str]]:
    """Container, path in it, and the account where the address has it.

    >>> _azure("logs@acme.dfs.core.windows.net", "a")[0::2]
    ('logs', {'account': 'acme', 'cloud': 'core.windows.net'})
    """
    before, _, after = host.rpartition("@")
    known = _AZURE_HOST.fullmatch(after)
    if known is not None:
        account = {"account": known["account"], "cloud": known["cloud"]}
        if before:
            return before, path, account
        container, _, rest = path.partition("/")
        return container, rest, account
    return after, path, {"account": before} if before else {}


def _with_account(options: dict[str, str], text: str) -> dict[str, str]:
    account = options.get("account") or os.environ.get("AZURE_STORAGE_ACCOUNT", "")
    if not re.fullmatch(r"[a-z0-9]{3,24}", account):
        raise UsageError(
            f"{printable(text.partition('?')[0])} names no storage account: set "
            "AZURE_STORAGE_ACCOUNT, or write az://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX"
        )
    return {**options, "account": account}


def open_store(address: Address) -> FileSystem:
    """The file system of an address; nothing is asked of the store yet, but S3's region.

    Raises
    ------
    UsageError
        If this build of pyarrow cannot read such a store.
    OSError
        If the region of a bucket could not be found.
    """
    openers = {"s3": _s3, "gs": _google, "az": _blobs}
    try:
        return openers[address.store](address)
    except ImportError as error:
        raise UsageError(
            f"{printable(address.name)} cannot be read: this build of pyarrow has no file system "
            f"for {address.store}://; install the wheel from PyPI (pip install pyarrow), or copy "
            "the folder to this machine"
        ) from error


def _s3(address: Address) -> FileSystem:
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem, resolve_s3_region

    endpoint, scheme = endpoint_of(address)
    region = address.options.get("region") or os.environ.get("AWS_REGION") or os.environ.get(
        "AWS_DEFAULT_REGION"
    )  # fmt: skip
    if region is None:
        region = "us-east-1" if endpoint else resolve_s3_region(address.bucket)
    return S3FileSystem(
        region=region, endpoint_override=endpoint, scheme=scheme, anonymous=_anonymous(address),
        connect_timeout=_CONNECT_SECONDS, request_timeout=_REQUEST_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=3),
    )  # fmt: skip


def _google(address: Address) -> FileSystem:
    from pyarrow.fs import GcsFileSystem

    endpoint, scheme = endpoint_of(address)
    return GcsFileSystem(
        anonymous=_anonymous(address), endpoint_override=endpoint, scheme=scheme,
        retry_time_limit=timedelta(seconds=_RETRY_SECONDS),
    )  # fmt: skip


def _blobs(address: Address) -> FileSystem:
    from pyarrow.fs import AzureFileSystem

    endpoint, scheme = endpoint_of(address)
    cloud = address.options.get("cloud", _AZURE_CLOUD)
    hosts = {kind: endpoint or f".{kind}.{cloud}" for kind in ("blob", "dfs")}
    key = os.environ.get("AZURE_STORAGE_KEY")
    token = None if key else os.environ.get("AZURE_STORAGE_SAS_TOKEN")
    return AzureFileSystem(
        address.options["account"], account_key=key, sas_token=token,
        blob_storage_authority=hosts["blob"], dfs_storage_authority=hosts["dfs"],
        blob_storage_scheme=scheme, dfs_storage_scheme=scheme,
    )  # fmt: skip


def _anonymous(address: Address) -> bool:
    return address.options.get("anonymous") == "true"


def endpoint_of(address: Address) -> tuple[str | None, str]:
    """Host and scheme of a store that is not its cloud's own: of the address, else the SDK's."""
    known = (os.environ.get(name) for name in _ENDPOINTS[address.store])
    url = address.options.get("endpoint_override") or next(filter(None, known), "")
    scheme, _, host = url.rpartition("://")
    return host.rstrip("/") or None, address.options.get("scheme") or scheme or "https"
