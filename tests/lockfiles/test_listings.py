"""A guard: what each lockfile's own tool says of it is compared with what we read, or a reason stands here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sbomgate.collectors import COLLECTORS

COMPARED = {
    "package-lock": ("test_package_lock.py", "test_npm_lists_the_same"),
    "pnpm-lock": ("test_pnpm_lock.py", "test_pnpm_lists_the_same_packages"),
    "yarn-lock": ("test_yarn_lock.py", "test_yarn_lists_the_same_packages_and_edges"),
    "bun-lock": ("test_bun_lock.py", "test_bun_lists_the_same_packages"),
    "uv-lock": ("test_uv_lock.py", "test_uv_exports_the_same"),
    "poetry-lock": ("test_poetry_lock.py", "test_poetry_exports_the_same"),
    "pdm-lock": ("test_pdm_lock.py", "test_pdm_exports_the_same"),
    "pipfile-lock": ("test_pipfile_lock.py", "test_pipenv_lists_the_same"),
    "conda-lock": ("test_conda_lock.py", "test_conda_lock_renders_the_same"),
    "pylock": ("test_pylock.py", "test_the_reference_reads_the_same"),
    "requirements": ("test_requirements.py", "test_pip_reads_the_same"),
    "script": ("test_script_header.py", "test_uv_exports_the_same"),
    "project-file": ("test_project_files.py", "test_the_metadata_of_the_reference_is_ours"),
}
"""Format → the test that compares a listing or an export of its tool, or the reader that the tool itself uses."""
WITHOUT = {
    "deno-lock": "Deno lists no lockfile; its own table of what it resolved is compared instead",
    "package-json": "npm lists what is locked or installed; of a package.json alone it says nothing",
}


def test_each_lockfile_is_compared_with_its_own_tool() -> None:
    lockfiles = {spec.name for spec in COLLECTORS if spec.module.startswith("lockfiles.")}
    assert not COMPARED.keys() & WITHOUT.keys()
    assert COMPARED.keys() | WITHOUT.keys() == lockfiles


@pytest.mark.parametrize("spec", COMPARED)
def test_the_comparison_is_there(spec: str) -> None:
    file, name = COMPARED[spec]
    tree = ast.parse((Path(__file__).parent / file).read_text("utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(found))
    assert "skip" not in "".join(map(ast.unparse, found.decorator_list))
