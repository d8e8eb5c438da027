"""From a lock of npm's ecosystem to the file: what the tarball proves, what breaks the chain, what installers may change."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import Index
from support import sbomgate, write_tree
from tarballs import Members, archive, cached, integrity, member, package, tarball, zipped

from sbomgate import engine
from sbomgate.custody.shims import interpreter, read_shim
from sbomgate.custody_model import Evidence
from sbomgate.errors import UsageError
from sbomgate.model import Report
from sbomgate.policy import Policy

DEMO = package("demo", files={"lib/a.js": b"a\n", "README.md": b"# demo\n", "bin/demo.js": b"#!/usr/bin/env node\n"}, bin="bin/demo.js")
TOOL = package("@s/tool", "2.0.0")
ROOT = {"name": "root", "version": "1.0.0", "dependencies": {"demo": "1.0.0", "@s/tool": "2.0.0"}}


@dataclass
class Case:
    """A project with its node_modules, a lock of version 3 and npm's cache."""

    root: Path
    packages: dict[str, Members] = field(default_factory=lambda: {"node_modules/demo": DEMO, "node_modules/@s/tool": TOOL})
    """Place → members of the tarball, which are also what is installed there."""
    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    """Place → members of its row beside those that follow from the package."""
    links: dict[str, str] = field(default_factory=lambda: {"node_modules/.bin/demo": "../demo/bin/demo.js"})
    change: dict[str, bytes | None] = field(default_factory=dict)
    """Path in the project → what is there instead; None for nothing."""
    cache: dict[str, bytes] | None = None
    modes: dict[str, int] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.root / "p"

    def tarballs(self) -> dict[str, bytes]:
        return {place: tarball(files, programs=("bin/demo.js",)) for place, files in self.packages.items()}

    def lock(self) -> str:
        rows: dict[str, object] = {"": ROOT}
        for place, data in self.tarballs().items():
            manifest = json.loads(self.packages[place]["package.json"])
            rows[place] = {"version": manifest["version"], "integrity": integrity(data), **self.rows.get(place, {})}
        rows |= {place: row for place, row in self.rows.items() if place not in rows}
        return json.dumps({"name": "root", "lockfileVersion": 3, "packages": rows}, indent=2)

    def write(self) -> None:
        shutil.rmtree(self.root / "p", ignore_errors=True)
        shutil.rmtree(self.root / "_cacache", ignore_errors=True)
        files: dict[str, str | bytes] = {"package.json": json.dumps(ROOT), "package-lock.json": self.lock()}
        for place, members in self.packages.items():
            files |= {f"{place}/{name}": body for name, body in members.items()}
        for path, body in self.change.items():
            if body is None:
                files = {name: text for name, text in files.items() if name != path and not name.startswith(f"{path}/")}
            else:
                files[path] = body
        write_tree(self.project, files)
        for path, target in self.links.items():
            (self.project / path).parent.mkdir(parents=True, exist_ok=True)
            (self.project / path).symlink_to(target)
        for path, mode in self.modes.items():
            (self.project / path).chmod(mode)
        cache = {cached(data): data for data in self.tarballs().values()} if self.cache is None else self.cache
        write_tree(self.root / "_cacache", dict(cache))
        (self.root / "_cacache").mkdir(exist_ok=True)

    def verify(self, policy: Policy | None = None, target: str = "", lock: str = "package-lock.json", **options: object) -> Report:
        self.write()
        return engine.verify(
            str(self.project / target), str(self.project / lock), policy, artifacts=[str(self.root / "_cacache")], **options
        )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def of(report: Report, name: str = "pkg:npm/demo@1.0.0") -> Evidence:
    (one,) = (one for one in report.inventories[0].custody if one.purl == name)
    return one


def findings(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in report.findings if finding.rule.startswith("SG34")]


def strengths(report: Report) -> dict[str, str]:
    return {one.purl.removeprefix("pkg:npm/"): one.strength for one in report.inventories[0].custody}


@pytest.mark.parametrize("target", ["", "node_modules"])
def test_bytes(case: Case, target: str) -> None:
    report = case.verify(target=target)
    one = of(report)
    assert (one.strength, one.reason, one.files) == ("bytes", "", 5)
    assert strengths(report) == {"demo@1.0.0": "bytes", "%40s/tool@2.0.0": "bytes"}
    assert findings(report) == []
    assert not report.problems
    assert pickle.loads(pickle.dumps(report)) == report


