"""What is being read, told while it goes on."""

from __future__ import annotations

import sys
from typing import Self

import click

from sbomgate.text import printable


class Progress:
    """What is being read, on one line of stderr that is erased at the end, if that is a terminal; line by line with -v."""

    def __init__(self, quiet: bool, verbose: bool) -> None:
        self.verbose = verbose and not quiet
        self.active = not quiet and not verbose and sys.stderr.isatty()
        self.shown = False

    def __call__(self, what: str, verb: str = "reading") -> None:
        if self.verbose:
            if verb != "downloaded":  # counts that change all the time
                click.echo(f"{verb} {printable(what)}", err=True)
        elif self.active:
            sys.stderr.write(f"\r\x1b[K{verb} {printable(what, 70)}")
            sys.stderr.flush()
            self.shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
