"""What the tests of npm's other lockfiles share: reading a text, and the packages of a tool's own listing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from sbomgate.model import Component, Origin, Problem, Setting
from sbomgate.tree import MemoryTree, SourceFile

Collect = Callable[[SourceFile], Iterator[Any]]


def sri(text: str, alg: str = "sha512") -> str:
    return f"{alg}-{base64.b64encode(hashlib.new(alg, text.encode()).digest()).decode()}"


class Found:
    """What a collector gives for a text."""

    def __init__(self, collect: Collect, path: str, text: str | bytes, **others: str) -> None:
        content = text.encode() if isinstance(text, str) else text
        files = {**{name: other.encode() for name, other in others.items()}, path: content}
        self.nouns = list(collect(SourceFile(MemoryTree(files), path)))
        packages = [noun for noun in self.nouns if isinstance(noun, Component)]
        assert len({package.purl for package in packages}) == len(packages)
        self.all = {package.purl: package for package in packages}
        self.packages = {
            purl.removeprefix("pkg:npm/"): package for purl, package in self.all.items() if package.origin is not Origin.PROJECT
        }
        self.projects = {purl.removeprefix("pkg:npm/"): package for purl, package in self.all.items() if package.origin is Origin.PROJECT}
        self.problems = [(noun.where, noun.what) for noun in self.nouns if isinstance(noun, Problem)]
        self.settings = [(noun.kind, noun.value) for noun in self.nouns if isinstance(noun, Setting)]

    def needs(self, purl: str) -> list[str]:
        return [need.removeprefix("pkg:npm/") for need in self.all[f"pkg:npm/{purl}"].dependencies]


def labels(components: Any) -> set[str]:
    return {f"{component.name}@{component.version}" for component in components}