def test_without_a_tarball_only_the_version_is_known(case: Case) -> None:
    case.cache = {}
    case.change = {"node_modules/demo/lib/a.js": b"evil"}
    report = case.verify()
    assert (of(report).strength, of(report).reason) == ("version", "its tarball was not found")
    assert findings(report) == []
    assert any("2 of 2 packages were not compared" in note for note in report.inventories[0].notes)
    assert engine.verify(str(case.project), str(case.project / "package-lock.json"), Policy(strict=True)).exit_code == 3


@pytest.mark.parametrize(
    ("path", "content", "kind", "severity"),
    [
        ("demo/lib/a.js", b"evil\n", "differs", "critical"),
        ("demo/package.json", json.dumps({"name": "demo", "version": "1.0.0", "bin": "bin/demo.js", "main": "evil"}).encode(), "differs", "critical"),
        ("demo/README.md", b"evil", "differs", "medium"),
        ("demo/bin/demo.js", b"evil", "differs", "critical"),
        ("demo/new.js", b"evil", "added", "critical"),
        ("demo/evil", b"evil", "added", "critical"),
        ("demo/LICENSE", b"evil", "added", "medium"),
        ("demo/node_modules/loose.js", b"evil", "added", "critical"),
        ("demo/lib/a.js", None, "missing", "medium"),
    ],
)  # fmt: skip
def test_tampering(case: Case, path: str, content: bytes | None, kind: str, severity: str) -> None:
    case.change = {f"node_modules/{path}": content}
    report = case.verify()
    assert (of(report).strength, of(report).fault) == ("broken", "content")
    assert [(one.kind, one.path) for one in of(report).deviations] == [(kind, f"node_modules/{path}")]
    assert findings(report) == [("SG345", severity)]
    assert strengths(report)["%40s/tool@2.0.0"] == "bytes"


def test_a_link_in_the_place_of_a_file(case: Case) -> None:
    case.change = {"node_modules/demo/lib/a.js": None}
    case.links["node_modules/demo/lib/a.js"] = "../../../evil.js"
    case.links["node_modules/demo/more"] = "/etc"
    report = case.verify()
    assert [(one.kind, one.path[18:]) for one in of(report).deviations] == [("link", "lib/a.js"), ("link", "more")]
    assert findings(report) == [("SG345", "critical")]


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        ({"lib/a.js": 0o755}, [("SG345", "medium")]),
        ({"lib/a.js": 0o4644}, [("SG345", "critical")]),
        ({"bin/demo.js": 0o755, "lib/a.js": 0o600}, []),
        (dict.fromkeys(DEMO, 0o777), []),
    ],
)
def test_modes(case: Case, modes: dict[str, int], told: list[tuple[str, str]]) -> None:
    """Where most files may be executed, the file system does not keep modes: a note, no finding."""
    case.modes = {f"node_modules/demo/{name}": mode for name, mode in modes.items()}
    report = case.verify()
    assert findings(report) == told
    assert any("file modes were not compared" in note for note in report.inventories[0].notes) == (len(modes) == len(DEMO))


SHIM = """#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

case `uname` in
    *CYGWIN*) basedir=`cygpath -w "$basedir"`;;
esac

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/w/node_modules/.pnpm/node_modules"
else
  export NODE_PATH="/w/node_modules/.pnpm/node_modules:$NODE_PATH"
fi
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/../demo/bin/demo.js" "$@"
else
  exec node  "$basedir/../demo/bin/demo.js" "$@"
fi
"""


