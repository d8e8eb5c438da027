"""Servers joined with what the project's own lockfiles and environments make of their commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import bounded, scan_files

from sbomgate import collect
from sbomgate.implementations import project_folder
from sbomgate.manifest import diff, from_inventory
from sbomgate.model import Inventory, Server
from sbomgate.paths import paths_to
from sbomgate.reporters.cyclonedx import text


def npm_lock(**packages: str) -> dict[str, Any]:
    """A package-lock.json; `docs__0` is a second copy of docs, below another package."""
    rows: dict[str, Any] = {"": {"name": "app", "version": "1.0.0", "dependencies": {name: "*" for name in packages if "__" not in name}}}
    for name, version in packages.items():
        folder = f"node_modules/other/node_modules/{name.partition('__')[0]}" if "__" in name else f"node_modules/{name}"
        rows[folder] = {"version": version, "dependencies": {"left": "*"}, "bin": {f"{name}-cli": "x.js"}}
    rows["node_modules/left"] = {"version": "9.9.9"}
    return {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": rows}


UV_LOCK = """version = 1
requires-python = ">=3.12"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "acme-mcp" }]

[[package]]
name = "acme-mcp"
version = "1.4.2"
source = { registry = "https://index.example/simple" }
dependencies = [{ name = "below" }]
sdist = { url = "https://index.example/a.tar.gz", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }

