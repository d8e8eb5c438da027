"""What the pinning and provenance rules make of whole files: bundling, the agent graph, clean locks of real tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import DATA, scan_files

from sbomgate import scan
from sbomgate.collectors import COLLECTORS
from sbomgate.collectors.lockfiles import integrity, package_lock
from sbomgate.model import Component, Finding, Location, Origin, Pin, Report, Severity
from sbomgate.rules import _pinning

from .test_package_lock import lock, row

HASH = "--hash=sha256:" + "a" * 64


def findings(report: Report, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == rule]


def scan_lock(tmp_path: Path, packages: dict[str, Any], **more: Any) -> Report:
    return scan_files(tmp_path, {"package-lock.json": json.dumps(lock(packages, **more), indent=2)})


def test_names_that_rules_and_collectors_share_are_the_same() -> None:
    assert _pinning.MALFORMED == integrity.MALFORMED
    assert _pinning.BUNDLED == package_lock.BUNDLED
    assert _pinning.STRONG == integrity.STRONG


@pytest.mark.parametrize(
    "case", ["package-lock/npm-v1", "package-lock/npm-v2", "package-lock/npm-v3", "uv-lock/workspace", "requirements/compiled"]
)
def test_what_a_tool_wrote_has_nothing_to_stop(case: str) -> None:
    report = scan(str(DATA / "collectors" / case / "input"))
    assert not report.problems
    assert [(finding.rule, finding.message) for finding in report.findings if finding.severity.rank <= Severity.MEDIUM.rank] == []


def test_many_lines_of_one_file_are_one_finding(tmp_path: Path) -> None:
    lines = "".join(f"package-{i}==1.{i}\n" for i in range(400))
    report = scan_files(tmp_path, {"requirements.txt": f"litellm==1.0\nopenai==1.0\n{lines}", "dev-requirements.txt": "x==1\ny==1\n"})
    found = [(item.severity, item.location.path, item.message[:12]) for item in findings(report, "SG204")]
    assert found == [
        (Severity.HIGH, "requirements.txt", "litellm==1.0"), (Severity.HIGH, "requirements.txt", "openai==1.0 "),
        (Severity.LOW, "dev-requirements.txt", "2 packages h"), (Severity.LOW, "requirements.txt", "400 packages"),
    ]  # fmt: skip


def test_a_bundled_finding_keeps_its_fingerprint_when_lines_move(tmp_path: Path) -> None:
    one = scan_files(tmp_path / "a", {"requirements.txt": "a==1\nb==1\n"})
    two = scan_files(tmp_path / "b", {"requirements.txt": "# moved\n\nb==1\na==1\n"})
    other = scan_files(tmp_path / "c", {"requirements.txt": "a==1\nb==1\nc==1\n"})
    prints = [findings(report, "SG204")[0].fingerprint for report in (one, two, other)]
    assert prints[0] == prints[1] != prints[2]


def test_a_file_that_another_one_includes_is_judged_once(tmp_path: Path) -> None:
    report = scan_files(tmp_path, {"requirements.txt": "-r requirements-base.txt\n", "requirements-base.txt": "litellm\n"})
    assert len(findings(report, "SG201")) == 1


def test_what_an_agent_package_needs_is_judged_like_it(tmp_path: Path) -> None:
    packages = {
        "node_modules/openai": row("openai", dependencies={"inner": "*"}),
        "node_modules/inner": row("inner", integrity=None),
        "node_modules/other": row("other", integrity=None),
    }
    found = {item.subject: item.severity for item in findings(scan_lock(tmp_path, packages), "SG204")}
    assert found == {"pkg:npm/inner@1.0.0": Severity.HIGH, "pkg:npm/other@1.0.0": Severity.LOW}


def test_what_has_no_artifact_of_its_own_is_not_unhashed(tmp_path: Path) -> None:
    packages = {
        "node_modules/openai": row("openai"),
        "node_modules/openai/node_modules/inner": {"version": "1.0.0", "inBundle": True},
        "node_modules/tool": {"resolved": "packages/tool", "link": True},
        "packages/tool": {"name": "tool", "version": "1.0.0"},
        "node_modules/git": row("git", resolved="git+https://git.example/x.git#" + "a" * 40, integrity=None),
    }
    assert [item.rule for item in scan_lock(tmp_path, packages).findings if item.rule.startswith("SG2")] == []


@pytest.mark.parametrize(
    ("name", "url", "told"),
    [
        ("a", "https://r.example/a/-/a-1.0.0.tgz", ""),
        ("@s/a", "https://r.example/@s/a/-/a-1.0.0.tgz", ""),
        ("@s/a", "https://r.example/@s%2fa/-/a-1.0.0.tgz", ""),
        ("@s/a", "https://r.example/api/npm/@s/a/-/@s/a-1.0.0.tgz", ""),
        ("a", "https://r.example/repository/npm/a/-/a-1.0.0.tgz?token=x", ""),
        ("a", "https://r.example/download/a/1.0.0/0123abc", ""),
        ("a", "https://r.example/b/-/b-1.0.0.tgz", "the package 'b'"),
        ("a", "https://r.example/b/-/a-1.0.0.tgz", "the package 'b'"),
        ("a", "https://r.example/@s/a/-/a-1.0.0.tgz", "the package '@s/a'"),
        ("@s/a", "https://r.example/a/-/a-1.0.0.tgz", "the package 'a'"),
        ("a", "https://r.example/a/-/b-1.0.0.tgz", "the file 'b-1.0.0.tgz'"),
        ("a", "https://r.example/a/-/a-6.6.6.tgz", "version '6.6.6'"),
    ],
)
def test_the_artifact_of_another_package(tmp_path: Path, name: str, url: str, told: str) -> None:
    found = findings(scan_lock(tmp_path, {f"node_modules/{name}": row(name, resolved=url)}), "SG322")
    assert [item.message.partition("installs ")[2] for item in found] == ([told] if told else [])


def test_yarn_has_no_checksum_of_what_is_for_one_platform(tmp_path: Path) -> None:
    names = ("openai", "other", "another")
    rows = (
        f'"{name}@npm:1":\n  version: 1.0.0\n  resolution: "{name}@npm:1.0.0"\n  conditions: os=darwin & cpu=arm64\n  linkType: hard\n\n'
        for name in names
    )
    found = findings(scan_files(tmp_path, {"yarn.lock": "__metadata:\n  version: 8\n\n" + "".join(rows)}), "SG204")
    assert [(item.severity, item.message.partition(" ")[0]) for item in found] == [(Severity.MEDIUM, "openai@1.0.0"), (Severity.LOW, "2")]
    assert all("enableGlobalCache" in item.fix for item in found)


def test_an_alias_is_no_mismatch(tmp_path: Path) -> None:
    assert not findings(scan_lock(tmp_path, {"node_modules/short": {**row("real"), "name": "real"}}), "SG322")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("My_Lib-1.0-py3-none-any.whl", ""),
        ("my.lib-1.0.0-1-py3-none-any.whl", ""),
        ("my-lib-1.0.tar.gz", ""),
        ("other-1.0-py3-none-any.whl", "the package 'other'"),
        ("other-1.0.tar.gz", "the package 'other'"),
        ("my_lib-2.0-py3-none-any.whl", "version '2.0'"),
    ],
)
def test_the_wheel_of_another_package(tmp_path: Path, file: str, told: str) -> None:
    text = (
        'version = 1\n[[package]]\nname = "my-lib"\nversion = "1.0"\nsource = { registry = "https://i.example/simple" }\n'
        f'wheels = [{{ url = "https://f.example/{file}", hash = "sha256:{"a" * 64}" }}]\n'
    )
    found = findings(scan_files(tmp_path, {"uv.lock": text}), "SG322")
    assert [item.message.partition("installs ")[2] for item in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("python_abi-3.10-2_cp310.tar.bz2", ""),
        ("Python_ABI-3.10-h1_0.conda", ""),
        ("free.conda", ""),
        ("other-3.10-2_cp310.tar.bz2", "the package 'other'"),
        ("python_abi-3.9-2_cp310.conda", "version '3.9'"),
    ],
)
def test_the_conda_package_of_another_name(tmp_path: Path, file: str, told: str) -> None:
    text = (
        "version: 1\nmetadata: {}\npackage:\n- name: python_abi\n  version: '3.10'\n  manager: conda\n  platform: linux-64\n"
        f"  url: https://c.example/forge/linux-64/{file}\n  hash: {{sha256: {'a' * 64}}}\n"
    )
    found = findings(scan_files(tmp_path, {"conda-lock.yml": text}), "SG322")
    assert [item.message.partition("installs ")[2] for item in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("foreign", "severity"),
    [
        ({"openai": "b.example"}, Severity.HIGH),
        ({"other": "b.example"}, Severity.MEDIUM),
        ({"@acme/one": "b.example", "@acme/two": "b.example"}, Severity.LOW),
        ({"@acme/one": "b.example", "@evil/two": "b.example"}, Severity.MEDIUM),
        ({f"p{i}": "b.example" for i in range(7)}, None),  # half of the file: nobody can say which is foreign
    ],
)
def test_a_foreign_host(tmp_path: Path, foreign: dict[str, str], severity: Severity | None) -> None:
    packages = {f"node_modules/usual-{i}": row(f"usual-{i}") for i in range(8)}
    packages |= {
        f"node_modules/{name}": row(name, resolved=f"https://{host}/{name}/-/{name.rpartition('/')[2]}-1.0.0.tgz")
        for name, host in foreign.items()
    }
    found = findings(scan_lock(tmp_path, packages), "SG320")
    assert [item.severity for item in found] == ([severity] if severity else [])


def test_plain_http_is_graver_without_hashes(tmp_path: Path) -> None:
    def severity(name: str, **more: Any) -> Severity:
        packages = {f"node_modules/{name}": row(name, resolved=f"http://r.example/{name}/-/{name}-1.0.0.tgz", **more)}
        return findings(scan_lock(tmp_path / name / str(len(more)), packages), "SG321")[0].severity

    assert (severity("a"), severity("a", integrity=None)) == (Severity.LOW, Severity.MEDIUM)
    assert (severity("openai"), severity("openai", integrity=None)) == (Severity.MEDIUM, Severity.HIGH)


@pytest.mark.parametrize(
    ("lines", "severity"), [(f"a==1 {HASH}\n", Severity.LOW), ("a==1\n", Severity.MEDIUM), (f"a==1 {HASH}\nlitellm==1\n", Severity.HIGH)]
)
def test_a_second_index_is_graver_without_hashes(tmp_path: Path, lines: str, severity: Severity) -> None:
    report = scan_files(tmp_path, {"requirements.txt": f"--extra-index-url https://i.example/simple\n{lines}"})
    assert [item.severity for item in findings(report, "SG326")] == [severity]


def test_two_lockfiles_that_disagree_about_a_hash(tmp_path: Path) -> None:
    one, two = ({"node_modules/a": row("a", integrity=value)} for value in (None, None))
    one["node_modules/a"] = row("a")
    two["node_modules/a"] = row("a", integrity=row("b")["integrity"])
    files: dict[str, str | bytes] = {"one/package-lock.json": json.dumps(lock(one)), "two/package-lock.json": json.dumps(lock(two))}
    assert [item.location.path for item in findings(scan_files(tmp_path, files), "SG324")] == ["two/package-lock.json"]


def test_the_secret_of_a_url_is_in_no_finding(tmp_path: Path) -> None:
    report = scan_files(
        tmp_path, {"requirements.txt": "-i http://ci:not-a-real-one@i.example/simple\na @ https://not-a-real-one@f.example/a.zip\n"}
    )
    assert len(findings(report, "SG325")) == 2
    assert "not-a-real-one" not in repr(report)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("a/uv.lock", "run `uv lock --upgrade-package a`"),
        ("tool.py.lock", "run `uv lock --script tool.py --upgrade-package a`"),
        ("poetry.lock", "run `poetry update --lock a`"),
        ("pdm.lock", "run `pdm lock`"),
        ("Pipfile.lock", "run `pipenv lock`"),
        ("linux.conda-lock.yml", "run `conda-lock lock`"),
        ("conda-lock.yaml", "run `conda-lock lock`"),
        ("pylock.dev.toml", "write the file with `uv export --format pylock.toml` or `pip lock`"),
        ("package-lock.json", "delete the row and run `npm install --package-lock-only`"),
        ("npm-shrinkwrap.json", "delete the row and run `npm install --package-lock-only`"),
        ("yarn.lock", "delete the row and run `yarn install`"),
        ("pnpm-lock.yaml", "delete the row and run `pnpm install --lockfile-only --fix-lockfile`"),
        ("bun.lock", "delete the row and run `bun install --lockfile-only`"),
        ("deno.lock", "delete the row and run `deno install`"),
        ("package.json", "lock the project: `npm install --package-lock-only`"),
        ("pyproject.toml", "lock the project: `uv lock`"),
        ("tool.py", "lock the script: `uv lock --script tool.py`"),
        ("requirements.txt", "write the file with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`"),
    ],
)
def test_the_command_is_that_of_the_tool_that_wrote_the_file(file: str, told: str) -> None:
    component = Component(ecosystem="x", name="a", purl="pkg:x/a", origin=Origin.LOCKED, pin=Pin.EXACT, locations=(Location(file, 1),))
    assert _pinning.relock(component) == told


def test_each_lockfile_has_a_command() -> None:
    files = {
        "uv-lock",
        "poetry-lock",
        "pdm-lock",
        "pipfile-lock",
        "conda-lock",
        "package-lock",
        "pnpm-lock",
        "yarn-lock",
        "bun-lock",
        "deno-lock",
    }
    patterns = [pattern for spec in COLLECTORS if spec.name in files for pattern in spec.patterns]
    assert len(patterns) >= len(files)
    assert [pattern for pattern in patterns if not _pinning.lock_command(pattern)] == []


def test_each_looseness_is_told_by_one_rule(tmp_path: Path) -> None:
    asked = {
        "openai": "latest",
        "@langchain/core": "next",
        "a": "beta",
        "b": "canary",
        "c": "^1.0.0",
        "d": "*",
        "e": "npm:real@latest",
        "f": "1.0.0",
    }
    report = scan_files(tmp_path, {"package.json": json.dumps({"name": "app", "version": "1.0.0", "dependencies": asked})})
    told = [(item.rule, item.severity, item.subject or item.key) for item in report.findings if item.rule in ("SG201", "SG202", "SG203")]
    assert told == [
        ("SG203", Severity.HIGH, "pkg:npm/%40langchain/core"), ("SG203", Severity.HIGH, "pkg:npm/openai"),
        ("SG201", Severity.LOW, "pkg:npm/d"), ("SG202", Severity.LOW, "pkg:npm/c"), ("SG203", Severity.LOW, "a\nb\nreal"),
    ]  # fmt: skip


def test_a_tag_that_a_lockfile_resolved_is_no_finding(tmp_path: Path) -> None:
    packages = {"": {"name": "app", "version": "1.0.0", "dependencies": {"openai": "latest"}}, "node_modules/openai": row("openai")}
    manifest = {"name": "app", "version": "1.0.0", "dependencies": {"openai": "latest"}}
    files: dict[str, str | bytes] = {"package.json": json.dumps(manifest), "package-lock.json": json.dumps(lock(packages))}
    assert not findings(scan_files(tmp_path, files), "SG203")


def test_an_agent_package_in_several_versions(tmp_path: Path) -> None:
    packages = {
        "node_modules/openai": row("openai", dependencies={"ms": "1", "debug": "1"}),
        "node_modules/debug": row("debug", dependencies={"ms": "2"}),
        "node_modules/ms": row("ms"),
        "node_modules/debug/node_modules/ms": row("ms", "2.0.0"),
        "node_modules/other": row("other", dependencies={"openai": "2", "utility": "2"}),
        "node_modules/utility": row("utility"),
        "node_modules/other/node_modules/openai": row("openai", "2.0.0"),
        "node_modules/other/node_modules/utility": row("utility", "2.0.0"),
    }
    found = findings(scan_lock(tmp_path, packages), "SG332")
    assert [(item.severity, item.subject, item.message.partition(":")[0]) for item in found] == [
        (Severity.MEDIUM, "pkg:npm/openai", "openai is locked in 2 versions"),
        (Severity.INFO, "package-lock.json", "what agent packages need is locked in several versions"),
    ]


def test_versions_for_different_platforms_are_less(tmp_path: Path) -> None:
    def package(version: str, marker: str) -> str:
        return (
            f'[[package]]\nname = "openai"\nversion = "{version}"\nsource = {{ registry = "https://i.example/simple" }}\n{marker}'
            f'sdist = {{ url = "https://f.example/openai-{version}.tar.gz", hash = "sha256:{"a" * 64}" }}\n'
        )

    forks = [f"resolution-markers = [\"sys_platform == '{name}'\"]\n" for name in ("linux", "win32")]
    for markers, severity in ((forks, Severity.LOW), (["", ""], Severity.MEDIUM)):
        text = "version = 1\n" + package("1.0", markers[0]) + package("2.0", markers[1])
        found = findings(scan_files(tmp_path / severity, {"uv.lock": text}), "SG332")
        assert [item.severity for item in found] == [severity]
