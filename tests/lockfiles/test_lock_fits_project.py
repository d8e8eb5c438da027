"""Whether package.json and the lockfile that governs it say the same: what the rule tells, and all that it must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import DATA, scan_files

from sbomgate import scan
from sbomgate.model import Severity

from .test_package_lock import lock, row

REAL = sorted(
    path
    for name in ("package-lock", "pnpm-lock", "yarn-lock", "bun-lock", "deno-lock", "package-json", "uv-lock", "poetry-lock", "pdm-lock")
    for path in (DATA / "collectors" / name).glob("*/input")
    if "hostile" not in path.parts[-2] and path.parts[-2] != "pdm-2"  # that PDM knows no [dependency-groups], so its lock lacks them
)


@pytest.mark.parametrize("folder", REAL, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_what_a_tool_wrote_fits(folder: Path) -> None:
    found = [item for item in scan(str(folder)).findings if item.rule == "SG330"]
    assert [(item.location, item.message) for item in found] == []


def told(tmp_path: Path, manifest: dict[str, Any], packages: dict[str, Any], folder: str = "") -> list[tuple[Severity, str]]:
    root = {"name": "app", "version": "1.0.0", "workspaces": ["packages/*"]}
    files: dict[str, str | bytes] = {
        "package.json": json.dumps({**root, **({} if folder else manifest)}),
        "package-lock.json": json.dumps(lock({"": root, **packages})),
    }
    if folder:
        files[f"{folder}/package.json"] = json.dumps({"name": "inner", "version": "1.0.0", **manifest})
    return [(item.severity, item.message) for item in scan_files(tmp_path, files).findings if item.rule == "SG330"]


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"dependencies": {"a": "^1.0.0"}}, []),
        ({"dependencies": {"a": "^2.0.0"}}, [(Severity.MEDIUM, "package-lock.json holds a@1.0.0, which a ^2.0.0 does not allow")]),
        ({"devDependencies": {"openai": "~2"}}, [(Severity.HIGH, "package-lock.json holds openai@1.0.0, which openai ~2 does not allow")]),
        ({"dependencies": {"b": "^1.0.0"}}, [(Severity.MEDIUM, "b is not in package-lock.json")]),
        ({"dependencies": {"b": "1", "@s/c": "1"}}, [(Severity.MEDIUM, "2 dependencies are not in package-lock.json: @s/c, b")]),
        ({"dependencies": {"b": "latest"}}, [(Severity.MEDIUM, "b is not in package-lock.json")]),
        ({"dependencies": {"x": "npm:a@^1.0.0"}}, []),
        ({"dependencies": {"x": "npm:a@^2.0.0"}}, [(Severity.MEDIUM, "package-lock.json holds a@1.0.0, which a ^2.0.0 does not allow")]),
        ({"dependencies": {"twice": "^2.0.0"}}, []),
        ({"dependencies": {"pre": "^2.0.0"}}, []),
        ({"dependencies": {"a": "^2.0.0"}, "overrides": {"a": "1.0.0"}}, []),
        ({"dependencies": {"a": "^2.0.0"}, "overrides": {"z": {"a": "1.0.0"}}}, []),
        ({"dependencies": {"a": "^2.0.0"}, "resolutions": {"z/**/a": "1.0.0"}}, []),
        ({"dependencies": {"a": "^2.0.0"}, "pnpm": {"overrides": {"z@1>a@^2": "1.0.0"}}}, []),
        ({"dependencies": {"a": "^2.0.0"}, "overrides": {"@s/a": "1.0.0"}}, [(Severity.MEDIUM, "package-lock.json holds a@1.0.0, which a ^2.0.0 does not allow")]),
        ({"peerDependencies": {"b": "^1"}, "optionalDependencies": {"c": "^1"}}, []),
        ({"dependencies": {"a": "workspace:^2"}}, []),
        ({"dependencies": {"a": "catalog:"}}, []),
        ({"dependencies": {"a": "latest"}}, []),
        ({"dependencies": {"gone": "github:acme/gone", "g": "git+https://git.example/g.git", "f": "file:../f", "u": "https://f.example/u.tgz"}}, []),
        ({"dependencies": {"from-git": "^9"}}, []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("folder", ["", "packages/inner"])
def test_a_project_and_its_lock(tmp_path: Path, folder: str, manifest: dict[str, Any], expected: list[tuple[Severity, str]]) -> None:
    packages = {
        "node_modules/a": row("a"),
        "node_modules/openai": row("openai"),
        "node_modules/twice": row("twice"),
        "node_modules/a/node_modules/twice": row("twice", "2.1.0"),
        "node_modules/pre": row("pre", "2.1.0-beta.1"),
        "node_modules/from-git": row("from-git", resolved="git+https://git.example/x.git#" + "a" * 40, integrity=None),
        "node_modules/inner": {"resolved": "packages/inner", "link": True},
        "packages/inner": {"name": "inner", "version": "1.0.0"},
    }
    assert told(tmp_path, manifest, packages, folder) == expected


def test_a_lock_above_that_does_not_know_the_project_is_not_its_lock(tmp_path: Path) -> None:
    assert told(tmp_path, {"dependencies": {"b": "^1.0.0"}}, {"node_modules/a": row("a")}, "packages/inner") == []