@pytest.mark.parametrize(
    ("name", "is_link", "content", "is_sound"),
    [
        ("demo", True, "../demo/bin/demo.js", True),
        ("demo", True, "../demo/lib/a.js", False),
        ("demo", True, "../@s/tool/index.js", False),
        ("demo", True, "/bin/sh", False),
        ("demo", True, "../nothing", False),
        ("node", True, "../demo/bin/demo.js", False),
        ("own", True, "../../own.js", True),
        ("demo", False, SHIM, True),
        ("demo", False, SHIM.replace("exec node ", "exec node -r ./evil.js "), False),
        ("demo", False, SHIM.replace("exec node ", "exec evil "), False),
        ("demo", False, SHIM.replace("demo/bin/demo.js", "demo/lib/a.js"), False),
        ("demo", False, SHIM + "evil\n", False),
        ("demo", False, SHIM.replace("/w/node_modules/.pnpm/node_modules:", "/tmp/evil:"), False),
        ("demo", False, "#!/bin/sh\nevil\n", False),
        ("demo", False, "\x7fELF", False),
        ("git", False, SHIM, False),
        ("demo.cmd", False, "@ECHO off", True),
    ],
)
def test_programs_in_bin(case: Case, name: str, is_link: bool, content: str, is_sound: bool) -> None:
    path = f"node_modules/.bin/{name}"
    case.links = {path: content} if is_link else {}
    case.change = {"own.js": b"x"} | ({} if is_link else {path: content.encode()})
    report = case.verify()
    assert findings(report) == ([] if is_sound else [("SG345", "critical")])
    if not is_sound:
        (deviation,) = {one for evidence in report.inventories[0].custody for one in evidence.deviations}
        assert (deviation.kind, deviation.path) == ("script", path)


def test_programs_of_npms_own_shims(case: Case) -> None:
    """The script that `cmd-shim` writes on Windows, and what it makes of a first line with arguments."""
    shim = """#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

case `uname` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=`cygpath -w "$basedir"`
        fi
    ;;
esac

if [ -x "$basedir/node" ]; then
  exec "$basedir/node" --no-warnings "$basedir/../demo/bin/demo.js" "$@"
else 
  exec node --no-warnings "$basedir/../demo/bin/demo.js" "$@"
fi
"""  # noqa: W291 - as it is written
    case.packages["node_modules/demo"] = {**DEMO, "bin/demo.js": b"#!/usr/bin/env -S node --no-warnings\nx\n"}
    case.links, case.change = {}, {"node_modules/.bin/demo": shim.encode()}
    assert findings(case.verify()) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_a_shim_or_none(content: bytes) -> None:
    assert read_shim(content) is None
    assert read_shim(b"#!/bin/sh\n" + content) is None
    interpreter(content)


@pytest.mark.parametrize(
    ("path", "purl"),
    [
        ("node_modules/demo.js", "pkg:npm/demo"),
        ("node_modules/@s/tool.json", "pkg:npm/%40s/tool"),
        ("node_modules/other", "pkg:npm/other"),
        ("node_modules/folder/lib/x.js", "pkg:npm/folder"),
        ("node_modules/.pnpm/x/node_modules/demo.js", "pkg:npm/demo"),
    ],
)
def test_files_beside_packages_are_loaded_too(case: Case, path: str, purl: str) -> None:
    """`require("demo")` tries `demo.js` before the folder `demo`."""
    case.change = {path: b"evil"}
    report = case.verify()
    assert findings(report) == [("SG340", "high")]
    assert of(report, purl).location.path == path


def test_a_link_beside_packages_to_a_file_outside(case: Case) -> None:
    write_tree(case.root, {"evil.js": "evil"})
    case.links["node_modules/demo.js"] = str(case.root / "evil.js")
    assert findings(case.verify()) == [("SG340", "high")]


def test_state_of_tools_is_no_difference(case: Case) -> None:
    names = (".package-lock.json", ".modules.yaml", ".yarn-integrity", ".cache/x/node_modules/y.js", ".vite/deps/a.js")
    case.change = {f"node_modules/{name}": b"{}" for name in names}
    case.change |= {"node_modules/demo/node_modules/.cache/x.js": b"", "node_modules/.package-lock.json": b'{"packages": {}}'}
    assert findings(case.verify()) == []


