"""The settings of package tools: what is read of them, what is never kept, and what the rules make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import DATA, scan_files

from sbomgate import collect
from sbomgate.model import Severity

from .test_package_lock import lock, row

REGISTRY, SCOPE = "https://packages.example/npm", "@acme https://internal.example/npm"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("npmrc/settings/input/.npmrc", [
            ("registry", f"{REGISTRY}/", 2), ("credentials", "user and password (19 characters)", 3),
            ("scope-registry", "@acme https://***@internal.example/npm/", 3), ("token", "_authToken (16 characters)", 4),
            ("token", "_auth (20 characters)", 7), ("ignore-scripts", "true", 8), ("strict-ssl", "false", 9),
        ]),
        ("yarnrc/settings/input/.yarnrc.yml", [
            ("ignore-scripts", "true", 1), ("strict-ssl", "false", 2), ("registry", REGISTRY, 4), ("token", "npmAuthToken (16 characters)", 5),
            ("scope-registry", SCOPE, 7), ("token", "npmAuthIdent (25 characters)", 12),
        ]),
        ("yarnrc/classic/input/.yarnrc", [
            ("registry", f"{REGISTRY}/", 2), ("scope-registry", f"{SCOPE}/", 3), ("strict-ssl", "false", 4), ("ignore-scripts", "true", 5),
            ("yarn-path", ".yarn/releases/yarn.cjs", 6),
        ]),
        ("bunfig/settings/input/bunfig.toml", [
            ("registry", f"{REGISTRY}/", 4), ("token", "token (16 characters)", 4), ("ignore-scripts", "true", 5), ("scope-registry", f"{SCOPE}/", 8),
            ("scope-registry", "@other https://other.example/npm/", 9),
        ]),
        ("pnpm-workspace/settings/input/pnpm-workspace.yaml", [
            ("registry", f"{REGISTRY}/", 5), ("scope-registry", f"{SCOPE}/", 6), ("trusted-scripts", "esbuild", 9),
            ("trusted-scripts", "sharp", 12), ("strict-ssl", "false", 15),
        ]),
        ("pip-conf/settings/input/pip.conf", [
            ("credentials", "user and password (19 characters)", 3), ("index-url", "https://***@packages.example/simple", 3),
            ("extra-index-url", "https://other.example/simple", 5), ("extra-index-url", "https://***@third.example/simple", 6),
            ("trusted-host", "other.example", 7), ("find-links", "https://files.example/wheels", 11),
        ]),
        ("uv-toml/settings/input/uv.toml", [
            ("index-strategy", "unsafe-best-match", 1), ("trusted-host", "packages.example", 2), ("index-url", "https://packages.example/simple", 6),
            ("credentials", "user and password (19 characters)", 10), ("extra-index-url", "https://***@other.example/simple", 10),
            ("index-url", "https://third.example/simple", 13),
        ]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_settings_of_each_tool(file: str, expected: list[tuple[str, str, int]]) -> None:
    inventory = collect(str(DATA / "collectors" / file))
    assert [(setting.kind, setting.value, setting.location.line) for setting in inventory.settings] == expected
    assert not inventory.problems
    assert "not-a-real" not in repr(inventory)


def told(tmp_path: Path, rule: str, files: dict[str, str | bytes], packages: dict[str, Any] | None = None) -> list[tuple[Severity, str]]:
    if packages is not None:
        files["package-lock.json"] = json.dumps(lock(packages))
    return [(item.severity, item.message) for item in scan_files(tmp_path, files).findings if item.rule == rule]


def from_host(host: str, *names: str, folder: str = "") -> dict[str, Any]:
    return {
        f"node_modules/{name}": row(name, resolved=f"https://{host}/{folder}{name}/-/{name.rpartition('/')[2]}-1.0.0.tgz") for name in names
    }


HALF = from_host("one.example", "a", "b", "c", "d") | from_host("two.example", "e", "f", "g", "openai")


@pytest.mark.parametrize(
    ("files", "packages", "expected"),
    [
        ({}, HALF, []),
        ({".npmrc": "registry=https://one.example/\n"}, HALF, [(Severity.HIGH, "4 of 8 packages come from two.example, which no setting of the project names: e, f, g, openai")]),
        ({".npmrc": "registry=https://one.example/\n"}, HALF | from_host("one.example", *(f"p{i}" for i in range(20))),
         [(Severity.HIGH, "4 of 28 packages come from two.example, which no setting of the project names: e, f, g, openai")]),
        ({".npmrc": "registry=https://two.example/\n"}, HALF | from_host("one.example", *(f"p{i}" for i in range(20))), []),
        ({".npmrc": "registry=https://${HOST}/\n"}, HALF, []),
        ({"elsewhere/.npmrc": "registry=https://one.example/\n"}, HALF, []),
        ({"sbomgate.toml": 'registries = ["https://one.example", "https://two.example"]'}, HALF, []),
        ({"sbomgate.toml": 'registries = ["https://one.example/npm"]'}, from_host("one.example", "a", folder="npm/"), []),
        ({"sbomgate.toml": 'registries = ["https://one.example/npm"]'}, from_host("one.example", "a", folder="npm2/"),
         [(Severity.MEDIUM, "1 of 1 packages come from one.example, not from a registry of the policy: a")]),
        ({"sbomgate.toml": 'registries = ["https://one.example"]'}, from_host("one.example.evil.example", "openai"),
         [(Severity.HIGH, "1 of 1 packages come from one.example.evil.example, not from a registry of the policy: openai")]),
        ({".npmrc": "@acme:registry=https://two.example/\n"}, from_host("one.example", "a", "b", "c", "d", "e", "f") | from_host("two.example", "@acme/x"), []),
        ({".npmrc": "@acme:registry=https://two.example/\n"}, from_host("one.example", "a", "b", "c", "d", "e", "f") | from_host("two.example", "x"),
         [(Severity.MEDIUM, "1 of 7 packages come from two.example, the others from one.example: x")]),
    ],
)  # fmt: skip
def test_which_host_is_right_is_read(
    tmp_path: Path, files: dict[str, str | bytes], packages: dict[str, Any], expected: list[tuple[Severity, str]]
) -> None:
    assert told(tmp_path, "SG320", dict(files), packages) == expected


UV = """version = 1
[[package]]
name = "{name}"
version = "1.0"
source = {{ registry = "{index}" }}
sdist = {{ url = "https://files.example/{name}-1.0.tar.gz", hash = "sha256:{digest}" }}
"""
SOURCES = """[project]
name = "app"
version = "1.0"
dependencies = ["billing"]
[tool.uv.sources]
billing = {{ index = "internal" }}
[[tool.uv.index]]
name = "internal"
url = "{url}"
explicit = true
"""


@pytest.mark.parametrize(
    ("index", "url", "count"),
    [
        ("https://packages.example/simple", "https://packages.example/simple/", 0),
        ("https://packages.example/simple", "https://build:${TOKEN}@packages.example/simple", 0),
        ("https://packages.example/public/simple", "https://packages.example/simple", 1),
        ("https://index.example/simple", "https://packages.example/simple", 1),
    ],
)
def test_a_package_from_another_index_than_its_own(tmp_path: Path, index: str, url: str, count: int) -> None:
    files: dict[str, str | bytes] = {
        "pyproject.toml": SOURCES.format(url=url),
        "uv.lock": UV.format(name="billing", index=index, digest="a" * 64),
    }
    assert len(told(tmp_path, "SG334", files)) == count


@pytest.mark.parametrize(("host", "count"), [("two.example", 0), ("one.example", 1)])
def test_a_scope_from_another_registry_than_its_own(tmp_path: Path, host: str, count: int) -> None:
    files: dict[str, str | bytes] = {".npmrc": "@acme:registry=https://two.example/npm/\n"}
    assert len(told(tmp_path, "SG334", files, from_host(host, "@acme/x") | from_host("one.example", "a", "@other/x"))) == count


SCRIPTED = {f"node_modules/{name}": row(name, hasInstallScript=True) for name in ("esbuild", "@acme/native", "openai")}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, [(Severity.MEDIUM, "openai@1.0.0 runs a script when it is installed"), (Severity.LOW, "2 packages run a script when they are installed: @acme/native, esbuild")]),
        ({"sbomgate.toml": 'install-scripts = ["pkg:npm/esbuild", "pkg:npm/@acme/*", "pkg:npm/openai"]'}, []),
        ({"package.json": json.dumps({"trustedDependencies": ["esbuild"], "pnpm": {"onlyBuiltDependencies": ["@acme/native"]}, "allowScripts": {"openai@1.0.0": True}})},
         [(Severity.INFO, "2 packages run a script when they are installed, as the project allows it: @acme/native, esbuild"),
          (Severity.INFO, "openai@1.0.0 runs a script when it is installed, as the project allows it")]),
        ({"package.json": json.dumps({"allowScripts": {"openai@0.9.0": True, "esbuild": False}})},
         [(Severity.MEDIUM, "openai@1.0.0 runs a script when it is installed"), (Severity.LOW, "2 packages run a script when they are installed: @acme/native, esbuild")]),
        ({".npmrc": "ignore-scripts=true\n"},
         [(Severity.INFO, "2 packages have a script for their installation, which ignore-scripts keeps from running: @acme/native, esbuild"),
          (Severity.INFO, "openai@1.0.0 has a script for its installation, which ignore-scripts keeps from running")]),
    ],
)  # fmt: skip
def test_scripts_that_were_decided_about(tmp_path: Path, files: dict[str, str | bytes], expected: list[tuple[Severity, str]]) -> None:
    assert told(tmp_path, "SG120", dict(files), SCRIPTED) == expected


@pytest.mark.parametrize("text", ["_authToken=${NPM_TOKEN}", "//h.example/:_password=", "//h.example/:username=ada", "email=a@h.example"])
def test_what_is_no_token(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, "SG325", {".npmrc": text}) == []


def test_a_registry_without_encryption_or_certificates(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {".npmrc": "@acme:registry=http://packages.example/\nstrict-ssl=false\n"}
    assert len(told(tmp_path, "SG321", files)) == len(told(tmp_path, "SG327", files)) == 1


@pytest.mark.parametrize(
    ("file", "text", "severity"),
    [
        (".npmrc", "node-options=--max-old-space-size=4096", None),
        (".npmrc", "node-options=--max-old-space-size=4096 -r ./x.js", Severity.HIGH),
        (".npmrc", 'NODE-OPTIONS="--require=/tmp/x.js"', Severity.HIGH),
        (".npmrc", "node-options=--import data:text/javascript,1", Severity.HIGH),
        (".npmrc", "node-options=--experimental-loader ./x.mjs", Severity.HIGH),
        (".npmrc", "node-options=--no-warnings --loader=ts-node/esm", Severity.HIGH),
        (".npmrc", "script-shell=bash", None),
        (".npmrc", "script-shell=/usr/bin/env bash", None),
        (".npmrc", "script-shell=C:\\Program Files\\git\\bin\\bash.exe", None),
        (".npmrc", "script-shell=./tools/sh", Severity.HIGH),
        (".npmrc", "script-shell=xonsh", Severity.MEDIUM),
        (".npmrc", "onload-script=./x.js", Severity.HIGH),
        (".npmrc", "fund=false", None),
        (".yarnrc", "yarn-path .yarn/releases/yarn-1.22.19.cjs", None),
        (".yarnrc", "yarn-path ./bin/yarn.js", Severity.MEDIUM),
        (".yarnrc.yml", "yarnPath: .yarn/releases/yarn-4.1.0.cjs", None),
        (".yarnrc.yml", "yarnPath: .yarn/releases/../../x.cjs", Severity.MEDIUM),
        (".yarnrc.yml", "plugins:\n  - path: .yarn/plugins/@yarnpkg/plugin-foreach.cjs\n    spec: '@yarnpkg/plugin-foreach'\n", None),
        (".yarnrc.yml", "plugins:\n  - ./tools/plugin.cjs\n", Severity.MEDIUM),
        ("pnpm-workspace.yaml", "nodeOptions: --require ./x.js\n", Severity.HIGH),
        ("pnpm-workspace.yaml", "pnpmfile: other.cjs\n", Severity.MEDIUM),
        ("pnpm-workspace.yaml", "nodeOptions: [1]\n", None),
    ],
)
def test_settings_that_load_code(file: str, text: str, severity: Severity | None, tmp_path: Path) -> None:
    findings = [finding for finding in scan_files(tmp_path, {file: text}).findings if finding.rule == "SG125"]
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
