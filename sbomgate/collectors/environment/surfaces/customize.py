"""`sitecustomize` and `usercustomize`: module, package, bytecode, or native code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    MAX_MODULE,
    Case,
    read_case,
)
from sbomgate.collectors.environment.surfaces.judging import make_reader, take
from sbomgate.collectors.environment.surfaces.pth_files import read_nested
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.collectors.environment.surfaces.source_text import decode_source, foreign_bytecode, odd_module
from sbomgate.model import Problem, StartupHook

MODULES: Final = ("sitecustomize", "usercustomize")


def read_customize(site: Site, name: str, module: str) -> Iterator[StartupHook | Problem | str]:
    case = read_case(site, name, module, MAX_MODULE)
    if not isinstance(case, Case):
        yield case
        return
    from sbomgate.collectors.environment import templates

    lines: tuple[pth.Line, ...] = (pth.Line(1, ""),)
    digest = hashlib.sha256(case.data).hexdigest()
    if name.endswith(".py") and (stale := foreign_bytecode(site, case.path, case.data)):
        case.note("bytecode", stale)
    if (why := templates.known().digests.get(digest)) is not None:
        yield case.finish(lines, (), good=f"known by its digest: {why}")
        return
    if not name.endswith(".py"):
        native = not name.endswith(".pyc")
        case.note(
            "native-code" if native else "bytecode",
            f"{name}: {'native code' if native else 'bytecode without source'} that runs at every start and cannot be read",
        )
        yield case.finish(lines, ())
        return
    text, problem = decode_source(case.data)
    if problem:
        case.note("hiding" if text is not None else "unreadable", problem)
    if text is not None:
        template = templates.match_module(name.rpartition("/")[2], text)
        if odd := odd_module(text):
            case.note("hiding", odd[1], odd[0])
        if template is not None:
            yield case.finish(lines, (), good=f"{template.name}: {template.reason}")
            return
        first = _first_code(text)
        lines = (first,) if first is not None else ()
        reader = make_reader(case, [])
        reader.read_module(case.path, text, module)
        take(case, reader)
    yield case.finish(lines, ())
    if case.adds_sites:
        yield from read_nested(site)


def _first_code(text: str) -> pth.Line | None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return pth.Line(number, line)
    return None
