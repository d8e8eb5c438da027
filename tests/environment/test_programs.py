"""A script that starts another interpreter than its neighbours do is told; a moved environment, and the system's Python, are not."""

from __future__ import annotations

import pytest
from support import SITE

from sbomgate.collectors.environment.layout import Layout
from sbomgate.collectors.environment.programs import collect_programs
from sbomgate.tree import MemoryTree

BODY = b"import sys\nfrom demo import main\nsys.exit(main())\n"
LAYOUT = Layout(root="", prefix="", sites=(SITE,), python=(3, 12), windows=False, virtual=True, conda=False, system_sites=False)


def told(*heads: bytes) -> list[str]:
    """What is told of scripts with these first lines, which follow three usual ones."""
    usual = [
        b"#!/build/env/bin/python\n",
        b'#!"/build/env/bin/python3.12"\n',
        b"#!/bin/sh\n'''exec' \"/build/env/bin/python\" \"$0\" \"$@\"\n' '''\n",
    ]
    files = {f"bin/s{number}": head + BODY for number, head in enumerate([*usual, *heads])}
    return [f"{fact.path} {fact.detail}" for fact in collect_programs(MemoryTree(files), LAYOUT)]


def test_all_alike_are_silent_wherever_they_point() -> None:
    assert told() == []


@pytest.mark.parametrize(
    "head",
    [
        b"#!/opt/other/bin/python3\n",
        b"#! /opt/other/bin/python -I\n",
        b'#!"/opt/other/bin/python"\n',
        b"#!/bin/sh\n'''exec' /opt/other/bin/pypy3.10 \"$0\" \"$@\"\n' '''\n",
    ],
)
def test_the_one_that_differs_is_told(head: bytes) -> None:
    assert told(head) == ["bin/s3 /opt/other/bin"]


@pytest.mark.parametrize(
    "head", [b"#!/usr/bin/python3\n", b"#!/usr/bin/env python\n", b"#!/bin/bash\n", b"#!python\n", b"\x7fELF", b"", b"#!" + b"/x" * 5000]
)
def test_what_names_no_other_environment_is_not(head: bytes) -> None:
    assert told(head) == []


def test_without_a_majority_nothing_can_be_said() -> None:
    assert told(*(b"#!/opt/other/bin/python\n",) * 3) == []


def test_a_flood_is_cut() -> None:
    assert len(told(*(b"#!/build/env/bin/python\n",) * 50, *(b"#!/opt/other/bin/python\n",) * 40)) == 20
