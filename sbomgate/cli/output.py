"""Where results and talk go: stdout, stderr, files, the exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from sbomgate.cli.inputs import own_notes_of
from sbomgate.cli.options import FORMATS
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sbomgate.model import Report


def deliver(
    report: Report, format_: str, files: list[tuple[str, str]], *, no_color: bool, quiet: bool, explain_hooks: bool = False
) -> None:
    """Write and print `report`, and leave with its exit code."""
    from dataclasses import replace

    from sbomgate.reporters import render

    report = replace(report, inventories=tuple(replace(item, notes=(*item.notes, *own_notes_of(item))) for item in report.inventories))
    color, width = terminal(no_color=no_color)
    options: dict[str, dict[str, Any]] = {}
    for name, path in sorted(files, key=lambda one: one[0] == "vdr"):  # what it links to is written before it
        if name == "cyclonedx":
            write(path, _next_issue(report, path))
            if "vdr" in (format_, *(other for other, _ in files)):
                options["vdr"] = {"bom": _issue_at(path)}
        else:
            write(path, render(name, report, **options.get(name, {})))
    text = render(format_, report, color=color, width=width, **options.get(format_, {}))
    if explain_hooks:
        from sbomgate.reporters.hooks_story import tell

        text = tell(report, color=color, width=width) + text
    show(text)
    if not quiet and format_ != "table":
        tell_problems(report.problems)
    leave(report.exit_code)


def _next_issue(report: Report, path: str) -> Iterable[str]:
    """The CycloneDX document that follows the one at `path`."""
    from sbomgate.reporters import cyclonedx

    return cyclonedx.issued(report.inventories, cyclonedx.Making(parties=report.parties), cyclonedx.previous_at(path))


def _issue_at(path: str) -> Any:
    """Which issue the CycloneDX document is that was written to `path`; None for what is no file, or has no serial number."""
    from sbomgate.reporters.cyclonedx import previous_at

    written = previous_at(path)
    return written.issue if written is not None else None


def output_files(outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    files = []
    for output in outputs:
        name, equals, path = output.partition("=")
        if not equals or not path or name not in FORMATS:
            raise UsageError(f"--output {output!r} is not FORMAT=FILE", fix=f"FORMAT is one of {', '.join(FORMATS)}")
        files.append((name, path))
    return files


def tell_problems(problems: Any) -> None:
    from sbomgate.reporters.escapes import clean, inert

    for problem in problems:
        place = ": ".join(part for part in (problem.path, problem.where) if part)
        fix = f" (fix: {problem.fix})" if problem.fix else ""
        click.echo(inert(clean(f"problem: {place}: {problem.what}{fix}")), err=True)


def show(text: str | Iterable[str]) -> None:
    """`text`, whole or in pieces, to stdout as UTF-8, whatever the locale says: an encoding error must not lose a report."""
    stream = sys.stdout
    try:
        stream.buffer.writelines(_encoded(text))
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write(path: str, text: str | Iterable[str]) -> None:
    """`text`, whole or in pieces, to the file at `path`, all of it or nothing; a device, a pipe or a link is written to, never replaced."""
    in_place = os.path.lexists(path) and not (os.path.isfile(path) and not os.path.islink(path))
    scratch = path if in_place else f"{path}.{os.getpid()}.tmp"
    try:
        with open(scratch, "wb") as handle:
            handle.writelines(_encoded(text))
        if scratch != path:
            os.replace(scratch, path)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", path) from error
    finally:
        if scratch != path and os.path.exists(scratch):
            os.unlink(scratch)


def _encoded(text: str | Iterable[str]) -> Iterator[bytes]:
    for piece in (text,) if isinstance(text, str) else text:
        yield piece.encode("utf-8", "backslashreplace")


def terminal(*, no_color: bool) -> tuple[bool, int]:
    """(whether stdout takes colours, its columns)."""
    return not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty(), _width()


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    try:
        width = int(columns) if columns.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # no terminal
        width = 100
    return max(60, min(width, 140))


def leave(code: int) -> None:
    click.get_current_context().exit(code)