def test_what_is_not_locked_at_all_or_at_another_version(case: Case) -> None:
    case.change = {
        "node_modules/stray/package.json": b'{"name": "stray", "version": "1.0.0"}',
        "node_modules/demo/package.json": b'{"name": "demo", "version": "1.0.1"}',
        "node_modules/@s/tool/package.json": b'{"name": "evil", "version": "2.0.0"}',
    }
    report = case.verify()
    assert sorted(findings(report)) == [("SG340", "high"), ("SG342", "high"), ("SG342", "high"), ("SG345", "critical")]
    assert of(report, "pkg:npm/demo@1.0.1").reason == "1.0.1 is installed, 1.0.0 is locked"
    assert of(report, "pkg:npm/evil@2.0.0").reason == "evil 2.0.0 is installed where @s/tool 2.0.0 is locked"


def test_a_version_that_is_locked_at_another_place(case: Case) -> None:
    """Its tarball may be the right one of that version: at this place another is locked."""
    inner = package("demo", "2.0.0")
    case.packages["node_modules/@s/tool/node_modules/demo"] = inner
    case.change = {"node_modules/demo": None} | {f"node_modules/demo/{name}": body for name, body in inner.items()}
    report = case.verify()
    faults = {one.location.path: one.fault for one in report.inventories[0].custody if one.fault}
    assert faults["node_modules/demo/package.json"] == "version"


def test_another_layout_than_the_locked_one_is_told(case: Case) -> None:
    case.links = {}
    case.change = {"node_modules/demo": None} | {f"node_modules/@s/tool/node_modules/demo/{name}": body for name, body in DEMO.items()}
    report = case.verify()
    assert (of(report).strength, of(report).reason) == ("bytes", "it lies where the lock has no package")
    assert findings(report) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, [("SG341", "medium")]),
        ({"optional": True}, []),
        ({"devOptional": True}, []),
        ({"dev": True}, []),
        ({"peer": True}, []),
        ({"link": True, "resolved": "packages/x"}, []),
    ],
)
def test_what_is_locked_and_absent(case: Case, row: dict[str, object], told: list[tuple[str, str]]) -> None:
    case.rows["node_modules/absent"] = {"version": "1.0.0", **row}
    report = case.verify()
    assert findings(report) == told
    omitted = "dev" in row or "peer" in row
    assert any("taken for left out on purpose" in note for note in report.inventories[0].notes) == omitted


def test_one_of_several_development_dependencies_is_absent(case: Case) -> None:
    case.rows |= {"node_modules/absent": {"version": "1.0.0", "dev": True}, "node_modules/@s/tool": {"dev": True}}
    assert findings(case.verify()) == [("SG341", "medium")]


def test_another_file_under_the_address_of_the_locked_one(case: Case) -> None:
    """What a cache calls a file proves nothing."""
    data = case.tarballs()["node_modules/demo"]
    case.cache = {cached(data): tarball({**DEMO, "lib/a.js": b"evil"})}
    report = case.verify()
    assert of(report).fault == "artifact"
    assert ("SG344", "critical") in findings(report)


@pytest.mark.parametrize(
    ("place", "name", "is_told"),
    [("demo", "demo-1.0.0.tgz", True), ("@s/tool", "s-tool-2.0.0.tgz", True), ("@s/tool", "tool-2.0.0.tgz", False)],
)
def test_a_file_of_the_name_with_another_hash(case: Case, place: str, name: str, is_told: bool) -> None:
    case.cache = {name: tarball({**DEMO, "lib/a.js": b"evil"})}
    assert (("SG344", "critical") in findings(case.verify())) == is_told


def test_a_tarball_under_any_name(case: Case) -> None:
    case.cache = {f"x/{number}.tgz": data for number, data in enumerate(case.tarballs().values())}
    assert set(strengths(case.verify()).values()) == {"bytes"}


def test_the_tarball_of_another_package_is_locked(case: Case) -> None:
    data = case.tarballs()["node_modules/@s/tool"]
    case.rows["node_modules/demo"] = {"integrity": integrity(data)}
    assert ("SG344", "critical") in findings(case.verify())


def test_a_hostile_tarball_is_refused(case: Case) -> None:
    data = zipped(archive([(member("package/../x"), b"")]))
    case.rows["node_modules/demo"] = {"integrity": integrity(data)}
    case.cache = {cached(data): data}
    report = case.verify()
    assert of(report).fault == "refused"
    assert ("SG346", "high") in findings(report)


