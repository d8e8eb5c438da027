"""Reads, never runs: for every command, a target whose every executable part leaves a mark when it is run."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support import sbomgate, write_tree

from sbomgate.signatures import PROGRAMS

COMMANDS = [
    ["scan", "{target}"],
    ["scan", "{target}", "--online", "-f", "json"],
    ["scan", "{target}/venv"],
    ["scan", "{target}/node_modules"],
    ["sbom", "{target}/node_modules"],
    ["scan", "{target}/venv", "--manifest", "{known}", "--strict"],
    ["scan", "{target}/package-lock.json", "{target}/.mcp.json", "{target}/requirements.txt"],
    ["verify", "{target}/venv", "--lock", "{target}/requirements.txt", "--artifacts", "{target}"],
    ["verify", "{target}", "--lock", "{target}/package-lock.json", "--artifacts", "{target}"],
    ["verify", "{target}/venv", "--lock", "{target}/requirements.txt", "--cache", "{out}.cache", "--cache-key", "{out}.key"],
    ["scan", "{target}", "--advisories", "pip-audit", "--pip-audit", "{target}/tool"],
    ["scan", "{target}/venv", "--advisories", "pip-audit", "--pip-audit", "{target}/venv/bin/pip-audit", "-o", "vdr={out}"],
    ["sbom", "{target}"],
    ["sbom", "{target}/venv", "--verify", "--output-format", "xml"],
    ["sbom", "{target}/venv", "--attest", "{target}/tool", "-o", "{out}"],
    ["manifest", "write", "{target}", "-o", "{out}"],
    ["manifest", "write", "{target}", "-o", "{out}", "--sign", "{key}"],
    ["manifest", "verify", "{known}", "--signers", "{key}.signers"],
    ["scan", "{target}/venv", "--manifest", "{known}", "--signers", "{key}.signers"],
    ["manifest", "write", "{target}/venv", "-o", "{known}", "--update", "--quiet"],
    ["diff", "{target}/venv", "{target}"],
    ["diff", "{known}", "{target}", "-f", "markdown"],
    ["why", "demo", "{target}"],
    ["explain-permissions", "{target}"],
    ["explain-permissions", "{target}", "-f", "json"],
    ["blast", "{target}/"],
    ["rules"],
    ["explain", "SG301"],
    ["init"],
    ["allow", "0123456789abcdef", "--reason", "canary", "--policy", "{out}.toml"],
]


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(project with a real environment, folder in which a mark appears when anything of it runs)."""
    root = tmp_path_factory.mktemp("trap")
    marks = root / "marks"
    marks.mkdir()
    project = root / "project"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / "venv"], check=True)
    (site,) = (project / "venv").glob("lib/python3*/site-packages")

    def mark(name: str) -> str:
        return f"open({str(marks / name)!r}, 'w').close()"

    (site / "canary.pth").write_text(f"import os; {mark('pth')}\n")
    (site / "sitecustomize.py").write_text(mark("sitecustomize") + "\n")
    (site / "usercustomize.py").write_text(mark("usercustomize") + "\n")
    (site / "demo.py").write_text(mark("module") + "\n")
    write_tree(
        site / "demo-1.0.dist-info",
        {
            "METADATA": "Name: demo\nVersion: 1.0\n",
            "RECORD": "demo.py,,\n",
            "entry_points.txt": "[console_scripts]\ndemo = demo:main\n[pytest11]\ndemo = demo\n[sbomgate]\nx = demo\n",
        },
    )
    write_tree(
        project,
        {
            "package-lock.json": json.dumps(
                {"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0", "hasInstallScript": True}}}
            ),
            "package.json": json.dumps({"scripts": {"preinstall": f"touch {marks}/npm", "prepare": f"touch {marks}/npm"}}),
            "node_modules/a/package.json": json.dumps(
                {
                    "name": "a",
                    "version": "1.0.0",
                    "main": "m.js",
                    "scripts": {name: f"touch {marks}/{name}" for name in ("preinstall", "install", "postinstall")},
                }
            ),
            "node_modules/a/binding.gyp": f"{{'x': '<!(touch {marks}/gyp)'}}",
            "node_modules/a/.npmrc": f"script-shell={project}/tool\nnode-options=--require {project}/tool\n",
            "node_modules/a/.pnpmfile.cjs": f"require('fs').writeFileSync('{marks}/pnpmfile', '')\n",
            "node_modules/.bin/a": f"#!/bin/sh\ntouch {marks}/bin\n",
            "node_modules/node": f"#!/bin/sh\ntouch {marks}/node\n",
            ".npmrc": f"script-shell={project}/tool\n",
            "requirements.txt": "demo==1.0\n-e .\n",
            "setup.py": mark("setup") + "\n",
            "conftest.py": mark("conftest") + "\n",
            "sitecustomize.py": mark("cwd-sitecustomize") + "\n",
            "click.py": mark("cwd-click") + "\n",
            "tool": f"#!/bin/sh\ntouch {marks}/tool\n",
            ".mcp.json": json.dumps(
                {
                    "mcpServers": {
                        "a": {"command": str(project / "tool"), "args": ["x"]},
                        "b": {"command": "sh", "args": ["-c", f"touch {marks}/shell"]},
                    }
                }
            ),
            ".pre-commit-config.yaml": "repos: []\n",
            ".git/config": f"[core]\n\tfsmonitor = {project}/tool\n\thooksPath = {project}\n",
        },
    )
    tools = [
        project / "tool",
        *(project / "node_modules" / ".bin" / name for name in ("a", "node", "npm", "node-gyp", "pnpm", "yarn", "bun")),
        *(
            project / "venv" / "bin" / name
            for name in ("python", "python3", "pip", "node", "npm", "npx", "uv", "uvx", "git", "ssh-keygen", "pip-audit")
        ),
    ]
    for tool in tools:
        tool.unlink(missing_ok=True)
        tool.write_text(f"#!/bin/sh\ntouch {marks}/{tool.name}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    return project, marks


def test_the_trap_works(trap: tuple[Path, Path]) -> None:
    """The canary sings when its environment is really used: otherwise the other tests prove nothing."""
    project, marks = trap
    (site,) = (project / "venv").glob("lib/python3*/site-packages")
    code = f"import site; site.addsitedir({str(site)!r})"
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
    subprocess.run([str(project / "venv" / "bin" / "python")], check=True)
    assert {path.name for path in marks.iterdir()} == {"pth", "python"}
    for path in marks.iterdir():
        path.unlink()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_no_command_runs_anything_of_the_target(trap: tuple[Path, Path], tmp_path: Path, command: list[str]) -> None:
    project, marks = trap
    known, key = tmp_path / "known.json", tmp_path / "key"
    sbomgate("manifest", "write", project / "venv", "-o", known, "-q")
    if any("{key}" in part for part in command):
        program = next((path for path in PROGRAMS if os.path.exists(path)), None)
        if program is None:
            pytest.skip("there is no ssh-keygen on this machine")
        subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        (tmp_path / "key.signers").write_text(f"me {(tmp_path / 'key.pub').read_text()}")
        subprocess.run([program, "-q", "-Y", "sign", "-n", "sbomgate", "-f", key, known], check=True, capture_output=True)
    arguments = [part.format(target=project, known=known, out=tmp_path / "out", key=key) for part in command]
    path = os.pathsep.join([str(project / "venv" / "bin"), str(project / "node_modules" / ".bin"), str(project), os.environ["PATH"]])
    done = sbomgate(*arguments, env={"PATH": path}, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 3), done.stderr
    assert not list(marks.iterdir())


def test_the_working_directory_is_not_on_the_import_path(trap: tuple[Path, Path]) -> None:
    """`python -m sbomgate` inside the target must not take the target's `click.py` for click."""
    project, marks = trap
    done = sbomgate("scan", "requirements.txt", cwd=project)
    assert done.returncode in (0, 1), done.stderr
    assert not list(marks.iterdir())
