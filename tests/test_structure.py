"""Guards: imports go down only, everything is registered, a run loads what it needs and no more."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import DATA, ROOT

from sbomgate import collectors
from sbomgate.cli import COMMANDS
from sbomgate.reporters import FORMATS

PACKAGE = ROOT / "sbomgate"
LAYERS = (
    {"__main__"},
    {"cli"},
    {"setup_files", "own_environment", "attestations"},
    {"engine"},
    {"advisories"},
    {"custody"},
    {"collectors", "rules", "reporters"},
    {"blast"},
    {"policy_edits", "paths", "signatures", "keyless", "quality", "permissions"},
    {"policy_file"},
    {"policy", "manifest", "server_allowlist"},
    {"inventory", "hashing", "licence_texts"},
    {"implementations"},
    {"indicators"},
    {"tree", "data", "purl", "versions", "npm_ranges", "parties"},
    {"yaml_text"},
    {"agent_model", "custody_model", "advisory_model"},
    {"model", "errors", "text", "text_marks", "versions"},
)
"""From the top of the road to its ground; a module imports what stands below it, or beside it inside its own folder."""
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
SAME_LAYER = {
    ("engine", "setup_files"),
    ("tree", "purl"),
    ("manifest", "policy"),
    ("policy", "manifest"),
    ("policy", "server_allowlist"),
    ("server_allowlist", "policy"),
    ("model", "text"),
    ("signatures", "keyless"),
    ("keyless", "signatures"),
    ("manifest", "reporters"),  # what a manifest says of licences is what the document says: `reporters.licenses`
}


def imported(path: Path) -> set[str]:
    """The first-level parts of `sbomgate` that the module at `path` imports anywhere in it, type checking apart."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sbomgate":
            parts = (node.module or "").split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("sbomgate.")}
    return {name for name in names if not name.startswith("__")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imported(path) - {own}:
        assert name in RANK, f"{name} has no layer"
        if own == "reporters" and name == "rules":
            continue  # SARIF carries the pages of the rules: read only
        assert RANK[name] > RANK[own] or (own, name) in SAME_LAYER, f"{own} imports {name}"


def test_every_collector_is_registered() -> None:
    registered = {spec.module for spec in collectors.COLLECTORS}
    found = set()
    for path in (PACKAGE / "collectors").rglob("*.py"):
        functions = {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
        if "collect" in functions:
            parts = path.relative_to(PACKAGE / "collectors").with_suffix("").parts
            found.add(".".join(part for part in parts if part != "__init__"))
    assert found == registered


@pytest.mark.parametrize("spec", collectors.COLLECTORS, ids=lambda spec: spec.name)
def test_every_collector_has_fixtures(spec: collectors.Spec) -> None:
    assert list((DATA / "collectors" / spec.name).glob("*/expected.json"))


def test_every_reporter_is_registered() -> None:
    found = set()
    for path in [*(PACKAGE / "reporters").glob("*.py"), *(PACKAGE / "reporters").glob("*/__init__.py")]:
        if "render" in {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}:
            found.add(path.parent.name if path.name == "__init__.py" else path.stem)
    assert found - {"reporters"} == set(FORMATS.values())


def test_every_command_is_registered() -> None:
    found = set()
    for path in (PACKAGE / "cli").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(
                "click.command" in ast.unparse(mark) or "click.group" in ast.unparse(mark) for mark in node.decorator_list
            ):
                found.add((node.name.replace("_", "-"), path.stem))
    assert found - {("main", "__init__")} == set(COMMANDS.items())


def loaded_by(*arguments: str, cwd: Path, code: str = "from sbomgate.cli import run; run()") -> set[str]:
    """Names of the modules that are loaded when the command ends."""
    tell = "import sys, json, atexit; atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr)); "
    done = subprocess.run([sys.executable, "-c", tell + code, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return set(json.loads(done.stderr.splitlines()[-1]))


HEAVY = {
    "cyclonedx", "py_serializable", "packageurl", "pip_audit", "requests", "urllib3", "rich", "asyncio", "email", "logging", "multiprocessing",
    "concurrent.futures", "xml.dom", "http", "ssl", "socket", "sqlite3", "importlib.metadata", "jsonschema", "pydoc", "unittest", "importlib.util", "pkgutil",
    "pathlib", "tempfile", "zipfile", "random", "decimal", "csv", "shlex", "yaml", "packaging", "sbomgate.manifest", "sbomgate.signatures", "sbomgate.attestations", "subprocess", "sbomgate.yaml_text",
}  # fmt: skip
BUDGET = {"package-lock": 53, "uv-lock": 57, "requirements": 43, "mcp-json": 61}
"""Modules that a run over one file may load besides click, the rules and what those load: four more than it needs on Python 3.11."""


@pytest.mark.parametrize("case", BUDGET)
def test_a_hook_run_loads_nothing_heavy(case: str, tmp_path: Path) -> None:
    source = min((DATA / "collectors" / case).glob("*/input"))
    files = sorted(path for path in source.rglob("*") if path.is_file() and collectors.by_name(str(path)))
    loaded = loaded_by("scan", str(files[0]), cwd=tmp_path)
    assert "sbomgate.engine" in loaded
    assert not loaded & HEAVY
    if case != "uv-lock":
        assert "tomllib" not in loaded
    common = loaded_by(cwd=tmp_path, code="import click, dataclasses")
    assert len({name for name in loaded - common if not name.startswith("sbomgate.rules.")}) <= BUDGET[case]
    needed = {f"sbomgate.reporters.{name}" for name in ("table", "places", "summary", "escapes", "pages")}
    assert not {name for name in loaded if name.startswith("sbomgate.reporters.")} - needed


def test_nothing_of_the_product_starts_programs_or_evaluates_text() -> None:
    """The whole package has no call that could run what it reads; `pickle.loads` reads only what children of ours wrote."""
    forbidden = {"eval", "exec", "__import__", "execfile"}
    attributes = {
        ("os", "system"),
        ("os", "popen"),
        ("runpy", "run_path"),
        ("runpy", "run_module"),
        ("marshal", "loads"),
        ("ctypes", "CDLL"),
        ("importlib", "reload"),
    }
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name):
                    assert node.func.id not in forbidden, path
                elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                    name = (node.func.value.id, node.func.attr)
                    assert name not in attributes, path
                    assert name != ("pickle", "loads") or path.name in ("hashing.py", "importing.py"), path
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                own = {"subprocess"} if path.name in ("signatures.py", "pip_audit.py") else set()
                assert not names & ({"subprocess", "runpy", "marshal", "ctypes", "multiprocessing", "shelve", "dill"} - own), path


def test_pip_audit_is_started_in_one_way() -> None:
    """`advisories.pip_audit` starts what `find` found: a list of arguments, an environment of our own, an end to waiting."""
    tree = ast.parse((PACKAGE / "advisories" / "pip_audit.py").read_text("utf-8"))
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "subprocess"]
    assert {node.attr for node in used} == {"run", "CompletedProcess", "TimeoutExpired", "DEVNULL"}
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "subprocess.run")
    assert ast.unparse(call.args[0]) == "[program, *arguments]"
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "_run"]
    assert [ast.unparse(node.args[0]) for node in calls] == ["program"]
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "ask")
    assert "program = find(command, target)" in [ast.unparse(node) for node in function.body]
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    assert {"env", "timeout", "start_new_session", "cwd"} <= keywords.keys()
    assert keywords["stdin"] == "subprocess.DEVNULL"
    assert not {"shell", "executable", "preexec_fn"} & keywords.keys()


def test_ssh_keygen_is_started_in_one_way() -> None:
    """`signatures` starts ssh-keygen: a path of the system, a list of arguments, an environment of our own, an end to waiting."""
    tree = ast.parse((PACKAGE / "signatures.py").read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import) and node.names[0].name == "subprocess"]
    guarded = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_run")
    assert {id(node) for node in imports} == {id(node) for node in (guarded[0].body[0], function.body[1])}
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "subprocess"]
    assert {node.attr for node in used} == {"run", "CompletedProcess", "TimeoutExpired"}
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "subprocess.run")
    assert ast.unparse(call.args[0]) == "[program, *arguments]"
    assert ast.unparse(function.body[2]) == "program = _program(targets)"
    assert {"env", "timeout", "start_new_session", "cwd"} <= {keyword.arg for keyword in call.keywords}
    assert not {"shell", "executable", "preexec_fn"} & {keyword.arg for keyword in call.keywords}
