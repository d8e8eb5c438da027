"""The nouns are values: frozen, compared and hashed by their fields, named in full by their text, picklable."""

from __future__ import annotations

import copy
import hashlib
import pickle
from dataclasses import FrozenInstanceError, dataclass, fields, replace

import pytest

from sbomgate.model import Finding, Installation, Metadata, Noun, Problem, Server
from sbomgate.policy import Allow
from sbomgate.text import sha256_hex

FULL = Problem(path="uv.lock", what="not valid TOML", where="line 3", fix="run `uv lock` again")


def test_a_noun_is_its_fields() -> None:
    same = Problem(fix=FULL.fix, where=FULL.where, what=FULL.what, path=FULL.path)
    assert same == FULL
    assert hash(same) == hash(FULL)
    assert len({same, FULL, replace(FULL, where="")}) == 2
    assert replace(FULL, where="") == Problem(path="uv.lock", what="not valid TOML", fix="run `uv lock` again")
    assert tuple(getattr(FULL, part.name) for part in fields(FULL)) != FULL
    assert Metadata() != Allow(reason="")


def test_a_noun_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FULL.path = "x"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del FULL.path
    with pytest.raises(FrozenInstanceError):
        FULL.other = "x"  # type: ignore[attr-defined]
    assert not hasattr(FULL, "__dict__")


def test_a_noun_needs_its_fields_and_takes_no_others() -> None:
    with pytest.raises(TypeError, match="Problem needs what"):
        Problem(path="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Problem has no where_"):
        Problem(path="x", what="y", where_="z")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Problem("x", "y")  # type: ignore[misc]
    with pytest.raises(TypeError):
        replace(FULL, where_="z")  # type: ignore[call-arg]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_noun_survives_pickling_and_copying(protocol: int) -> None:
    server = Server(client="cursor", scope="repo", name="docs", location=None, transport="stdio", pinned=False)  # type: ignore[arg-type]
    for noun in (FULL, Metadata(urls=(("a", "b"),)), Installation(site="s", metadata_path="m"), server):
        again = pickle.loads(pickle.dumps(noun, protocol))
        assert again == noun == copy.copy(noun) == copy.deepcopy(noun)
        assert type(again) is type(noun)


def test_a_noun_shows_all_of_itself() -> None:
    assert repr(FULL) == "Problem(path='uv.lock', what='not valid TOML', where='line 3', fix='run `uv lock` again')"


def test_a_noun_is_what_a_dataclass_would_be() -> None:
    """The methods that all nouns share against those that `dataclass` would write."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Written:
        path: str
        what: str
        where: str = ""
        fix: str = ""

    values = {part.name: getattr(FULL, part.name) for part in fields(FULL)}
    assert hash(Written(**values)) == hash(FULL)
    assert repr(Written(**values)).partition("(")[2] == repr(FULL).partition("(")[2]
    assert [part.name for part in fields(Written)] == [part.name for part in fields(FULL)]
    assert Written.__slots__ == Problem.__slots__


def test_a_class_with_a_default_of_its_own_keeps_it() -> None:
    assert Finding.__mro__[1] is Noun
    assert Installation(site="s", metadata_path="m").record == "missing"


@pytest.mark.parametrize("text", ["", "a", "é\ud800", "x" * 5000])
def test_a_digest_is_that_of_hashlib(text: str) -> None:
    assert sha256_hex(text) == hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
