"""What a lockfile itself says of a release that its publisher has withdrawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import scan_files

from sbomgate.collectors.lockfiles import integrity
from sbomgate.rules import sg604_withdrawn_or_yanked_release as rule

SUM = "sha512-" + "A" * 86 + "=="


def package_lock(stated: Any) -> dict[str, str | bytes]:
    row = {"version": "1.0.0", "resolved": "https://registry.example/a/-/a-1.0.0.tgz", "integrity": SUM, "deprecated": stated}
    return {"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {"": {"name": "app"}, "node_modules/a": row}})}


def pnpm_lock(stated: Any) -> dict[str, str | bytes]:
    return {
        "pnpm-lock.yaml": f"lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: 1.0.0\n        version: 1.0.0\n"
        f"packages:\n  a@1.0.0:\n    resolution: {{integrity: {SUM}}}\n    deprecated: {json.dumps(stated)}\nsnapshots:\n  a@1.0.0: {{}}\n"
    }


@pytest.mark.parametrize("lock", [package_lock, pnpm_lock])
@pytest.mark.parametrize(("stated", "words"), [("use  b\ninstead", ": use b instead"), (True, ""), ("x" * 5000, ": " + "x" * 100)])
def test_what_is_deprecated_is_said(tmp_path: Path, lock: Any, stated: Any, words: str) -> None:
    report = scan_files(tmp_path, lock(stated))
    (finding,) = [finding for finding in report.findings if finding.rule == "SG604"]
    assert finding.message.startswith(f"a 1.0.0 is withdrawn from use by its publisher{words}")
    assert len(finding.message) < 400
    assert (finding.severity, finding.subject) == ("info", "pkg:npm/a@1.0.0")
    assert not report.problems


@pytest.mark.parametrize("lock", [package_lock, pnpm_lock])
@pytest.mark.parametrize("stated", ["", " ", False, None])
def test_what_says_nothing_is_not_deprecated(tmp_path: Path, lock: Any, stated: Any) -> None:
    assert "SG604" not in {finding.rule for finding in scan_files(tmp_path, lock(stated)).findings}


def test_the_rule_and_the_collectors_mean_the_same_property() -> None:
    assert rule._DEPRECATED == integrity.DEPRECATED
