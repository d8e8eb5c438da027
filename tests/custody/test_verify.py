"""From lock to file: what the chain proves, what breaks it, and what it cannot tell."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from support import SITE, sbomgate, write_tree
from wheels import archive, installed, recorded, sha256, wheel_files

from sbomgate import engine
from sbomgate.custody import artifacts
from sbomgate.custody_model import Evidence
from sbomgate.errors import UsageError
from sbomgate.model import Report
from sbomgate.policy import Policy
from sbomgate.reporters import cyclonedx

CONFIG = {"pyvenv.cfg": b"home = /usr/bin\nversion = 3.12.1\n"}
INFO = "demo-1.0.dist-info"
MEMBERS = wheel_files(
    "demo",
    "1.0",
    {
        "demo/__init__.py": b"x = 1\n",
        "demo-1.0.data/scripts/run": b"#!python\nimport demo\n",
        "demo-1.0.data/scripts/tool": b"\x7fELF binary",
        "demo-1.0.data/headers/demo.h": b"int x;\n",
        "demo-1.0.data/data/share/demo/a.json": b"{}",
    },
    "[console_scripts]\ndemo = demo.cli:main\n",
)
WHEEL = archive(MEMBERS)
INSTALLED = installed(MEMBERS, {"demo": "demo.cli:main", "demo3.12": "demo.cli:main"}, REQUESTED=b"")
HASH = f"--hash=sha256:{sha256(WHEEL)}"


@dataclass
class Case:
    """An environment, a lock and a wheelhouse on disk."""

    root: Path
    files: dict[str, bytes] = field(default_factory=lambda: dict(INSTALLED))
    lock: str = f"demo==1.0 {HASH}\n"
    wheels: dict[str, bytes] = field(default_factory=lambda: {"demo-1.0-py3-none-any.whl": WHEEL})
    lock_name: str = "requirements.txt"

    @property
    def env(self) -> Path:
        return self.root / "srv" / "env"

    def verify(self, policy: Policy | None = None) -> Report:
        write_tree(self.env, {**CONFIG, **self.files})
        write_tree(self.root / "wheels", self.wheels)
        write_tree(self.root, {self.lock_name: self.lock})
        (self.root / "wheels").mkdir(exist_ok=True)
        return engine.verify(str(self.env), str(self.root / self.lock_name), policy, artifacts=[str(self.root / "wheels")])

    def change(self, path: str, content: bytes) -> None:
        """Change a file and RECORD with it, as one would who does not want to be found."""
        self.files = recorded({**self.files, path: content}, INFO)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def evidence(report: Report) -> Evidence:
    (one,) = report.inventories[0].custody
    return one


def findings(report: Report, family: str = "SG34") -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in report.findings if finding.rule.startswith(family)]


def test_bytes(case: Case) -> None:
    report = case.verify()
    one = evidence(report)
    assert (one.strength, one.reason, one.fault) == ("bytes", "", "")
    assert one.artifact == sha256(WHEEL)
    assert one.files == 10  # module, METADATA, WHEEL, entry_points.txt, two scripts, two wrappers, header, data; not RECORD and INSTALLER
    assert one.content == report.inventories[0].components[0].installation.content_digest
    assert report.findings == ()
    assert report.exit_code == 0
    assert pickle.loads(pickle.dumps(report)) == report


def test_the_document_of_a_comparison_says_how_it_is_known(case: Case) -> None:
    def row() -> dict[str, Any]:
        document = json.loads(cyclonedx.render(case.verify(), reproducible=True))
        found: dict[str, Any] = next(one for one in document["components"] if one["name"] == "demo")
        return found

    found = row()
    assert {(one["field"], one["confidence"]) for one in found["evidence"]["identity"]} == {
        (field, 1.0) for field in ("purl", "name", "version", "hash")
    }
    assert found["hashes"] == [{"alg": "SHA-256", "content": sha256(WHEEL)}]
    assert "pedigree" not in found
    case.change(f"{SITE}/demo/__init__.py", b"changed = 1\n")
    found = row()
    assert found["pedigree"]["ancestors"][0]["hashes"] == [{"alg": "SHA-256", "content": sha256(WHEEL)}]
    assert found["pedigree"]["notes"].endswith(f"changed {SITE}/demo/__init__.py")
    assert found["evidence"]["identity"][0]["confidence"] == 0.5
    assert "hashes" not in found


def test_bytecode_and_files_of_installers_are_no_difference(case: Case) -> None:
    more = {
        f"{SITE}/demo/__pycache__/__init__.cpython-312.pyc": b"\0",
        f"{SITE}/{INFO}/uv_cache.json": b"{}",
        f"{SITE}/{INFO}/direct_url.json": b'{"url": "file:///w/demo-1.0-py3-none-any.whl", "archive_info": {}}',
    }
    case.files = recorded({**case.files, **more}, INFO)
    assert evidence(case.verify()).strength == "bytes"


@pytest.mark.parametrize(
    ("path", "content", "kind", "severity"),
    [
        (f"{SITE}/demo/__init__.py", b"import evil\n", "differs", "critical"),
        (f"{SITE}/demo/new.py", b"import evil\n", "added", "critical"),
        (f"{SITE}/demo_init.pth", b"import evil\n", "added", "critical"),
        (f"{SITE}/{INFO}/entry_points.txt", b"[pytest11]\nx = evil\n", "differs", "critical"),
        (f"{SITE}/{INFO}/METADATA", b"Name: demo\nVersion: 1.0\nSummary: x\n", "differs", "medium"),
        (f"{SITE}/demo/readme.txt", b"x", "added", "medium"),
        ("share/demo/a.json", b"[]", "differs", "medium"),
        ("include/site/python3.12/demo-1.0/demo.h", b"int y;\n", "differs", "medium"),
        ("bin/run", b"#!/srv/env/bin/python3.12\nimport evil\n", "differs", "critical"),
        ("bin/run", b"#!/bin/evil\nimport demo\n", "differs", "critical"),
        ("bin/tool", b"\x7fELF other", "differs", "critical"),
        ("bin/demo", INSTALLED["bin/demo"].replace(b"demo.cli", b"evil.cli"), "script", "critical"),
        ("bin/other", INSTALLED["bin/demo"], "added", "critical"),
        ("bin/demo", b"#!/bin/sh\nevil\n", "script", "critical"),
    ],
)  # fmt: skip
def test_tampering_that_record_was_made_to_fit(case: Case, path: str, content: bytes, kind: str, severity: str) -> None:
    """RECORD fits what is on disk, so it shows nothing; the artifact does."""
    case.change(path, content)
    report = case.verify()
    assert not {finding.rule for finding in report.findings} & {"SG301", "SG302"}
    one = evidence(report)
    assert (one.strength, one.fault) == ("broken", "content")
    assert [(item.kind, item.path) for item in one.deviations] == [(kind, path)]
    assert findings(report) == [("SG345", severity)]


def test_a_script_that_starts_another_interpreter(case: Case) -> None:
    """Most scripts of the environment agree on where it was made; one that says something else was changed."""
    case.change("bin/demo", INSTALLED["bin/demo"].replace(b"/srv/env/bin", b"/srv/evil/bin"))
    (deviation,) = evidence(case.verify()).deviations
    assert (deviation.kind, deviation.path, deviation.detail) == ("script", "bin/demo", "it starts /srv/evil/bin/python3.12")


def test_an_environment_that_was_moved(case: Case) -> None:
    case.files = {path: body.replace(b"/srv/env/bin", b"/build/env/bin") for path, body in case.files.items()}
    case.files = recorded(case.files, INFO)
    report = case.verify()
    assert evidence(report).strength == "bytes"
    assert findings(report) == [("SG347", "medium")]
    assert "/build/env/bin" in report.findings[0].message


def test_an_image_that_is_mounted(case: Case) -> None:
    """The scripts name the path inside of the image."""
    root = case.root / "image" / "srv" / "env"
    write_tree(root, {**CONFIG, **case.files})
    write_tree(case.root, {"w/demo.whl": WHEEL, "requirements.txt": case.lock})
    report = engine.verify(str(root), str(case.root / "requirements.txt"), artifacts=[str(case.root / "w")])
    assert (evidence(report).strength, report.findings) == ("bytes", ())


def test_a_changed_file_whose_row_was_taken_out_of_record(case: Case) -> None:
    path = f"{SITE}/demo/__init__.py"
    kept = {name: body for name, body in case.files.items() if name != path}
    case.files = {**recorded(kept, INFO), path: b"import evil\n"}
    assert [(item.kind, item.path) for item in evidence(case.verify()).deviations] == [("differs", path)]


def test_a_file_that_was_removed_with_its_row(case: Case) -> None:
    kept = {name: body for name, body in case.files.items() if name != f"{SITE}/demo/__init__.py"}
    case.files = recorded(kept, INFO)
    report = case.verify()
    assert [item.kind for item in evidence(report).deviations] == ["missing"]
    assert findings(report) == [("SG345", "medium")]


def test_a_link_in_place_of_a_file(case: Case) -> None:
    case.verify()
    path = case.env / SITE / "demo" / "__init__.py"
    path.rename(path.with_name("real"))
    path.symlink_to("real")
    report = engine.verify(str(case.env), str(case.root / case.lock_name), artifacts=[str(case.root / "wheels")])
    assert ("link", f"{SITE}/demo/__init__.py") in [(item.kind, item.path) for item in evidence(report).deviations]


def test_without_artifact_record_is_what_is_known(case: Case) -> None:
    case.wheels = {}
    report = case.verify()
    assert (evidence(report).strength, evidence(report).reason) == ("record", "its artifact was not found")
    assert report.exit_code == 0
    assert engine.verify(str(case.env), str(case.root / case.lock_name), Policy(strict=True)).exit_code == 3


def test_without_artifact_a_file_that_is_not_as_record_says(case: Case) -> None:
    case.wheels = {}
    case.files[f"{SITE}/demo/__init__.py"] = b"import evil\n"
    one = evidence(case.verify())
    assert (one.strength, one.fault) == ("broken", "record")
    assert "demo/__init__.py" in one.reason


def test_without_record_version_is_what_is_known(case: Case) -> None:
    del case.files[f"{SITE}/{INFO}/RECORD"]
    case.wheels = {}
    assert evidence(case.verify()).strength == "version"


@pytest.mark.parametrize(
    ("lock", "wheels", "reason"),
    [
        ("demo==1.0\n", None, "the lock has no hash of its artifact"),
        (f"demo==1.0 --hash=sha256:{sha256(b'sdist')}\n", {"demo-1.0.tar.gz": b"sdist"}, "built on this machine from an sdist"),
        ("demo>=1.0\n", None, "the lock has no hash of its artifact"),
        (f"demo==1.0 --hash=md5:{'0' * 32}\n", None, "the lock has no hash of its artifact"),
    ],
)
def test_why_it_is_not_stronger(case: Case, lock: str, wheels: dict[str, bytes] | None, reason: str) -> None:
    case.lock = lock
    case.wheels = case.wheels if wheels is None else wheels
    one = evidence(case.verify())
    assert (one.strength, one.fault) == ("record", "")
    assert one.reason.startswith(reason)


def test_an_artifact_that_is_not_the_locked_one_is_never_opened(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "read_wheel", None)
    case.wheels = {"demo-1.0-py3-none-any.whl": WHEEL + b"x"}
    report = case.verify()
    assert findings(report) == [("SG344", "critical")]
    assert "wheels/demo-1.0-py3-none-any.whl" in evidence(report).reason


def test_another_wheel_of_the_version_beside_the_locked_one_is_not_told(case: Case) -> None:
    case.wheels["demo-1.0-cp39-cp39-win_amd64.whl"] = b"of another platform"
    assert evidence(case.verify()).strength == "bytes"


def test_of_several_locked_wheels_the_installed_one_is_compared(case: Case) -> None:
    other = archive({**MEMBERS, "demo/__init__.py": b"x = 2\n", f"{INFO}/WHEEL": b"Tag: cp39-cp39-win_amd64\n"})
    case.wheels = {"a.whl": other, "b.whl": WHEEL}
    case.lock += f"demo==1.0 --hash=sha256:{sha256(other)}\n"
    assert evidence(case.verify()).strength == "bytes"


def test_the_name_of_the_file_does_not_matter(case: Case) -> None:
    """The bodies in pip's HTTP cache have no name."""
    case.wheels = {"a/b/0123456789abcdef.body": WHEEL}
    assert evidence(case.verify()).strength == "bytes"


