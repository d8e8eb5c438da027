"""Real installers make real environments; a clean one has nothing at `high`, a tampered one exactly what was done to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, report_of, sbomgate

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("real")]
UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
AGENT_STACK = ["litellm", "langchain", "mcp", "openai"]


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def grave(report: dict) -> list[tuple[str, str]]:
    """(rule, path) of what is `high` or above."""
    return sorted(
        (finding["rule"], finding["location"]["path"]) for finding in report["findings"] if finding["severity"] in ("critical", "high")
    )


def site_of(env: Path) -> Path:
    (site,) = env.glob("lib/python3*/site-packages")
    return site


@pytest.fixture(scope="session")
def agent_env(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with a real agent stack, made by the standard library's venv and pip."""
    env = tmp_path_factory.mktemp("pip") / "env"
    run(sys.executable, "-m", "venv", env)
    run(env / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *AGENT_STACK)
    return env


@pytest.fixture(scope="session")
def uv_env(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment made by uv, with an editable project, a namespace package and a hook of coverage."""
    assert UV, "uv is a development dependency"
    root = tmp_path_factory.mktemp("uv")
    project = root / "project"
    (project / "src" / "acme_demo").mkdir(parents=True)
    (project / "src" / "acme_demo" / "__init__.py").write_text("")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "acme-demo"\nversion = "1.0"\n[tool.hatch.build.targets.wheel]\npackages = ["src/acme_demo"]\n'
    )
    env = root / "env"
    run(UV, "venv", "--quiet", "--python", sys.executable, env)
    run(
        UV,
        "pip",
        "install",
        "--quiet",
        "--link-mode",
        "copy",
        "--python",
        env / "bin" / "python",
        "pytest-cov",
        "setuptools<75",
        "zope.interface",
        "google-cloud-core",
        "-e",
        project,
    )
    return env


def listed_by_pip(python: Path) -> set[tuple[str, str]]:
    rows = json.loads(run(python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"))
    return {(row["name"].lower().replace("_", "-").replace(".", "-"), row["version"]) for row in rows}


def components(report: dict) -> set[tuple[str, str]]:
    return {(row["name"], row["version"]) for row in report["inventory"]["components"]}


def test_clean_agent_environment_is_clean(agent_env: Path) -> None:
    code, report = report_of(agent_env)
    assert (code, grave(report), report["problems"]) == (0, [], [])
    assert components(report) == listed_by_pip(agent_env / "bin" / "python")
    assert report["summary"]["agent_components"] > 50
    assert report["summary"]["files_verified"] > 5_000
    assert all(row["installation"]["verified"] for row in report["inventory"]["components"])


def test_edges_are_those_that_pip_knows(agent_env: Path) -> None:
    _, report = report_of(agent_env, "--no-verify")
    ours = {
        row["name"]: {purl.partition("@")[0].rpartition("/")[2] for purl in row["dependencies"]}
        for row in report["inventory"]["components"]
    }
    for name in ("litellm", "openai", "pydantic", "langchain", "mcp", "httpx"):
        shown = run(agent_env / "bin" / "python", "-m", "pip", "show", "--disable-pip-version-check", name)
        (line,) = [line for line in shown.splitlines() if line.startswith("Requires:")]
        theirs = {part.strip().lower().replace("_", "-") for part in line.partition(":")[2].split(",") if part.strip()}
        assert theirs & ours.keys() <= ours[name], name


def test_tampering_is_named_and_nothing_else(agent_env: Path, tmp_path: Path) -> None:
    env = tmp_path / "env"
    shutil.copytree(agent_env, env, symlinks=True)
    site = site_of(env)
    inside = site.relative_to(env).as_posix()
    changed = site / "litellm" / "main.py"
    data = bytearray(changed.read_bytes())
    data[100] ^= 1
    changed.write_bytes(data)
    (site / "telemetry_helper.py").write_text("ENDPOINT = None\n")
    (site / "litellm_init.pth").write_text("import os, subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', 'pass'])\n")
    code, report = report_of(env)
    assert code == 1
    assert grave(report) == [
        ("SG101", f"{inside}/litellm_init.pth"),
        ("SG301", f"{inside}/litellm/main.py"),
        ("SG303", f"{inside}/telemetry_helper.py"),
    ]
    assert report["problems"] == []


def test_the_manifest_of_a_build_finds_what_record_cannot(agent_env: Path, tmp_path: Path) -> None:
    """RECORD changed together with the file: only the manifest knows."""
    import base64
    import hashlib

    known = tmp_path / "known.cdx.json"
    assert sbomgate("manifest", "write", agent_env, "-o", known).returncode == 0
    env = tmp_path / "env"
    shutil.copytree(agent_env, env, symlinks=True)
    code, report = report_of(env, "--manifest", known)
    assert (code, report["findings"]) == (0, [])
    site = site_of(env)
    target = site / "openai" / "_client.py"
    old = target.read_bytes()
    target.write_bytes(old + b"\n# swapped\n")
    (record,) = site.glob("openai-*.dist-info/RECORD")

    def row(content: bytes) -> str:
        return f"openai/_client.py,sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"

    text = record.read_text()
    assert row(old) in text
    record.write_text(text.replace(row(old), row(target.read_bytes())))
    assert report_of(env)[0] == 0
    code, report = report_of(env, "--manifest", known)
    assert code == 1
    assert [(rule, path.rpartition("/")[2]) for rule, path in grave(report)] == [("SG505", "METADATA")]


def test_uv_environment_is_clean(uv_env: Path) -> None:
    _, report = report_of(uv_env)
    # the editable project of this test lies in the temporary folder, which is just what SG110 is about
    assert [rule for rule, _ in grave(report)] == ["SG110"]
    assert report["problems"] == []
    rows = {row["name"]: row for row in report["inventory"]["components"]}
    assert rows["acme-demo"]["pin"] == "path"
    assert rows["acme-demo"]["installation"]["editable"] is True
    assert "/" not in rows["acme-demo"]["source"]["url"].removeprefix("file:.../"), "no path of this machine"
    hooks = {hook["location"]["path"].rpartition("/")[2]: hook["verdict"] for hook in report["inventory"]["hooks"]}
    assert hooks["distutils-precedence.pth"] == hooks["a1_coverage.pth"] == "known-good"
    assert hooks.get("_virtualenv.pth", "known-good") == "known-good", "made by some versions of uv"


def test_sbom_of_a_real_environment_is_valid(agent_env: Path, tmp_path: Path) -> None:
    from cyclonedx.model.bom import Bom

    out = tmp_path / "bom.json"
    assert sbomgate("sbom", agent_env, "-o", out, "--verify").returncode == 0
    document = json.loads(out.read_text())
    bom = Bom.from_json(document)
    assert len(bom.components) == len(document["components"])
    inner = [part for row in document["components"] for part in row.get("components", ())]
    assert {row["ref"] for row in document["dependencies"]} == {"root", *(row["bom-ref"] for row in (*document["components"], *inner))}
    assert all(row["purl"] and row["evidence"]["occurrences"] for row in document["components"] if row["type"] == "library")


def test_spdx_of_a_real_environment_is_valid(agent_env: Path, tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    out = tmp_path / "bom.spdx.json"
    assert sbomgate("sbom", agent_env, "-o", out, "--output-format", "spdx-json").returncode == 0
    document = JsonLikeDictParser().parse(json.loads(out.read_text()))
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []
    assert len(document.packages) > 30


READ_ELSEWHERE = """
import json, sys
from lib4sbom.parser import SBOMParser
parser = SBOMParser()
parser.parse_file(sys.argv[1])
purls = [[row["name"], row.get("version", ""), [ref[2] for ref in row.get("externalreference", []) if ref[1] == "purl"], row["bom-ref"]] for row in parser.get_packages()]
edges = [[row["source_id"], row["target_id"]] for row in parser.get_relationships()]
print(json.dumps([parser.get_type(), purls, edges, parser.get_document()]))
"""


@pytest.mark.parametrize("form", [("1.4", "json"), ("1.6", "json"), ("1.7", "json"), ("1.6", "xml")], ids="-".join)
def test_another_project_reads_every_component_of_ours(form: tuple[str, str], agent_env: Path, tmp_path: Path) -> None:
    """lib4sbom has a reader of its own, written without cyclonedx-python-lib. Of XML it reads less, but each component."""
    out = tmp_path / f"bom.{form[1]}"
    assert sbomgate("sbom", agent_env, "-o", out, "--spec-version", form[0], "--output-format", form[1]).returncode == 0
    assert sbomgate("sbom", agent_env, "-o", tmp_path / "plain.json").returncode == 0
    document = json.loads((tmp_path / "plain.json").read_text())
    read = [
        UV,
        "run",
        "--quiet",
        "--no-project",
        "--with",
        "lib4sbom==0.10.4",
        "--python",
        sys.executable,
        "python",
        "-c",
        READ_ELSEWHERE,
        out,
    ]
    done = subprocess.run(list(map(str, read)), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    kind, packages, edges, head = json.loads(done.stdout)
    assert kind == "cyclonedx"
    ours = [document["metadata"]["component"], *(one for row in document["components"] for one in (row, *row.get("components", ())))]
    # it keeps one row for each name and version: the same crate may lie in several wheels
    named: dict[tuple[str, str], set[str]] = {}
    for row in ours:
        if "purl" in row:
            named.setdefault((row["name"], row.get("version", "")), set()).add(row["purl"])
    theirs = {(name, version): purls for name, version, purls, _ in packages if purls}
    assert theirs.keys() == named.keys()
    assert all(set(purls) <= named[key] for key, purls in theirs.items())
    assert len(edges) == sum(len(row["dependsOn"]) for row in document["dependencies"])
    assert head["name"] == document["metadata"]["component"]["name"]


def test_npm_lock_of_a_real_install_is_clean(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    assert npm, "npm is needed for this test; install Node.js"
    (tmp_path / "package.json").write_text(
        json.dumps({"name": "demo", "version": "1.0.0", "dependencies": {"@modelcontextprotocol/sdk": "^1.0.0", "chalk": "^5.0.0"}})
    )
    run(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", cwd=tmp_path)
    code, report = report_of(tmp_path)
    assert (code, grave(report), report["problems"]) == (0, [], [])
    listed = json.loads(run(npm, "ls", "--all", "--json", "--package-lock-only", cwd=tmp_path))
    theirs: set[tuple[str, str]] = set()

    def visit(node: dict) -> None:
        for name, child in node.get("dependencies", {}).items():
            if "version" in child:
                theirs.add((name, child["version"]))
            visit(child)

    visit(listed)
    ours = {(row["name"], row["version"]) for row in report["inventory"]["components"] if row["origin"] in ("locked", "installed")}
    assert theirs <= ours
    assert len(ours) > 50


def test_pre_commit_really_runs_the_hook(tmp_path: Path) -> None:
    """A scratch repository, the hook of this checkout, the real `pre-commit`."""
    hook_repo = tmp_path / "hook"
    shutil.copytree(
        ROOT, hook_repo, ignore=shutil.ignore_patterns(".git", ".venv", "build", "node_modules", "__pycache__", ".hypothesis", "data")
    )
    project = tmp_path / "project"
    project.mkdir()
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "init.defaultBranch=main"]
    for folder in (hook_repo, project):
        run(*git, "init", "--quiet", cwd=folder)
        if folder == hook_repo:
            run(*git, "add", "-A", cwd=folder)
            run(*git, "commit", "--quiet", "-m", "hook", cwd=folder)
    revision = run("git", "rev-parse", "HEAD", cwd=hook_repo).strip()
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hook_repo}\n    rev: {revision}\n    hooks:\n      - id: sbomgate\n"
    )
    pre_commit = [sys.executable, "-m", "pre_commit"]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "NO_COLOR": "1"}

    def attempt() -> subprocess.CompletedProcess[str]:
        run("git", "add", "-A", cwd=project)
        return subprocess.run(
            [*pre_commit, "run", "--color", "never"], cwd=project, env=environment, capture_output=True, text=True, check=False
        )

    (project / "README.md").write_text("nothing to scan\n")
    assert "no files to check" in attempt().stdout
    (project / "requirements.txt").write_text("idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0\n")
    done = attempt()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    (project / ".mcp.json").write_text('{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@upstash/context7-mcp@latest"]}}}')
    done = attempt()
    assert done.returncode == 1
    assert "SG401" in done.stdout


def test_wheel_carries_its_data(tmp_path: Path) -> None:
    """Built, installed elsewhere, and the allowlists are read from there."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
        "--target",
        tmp_path / "elsewhere",
        wheel,
    )
    code = "import sys; sys.path.insert(0, sys.argv[1]); import sbomgate, sbomgate.data as d; print(sbomgate.__file__); print(len(d.agent_names()[0]), len(d.known_bad_releases()), len(d.read_toml('startup-hooks.toml')))"
    where, counts = run(sys.executable, "-I", "-c", code, tmp_path / "elsewhere", cwd=tmp_path).splitlines()
    assert where.startswith(str(tmp_path))
    assert all(int(number) > 0 for number in counts.split())
    shipped = {path.name for path in (tmp_path / "elsewhere" / "sbomgate" / "allowlists").iterdir()}
    assert shipped == {path.name for path in (ROOT / "allowlists").iterdir()}


