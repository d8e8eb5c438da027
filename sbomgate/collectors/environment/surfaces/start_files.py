"""`.start` files, the entry points that Python 3.15 calls at every start. Source: PEP 829."""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    MAX_PTH,
    Case,
    read_case,
)
from sbomgate.collectors.environment.surfaces.judging import imitation, make_reader, take
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.model import Problem, StartupHook


def read_start(site: Site, name: str) -> Iterator[StartupHook | Problem | str]:
    case = read_case(site, name, "start", MAX_PTH)
    if not isinstance(case, Case):
        yield case
        return
    if not pth.is_read(name, site.python):
        yield case.finish((), (), harmless="read by Python 3.15 and newer only")
        return
    reading = pth.parse_start(case.data)
    if reading.undecodable:
        case.note("unreadable", "not UTF-8: no version of Python reads it as it stands")
    from sbomgate.collectors.environment import paths, templates

    template = templates.match_lines(name, "start", [line.text for line in reading.executes]) if reading.executes else None
    reader = make_reader(case, [], template)
    for line in reading.executes:
        if odd := paths.odd_characters(line.text):
            case.note("hiding", f"{odd}: {line.text}", line.number)
        module, attribute = pth.split_entry_point(line.text)
        reader.call_entry(module, attribute, case.path, line.number)
    take(case, reader, template)
    if template is None and reading.executes:
        imitation(case, "start")
    yield case.finish(reading.executes, (), good=f"{template.name}: {template.reason}" if template is not None else "")
