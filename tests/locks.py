"""What the tests of Python's lockfiles share: one text read by one collector, and documents of any shape."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from hypothesis import strategies as st

from sbomgate.model import Component, Pin, Problem
from sbomgate.tree import MemoryTree, SourceFile

HASH = "sha256:" + "a" * 64
HEX = "a" * 64
COMMIT = "c" * 40


class Lock:
    """A collector under test, with the name of its file."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self.module, self.name = module, name

    def nouns(self, text: str, **others: str) -> list[Any]:
        files = {self.name: text.encode("utf-8", "surrogatepass"), **{name: other.encode() for name, other in others.items()}}
        return list(self.module.collect(SourceFile(MemoryTree(files), self.name)))

    def components(self, text: str, **others: str) -> dict[str, Component]:
        """purl → component; no problem is expected."""
        found = self.nouns(text, **others)
        assert not [noun for noun in found if isinstance(noun, Problem)], found
        return {noun.purl: noun for noun in found if isinstance(noun, Component)}

    def one(self, text: str, **others: str) -> Component:
        (found,) = self.components(text, **others).values()
        return found

    def problems(self, text: str) -> list[tuple[str, str]]:
        return [(noun.where, noun.what) for noun in self.nouns(text) if isinstance(noun, Problem)]

    def names(self, text: str) -> list[str]:
        """What is read in spite of all problems."""
        return sorted(noun.name for noun in self.nouns(text) if isinstance(noun, Component))


def facts(component: Component) -> tuple[Any, ...]:
    """What two descriptions of one component must agree on, whatever their formats."""
    source = component.source
    if source is not None and source.kind in ("vcs", "url"):
        return (component.name, source.kind, source.url, source.commit, component.pin in (Pin.HASHED, Pin.VCS_COMMIT))
    return (component.name, component.version, tuple(sorted(component.hashes)), component.pin)


def documents(*keys: str) -> st.SearchStrategy[Any]:
    """Values of any shape under the names that a format uses."""
    scalars = (
        st.none() | st.booleans() | st.integers(0, 9) | st.text("ab-._", max_size=4) | st.sampled_from([HASH, HEX, COMMIT, "a", "b", "1.0"])
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", *keys]), inner, max_size=5),
        max_leaves=14,
    )
