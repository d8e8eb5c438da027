"""Which package index the user has set up, and with which login: what pip and uv would ask, told without running them.

Sources: pip documentation, "Configuration" and "Caching"; uv documentation, "Environment variables". The configuration
inside an environment is not read: it belongs to what is checked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sbomgate.errors import UsageError
from sbomgate.model import Setting

_MAX_CONFIG: Final = 2**20
_SECTIONS: Final = ("global", "install")
"""Of pip.conf, the later one wins: what is installed was had by `pip install`."""


class Login(NamedTuple):
    """A user with its password; never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


class Network(NamedTuple):
    """How the network is reached."""

    indexes: tuple[str, ...] = ()
    """Addresses of simple indexes without logins, the first one asked first; empty: the default one."""
    logins: Mapping[str, Login] = {}
    """Origin (`https://host:443`) → what the user has set up for it."""
    certificates: str = ""
    """A file of certificate authorities; empty: what `requests` takes."""
    proxy: str = ""
    """May hold a login, so it is never shown; empty: what the environment says."""
    no_index: bool = False
    """The user wants no index to be asked."""


def network(environ: Mapping[str, str] | None = None) -> Network:
    """What pip's configuration and the variables of pip and uv say. UsageError if a file of it cannot be read."""
    environ = os.environ if environ is None else environ
    options = _pip_options(environ)
    # pip's own variables go before its files, uv's are asked where pip has nothing
    first = options.get("index-url", "") or environ.get("UV_DEFAULT_INDEX", "") or environ.get("UV_INDEX_URL", "")
    more = options.get("extra-index-url", "") or environ.get("UV_INDEX", "") or environ.get("UV_EXTRA_INDEX_URL", "")
    indexes: list[str] = []
    logins: dict[str, Login] = {}
    for written in (*first.split()[:1], *more.split()):
        address, login = without_login(_unnamed(written))
        if address and login:
            logins.setdefault(origin(address), login)
        indexes.append(address)
    if more and not first:
        indexes.append("")  # the default index is asked as well
    return Network(
        tuple(dict.fromkeys(indexes)), logins, options.get("cert", ""), options.get("proxy", ""), _is_on(options.get("no-index", ""))
    )


def locked_indexes(settings: Sequence[Setting]) -> tuple[tuple[str, ...], bool]:
    """The indexes that a lockfile names for all of its rows, and whether it forbids them all (`--no-index`)."""
    named = [part for kind in ("index-url", "extra-index-url") for one in settings if one.kind == kind for part in one.value.split()]
    addresses = [without_login(one)[0] for one in named]
    return tuple(dict.fromkeys(filter(is_web, addresses))), any(one.kind == "no-index" for one in settings)


def is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def without_login(url: str) -> tuple[str, Login | None]:
    """`url` without the login in it, and that login. One that was redacted in a report is no login."""
    from urllib.parse import unquote, urlsplit, urlunsplit

    try:
        parts = urlsplit(url)
        user, password, host = parts.username, parts.password, parts.netloc.rpartition("@")[2]
    except ValueError:
        return "", None
    if user is None:
        return url, None
    clean = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return clean, None if user == "***" else Login(unquote(user), unquote(password or ""))


def origin(url: str) -> str:
    """Scheme, host and port of `url`: a login for one is not sent to another. Empty if it is no address."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
        return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}"
    except ValueError:
        return ""


def pip_cache(environ: Mapping[str, str] | None = None) -> str:
    """The folder of the HTTP cache of pip since 23.3, by its own rules; UsageError if there is none."""
    environ = os.environ if environ is None else environ
    home = os.path.expanduser("~")
    folder = _pip_options(environ).get("cache-dir", "")
    if not folder:
        if sys.platform == "win32":
            folder = os.path.join(environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local")), "pip", "Cache")
        elif sys.platform == "darwin":
            folder = os.path.join(home, "Library", "Caches", "pip")
        else:
            folder = os.path.join(environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "pip")
    folder = os.path.join(os.path.expanduser(folder), "http-v2")
    if not os.path.isdir(folder):
        raise UsageError("pip has no cache there", folder, "--pip-cache", "pip keeps one since 23.3; leave --pip-cache out")
    return folder


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "true", "yes", "on", "y", "t")


def _unnamed(written: str) -> str:
    """An index as uv may name it, `NAME=URL`, without the name."""
    name, equals, url = written.partition("=")
    return url if equals and "://" in url and "/" not in name else written


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    """The options that pip would take from its files and from `PIP_*`."""
    found: dict[str, str] = {}
    if environ.get("PIP_CONFIG_FILE") != os.devnull:
        for path in _pip_files(environ):
            found |= _read_options(path)
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            found[name[4:].lower().replace("_", "-")] = value
    return found


def _pip_files(environ: Mapping[str, str]) -> Iterator[str]:
    """The files of pip's configuration, those that override others last. Those of an environment are left out."""
    home = os.path.expanduser("~")
    own = environ.get("PIP_CONFIG_FILE", "")
    if sys.platform == "win32":
        everyone = [os.path.join(environ.get("PROGRAMDATA", r"C:\ProgramData"), "pip", "pip.ini")]
        user = [os.path.join(home, "pip", "pip.ini"), os.path.join(environ.get("APPDATA", home), "pip", "pip.ini")]
    else:
        everyone = [os.path.join(folder, "pip", "pip.conf") for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)]
        everyone.append("/etc/pip.conf")
        config = os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "pip")
        if sys.platform == "darwin":
            everyone = ["/Library/Application Support/pip/pip.conf"]
            library = os.path.join(home, "Library", "Application Support", "pip")
            config = library if os.path.isdir(library) else os.path.join(home, ".config", "pip")
        user = [os.path.join(home, ".pip", "pip.conf"), os.path.join(config, "pip.conf")]
    yield from everyone
    if own and os.path.exists(own):
        yield own
    else:
        yield from user


def _read_options(path: str) -> dict[str, str]:
    """The options of one pip.conf; empty if there is no such file."""
    from configparser import Error, RawConfigParser

    from sbomgate.errors import CollectError
    from sbomgate.tree import read_regular

    if not os.path.isfile(path):
        return {}
    parser = RawConfigParser()  # what pip reads it with
    try:
        parser.read_string(read_regular(os.path.realpath(path), _MAX_CONFIG).decode())
    except (CollectError, OSError, ValueError, Error) as error:
        raise UsageError(f"cannot be read as pip's configuration ({type(error).__name__})", path, fix="see `pip config debug`") from error
    return {
        name.replace("_", "-"): value
        for section in _SECTIONS
        if parser.has_section(section)
        for name, value in parser.items(section)
        if value
    }