def test_a_weak_hash_proves_nothing(case: Case) -> None:
    data = case.tarballs()["node_modules/demo"]
    case.rows["node_modules/demo"] = {"integrity": integrity(data, "sha1")}
    case.cache = {"demo-1.0.0.tgz": data}
    one = of(case.verify())
    assert one.strength == "version"
    assert "sha1" in one.reason
    assert "too weak" in one.reason


def test_added_files_of_a_package_with_an_install_script(case: Case) -> None:
    """What it has more may be the script's; what it has otherwise is not excused."""
    case.packages["node_modules/demo"] = package("demo", files={"lib/a.js": b"a\n"}, scripts={"install": "node-gyp rebuild"})
    case.links = {}
    case.change = {"node_modules/demo/build/x.node": b"\x7fELF"}
    report = case.verify()
    assert findings(report) == [("SG345", "medium")]
    assert "install script" in next(finding.message for finding in report.findings if finding.rule == "SG345")
    case.change["node_modules/demo/lib/a.js"] = b"evil"
    assert findings(case.verify()) == [("SG345", "critical")]


def test_an_install_script_that_the_tarball_does_not_have_excuses_nothing(case: Case) -> None:
    manifest = {**json.loads(DEMO["package.json"]), "scripts": {"install": "x"}}
    case.change = {"node_modules/demo/package.json": json.dumps(manifest).encode(), "node_modules/demo/x.js": b"evil"}
    assert findings(case.verify()) == [("SG345", "critical")]


def test_a_program_that_an_install_script_replaced_by_one_of_a_locked_package(case: Case) -> None:
    binary = b"\x7fELF the program"
    case.packages["node_modules/demo"] = {**DEMO, **package("demo", bin="bin/demo.js", scripts={"postinstall": "node install.js"})}
    case.packages["node_modules/@s/tool"] = {**TOOL, "bin/demo.js": binary}
    case.change = {"node_modules/demo/bin/demo.js": binary}
    report = case.verify()
    assert of(report).strength == "bytes"
    assert "bin/demo.js is a file of pkg:npm/%40s/tool@2.0.0" in of(report).reason
    for other in (binary + b"!", b"", TOOL["index.js"]):
        case.change["node_modules/demo/bin/demo.js"] = other
        assert findings(case.verify()) == [("SG345", "critical")]


def test_names_that_differ_in_case_alone(case: Case) -> None:
    """Where the file system knows no case one of them is there, with the content of either; where it does, both are."""
    case.packages["node_modules/demo"] = {**DEMO, "Readme.md": b"other"}
    case.change = {"node_modules/demo/Readme.md": None, "node_modules/demo/README.md": b"other"}
    report = case.verify()
    assert (of(report).strength, findings(report)) == ("bytes", [])
    case.change = {"node_modules/demo/README.md": b"other"}
    assert findings(case.verify()) == [("SG345", "medium")]


def test_a_link_that_the_tarball_has_too(case: Case) -> None:
    """npm and pnpm write none; one that stays in the package is as good as the file that it leads to."""
    members = [(member(f"package/{name}"), body) for name, body in TOOL.items()]
    data = zipped(archive([*members, (member("package/l.js", kind=b"2", linkname="index.js"), b"")]))
    case.rows["node_modules/@s/tool"] = {"integrity": integrity(data)}
    case.cache = {cached(data): data}
    case.links["node_modules/@s/tool/l.js"] = "index.js"
    assert strengths(case.verify())["%40s/tool@2.0.0"] == "bytes"
    case.links["node_modules/@s/tool/l.js"] = "/etc/passwd"
    assert findings(case.verify()) == [("SG345", "critical")]


def test_what_npm_makes_of_a_package(case: Case) -> None:
    """A .gitignore is called .npmignore, a first line ends as on Unix."""
    packed = {**DEMO, ".gitignore": b"x", "lib/.gitignore": b"y", "lib/.npmignore": b"z", "bin/demo.js": b"#!/usr/bin/env node\r\nx\r\n"}
    case.packages["node_modules/demo"] = packed
    names = {"node_modules/demo/.gitignore": None, "node_modules/demo/.npmignore": b"x", "node_modules/demo/lib/.gitignore": None}
    case.change = {**names, "node_modules/demo/bin/demo.js": b"#!/usr/bin/env node\nx\r\n"}
    report = case.verify()
    assert (of(report).strength, findings(report)) == ("bytes", [])