[[package]]
name = "below"
version = "2.0"
source = { registry = "https://index.example/simple" }
sdist = { url = "https://index.example/b.tar.gz", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
"""
SITE = ".venv/lib/python3.12/site-packages"


def environment(name: str = "acme-server", version: str = "1.4.2", module: str = "acme_mcp", *, root: str = ".venv") -> dict[str, str]:
    """A virtual environment with one distribution, which brings a module and the command `acme-run`."""
    info = f"{SITE}/{name.replace('-', '_')}-{version}.dist-info".replace(".venv", root, 1)
    rows = [f"{module}/__init__.py,,", f"{module}/__main__.py,,", "../../../bin/acme-run,,", f"{info.rpartition('/')[2]}/METADATA,,"]
    site = SITE.replace(".venv", root, 1)
    return {
        f"{root}/pyvenv.cfg": "home = /usr/bin\nversion = 3.12.1\n",
        f"{root}/bin/acme-run": "",
        f"{site}/{module}/__init__.py": "",
        f"{site}/{module}/__main__.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/RECORD": "".join(f"{row}\n" for row in [*rows, f"{info.rpartition('/')[2]}/RECORD,,"]),
    }


def inventory(folder: Path, command: str, files: dict[str, Any], *, config: str = ".mcp.json", **entry: Any) -> Inventory:
    words = command.split()
    servers = {"mcpServers": {"docs": {"command": words[0], "args": words[1:], **entry}}}
    for path, content in {config: servers, **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), "utf-8")
    return collect(str(folder), verify=False)


def joined(folder: Path, command: str, files: dict[str, Any], **more: Any) -> Server:
    (server,) = inventory(folder, command, files, **more).servers
    return server


LOCK = {"package-lock.json": npm_lock(docs="1.2.3")}
UV = {"uv.lock": UV_LOCK, "pyproject.toml": '[project]\nname = "app"\nversion = "0.1.0"\ndependencies = ["acme-mcp"]\n'}
# command · files · version, pin, file of the row
CASES: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    ("npx docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx -y docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx docs-cli", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx docs@^1.2.0", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx docs@^2.0.0", LOCK, ("", "range", "")),
    ("npx docs@latest", LOCK, ("", "dist-tag", "")),
    ("npx docs@1.2.3", LOCK, ("1.2.3", "exact", "")),
    ("npx other", LOCK, ("", "none", "")),
    ("npx --no-install docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npm exec docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("bunx docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("pnpm exec docs-cli", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("pnpm dlx docs", LOCK, ("", "none", "")),
    ("yarn dlx docs", LOCK, ("", "none", "")),
    ("npx -p docs docs-cli", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx --prefix tools docs", {"tools/package-lock.json": npm_lock(docs="3.0.0"), **LOCK}, ("3.0.0", "lockfile", "tools/package-lock.json")),
    ("npx docs", {"sub/package-lock.json": npm_lock(docs="1.0.0")}, ("", "none", "")),
    ("npx docs", {"package-lock.json": npm_lock(docs="1.2.3", docs__0="1.0.0")}, ("1.2.3", "lockfile", "package-lock.json")),
    ("npx docs", {"package-lock.json": npm_lock(docs__0="1.0.0", docs__1="1.0.0")}, ("1.0.0", "lockfile", "package-lock.json")),
    ("node node_modules/docs/cli.js", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("node ./node_modules/docs/cli.js", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("node ${workspaceFolder}/node_modules/docs/cli.js", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("node /srv/node_modules/docs/cli.js", LOCK, ("", "local", "")),
    ("node ../node_modules/docs/cli.js", LOCK, ("", "local", "")),
    ("./node_modules/.bin/docs-cli", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("node_modules/.bin/docs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("docs", LOCK, ("", "local", "")),
    ("docker exec box npx docs", LOCK, ("", "none", "")),
    ("sh -c cd\ttools;npx\tdocs", LOCK, ("1.2.3", "lockfile", "package-lock.json")),
    ("node node_modules/docs/cli.js", {"node_modules/docs/package.json": '{"name": "docs", "version": "4.0.0"}'}, ("4.0.0", "installed", "node_modules/docs/package.json")),
    ("npx docs", {"node_modules/docs/package.json": '{"name": "docs", "version": "4.0.0"}'}, ("", "none", "")),
    ("uvx acme-mcp", UV, ("", "none", "")),
    ("pipx run acme-mcp", UV, ("", "none", "")),
    ("uv run acme-mcp", UV, ("1.4.2", "lockfile", "uv.lock")),
    ("uv run --frozen python -m acme_mcp", UV, ("1.4.2", "lockfile", "uv.lock")),
    ("uv run --no-project acme-mcp", UV, ("", "local", "")),
    ("poetry run acme-mcp", UV, ("1.4.2", "lockfile", "uv.lock")),
    ("python -m acme_mcp.server", UV, ("1.4.2", "lockfile", "uv.lock")),
    ("/usr/bin/python3 -m acme_mcp", UV, ("", "local", "")),
    (".venv/bin/acme-mcp", UV, ("1.4.2", "lockfile", "uv.lock")),
    ("acme-mcp", UV, ("", "local", "")),
    ("uv run app", UV, ("0.1.0", "local", "uv.lock")),
    ("uv run --directory tools acme-mcp", {"tools/uv.lock": UV_LOCK}, ("1.4.2", "lockfile", "tools/uv.lock")),
    ("uv run --directory /srv/tools acme-mcp", UV, ("", "local", "")),
    ("python -m acme_mcp", environment(), ("1.4.2", "installed", f"{SITE}/acme_server-1.4.2.dist-info/METADATA")),
    (".venv/bin/python -m acme_mcp", environment(), ("1.4.2", "installed", f"{SITE}/acme_server-1.4.2.dist-info/METADATA")),
    ("other/bin/python -m acme_mcp", environment(), ("", "local", "")),
    ("acme-run", environment(), ("1.4.2", "installed", f"{SITE}/acme_server-1.4.2.dist-info/METADATA")),
    (".venv/bin/acme-run", environment(), ("1.4.2", "installed", f"{SITE}/acme_server-1.4.2.dist-info/METADATA")),
    ("python -m acme_mcp", {**environment("acme-mcp"), **UV}, ("1.4.2", "lockfile", "uv.lock")),
    ("python -m acme_mcp", {**environment("acme-mcp", "1.3.0"), **UV}, ("1.3.0", "installed", f"{SITE}/acme_mcp-1.3.0.dist-info/METADATA")),
    ("python -m acme_mcp", {**environment(), **environment(root="venv2")}, ("", "local", "")),
    ("venv2/bin/python -m acme_mcp", {**environment(), **environment(version="2.0", root="venv2")},
     ("2.0", "installed", "venv2/lib/python3.12/site-packages/acme_server-2.0.dist-info/METADATA")),
]  # fmt: skip


@pytest.mark.parametrize(("command", "files", "expected"), CASES, ids=[f"{index} {case[0]}" for index, case in enumerate(CASES)])
def test_joins(tmp_path: Path, command: str, files: dict[str, Any], expected: tuple[str, str, str]) -> None:
    server = joined(tmp_path, command, files)
    if "\t" in command:  # one argument with spaces in it
        words = command.split(" ")
        servers = {
            "mcpServers": {"docs": {"command": words[0], "args": [word.replace("\t", " ").replace(";", " && ") for word in words[1:]]}}
        }
        (tmp_path / ".mcp.json").write_text(json.dumps(servers), "utf-8")
        (server,) = collect(str(tmp_path), verify=False).servers
    version, pin, place = expected
    assert (server.version, server.pin) == (version, pin)
    assert (server.implemented_at.path if server.implemented_at else "") == place
    assert bool(server.written) == bool(place)
    assert server.pinned is {"lockfile": True, "exact": True, "installed": None, "local": None}.get(pin, False)


def test_the_entry_says_where_it_runs(tmp_path: Path) -> None:
    files = {"tools/package-lock.json": npm_lock(docs="3.0.0")}
    assert joined(tmp_path, "npx docs", files, cwd="tools").version == "3.0.0"
    assert joined(tmp_path, "npx docs", files, cwd="${workspaceFolder}/tools").version == "3.0.0"
    assert joined(tmp_path, "npx docs", files, cwd="${HOME}/tools").version == ""


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (".mcp.json", ""),
        (".vscode/mcp.json", ""),
        ("a/.kiro/settings/mcp.json", "a"),
        ("a/b/mcp.json", "a/b"),
        (".config/x/y/mcp.json", ""),
    ],
)
def test_the_project_of_a_configuration(path: str, folder: str) -> None:
    assert project_folder(path) == folder


def test_a_server_in_a_subfolder_uses_the_lock_above(tmp_path: Path) -> None:
    assert joined(tmp_path, "npx docs", LOCK, config="packages/a/.mcp.json").version == "1.2.3"


def test_the_graph_leads_from_the_server_to_what_is_below(tmp_path: Path) -> None:
    found = inventory(tmp_path, "npx docs", LOCK)
    assert "pkg:npm/docs" not in {item.purl for item in found.components}
    assert {"pkg:npm/docs@1.2.3", "pkg:npm/left@9.9.9"} <= found.agent
    assert any(
        line.startswith("server docs (.mcp.json:") and line.endswith("→ docs@1.2.3 → left@9.9.9") for line in paths_to(found, "left")
    )
    document = json.loads(text([found], reproducible=True))
    (service,) = document["services"]
    edges = {row["ref"]: row.get("dependsOn", []) for row in document["dependencies"]}
    assert edges[service["bom-ref"]] == ["pkg:npm/docs@1.2.3"]
    assert edges["pkg:npm/docs@1.2.3"] == ["pkg:npm/left@9.9.9"]


def test_the_graph_of_a_module(tmp_path: Path) -> None:
    found = inventory(tmp_path, "uv run acme-mcp", UV)
    assert {"pkg:pypi/acme-mcp@1.4.2", "pkg:pypi/below@2.0"} <= found.agent
    assert any("→ acme-mcp@1.4.2 → below@2.0" in line for line in paths_to(found, "below"))


def test_the_project_itself_does_not_become_an_agent(tmp_path: Path) -> None:
    found = inventory(tmp_path, "uv run app", UV)
    assert found.servers[0].purl == "pkg:pypi/app@0.1.0"
    assert not found.agent


def test_a_statement_that_another_server_needs_stays(tmp_path: Path) -> None:
    servers = {"mcpServers": {"a": {"command": "npx", "args": ["docs"]}, "b": {"command": "pnpm", "args": ["dlx", "docs"]}}}
    found = inventory(tmp_path, "npx docs", {".mcp.json": json.dumps(servers), **LOCK})
    assert {item.name: item.pin for item in found.servers} == {"a": "lockfile", "b": "none"}
    assert {"pkg:npm/docs", "pkg:npm/docs@1.2.3"} <= {item.purl for item in found.components}


def test_a_manifest_does_not_see_the_lock(tmp_path: Path) -> None:
    """The configuration alone, as a pre-commit hook scans it, is no drift; nor is an update of the lockfile one of the server."""
    whole = inventory(tmp_path, "npx docs", LOCK)
    alone = collect(str(tmp_path / ".mcp.json"))
    facts = [dict(from_inventory(part).servers.values().__iter__().__next__().facts) for part in (whole, alone)]
    assert facts[0] == facts[1]
    newer = inventory(tmp_path, "npx docs", {"package-lock.json": npm_lock(docs="1.2.4")})
    kinds = {change.kind for change in diff(from_inventory(whole), from_inventory(newer))}
    assert kinds
    assert not {kind for kind in kinds if kind.startswith("server")}


def test_the_join_is_pure_and_stable(tmp_path: Path) -> None:
    first, second = inventory(tmp_path, "npx docs", LOCK), collect(str(tmp_path), verify=False)
    assert replace(first, target=second.target) == second


def test_many_servers_and_a_large_lock_take_bounded_time(tmp_path: Path) -> None:
    rows = {f"p{number}": "1.0.0" for number in range(4000)}
    config = {"mcpServers": {f"s{number}": {"command": "npx", "args": [f"p{number}"]} for number in range(400)}}
    with bounded():
        found = inventory(tmp_path, "npx docs", {".mcp.json": json.dumps(config), "package-lock.json": npm_lock(**rows)})
    assert {server.pin for server in found.servers} == {"lockfile"}


# --- the rules that rest on it ---------------------------------------------------------------------------------------


def findings(folder: Path, files: dict[str, Any], rule: str) -> list[Any]:
    texts = {path: content if isinstance(content, str) else json.dumps(content, indent=1) for path, content in files.items()}
    return [finding for finding in scan_files(folder, texts).findings if finding.rule == rule]


def servers(**commands: str) -> dict[str, Any]:
    return {"mcpServers": {name: {"command": line.split()[0], "args": line.split()[1:]} for name, line in commands.items()}}


def test_one_finding_a_file_with_a_patch(tmp_path: Path) -> None:
    config = servers(a="npx -y docs@latest", b="uvx acme-mcp", c="docker run -i tool", d="npx docs", e="npx -y pinned@1.0.0")
    (finding,) = findings(tmp_path, {".mcp.json": config, **LOCK, **UV}, "SG401")
    assert "3 servers are not pinned" in finding.message
    for name in "abc":
        assert f"{name!r}: " in finding.message
        assert f"{name!r}: " in finding.fix
    assert "docs@1.2.3 in line 3, as package-lock.json:" in finding.fix
    assert "acme-mcp==1.4.2 in line 10, as uv.lock:" in finding.fix
    assert "`docker buildx imagetools inspect tool` tells" in finding.fix


def test_the_fingerprint_is_that_of_the_servers(tmp_path: Path) -> None:
    def fingerprint(config: dict[str, Any], name: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (finding,) = findings(folder, {".mcp.json": config}, "SG401")
        return str(finding.fingerprint)

    one = fingerprint(servers(a="npx x", b="npx y"), "one")
    assert fingerprint({"comment": ["", ""], "mcpServers": {**servers(b="npx y", a="npx x")["mcpServers"]}}, "order") == one
    assert fingerprint(servers(a="npx x", b="npx y", c="npx z"), "more") != one
    assert fingerprint(servers(a="npx x"), "single") != one


@pytest.mark.parametrize(
    ("path", "severity"), [(".mcp.json", "high"), ("examples/a/.mcp.json", "low"), ("Docs/.mcp.json", "low"), ("app/.mcp.json", "high")]
)
def test_the_place_counts(tmp_path: Path, path: str, severity: str) -> None:
    (finding,) = findings(tmp_path, {path: servers(a="npx x")}, "SG401")
    assert finding.severity == severity


def test_a_persons_own_settings_count_one_step_less(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, {".lmstudio/mcp.json": servers(a="npx x")}, "SG401")
    assert finding.severity == "medium"


def test_no_hostile_name_stands_in_a_command(tmp_path: Path) -> None:
    config = {"mcpServers": {"a": {"command": "npx", "args": ["x;touch$IFS@latest"]}}}
    (finding,) = findings(tmp_path, {".mcp.json": config}, "SG401")
    assert "npm view" not in finding.fix


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("npx foo@1.0.0", "npm ci"), ("pnpm dlx foo@1.0.0", "pnpm exec"), ("yarn dlx foo@1.0.0", "--immutable"), ("bunx foo@1.0.0", "bunx --no-install"),
        ("deno run npm:foo@1.0.0", "--frozen"), ("uvx foo==1.0", "--exclude-newer"), ("pipx run foo==1.0", "pipx has nothing"), ("docker run tool:1", "tool@sha256:"),
    ],
)  # fmt: skip
def test_says_what_would_lock_it(tmp_path: Path, line: str, words: str) -> None:
    (finding,) = findings(tmp_path, {".mcp.json": servers(a=line)}, "SG402")
    assert words in finding.fix


def test_what_the_lock_has_in_several_versions_may_be_any(tmp_path: Path) -> None:
    lock = {"package-lock.json": npm_lock(docs="1.2.3", docs__0="1.0.0")}
    assert not findings(tmp_path, {".mcp.json": servers(a="npx docs@1.0.0"), **lock}, "SG408")
    (finding,) = findings(tmp_path, {".mcp.json": servers(a="npx docs@1.1.0"), **lock}, "SG408")
    assert "1.0.0, 1.2.3" in finding.message
    assert not findings(tmp_path, {".mcp.json": servers(a="uvx acme-mcp==1.4.2.0"), **UV}, "SG408")
    assert findings(tmp_path, {".mcp.json": servers(a="uvx acme-mcp==1.4.1"), **UV}, "SG408")
