"""The user's own configuration of pip and uv: which index, which login, which cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import sbomgate, write_tree
from wheels import installed, sha256, wheel, wheel_files

from sbomgate.custody.indexes import Login, locked_indexes, network, origin, pip_cache, without_login
from sbomgate.errors import UsageError
from sbomgate.model import Location, Setting

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the places of Unix")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "xdg"), **more}


def config(value: str, section: str = "global") -> str:
    return f"[{section}]\nindex-url = https://{value}.example/simple\n"


def test_the_files_of_pip_in_their_order(home: Path) -> None:
    def first(**more: str) -> str:
        return network(environ(home, **more)).indexes[0].removeprefix("https://").removesuffix(".example/simple")

    write_tree(home, {"xdg/pip/pip.conf": config("everyone")})
    assert first() == "everyone"
    write_tree(home, {".pip/pip.conf": config("legacy")})
    assert first() == "legacy"
    write_tree(home, {".config/pip/pip.conf": config("user")})
    assert first() == "user"
    write_tree(home, {".config/pip/pip.conf": config("user") + config("command", "install")})
    assert first() == "command"
    write_tree(home, {"other/pip/pip.conf": config("other")})
    assert first(XDG_CONFIG_HOME=str(home / "other")) == "other"
    write_tree(home, {"own.conf": config("own")})
    assert first(PIP_CONFIG_FILE=str(home / "own.conf")) == "own"
    assert first(PIP_CONFIG_FILE=str(home / "gone.conf")) == "command"
    assert first(UV_INDEX_URL="https://uv.example/simple") == "command"
    assert first(PIP_INDEX_URL="https://variable.example/simple") == "variable"
    assert network(environ(home, PIP_CONFIG_FILE=os.devnull)).indexes == ()


def test_on_other_systems(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    write_tree(home, {".config/pip/pip.conf": config("plain")})
    assert network(environ(home)).indexes == ("https://plain.example/simple",)
    write_tree(home, {"Library/Application Support/pip/pip.conf": config("library"), "Library/Caches/pip/http-v2/x": b""})
    assert network(environ(home)).indexes == ("https://library.example/simple",)
    assert pip_cache(environ(home)) == str(home / "Library/Caches/pip/http-v2")
    monkeypatch.setattr("sys.platform", "win32")
    write_tree(home, {"roaming/pip/pip.ini": config("windows"), "local/pip/Cache/http-v2/x": b""})
    variables = environ(home, APPDATA=str(home / "roaming"), LOCALAPPDATA=str(home / "local"), PROGRAMDATA=str(home / "all"))
    assert network(variables).indexes == ("https://windows.example/simple",)
    assert pip_cache(variables) == str(home / "local/pip/Cache/http-v2")


def test_several_indexes(home: Path) -> None:
    def indexes(**more: str) -> tuple[str, ...]:
        return network(environ(home, PIP_CONFIG_FILE=os.devnull, **more)).indexes

    assert indexes(PIP_INDEX_URL="https://a.example", PIP_EXTRA_INDEX_URL="https://b.example https://c.example https://a.example") == (
        "https://a.example",
        "https://b.example",
        "https://c.example",
    )
    assert indexes(PIP_EXTRA_INDEX_URL="https://b.example") == ("https://b.example", "")  # and the default one
    assert indexes(UV_DEFAULT_INDEX="mine=https://a.example/x?y=1", UV_INDEX="https://b.example/?y=z") == (
        "https://a.example/x?y=1",
        "https://b.example/?y=z",
    )
    assert network(environ(home, PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="true")).no_index


def test_logins_are_kept_apart_and_never_shown(home: Path) -> None:
    found = network(environ(home, PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL="https://me:p%40ss@a.example/simple", PIP_CERT="/ca.pem"))
    assert found.indexes == ("https://a.example/simple",)
    assert found.logins == {"https://a.example:443": ("me", "p@ss")}
    assert found.certificates == "/ca.pem"
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    ("url", "clean", "login"),
    [
        ("https://a.example/x", "https://a.example/x", None),
        ("https://token@a.example:8080/x", "https://a.example:8080/x", Login("token", "")),
        ("https://me:a%2Fb@a.example/x?q#f", "https://a.example/x?q#f", Login("me", "a/b")),
        ("https://***@a.example/x", "https://a.example/x", None),
        ("http://[bad", "", None),
    ],
)
def test_without_login(url: str, clean: str, login: Login | None) -> None:
    assert without_login(url) == (clean, login)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://A.example/x") == origin("https://me@a.example:443/") == "https://a.example:443"
    assert len({origin(url) for url in ("https://a.example", "http://a.example", "https://a.example:444", "https://b.example")}) == 4


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_origin_or_none(text: str) -> None:
    assert isinstance(origin(f"https://{text}"), str)
    clean, login = without_login(f"https://{text}")
    assert isinstance(clean, str)
    assert login is None or login.user is not None


def test_indexes_of_a_lock() -> None:
    def setting(kind: str, value: str) -> Setting:
        return Setting(kind, value, Location("r.txt", 1))

    settings = (
        setting("extra-index-url", "https://***@b.example"),
        setting("index-url", "https://a.example"),
        setting("index-url", "./local"),
    )
    assert locked_indexes(settings) == (("https://a.example", "https://b.example"), False)
    assert locked_indexes((setting("no-index", ""),)) == ((), True)


@pytest.mark.parametrize("text", [b"[global\n", b"index-url = x\n", b"\xff\xfe", b"[global]\na=1\na=2\n"])
def test_a_configuration_that_cannot_be_read(home: Path, text: bytes) -> None:
    write_tree(home, {".config/pip/pip.conf": text})
    with pytest.raises(UsageError, match="pip's configuration"):
        network(environ(home))


def test_the_cache_of_pip(home: Path) -> None:
    with pytest.raises(UsageError, match="pip has no cache there"):
        pip_cache(environ(home))
    for folder, more in (
        (".cache/pip", {}),
        ("xdg-cache/pip", {"XDG_CACHE_HOME": str(home / "xdg-cache")}),
        ("own", {"PIP_CACHE_DIR": "~/own"}),
    ):
        (home / folder / "http-v2").mkdir(parents=True)
        assert pip_cache(environ(home, **more)) == str(home / folder / "http-v2")
    write_tree(home, {".config/pip/pip.conf": f"[global]\ncache-dir = {home}/own\n"})
    assert pip_cache(environ(home)) == str(home / "own" / "http-v2")


def test_artifacts_in_the_cache_of_pip(tmp_path: Path) -> None:
    content = {"demo/__init__.py": b"x = 1\n"}
    body = wheel("demo", "1.0", content)
    write_tree(tmp_path / "env", {"pyvenv.cfg": b"home = /usr/bin\nversion = 3.12.1\n", **installed(wheel_files("demo", "1.0", content))})
    write_tree(
        tmp_path,
        {"requirements.txt": f"demo==1.0 --hash=sha256:{sha256(body)}\n", "pip/http-v2/a/b/ab12.body": body, "pip/http-v2/a/b/ab12": b"x"},
    )
    arguments = ("verify", "env", "--lock", "requirements.txt", "--pip-cache")
    done = sbomgate(*arguments, cwd=tmp_path, env={"PIP_CACHE_DIR": str(tmp_path / "pip"), "PIP_CONFIG_FILE": os.devnull})
    assert done.returncode == 0, done.stderr
    assert "CHAIN OF CUSTODY  1 bytes" in done.stdout
    done = sbomgate(*arguments, cwd=tmp_path, env={"PIP_CACHE_DIR": str(tmp_path / "none"), "PIP_CONFIG_FILE": os.devnull})
    assert done.returncode == 2
    assert "pip has no cache there" in done.stderr