OLD = {
    "_from": "demo@1.0.0",
    "_id": "demo@1.0.0",
    "_location": "/demo",
    "_requested": {"type": "version"},
    "_resolved": "https://registry.example/demo/-/demo-1.0.0.tgz",
    "author": {"name": "A"},
    "bundleDependencies": False,
    "deprecated": False,
    "name": "demo",
    "version": "1.0.0",
    "bin": {"demo": "bin/demo.js"},
    "scripts": {"test": "mocha"},
}


@pytest.mark.parametrize(
    ("more", "is_sound"),
    [({}, True), ({"main": "evil.js"}, False), ({"scripts": {"test": "mocha", "install": "x"}}, False), ({"bin": {"demo": "x"}}, False)],
)
def test_package_json_of_old_npm(case: Case, more: dict[str, object], is_sound: bool) -> None:
    manifest = {"name": "demo", "version": "1.0.0", "author": "A", "bin": "./bin/demo.js", "scripts": {"test": "./node_modules/.bin/mocha"}}
    case.packages["node_modules/demo"] = {**DEMO, "package.json": json.dumps(manifest).encode()}
    case.change = {"node_modules/demo/package.json": json.dumps({**OLD, **more}).encode()}
    report = case.verify()
    if is_sound:
        assert (of(report).strength, findings(report)) == ("bytes", [])
        assert "npm 6" in of(report).reason
    else:
        assert ("SG345", "critical") in findings(report)


def test_bundled_packages_are_files_of_the_package_around_them(case: Case) -> None:
    inner = {f"node_modules/inner/{name}": body for name, body in package("inner", "3.0.0").items()}
    case.packages["node_modules/demo"] = {**DEMO, **inner}
    deep = {f"node_modules/inner/node_modules/deep/{name}": body for name, body in package("deep", "4.0.0", bin="index.js").items()}
    case.packages["node_modules/demo"] |= deep
    case.rows["node_modules/demo/node_modules/inner"] = {"version": "3.0.0", "inBundle": True}
    case.links["node_modules/demo/node_modules/inner/node_modules/.bin/deep"] = "../deep/index.js"
    report = case.verify()
    assert strengths(report)["deep@4.0.0"] == "bytes"
    one = of(report, "pkg:npm/inner@3.0.0")
    assert (one.strength, one.reason) == ("bytes", "it lies in the tarball of pkg:npm/demo@1.0.0")
    case.change = {"node_modules/demo/node_modules/inner/index.js": b"evil"}
    report = case.verify()
    assert [item.path for item in of(report).deviations] == ["node_modules/demo/node_modules/inner/index.js"]
    assert findings(report) == [("SG345", "critical")]


def test_bundled_packages_that_no_lock_lists(case: Case) -> None:
    """pnpm and Yarn leave them out of the lock; without the tarball the package around them says so."""
    inner = {f"node_modules/inner/{name}": body for name, body in package("inner", "3.0.0").items()}
    manifest = json.dumps({"name": "demo", "version": "1.0.0", "bin": "bin/demo.js", "bundleDependencies": ["inner"]}).encode()
    case.packages["node_modules/demo"] = {**DEMO, **inner, "package.json": manifest}
    for cache, strength in (({}, "version"), (None, "bytes")):
        case.cache = cache
        report = case.verify()
        assert (of(report, "pkg:npm/inner@3.0.0").strength, findings(report)) == (strength, [])


def test_nested_packages_are_no_files_of_the_package_around_them(case: Case) -> None:
    case.packages["node_modules/demo/node_modules/inner"] = package("inner", "3.0.0")
    assert set(strengths(case.verify()).values()) == {"bytes"}
    case.change = {"node_modules/demo/node_modules/inner/index.js": b"evil"}
    report = case.verify()
    assert of(report).strength == "bytes"
    assert of(report, "pkg:npm/inner@3.0.0").strength == "broken"