def test_wheels_are_verified_to_the_byte_whoever_installed_them(tmp_path: Path) -> None:
    """pip and uv make the same of the same wheels: `bytes` for each, and the content digest that the wheel alone has."""
    assert UV, "uv is a development dependency"
    (tmp_path / "in.txt").write_text("idna==3.10\njmespath==1.0.1\nsix==1.16.0\nwheel==0.45.1\n")
    run(UV, "pip", "compile", "--quiet", "--no-deps", "--generate-hashes", "in.txt", "-o", "requirements.txt", cwd=tmp_path)
    pip_env, uv_env = tmp_path / "pip", tmp_path / "uv"
    run(sys.executable, "-m", "venv", pip_env)
    pip = (pip_env / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "download", "--no-deps", "--only-binary", ":all:", "-r", tmp_path / "requirements.txt", "-d", tmp_path / "wheels")
    offline = ("--no-index", "--find-links", tmp_path / "wheels", "--require-hashes", "-r", tmp_path / "requirements.txt")
    run(*pip, "install", "--no-deps", *offline)
    run(UV, "venv", "--quiet", "--python", sys.executable, uv_env)
    run(UV, "pip", "install", "--quiet", "--no-deps", "--link-mode", "copy", "--python", uv_env / "bin" / "python", *offline)
    contents = []
    for env in (pip_env, uv_env):
        done = sbomgate("verify", env, "--lock", tmp_path / "requirements.txt", "--artifacts", tmp_path / "wheels", "-f", "json")
        report = json.loads(done.stdout)
        assert not grave(report), report["findings"]
        rows = {row["purl"]: row for row in report["inventory"]["custody"] if row["fault"] != "seed"}
        assert {row["strength"] for row in rows.values()} == {"bytes"}, rows
        assert len(rows) == 4
        installed = {row["purl"]: row["installation"]["content_digest"] for row in report["inventory"]["components"]}
        assert all(row["content_digest"] == installed[purl] for purl, row in rows.items())
        contents.append({purl: row["content_digest"] for purl, row in rows.items()})
    assert contents[0] == contents[1]
    done = sbomgate("verify", pip_env, "--lock", tmp_path / "requirements.txt", "--online", "-f", "json")
    report = json.loads(done.stdout)
    rows = {row["purl"]: row["content_digest"] for row in report["inventory"]["custody"] if row["fault"] != "seed"}
    assert rows == contents[0], report["problems"]


def test_packages_of_npm_are_verified_to_the_byte(tmp_path: Path) -> None:
    """npm's own cache holds the tarballs; what is changed afterwards is found."""
    npm = shutil.which("npm")
    assert npm, "npm is needed for this test; install Node.js"
    (tmp_path / "package.json").write_text('{"name": "p", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1", "semver": "7.6.0"}}')
    run(npm, "install", "--cache", tmp_path / "cache", "--no-audit", "--no-fund", cwd=tmp_path)
    shutil.rmtree(tmp_path / "node_modules")
    run(npm, "ci", "--cache", tmp_path / "cache", "--no-audit", "--no-fund", cwd=tmp_path)
    command = ("verify", tmp_path, "--lock", tmp_path / "package-lock.json", "--artifacts", tmp_path / "cache" / "_cacache", "-f", "json")
    report = json.loads(sbomgate(*command).stdout)
    assert not grave(report), report["findings"]
    assert {row["strength"] for row in report["inventory"]["custody"]} == {"bytes"}
    assert len(report["inventory"]["custody"]) == 5
    (tmp_path / "node_modules" / "semver" / "index.js").write_text("evil")
    assert grave(json.loads(sbomgate(*command).stdout)) == [("SG345", "node_modules/semver/index.js")]
