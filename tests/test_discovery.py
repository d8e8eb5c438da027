"""What a search finds in a folder, and that nothing can be hidden from it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import SITE, write_tree

from sbomgate.collectors import discover
from sbomgate.engine import collect
from sbomgate.errors import CollectError
from sbomgate.tree import FolderTree


def search(root: Path) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """(format, path) of everything that is found, the paths of problems, the notes."""
    problems: list[CollectError] = []
    notes: list[str] = []
    found = [(spec.name, path) for spec, path in discover(FolderTree(str(root)), "", problems.append, notes.append)]
    return sorted(found), sorted(error.path for error in problems), notes


PROJECT = {".mcp.json": "{}", "uv.lock": "", "src/package-lock.json": "{}", "lib/requirements.txt": ""}
HIDDEN = [
    ("claude-code", ".mcp.json"),
    ("package-lock", "src/package-lock.json"),
    ("requirements", "lib/requirements.txt"),
    ("uv-lock", "uv.lock"),
]


class TestNothingIsHidden:
    def test_a_project_and_its_environments(self, tmp_path: Path) -> None:
        write_tree(
            tmp_path,
            {
                **PROJECT,
                ".venv/pyvenv.cfg": "",
                f".venv/{SITE}/x.py": "",
                "conda/conda-meta/history": "",
                "a/site-packages/b/requirements.txt": "",
            },
        )
        assert search(tmp_path) == (
            sorted([*HIDDEN, ("environment", ".venv"), ("environment", "conda"), ("environment", "a/site-packages")]),
            [],
            [],
        )

    @pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
    def test_an_environment_made_in_the_root_hides_no_project(self, mark: str, tmp_path: Path) -> None:
        write_tree(
            tmp_path, {**PROJECT, mark: "", f"{SITE}/tests/requirements.txt": "", "bin/activate": "", "share/x/requirements.txt": ""}
        )
        assert search(tmp_path)[0] == sorted([*HIDDEN, ("environment", "")])

    def test_nor_does_one_below(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {f"app/{name}": content for name, content in {**PROJECT, "pyvenv.cfg": "", f"{SITE}/x/uv.lock": ""}.items()})
        assert search(tmp_path)[0] == sorted([(name, f"app/{path}") for name, path in HIDDEN] + [("environment", "app")])

    def test_a_distribution_in_the_root_hides_no_agent_configuration_and_says_what_was_not_searched(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {**PROJECT, "x-1.dist-info/METADATA": "Name: x\nVersion: 1\n", ".cursor/mcp.json": "{}"})
        found, problems, notes = search(tmp_path)
        assert found == [("claude-code", ".mcp.json"), ("cursor", ".cursor/mcp.json"), ("environment", ""), ("uv-lock", "uv.lock")]
        assert not problems
        assert "its folders were not searched" in notes[0]

    def test_a_site_folder_that_is_named_is_one_environment(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"site-packages/x/requirements.txt": "", "site-packages/uv.lock": ""})
        assert search(tmp_path / "site-packages")[0] == [("environment", "")]

    def test_environments_of_conda_lie_in_it(self, tmp_path: Path) -> None:
        write_tree(
            tmp_path,
            {"conda-meta/x": "", f"{SITE}/x.py": "", "envs/a/conda-meta/x": "", f"envs/a/{SITE}/y.py": "", "pkgs/p/site-packages/z.py": ""},
        )
        assert search(tmp_path)[0] == [("environment", ""), ("environment", "envs/a")]

    def test_what_holds_the_state_of_a_tool_is_not_searched(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {".git/uv.lock": "", ".git/node_modules/a/x.js": "", "x/__pycache__/uv.lock": ""})
        assert search(tmp_path) == ([], [], [])

    def test_a_node_modules_is_one_input(self, tmp_path: Path) -> None:
        inner = {"node_modules/a/package-lock.json": "{}", "node_modules/a/node_modules/b/uv.lock": "", "node_modules/x/pyvenv.cfg": ""}
        write_tree(tmp_path, {**inner, "p/node_modules/a/.mcp.json": "{}"})
        assert search(tmp_path) == ([("node-modules", "node_modules"), ("node-modules", "p/node_modules")], [], [])
        assert search(tmp_path / "node_modules") == ([("node-modules", "")], [], [])


class TestLinks:
    def test_a_linked_input_is_found(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"a/x.txt": ""})
        (tmp_path / "uv.lock").symlink_to("a/x.txt")
        assert search(tmp_path)[0] == [("uv-lock", "uv.lock")]

    @pytest.mark.parametrize(
        ("name", "content"), [("venv", "pyvenv.cfg"), ("env", "conda-meta/history"), ("site-packages", "x.py"), ("dist-packages", "x.py")]
    )
    def test_an_environment_outside_is_told(self, name: str, content: str, tmp_path: Path) -> None:
        write_tree(tmp_path, {f"other/{content}": "", "t/uv.lock": ""})
        (tmp_path / "t" / name).symlink_to("../other")
        assert search(tmp_path / "t") == ([("uv-lock", "uv.lock")], [name], [])

    def test_an_environment_inside_is_found_where_it_lies(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {".venv/pyvenv.cfg": "", f".venv/{SITE}/x.py": ""})
        (tmp_path / "venv").symlink_to(".venv")
        (tmp_path / ".venv" / "lib64").symlink_to("lib")
        assert search(tmp_path) == ([("environment", ".venv")], [], [])

    def test_a_node_modules_outside_is_told(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"other/a/package.json": "{}", "t/uv.lock": ""})
        (tmp_path / "t" / "node_modules").symlink_to("../other")
        assert search(tmp_path / "t") == ([("uv-lock", "uv.lock")], ["node_modules"], [])

    def test_a_node_modules_inside_is_found_once(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"a/node_modules/x/package.json": "{}", ".git/node_modules/x/package.json": "{}", "deps/y/package.json": "{}"})
        for name, target in (("b", "../a/node_modules"), ("c", "../deps"), ("d", "../.git/node_modules"), ("e", "nowhere")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "node_modules").symlink_to(target)
        found, problems, notes = search(tmp_path)
        assert [path for name, path in found if name == "node-modules"] == [".git/node_modules", "a/node_modules", "deps"]
        assert not problems + notes

    def test_a_folder_outside_is_noted(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"other/uv.lock": "", "t/uv.lock": ""})
        (tmp_path / "t" / "vendor").symlink_to("../other")
        (tmp_path / "t" / "dangling").symlink_to("nowhere")
        (tmp_path / "t" / "file").symlink_to("../other/uv.lock")
        assert search(tmp_path / "t") == (
            [("uv-lock", "uv.lock")],
            [],
            ["vendor: not searched; a symbolic link to a folder outside the target"],
        )


class TestStrangeFiles:
    def test_a_fifo_in_place_of_an_input_is_told(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "package-lock.json")
        os.mkfifo(tmp_path / "other")
        assert search(tmp_path) == ([], ["package-lock.json"], [])

    def test_a_folder_with_the_name_of_an_input_is_a_folder(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"uv.lock/package-lock.json": "{}", "site-packages": "a file"})
        assert search(tmp_path) == ([("package-lock", "uv.lock/package-lock.json")], [], [])

    def test_a_root_that_cannot_be_listed_is_a_problem_of_the_report(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def deny(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "scandir", deny)
        (problem,) = collect(str(tmp_path)).problems
        assert (problem.path, problem.what) == (".", "folder cannot be listed (Permission denied)")


def test_a_broken_input_takes_no_other_with_it(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "a/package-lock.json": "[" * 100_000,
            "b/package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/x": {"version": "1.0.0"}}}',
        },
    )
    inventory = collect(str(tmp_path))
    assert [problem.path for problem in inventory.problems] == ["a/package-lock.json"]
    assert [item.name for item in inventory.components if item.name == "x"] == ["x"]
    assert inventory.sources == 2
