"""`.egg-link` files of development installs."""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.collectors.environment import pth
from sbomgate.collectors.environment.surfaces.cases import (
    Case,
    read_case,
)
from sbomgate.collectors.environment.surfaces.site_folder import Site
from sbomgate.model import Problem, StartupHook


def read_egg_link(site: Site, name: str) -> Iterator[StartupHook | Problem | str]:
    """A development install that points to a doubtful place; the others are components, and no hooks."""
    from sbomgate.collectors.environment import paths

    case = read_case(site, name, "egg-link", 2**16)
    if not isinstance(case, Case):
        yield case
        return
    lines = case.data.decode("utf-8", "replace").splitlines()[:2]
    shown = tuple(pth.Line(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())
    for line in shown[:1]:
        found = paths.danger(line.text)
        if found is not None:
            case.note("path" if found.grave else "path-unusual", f"{found.why}: {line.text}", line.number)
    if case.seen:
        yield case.finish((), shown)