def test_a_hostile_archive_with_the_locked_hash(case: Case) -> None:
    case.wheels = {"demo-1.0-py3-none-any.whl": b"#!/bin/sh\n" + WHEEL}
    case.lock = f"demo==1.0 --hash=sha256:{sha256(b'#!/bin/sh' + bytes([10]) + WHEEL)}\n"
    report = case.verify()
    assert findings(report) == [("SG346", "high")]
    assert "does not lie at the end" in evidence(report).reason


def test_a_locked_hash_that_is_that_of_another_package(case: Case) -> None:
    other = archive(wheel_files("other", "1.0", {"other.py": b""}))
    case.wheels = {"demo-1.0-py3-none-any.whl": other}
    case.lock = f"demo==1.0 --hash=sha256:{sha256(other)}\n"
    report = case.verify()
    assert findings(report) == [("SG344", "critical")]
    assert "other 1.0" in evidence(report).reason


def test_the_installer_says_that_it_installed_another_artifact(case: Case) -> None:
    direct = {"url": "https://index.example/demo.whl", "archive_info": {"hashes": {"sha256": "0" * 64}}}
    case.change(f"{SITE}/{INFO}/direct_url.json", json.dumps(direct).encode())
    case.wheels = {}
    assert findings(case.verify()) == [("SG344", "critical")]