def test_a_workspace_and_folders_that_the_lock_does_not_know(case: Case) -> None:
    case.packages["w/a/node_modules/inner"] = package("inner", "3.0.0")
    case.rows |= {"w/a": {"name": "a", "version": "1.0.0"}, "node_modules/a": {"resolved": "w/a", "link": True}}
    case.rows["w/gone/node_modules/x"] = {"version": "1.0.0"}
    case.links["node_modules/a"] = "../w/a"
    case.change = {
        "w/a/package.json": b'{"name": "a", "version": "1.0.0"}',
        "other/node_modules/x/package.json": b'{"name": "x", "version": "1.0.0"}',
    }
    report = case.verify()
    assert strengths(report) == {"demo@1.0.0": "bytes", "%40s/tool@2.0.0": "bytes", "inner@3.0.0": "bytes"}
    assert findings(report) == []
    assert any("other/node_modules" in note for note in report.inventories[0].notes)
    case.links["node_modules/b"] = "../w/b"
    case.change["w/b/package.json"] = b'{"name": "b", "version": "1.0.0"}'
    assert findings(case.verify()) == [("SG340", "high")]


PNPM = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      demo:
        specifier: 1.0.0
        version: 1.0.0{hash}
{patches}
packages:

  demo@1.0.0:
    resolution: {{integrity: {integrity}}}

snapshots:

  demo@1.0.0{hash}: {{}}
