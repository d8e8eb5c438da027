#!/usr/bin/env python3
"""Propose an updated allowlists/known-bad.toml from an OSV export.

    scripts/refresh_known_bad.py PyPI.zip npm.zip              tell what would change
    scripts/refresh_known_bad.py malicious-packages --write    change it; a person reads the diff

Taken are the malicious records of packages on `agent-packages.toml` and `mcp-servers.toml`, and of those that are in the file already. What people
wrote stays: comments, words, sources, order. An entry that is there gets the ids and versions that it lacks; a new one gets the words of its record,
and is to be read and reworded before it is committed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sbomgate.advisories.importing import import_records  # noqa: E402
from sbomgate.advisories.matching import covers_everything, unpacked  # noqa: E402
from sbomgate.advisories.store import Store  # noqa: E402
from sbomgate.data import agent_names  # noqa: E402

LIST = ROOT / "allowlists" / "known-bad.toml"
_BLOCK = re.compile(r'\[\[release\]\]\necosystem = "(\w+)"\nname = "([^"]+)"\n(?:(?!\n\n).)*\n?', re.DOTALL)
_KEPT = re.compile(r"(?:MAL|GHSA|PYSEC|CVE)-")


class Told(NamedTuple):
    """What an export says of one package."""

    versions: tuple[str, ...]
    """`*` alone: every one."""
    ids: tuple[str, ...]
    summary: str
    reported: str


def told(paths: Iterable[str], wanted: Any) -> dict[tuple[str, str], Told]:
    """(ecosystem, name) → what the malicious records at `paths` say of it, for the packages that are `wanted`."""
    found: dict[tuple[str, str], Told] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/store.sqlite"
        for problem in import_records(list(paths), path).problems:
            print(f"problem: {problem.path}: {problem.what}", file=sys.stderr)
        with Store(path) as store:
            names = {(ecosystem, name) for ecosystem, name, _ in store.names(malicious=True) if wanted(ecosystem, name)}
            for key, rows in store.affecting(sorted(names)).items():
                for row, detail in ((row, store.details([row.advisory])[row.advisory]) for row in rows):
                    if not detail.malicious:
                        continue
                    versions = ("*",) if covers_everything(unpacked(row.ranges)) else tuple(filter(None, row.versions.split("\n")))
                    ids = tuple(one for one in (row.advisory, *detail.fields.get("aliases", ())) if _KEPT.match(one))
                    summary = str(detail.fields.get("summary", "")).rstrip(".") + "."
                    one = Told(versions, ids, summary, str(detail.fields.get("published") or detail.modified)[:10])
                    if known := found.get(key):
                        every = {*known.versions, *versions}
                        one = Told(
                            ("*",) if "*" in every else tuple(every), (*known.ids, *ids), known.summary, min(known.reported, one.reported)
                        )
                    found[key] = one
    return found


def updated(text: str, news: dict[tuple[str, str], Told]) -> tuple[str, list[str]]:
    """The file `text` with `news`, and what changed, a line each."""
    changes: list[str] = []
    known = {(row["ecosystem"], row["name"]): row for row in tomllib.loads(text)["release"]}

    def renewed(match: re.Match[str]) -> str:
        key = (match[1], match[2])
        new = news.get(key)
        if new is None:
            return match[0]
        row = known[key]
        ids = sorted({*row["advisories"], *new.ids})
        # a person may have seen that every release is bad, or that one that a record names is not: `*` is never made narrower
        versions = (
            row["versions"]
            if "*" in row["versions"]
            else ["*"]
            if "*" in new.versions
            else sorted({*row["versions"], *new.versions}, key=_order)
        )
        block = match[0]
        for name, old, values in (("advisories", row["advisories"], ids), ("versions", row["versions"], versions)):
            if old != values:
                changes.append(f"{key[0]} {key[1]}: {name} {_array(old)} -> {_array(values)}")
                block = re.sub(
                    rf"^{name} = .*$", lambda _, name=name, values=values: f"{name} = {_array(values)}", block, count=1, flags=re.MULTILINE
                )
        return block

    text = _BLOCK.sub(renewed, text)
    for key in sorted(news.keys() - known.keys()):
        new = news[key]
        if not new.versions:
            continue  # a range with two ends: its versions are for a person to find
        block = (
            f'[[release]]\necosystem = "{key[0]}"\nname = "{key[1]}"\nversions = {_array(sorted(new.versions, key=_order))}\n'
            f"advisories = {_array(sorted({*new.ids}))}\nreported = {dt.date.fromisoformat(new.reported)}\n"
            f"summary = {_string(new.summary)}\nsources = {_array(sorted({*new.ids}))}\n\n"
        )
        later = next((match.start() for match in _BLOCK.finditer(text) if (match[1], match[2]) > key), text.index("[[file]]"))
        text = text[:later] + block + text[later:]
        changes.append(f"{key[0]} {key[1]}: new, {_array(sorted(new.versions, key=_order))}")
    return text, changes


def _order(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"[.+-]", version)]


def _array(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_string, values))}]"


def _string(text: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text).replace("\\", "/").strip()
    return f"'{plain}'" if '"' in plain and "'" not in plain else '"' + plain.replace('"', "'") + '"'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", help="exports, checkouts, single records")
    parser.add_argument("--write", action="store_true", help="change the file")
    parser.add_argument("--list", type=Path, default=LIST, help=argparse.SUPPRESS)
    options = parser.parse_args()
    text = options.list.read_text("utf-8")
    literal, patterns = agent_names()
    listed = {(row["ecosystem"], row["name"]) for row in tomllib.loads(text)["release"]}

    def wanted(ecosystem: str, name: str) -> bool:
        pairs = ((one, pattern) for one, pattern in patterns if one == ecosystem)
        return (ecosystem, name) in literal or (ecosystem, name) in listed or any(fnmatchcase(name, pattern) for _, pattern in pairs)

    text, changes = updated(text, told(options.paths, wanted))
    print("\n".join(changes) or "nothing new")
    if options.write and changes:
        options.list.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