COMMIT = "0123456789012345678901234567890123456789"


@pytest.mark.parametrize(
    ("lock", "direct", "fault"),
    [
        ("demo==1.0", {"url": "https://git.example/demo", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, "source"),
        ("demo==1.0", {"url": "https://files.example/demo.zip", "archive_info": {}}, "source"),
        ("demo==1.0", {"url": "file:///src/demo", "dir_info": {"editable": True}}, "source"),
        (f"demo @ git+https://git.example/demo@{COMMIT}", {"url": "https://git.example/demo.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, ""),
        (f"demo @ git+https://git.example/demo@{COMMIT}", {"url": "https://git.example/demo", "vcs_info": {"vcs": "git", "commit_id": "9" * 40}}, "source"),
        ("demo @ git+https://git.example/demo@main", {"url": "https://git.example/fork", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, "source"),
        (f"demo @ git+https://git.example/demo@{COMMIT}", None, "source"),
        ("-e .", {"url": "file:///src/demo", "dir_info": {"editable": True}}, "local"),
    ],
)  # fmt: skip
def test_sources(case: Case, lock: str, direct: dict | None, fault: str) -> None:
    case.lock, case.wheels = lock + "\n", {}
    if direct:
        case.change(f"{SITE}/{INFO}/direct_url.json", json.dumps(direct).encode())
    assert evidence(case.verify()).fault == fault


def test_not_locked_and_seeds(case: Case) -> None:
    for name in ("stray", "pip"):
        members = wheel_files(name, "2.0", {f"{name}.py": b""})
        case.files |= installed(members)
    report = case.verify()
    assert sorted(findings(report)) == [("SG340", "high"), ("SG340", "low")]
    assert [(one.purl, one.strength) for one in report.inventories[0].custody] == [
        ("pkg:pypi/stray@2.0", "broken"),
        ("pkg:pypi/pip@2.0", "record"),
        ("pkg:pypi/demo@1.0", "bytes"),
    ]


def test_a_file_that_two_locked_wheels_ship(case: Case) -> None:
    """The one that was installed last wins: no tampering, but told."""
    other = wheel_files("other", "1.0", {"demo/__init__.py": b"x = 2\n"})
    case.files |= {**installed(other)}
    case.wheels["other.whl"] = archive(other)
    case.lock += f"other==1.0 --hash=sha256:{sha256(archive(other))}\n"
    report = case.verify()
    assert [one.strength for one in report.inventories[0].custody] == ["bytes", "bytes"]
    assert "another locked distribution" in report.inventories[0].custody[0].reason
    assert findings(report) == []
    case.change(f"{SITE}/demo/__init__.py", b"import evil\n")
    assert ("SG345", "critical") in findings(case.verify())


def test_a_script_that_two_locked_wheels_generate(case: Case) -> None:
    other = wheel_files("other", "1.0", {"other.py": b""}, "[console_scripts]\ndemo = other:main\n")
    case.files |= installed(other, {"demo": "other:main"})
    case.files = recorded({path: body for path, body in case.files.items() if "other" not in path}, INFO) | {
        path: body for path, body in case.files.items() if "other" in path
    }
    case.wheels["other.whl"] = archive(other)
    case.lock += f"other==1.0 --hash=sha256:{sha256(archive(other))}\n"
    report = case.verify()
    assert [one.strength for one in report.inventories[0].custody] == ["bytes", "bytes"]
    assert "bin/demo" in report.inventories[0].custody[0].reason
    case.change("bin/demo", INSTALLED["bin/demo"].replace(b"demo.cli", b"evil.cli"))
    assert ("SG345", "critical") in findings(case.verify())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("gone==1.0", True),
        ("gone==1.0 ; python_version >= '3.12'", True),
        ("gone==1.0 ; python_version < '3.12'", False),
        ("gone==1.0 ; platform_release == 'x'", False),
        ("gone==1.0 ; python_full_version >= '3.12.50'", False),
    ],
)
def test_locked_but_not_installed(case: Case, line: str, told: bool) -> None:
    case.lock += line + "\n"
    report = case.verify()
    assert findings(report) == ([("SG341", "medium")] if told else [])
    if told:
        (finding,) = report.findings
        assert finding.target.endswith("requirements.txt")
        assert finding.location.line == 2


UV_LOCK = """version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "acme"
version = "0.1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "demo" }}]

[[package]]
name = "demo"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
dependencies = [{{ name = "colorama", marker = "sys_platform == 'win32'" }}, {{ name = "needed" }}]
wheels = [{{ url = "https://index.example/demo-1.0-py3-none-any.whl", hash = "sha256:{0}", size = {1} }}]

[[package]]
name = "colorama"
version = "0.4"
source = {{ registry = "https://index.example/simple" }}

[[package]]
name = "needed"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
"""


def test_uv_lock(case: Case) -> None:
    """Its edges, not its rows, say for which machine a package is meant: METADATA of what is installed decides."""
    case.lock_name, case.lock = "uv.lock", UV_LOCK.format(sha256(WHEEL), len(WHEEL))
    body = MEMBERS[f"{INFO}/METADATA"] + b"Requires-Dist: colorama; sys_platform == 'win32'\nRequires-Dist: needed\n"
    members = {**MEMBERS, f"{INFO}/METADATA": body, f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_28_x86_64\n"}
    case.files = installed(members)
    case.wheels = {"demo-1.0-py3-none-any.whl": archive(members)}
    case.lock = UV_LOCK.format(sha256(archive(members)), 1)
    report = case.verify()
    assert evidence(report).strength == "bytes"
    assert [one.purl for one in report.inventories[1].custody] == ["pkg:pypi/needed@1.0"]
    case.wheels = {"demo-1.0-py3-none-any.whl": WHEEL}  # the name is in the lock: it claims to be the artifact
    assert ("SG344", "critical") in findings(case.verify())


LOCKS = {
    "pylock.toml": 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n[[packages.wheels]]\nname = "demo-1.0-py3-none-any.whl"\nurl = "https://index.example/demo-1.0-py3-none-any.whl"\nhashes = {{sha256 = "{0}"}}\n',
    "poetry.lock": '[[package]]\nname = "demo"\nversion = "1.0"\noptional = false\npython-versions = "*"\ngroups = ["main"]\nfiles = [{{file = "demo-1.0-py3-none-any.whl", hash = "sha256:{0}"}}]\n[metadata]\nlock-version = "2.1"\npython-versions = "*"\ncontent-hash = "0"\n',
    "pdm.lock": '[metadata]\nlock_version = "4.5.0"\ngroups = ["default"]\n[[package]]\nname = "demo"\nversion = "1.0"\ngroups = ["default"]\nfiles = [{{file = "demo-1.0-py3-none-any.whl", hash = "sha256:{0}"}}]\n',
    "Pipfile.lock": '{{"_meta": {{"pipfile-spec": 6, "sources": []}}, "default": {{"demo": {{"version": "==1.0", "hashes": ["sha256:{0}"]}}}}, "develop": {{"tool": {{"version": "==1"}}}}}}',
}


@pytest.mark.parametrize("name", LOCKS)
def test_every_lock(case: Case, name: str) -> None:
    case.lock_name, case.lock = name, LOCKS[name].format(sha256(WHEEL))
    report = case.verify()
    assert (evidence(report).strength, findings(report), report.problems) == ("bytes", [], ())
    case.lock = LOCKS[name].format("0" * 64)
    assert findings(case.verify()) == [("SG344", "critical")]


def test_a_site_folder_alone(case: Case) -> None:
    case.files = {path.removeprefix(f"{SITE}/"): body for path, body in case.files.items() if path.startswith(SITE)}
    write_tree(case.root / "site-packages", case.files)
    write_tree(case.root, {"w/demo.whl": WHEEL, "requirements.txt": case.lock})
    one = evidence(engine.verify(str(case.root / "site-packages"), str(case.root / "requirements.txt"), artifacts=[str(case.root / "w")]))
    assert (one.strength, one.reason) == ("bytes", "4 scripts and data files lie outside the target")


def test_a_folder_that_uv_filled_as_target(case: Case) -> None:
    """Scripts and data lie in the site folder itself; what RECORD lists there is still compared."""
    members = {path: body for path, body in MEMBERS.items() if "/headers/" not in path}
    data = archive(members)
    flat = {path.removeprefix(f"{SITE}/"): body for path, body in installed(members, {"demo": "demo.cli:main"}).items()}
    flat[f"{INFO}/RECORD"] = flat[f"{INFO}/RECORD"].replace(b"../../../", b"")
    write_tree(case.root / "site-packages", flat)
    write_tree(case.root, {"w/demo.whl": data, "requirements.txt": f"demo==1.0 --hash=sha256:{sha256(data)}\n"})
    arguments = (str(case.root / "site-packages"), str(case.root / "requirements.txt"))
    one = evidence(engine.verify(*arguments, artifacts=[str(case.root / "w")]))
    assert (one.strength, one.reason, one.files) == ("bytes", "", 8)
    (case.root / "site-packages" / "bin" / "demo").write_bytes(flat["bin/demo"].replace(b"demo.cli", b"evil.cli"))
    one = evidence(engine.verify(*arguments, artifacts=[str(case.root / "w")]))
    assert [(item.kind, item.path) for item in one.deviations] == [("script", "bin/demo")]


def test_wrong_usage(case: Case) -> None:
    case.verify()
    env, lock = str(case.env), str(case.root / "requirements.txt")
    for arguments, options, what in (
        ((env, str(case.root / "gone.lock")), {}, "no such file"),
        ((env, str(case.root / "wheels")), {}, "not a lockfile"),
        ((str(case.root / "wheels"), lock), {}, "not a Python environment"),
        ((env, lock), {"artifacts": [str(case.root / "gone")]}, "no such folder"),
    ):
        with pytest.raises(UsageError, match=what):
            engine.verify(*arguments, **options)


def test_a_lock_that_cannot_be_read_is_incomplete(case: Case) -> None:
    case.lock_name, case.lock = "uv.lock", "version = 1\n<<<<<<< HEAD\n"
    report = case.verify(Policy(fail_on="never"))
    assert report.exit_code == 3


def test_an_artifact_that_cannot_be_read_is_a_problem(case: Case) -> None:
    case.verify()
    (case.root / "wheels" / "outside.whl").symlink_to(case.root / "requirements.txt")
    report = engine.verify(str(case.env), str(case.root / "requirements.txt"), artifacts=[str(case.root / "wheels")])
    assert [(one.target.path, problem.path) for one in report.inventories for problem in one.problems] == [
        (str(case.root / "wheels"), "outside.whl")
    ]
    assert report.exit_code == 3


def test_findings_are_accepted_like_any_other(case: Case) -> None:
    case.change(f"{SITE}/demo/__init__.py", b"import patched\n")
    (finding,) = (one for one in case.verify().findings if one.rule == "SG345")
    from sbomgate.policy import Allow

    report = case.verify(Policy(allow=(Allow(reason="our patch", fingerprint=finding.fingerprint),)))
    assert report.exit_code == 0
    case.change(f"{SITE}/demo/__init__.py", b"import evil\n")
    assert case.verify(replace(Policy(), allow=(Allow(reason="our patch", fingerprint=finding.fingerprint),))).exit_code == 1


def test_the_command(case: Case) -> None:
    case.change(f"{SITE}/demo/__init__.py", b"import evil\n")
    case.verify()
    options = ("--lock", "requirements.txt", "--artifacts", "wheels")
    done = sbomgate("verify", "srv/env", *options, "-o", "json=report.json", cwd=case.root)
    assert done.returncode == 1, done.stderr
    assert "CHAIN OF CUSTODY  1 broken" in done.stdout
    assert "demo/__init__.py is not as the artifact says" in " ".join(done.stdout.split())
    document = json.loads((case.root / "report.json").read_text())
    assert document["summary"]["custody"] == {"broken": 1, "version": 0, "record": 0, "bytes": 0}
    (row,) = document["inventory"]["custody"]
    assert row["deviations"][0]["path"] == f"{SITE}/demo/__init__.py"
    assert row["artifact"] == f"sha256:{sha256(WHEEL)}"
    for format_ in ("sarif", "cyclonedx", "junit", "github", "markdown", "html"):
        assert sbomgate("verify", "srv/env", *options, "-f", format_, "-q", cwd=case.root).returncode == 1
    assert sbomgate("verify", "srv/env", cwd=case.root).returncode == 2
    assert sbomgate("verify", "srv/env", "--lock", "gone.lock", cwd=case.root).returncode == 2