"""


def pnpm(case: Case, *, patched: bool = False) -> None:
    case.packages, case.links = {}, {"node_modules/demo": ".pnpm/demo@1.0.0/node_modules/demo"}
    data = tarball(DEMO, programs=("bin/demo.js",))
    case.cache = {cached(data): data}
    text = PNPM.format(
        integrity=integrity(data),
        hash="(patch_hash=abc)" if patched else "",
        patches="\npatchedDependencies:\n  demo@1.0.0:\n    hash: abc\n    path: patches/demo.patch\n" if patched else "",
    )
    case.change = {"pnpm-lock.yaml": text.encode(), "node_modules/.bin/demo": SHIM.encode()}
    case.change |= {f"node_modules/.pnpm/demo@1.0.0/node_modules/demo/{name}": body for name, body in DEMO.items()}


def test_a_store_of_pnpm(case: Case) -> None:
    pnpm(case)
    report = case.verify(lock="pnpm-lock.yaml")
    assert (strengths(report), findings(report)) == ({"demo@1.0.0": "bytes"}, [])
    case.links |= {"node_modules/other": ".pnpm/demo@1.0.0/node_modules/demo"}
    report = case.verify(lock="pnpm-lock.yaml")
    assert findings(report) == [("SG340", "high")]


def test_a_patched_package_is_never_known_to_the_byte(case: Case) -> None:
    pnpm(case, patched=True)
    report = case.verify(lock="pnpm-lock.yaml")
    assert of(report).strength == "version"
    assert "patches/demo.patch" in of(report).reason


@pytest.mark.parametrize(
    ("lock", "text", "strength"),
    [
        ("yarn.lock", '# yarn lockfile v1\n\n\ndemo@1.0.0:\n  version "1.0.0"\n  resolved "https://registry.example/demo/-/demo-1.0.0.tgz"\n  integrity {integrity}\n', "bytes"),
        ("yarn.lock", '__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"demo@npm:1.0.0":\n  version: 1.0.0\n  resolution: "demo@npm:1.0.0"\n  checksum: 10c0/{checksum}\n  languageName: node\n  linkType: hard\n', "version"),
        ("bun.lock", '{{"lockfileVersion": 1, "workspaces": {{"": {{"name": "root", "dependencies": {{"demo": "1.0.0"}}}}}}, "packages": {{"demo": ["demo@1.0.0", "", {{}}, "{integrity}"]}}}}', "bytes"),
        ("npm-shrinkwrap.json", '{{"lockfileVersion": 1, "dependencies": {{"demo": {{"version": "1.0.0", "integrity": "{integrity}"}}}}}}', "bytes"),
    ],
)  # fmt: skip
def test_other_locks(case: Case, lock: str, text: str, strength: str) -> None:
    del case.packages["node_modules/@s/tool"]
    data = case.tarballs()["node_modules/demo"]
    case.change = {lock: text.format(integrity=integrity(data), checksum="0" * 128).encode(), "package-lock.json": None}
    report = case.verify(lock=lock)
    assert of(report).strength == strength, of(report)
    assert findings(report) == []
    if strength == "version":
        assert "archive of Yarn's own" in of(report).reason


def test_usage(case: Case, tmp_path: Path) -> None:
    case.write()
    with pytest.raises(UsageError, match="not a folder with a node_modules"):
        engine.verify(str(write_tree(tmp_path / "pnp", {".pnp.cjs": "", "package.json": "{}"})), str(case.project / "package-lock.json"))
    with pytest.raises(UsageError, match="not a Python environment"):
        engine.verify(str(case.project), str(write_tree(tmp_path / "l", {"requirements.txt": ""}) / "requirements.txt"))
    with pytest.raises(UsageError, match="not a lockfile that can be compared with"):
        engine.verify(str(case.project), str(case.project / "package.json"))


def test_a_lock_that_cannot_be_read_is_a_problem(case: Case) -> None:
    case.change = {"package-lock.json": b"{"}
    report = case.verify()
    assert [problem.path for problem in report.inventories[1].problems] == ["package-lock.json"]
    assert {fault for _, fault in findings(report)} == {"high"}


def test_command_and_reports(case: Case) -> None:
    case.change = {"node_modules/demo/lib/a.js": b"evil"}
    case.write()
    done = sbomgate("verify", case.project, "--lock", case.project / "package-lock.json", "--artifacts", case.root / "_cacache")
    assert done.returncode == 1
    assert "broken  demo@1.0.0: node_modules/demo/lib/a.js is not as the artifact says" in done.stdout
    assert "bytes   1 component, every installed file is that of the locked artifact" in done.stdout


def test_the_order_of_files_on_disk_changes_nothing(case: Case) -> None:
    case.change = {"node_modules/demo/z.js": b"1", "node_modules/demo/a.js": b"1", "node_modules/b.js": b"1", "node_modules/a.js": b"1"}
    first = case.verify()
    case.change = dict(reversed(case.change.items()))
    assert case.verify() == first


@pytest.mark.parametrize("body", ["the locked one", "another one"])
def test_what_is_missing_is_downloaded_from_the_address_in_the_lock(
    case: Case, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two scopes may have a tarball of one name; what has another hash is told, deleted, never opened."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    case.packages = {"node_modules/demo": DEMO, "node_modules/@s/tool": TOOL, "node_modules/@t/tool": package("@t/tool", "2.0.0")}
    tarballs = case.tarballs()
    case.cache = {}
    with Index() as index:
        for place, data in tarballs.items():
            served = data if body == "the locked one" or "demo" not in place else tarball(package("demo", files={"evil.js": b"1"}))
            case.rows[place] = {"resolved": index.file(f"/{place.removeprefix('node_modules/')}/-/x.tgz", served)}
        report = case.verify(online=True, download_dir=str(tmp_path / "downloads"))
        asked = sorted(index.paths)
    assert asked == ["/@s/tool/-/x.tgz", "/@t/tool/-/x.tgz", "/demo/-/x.tgz"]
    strengths = {one.purl: (one.strength, one.fault) for one in report.inventories[0].custody}
    others = {"pkg:npm/%40s/tool@2.0.0": ("bytes", ""), "pkg:npm/%40t/tool@2.0.0": ("bytes", "")}
    kept = {path.name for path in (tmp_path / "downloads").iterdir()}
    if body == "the locked one":
        assert strengths == {"pkg:npm/demo@1.0.0": ("bytes", ""), **others}
        assert kept == {"demo-1.0.0.tgz", "s-tool-2.0.0.tgz", "t-tool-2.0.0.tgz"}
    else:
        assert strengths == {"pkg:npm/demo@1.0.0": ("broken", "artifact"), **others}
        assert kept == {"s-tool-2.0.0.tgz", "t-tool-2.0.0.tgz"}


def test_a_lock_without_addresses_has_nothing_to_download(case: Case) -> None:
    case.cache = {}
    report = case.verify(online=True)
    assert {one.strength for one in report.inventories[0].custody} == {"version"}
    assert any("no address in the lockfile" in note for note in report.inventories[0].notes)


def test_the_cache_of_what_was_read_is_for_wheels(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Python only"):
        case.verify(cache=str(tmp_path / "cache"), cache_key=str(tmp_path / "key"))
