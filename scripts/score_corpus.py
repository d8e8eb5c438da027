"""Score the verdicts on start-up hooks against a labelled corpus, one JSON object a line.

    python scripts/score_corpus.py CASES.jsonl [-v]

Each case is written into an empty environment, collected and judged as `sbomgate scan` does it. Bars: every malicious case
is a finding of `high` or more (`medium` where a reviewer gave `medium`), no benign case is `high` or more, and the executed
lines and added paths are those that CPython gives. Exit status 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sbomgate.collectors.environment import hooks, pth
from sbomgate.model import Inventory, Severity, StartupHook, Target
from sbomgate.policy import Context
from sbomgate.rules import all_rules
from sbomgate.tree import FolderTree

SITE = "lib/python3.13/site-packages"
LEVELS = [*reversed(Severity)]
NOTHING = "nothing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cases", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="show every verdict")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in arguments.cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    missed: list[str] = []
    recall: Counter[tuple[str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    alarms: Counter[tuple[str, str]] = Counter()
    silent: Counter[str] = Counter()
    parsed = 0
    parseable = 0
    started = time.perf_counter()
    for case in cases:
        found, severity = judge(case)
        label = f"{case['id']} {case['filename']} ({case['technique']})"
        verdicts = ", ".join(f"{hook.verdict}: {hook.reason[:140]}" for hook in found) or "no hook"
        if arguments.verbose:
            print(f"{case['label']:9} {case['severity']:8} -> {severity:8} {label}\n            {verdicts}")
        if case["label"] == "malicious":
            bar = "medium" if case["severity"] == "medium" else "high"
            for key in (("family", case["family"]), ("severity", case["severity"]), ("all", case["score"])):
                totals[key] += 1
                recall[key] += rank(severity) >= rank(bar)
            if rank(severity) < rank(bar):
                missed.append(f"missed: {label}: {severity} instead of {case['severity']}; {verdicts}")
        else:
            totals["provenance", case["provenance"]] += 1
            alarms["provenance", case["provenance"]] += rank(severity) >= rank("high")
            silent[severity] += 1
            if rank(severity) >= rank("high"):
                missed.append(f"false alarm: {label}: {severity}; {verdicts}")
        if case["kind"] in ("pth", "start"):
            parseable += 1
            if difference := parse_difference(case):
                missed.append(f"parsed otherwise: {label}: {difference}")
            else:
                parsed += 1
    seconds = time.perf_counter() - started
    print(f"{len(cases)} cases in {seconds:.1f} s")
    for key in sorted(totals):
        if key[0] == "provenance":
            print(f"  benign, {key[1]:20} {alarms[key]:3} of {totals[key]:3} at high or more")
        else:
            print(f"  malicious, {key[0]:8} {key[1]:18} {recall[key]:3} of {totals[key]:3} found")
    print(f"  benign: {', '.join(f'{count} {level}' for level, count in silent.most_common())}")
    print(f"  parsed as CPython does: {parsed} of {parseable}")
    for line in missed:
        print(line)
    return 1 if missed else 0


def judge(case: dict[str, Any]) -> tuple[list[StartupHook], str]:
    """The hooks of the case, and the gravest severity of a finding about them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        site = root / SITE
        site.mkdir(parents=True)
        location = case["location"]
        place = {"environment root": root, "site-packages": site, "stdlib directory": site}.get(location, site / location)
        write(place / case["filename"], base64.b64decode(case["content_b64"]), case.get("symlink"))
        for extra in case.get("aux_files", ()):
            write(site / extra["path"], base64.b64decode(extra.get("content_b64", "")), extra.get("symlink_to"))
        python = (3, 15) if case["kind"] == "start" else (3, 13)
        tree = FolderTree(folder)
        found: list[Any] = []
        if case["kind"] in ("pyvenv.cfg", "pth_underscore"):
            found.extend(hooks.collect_pyvenv(tree, ""))
        else:
            found.extend(hooks.collect_hooks(tree, SITE, python=python, owners=owners(site)))
            nested = (
                location not in ("site-packages", "environment root", "stdlib directory")
                and not location.endswith(".dist-info")
                and location != "dist-info"
            )
            if nested:
                found.extend(hooks.collect_hooks(tree, f"{SITE}/{location}", python=python, owners=owners(site)))
        kept = tuple(item for item in found if isinstance(item, StartupHook))
        context = Context(Inventory(target=Target(folder), hooks=kept))
        findings = [finding for rule in all_rules() if rule.id.startswith("SG1") for finding in rule.check(context)]
        mine = [finding for finding in findings if finding.location.path.endswith(case["filename"].rpartition("/")[2])] or findings
        return list(kept), min((finding.severity for finding in mine), key=lambda severity: severity.rank, default=NOTHING)


def owners(site: Path) -> dict[str, str]:
    """What the RECORD files of the case say."""
    table = {}
    for record in site.glob("*.dist-info/RECORD"):
        name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
        for line in record.read_text(encoding="utf-8").splitlines():
            table[f"{SITE}/{line.partition(',')[0]}"] = f"pkg:pypi/{name.replace('_', '-')}@{version}"
    return table


def write(path: Path, content: bytes, link: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if link:
        path.symlink_to(link)
    else:
        path.write_bytes(content)


def parse_difference(case: dict[str, Any]) -> str:
    """How our reading differs from the expected one; empty if it does not."""
    content = base64.b64decode(case["content_b64"])
    if case["kind"] == "start":
        lines = [line.text for line in pth.parse_start(content).executes]
        return "" if lines == case["expected_exec_lines"] else f"entry points {lines} instead of {case['expected_exec_lines']}"
    expected = {"3.13": case, **(case.get("expected_by_version") or {})}
    for version in ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13"):
        wanted = expected.get(version, expected["3.13"])
        reading = pth.parse_pth(content, (3, int(version.partition(".")[2])))
        lines = [line.text.rstrip("\r\n") for line in reading.executes]
        paths = [shown(line.text) for line in reading.paths]
        if [line.rstrip() for line in lines] != [line.rstrip() for line in wanted["expected_exec_lines"]]:
            return f"{version}: executes {lines} instead of {wanted['expected_exec_lines']}"
        if paths != wanted["expected_paths"]:
            return f"{version}: adds {paths} instead of {wanted['expected_paths']}"
    return ""


def shown(path: str) -> str:
    """A path line as the corpus writes it: relative ones below `{SITE}`, as text."""
    return path if path.startswith("/") else "{SITE}/" + path.removeprefix("./")


def rank(severity: str) -> int:
    return -1 if severity == NOTHING else LEVELS.index(Severity(severity))


if __name__ == "__main__":
    sys.exit(main())
