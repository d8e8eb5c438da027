"""The commands as a user meets them: exit codes, streams, options, files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from support import ROOT, SITE, distribution, environment, report_of, sbomgate, write_tree

from sbomgate.cli import main
from sbomgate.rules import all_rules

CLEAN = "idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0\n"
HOSTILE = "esc\x1b[31m\nnewline::error::\u202edraw"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "clean", {"requirements.txt": CLEAN})


@pytest.fixture
def unpinned(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "unpinned", {"requirements.txt": CLEAN + "litellm\n"})


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "broken", {"requirements.txt": CLEAN, "package-lock.json": '{"lockfileVersion": 3, "packages": {'})


def test_exit_0_when_nothing_reaches_the_gate(clean: Path) -> None:
    done = sbomgate("scan", clean)
    assert (done.returncode, done.stderr) == (0, "")
    assert "PASS" in done.stdout


def test_exit_1_when_the_gate_fails(unpinned: Path) -> None:
    done = sbomgate("scan", unpinned)
    assert done.returncode == 1
    assert "SG201" in done.stdout
    assert "requirements.txt:2" in done.stdout


def test_exit_2_for_wrong_usage(clean: Path, tmp_path: Path) -> None:
    for arguments in (
        ["scan", tmp_path / "nowhere"],
        ["scan", clean, "--format", "yaml"],
        ["scan", clean, "--fail-on", "sometimes"],
        ["scan", clean, "--select", "SG999"],
        ["scan", clean, "-o", "sarif"],
        ["scan", clean, "-o", "pdf=x.pdf"],
        ["scan", clean, "--policy", tmp_path / "none.toml"],
        ["scan", clean, "--manifest", tmp_path / "none.json"],
        ["explain", "SG999"],
        ["why", "nothing-like-this", clean],
        ["allow", "not-a-fingerprint", "--reason", "x"],
        ["frobnicate"],
    ):
        done = sbomgate(*arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert done.stderr
        assert "Traceback" not in done.stderr


def test_exit_3_when_something_could_not_be_read(broken: Path) -> None:
    done = sbomgate("scan", broken)
    assert done.returncode == 3
    assert "package-lock.json" in done.stdout
    done = sbomgate("scan", broken, "-f", "json")
    assert done.returncode == 3
    assert "problem: package-lock.json" in done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["complete"] is False
    assert [problem["path"] for problem in report["problems"]] == ["package-lock.json"]
    assert [item["name"] for item in report["inventory"]["components"]] == ["idna"], "the rest is still read"


def test_exit_3_when_nothing_at_all_was_found(tmp_path: Path) -> None:
    write_tree(tmp_path, {"README.md": "nothing here"})
    done = sbomgate("scan", tmp_path)
    assert done.returncode == 3
    assert "nothing" in done.stdout.lower()


def test_a_gate_failure_wins_over_incompleteness(unpinned: Path) -> None:
    write_tree(unpinned, {"uv.lock": "not toml ="})
    assert sbomgate("scan", unpinned).returncode == 1


def test_target_defaults_to_the_working_directory(unpinned: Path) -> None:
    code, report = report_of(cwd=unpinned)
    assert code == 1
    assert report["targets"] == [{"path": ".", "kind": "project"}]


@pytest.mark.parametrize(("level", "code"), [("critical", 0), ("high", 1), ("low", 1), ("never", 0)])
def test_fail_on(unpinned: Path, level: str, code: int) -> None:
    assert sbomgate("scan", unpinned, "--fail-on", level).returncode == code


def test_select_and_ignore(unpinned: Path) -> None:
    assert sbomgate("scan", unpinned, "--ignore", "SG2").returncode == 0
    assert sbomgate("scan", unpinned, "--select", "SG3,SG4").returncode == 0
    assert sbomgate("scan", unpinned, "--select", "unpinned").returncode == 1


def test_several_targets_and_files(clean: Path, unpinned: Path) -> None:
    code, report = report_of(clean, unpinned / "requirements.txt")
    assert code == 1
    assert [target["kind"] for target in report["targets"]] == ["project", "file"]
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG201"]
    assert finding["location"] == {"path": "requirements.txt", "line": 2}
    assert finding["target"] == str(unpinned / "requirements.txt")


def test_a_file_that_is_no_known_format_is_incomplete(tmp_path: Path) -> None:
    write_tree(tmp_path, {"notes.md": "x"})
    done = sbomgate("scan", tmp_path / "notes.md")
    assert done.returncode == 3
    assert "not a format" in done.stdout


def test_a_document_that_fails_on_the_way_leaves_no_file(clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "9" * 30)
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.json").write_text("old")
    for name in ("new.json", "old.json"):
        assert sbomgate("sbom", clean, "-o", out / name).returncode == 2
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("old.json", "old")]


def test_output_files_are_written_whole(unpinned: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    names = {
        "table": "t.txt",
        "json": "j.json",
        "sarif": "s.sarif",
        "cyclonedx": "c.json",
        "vdr": "v.json",
        "junit": "u.xml",
        "github": "g.txt",
        "markdown": "m.md",
        "html": "h.html",
    }
    arguments = [part for name, file in names.items() for part in ("-o", f"{name}={out / file}")]
    assert sbomgate("scan", unpinned, *arguments, "-f", "json").returncode == 1
    assert sorted(path.name for path in out.iterdir()) == sorted(names.values())
    assert json.loads((out / "s.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((out / "c.json").read_text())["bomFormat"] == "CycloneDX"
    assert all(path.stat().st_size for path in out.iterdir())


def test_an_output_that_is_no_regular_file_is_written_to_and_stays(clean: Path, tmp_path: Path) -> None:
    """A device or a link must never be replaced by a file."""
    real = tmp_path / "real.json"
    link = tmp_path / "link.json"
    link.symlink_to(real)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert sbomgate("scan", clean, "-o", f"json={link}", "-o", f"github={pipe}").returncode == 0
    os.close(reader)
    assert link.is_symlink()
    assert json.loads(real.read_text())["schema_version"] == "1.0"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_output_that_cannot_be_written_is_told(unpinned: Path, tmp_path: Path) -> None:
    done = sbomgate("scan", unpinned, "-o", f"json={tmp_path}/no/such/folder/x.json")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_no_verify_is_told_and_skips_hashing(tmp_path: Path) -> None:
    files = environment(distribution("demo", "1.0", {"demo.py": b"import os\n"}))
    files[f"{SITE}/demo.py"] = b"import re\n"
    write_tree(tmp_path, files)
    code, report = report_of(tmp_path)
    assert (code, [finding["rule"] for finding in report["findings"]]) == (1, ["SG301"])
    code, report = report_of(tmp_path, "--no-verify")
    assert (code, report["findings"], report["summary"]["files_verified"]) == (0, [], 0)
    assert any("--no-verify" in note for note in report["notes"])


def test_strict_makes_limits_problems(tmp_path: Path) -> None:
    write_tree(tmp_path, environment(distribution("demo", "1.0", {"demo.py": b"import os\n"})))
    (tmp_path / "pyvenv.cfg").write_text("include-system-site-packages = true\nversion = 3.12.1\n")
    assert sbomgate("scan", tmp_path).returncode == 0
    done = sbomgate("scan", tmp_path, "--strict")
    assert done.returncode == 3
    assert "include-system-site-packages" in done.stdout


def test_sbom_of_a_file_that_cannot_be_read_prints_no_document(broken: Path) -> None:
    done = sbomgate("sbom", broken / "package-lock.json")
    assert (done.returncode, done.stdout) == (3, "")
    assert "package-lock.json" in done.stderr


def test_sbom_of_a_folder_is_marked_incomplete(broken: Path) -> None:
    done = sbomgate("sbom", broken)
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["compositions"][:2] == [{"aggregate": "incomplete"}, {"aggregate": "incomplete", "assemblies": ["root"]}]
    assert [component["name"] for component in document["components"]] == ["idna"]


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_sbom_versions_and_formats(clean: Path, tmp_path: Path, version: str) -> None:
    done = sbomgate("sbom", clean, "--spec-version", version)
    assert done.returncode == 0
    assert json.loads(done.stdout)["specVersion"] == version
    done = sbomgate("sbom", clean, "--spec-version", version, "--output-format", "xml", "-o", tmp_path / "bom.xml")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"http://cyclonedx.org/schema/bom/{version}" in (tmp_path / "bom.xml").read_text()


def test_reproducible_gives_the_same_bytes(clean: Path) -> None:
    first = sbomgate("sbom", clean, "--reproducible", env={"PYTHONHASHSEED": "1"})
    second = sbomgate("sbom", clean, "--reproducible", env={"PYTHONHASHSEED": "2"})
    assert first.stdout == second.stdout
    assert "serialNumber" not in first.stdout
    dated = sbomgate("sbom", clean, "--reproducible", env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert '"timestamp":"2023-11-14T22:13:20Z"' in dated.stdout
    assert sbomgate("sbom", clean).stdout != sbomgate("sbom", clean).stdout


def test_manifest_write_then_scan_then_drift(clean: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    done = sbomgate("manifest", "write", clean, "-o", known)
    assert done.returncode == 0
    assert "1 component," in done.stderr
    assert sbomgate("scan", clean, "--manifest", known).returncode == 0
    (clean / "requirements.txt").write_text(CLEAN.replace("82fee1", "82fee2"))
    code, report = report_of(clean, "--manifest", known)
    assert (code, [finding["rule"] for finding in report["findings"]]) == (1, ["SG504"])
    done = sbomgate("diff", known, clean)
    assert done.returncode == 1
    assert done.stdout.startswith("CONTENT CHANGED AT THE SAME VERSION  1\n  ! pkg:pypi/idna@3.7\n")
    assert sbomgate("diff", known, known).stdout.startswith("no change\n")
    assert json.loads(sbomgate("diff", known, clean, "-f", "json").stdout)["counts"] == {"content": 1}
    assert sbomgate("diff", known, clean, "-f", "markdown").stdout.startswith("## ❌ sbomgate diff: 1 change")


def test_allow_accepts_a_finding_and_it_stays_in_the_report(unpinned: Path) -> None:
    _, report = report_of(cwd=unpinned)
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG201"]
    assert (
        sbomgate(
            "allow", finding["fingerprint"], "--reason", 'until\nthe "next" sprint', "--expires", "2999-01-31", cwd=unpinned
        ).returncode
        == 0
    )
    code, report = report_of(cwd=unpinned)
    assert code == 0
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG201"]
    assert finding["accepted"] == 'until\nthe "next" sprint'
    assert report["summary"]["accepted"] == 1
    assert report["policy"] == "sbomgate.toml"


def test_a_targets_own_policy_is_not_trusted(unpinned: Path, tmp_path: Path) -> None:
    write_tree(unpinned, {"sbomgate.toml": 'ignore = ["SG2"]\n'})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".git").mkdir()
    assert sbomgate("scan", unpinned, cwd=elsewhere).returncode == 1
    assert sbomgate("scan", cwd=unpinned).returncode == 0


def test_why_tells_the_paths(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "app", "version": "1.0.0", "dependencies": {"a": "1", "b": "1"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"c": "1"}},
            "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}},
            "node_modules/c": {"version": "1.0.0"},
        },
    }
    write_tree(tmp_path, {"package-lock.json": json.dumps(lock)})
    done = sbomgate("why", "c", tmp_path)
    assert done.returncode == 0
    assert done.stdout == (
        "c@1.0.0  (npm, exact, package-lock.json:1)\n"
        "app@1.0.0  (project package-lock.json:1)\n"
        "├── a@1.0.0\n"
        "│   └── c@1.0.0\n"
        "└── b@1.0.0\n"
        "    └── a@1.0.0 (*)\n"
    )
    done = sbomgate("why", "c", tmp_path, "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["complete"], document["name"]) == (0, True, "c")
    assert [[purl.partition("/")[2] for purl in path["components"]] for path in document["components"][0]["paths"]] == [
        ["app@1.0.0", "a@1.0.0", "c@1.0.0"],
        ["app@1.0.0", "b@1.0.0", "a@1.0.0", "c@1.0.0"],
    ]
    done = sbomgate("why", "c", tmp_path, "--format", "paths")
    assert done.returncode == 0
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == [
        "app@1.0.0 → a@1.0.0 → c@1.0.0",
        "app@1.0.0 → b@1.0.0 → a@1.0.0 → c@1.0.0",
    ]


def test_a_finding_says_how_its_component_came_in(tmp_path: Path) -> None:
    rows = {
        "": {"name": "app", "dependencies": {"a": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"@ctrl/tinycolor": "4"}},
    }
    rows["node_modules/@ctrl/tinycolor"] = {"version": "4.1.1"}
    write_tree(tmp_path, {"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": rows})})
    code, report = report_of(tmp_path)
    (found,) = (row for row in report["findings"] if row["rule"] == "SG601")
    assert (code, found["path"]) == (1, ["app", "a@1.0.0", "@ctrl/tinycolor@4.1.1"])
    assert "    via app → a@1.0.0\n" in sbomgate("scan", tmp_path).stdout
    for format_ in ("junit", "github"):
        assert "via app → a@1.0.0 → @ctrl/tinycolor@4.1.1" in sbomgate("scan", tmp_path, "-f", format_).stdout


def test_why_escapes_names_marks_several_targets_and_tells_near_names(tmp_path: Path) -> None:
    evil = "::error::\x1b[31m\u202eleft"
    rows = {"": {"name": evil, "dependencies": {"left-pad": "1"}}, "node_modules/left-pad": {"version": "1.0.0"}}
    for name in ("one", "two"):
        write_tree(tmp_path / name, {"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": rows})})
    done = sbomgate("why", "left-pad", "one", "two", cwd=tmp_path)
    assert (done.returncode, done.stdout.count("  in two\n")) == (0, 1)
    assert not any(line.startswith("::") for line in done.stdout.splitlines())
    assert done.stdout.isascii() or not set("\x1b\u202e") & set(done.stdout)
    assert "\\x1b[31m\\u202eleft" in done.stdout
    done = sbomgate("why", "leftpad", "one", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "perhaps 'left-pad'" in done.stderr
    write_tree(tmp_path / "one", {"uv.lock": "= ="})
    done = sbomgate("why", "left-pad", "one", "-f", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["complete"]) == (3, False)


def test_rules_and_explain(tmp_path: Path) -> None:
    table = sbomgate("rules").stdout.splitlines()
    assert [line.split()[0] for line in table] == [rule.id for rule in all_rules()]
    page = sbomgate("explain", "sg301").stdout
    assert page.startswith("# SG301 installed-file-changed (high)")
    assert "## How to fix" in page


def test_init_writes_what_it_says_and_nothing_twice(unpinned: Path) -> None:
    done = sbomgate("init", cwd=unpinned)
    assert done.returncode == 0
    written = {"sbomgate.toml", "sbomgate.cdx.json", ".pre-commit-config.yaml", ".github/workflows/sbomgate.yml"}
    assert all((unpinned / name).is_file() for name in written)
    assert sbomgate("scan", "--manifest", "sbomgate.cdx.json", "--ignore", "SG2", cwd=unpinned).returncode == 0
    (unpinned / "sbomgate.toml").write_text("# mine\n")
    assert "left as it is" in sbomgate("init", cwd=unpinned).stderr
    assert (unpinned / "sbomgate.toml").read_text() == "# mine\n"
    sbomgate("init", "--force", cwd=unpinned)
    assert (unpinned / "sbomgate.toml").read_text() != "# mine\n"


def test_hostile_names_never_reach_a_stream_raw(tmp_path: Path) -> None:
    config = {"mcpServers": {HOSTILE: {"command": "npx", "args": ["-y", f"{HOSTILE}@latest"]}}}
    root = write_tree(tmp_path / "target", {".mcp.json": json.dumps(config), "requirements.txt": "bad\x1b]0;owned\x07name\n"})
    (root / "sub\x1b[2J\nfolder").mkdir()
    write_tree(root / "sub\x1b[2J\nfolder", {"uv.lock": "= broken"})
    for name in ("table", "json", "sarif", "cyclonedx", "junit", "github", "markdown", "html"):
        done = sbomgate("scan", root, "-f", name)
        for stream in (done.stdout, done.stderr):
            assert "\x1b" not in stream, name
            assert "\u202e" not in stream, name
            assert "\x07" not in stream, name
            assert not [line for line in stream.splitlines() if line.lstrip().startswith("newline::error")], name


def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package-lock.json")
    write_tree(tmp_path, {"requirements.txt": CLEAN})
    assert stat.S_ISFIFO((tmp_path / "package-lock.json").stat().st_mode)
    code, report = report_of(tmp_path)
    assert code == 3
    assert report["problems"][0]["what"] == "not a regular file"
    assert sbomgate("scan", tmp_path / "package-lock.json").returncode == 3


def test_every_command_and_option_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    def commands(group: click.Group, prefix: str) -> list[tuple[str, click.Command]]:
        found = []
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found += commands(command, f"{prefix} {name}") if isinstance(command, click.Group) else [(f"{prefix} {name}", command)]
        return found

    for name, command in commands(main, "sbomgate"):
        assert name in readme, name
        assert command.help
    scan = main.get_command(click.Context(main), "scan")
    for parameter in scan.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[-1] in readme, parameter.opts


def test_quiet_and_verbose(broken: Path) -> None:
    assert sbomgate("scan", broken, "-q", "-f", "json").stderr == ""
    assert "reading requirements.txt" in sbomgate("scan", broken, "-v").stderr


def test_module_and_version() -> None:
    assert sbomgate("--version").stdout.startswith("sbomgate ")
    assert "scan" in sbomgate("--help").stdout


def test_a_manifest_is_compared_with_all_targets_together(clean: Path, tmp_path: Path) -> None:
    other = write_tree(tmp_path / "other", {"requirements.txt": CLEAN.replace("idna==3.7", "six==1.0")})
    known = tmp_path / "known.json"
    assert sbomgate("manifest", "write", clean, other, "-o", known).returncode == 0
    code, report = report_of(clean, other, "--manifest", known)
    assert (code, report["findings"]) == (0, [])
    (other / "requirements.txt").write_text(CLEAN.replace("idna==3.7", "six==2.0"))
    code, report = report_of(clean, other, "--manifest", known)
    assert (code, [finding["rule"] for finding in report["findings"]]) == (1, ["SG503"])


def test_an_entry_that_one_target_needs_is_not_unused(clean: Path, unpinned: Path, tmp_path: Path) -> None:
    (tmp_path / "sbomgate.toml").write_text('[[allow]]\nrule = "SG201"\nsubject = "pkg:pypi/litellm"\nreason = "test"\n')
    code, report = report_of(clean, unpinned, cwd=tmp_path)
    assert (code, [finding["rule"] for finding in report["findings"]]) == (0, ["SG201"])
    code, report = report_of(clean, clean / "requirements.txt", cwd=tmp_path)
    assert [finding["rule"] for finding in report["findings"]] == ["SG591"]


def test_a_link_that_is_named_is_followed(unpinned: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "requirements.txt"
    link.parent.mkdir()
    link.symlink_to(unpinned / "requirements.txt")
    assert sbomgate("scan", link).returncode == 1


def test_accepted_foreign_code_is_accepted_as_it_is(tmp_path: Path) -> None:
    """The entry that accepts a foreign file does not accept what it may become."""
    write_tree(tmp_path / "env", environment(distribution("demo", "1.0", {"demo.py": b"import os\n"}), extra={"foreign.py": b"A = 1\n"}))
    _, report = report_of("env", cwd=tmp_path)
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "SG303"]
    assert sbomgate("allow", f"sha256:{finding['digest']}", "--reason", "ours", cwd=tmp_path).returncode == 0
    assert report_of("env", cwd=tmp_path)[0] == 0
    (tmp_path / "env" / SITE / "foreign.py").write_text("A = 2\n")
    assert report_of("env", cwd=tmp_path)[0] == 1


def test_an_interruption_is_exit_130(tmp_path: Path) -> None:
    code = "import sbomgate.engine as e\ndef stop(*a, **k): raise KeyboardInterrupt\ne.scan_many = stop\nimport sys; sys.argv = ['sbomgate', 'scan', '.']\nfrom sbomgate.cli import run; run()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
