"""The shapes of Python environments, told from files alone."""

from __future__ import annotations

import os
import re

import pytest
from support import write_tree

from sbomgate.collectors.environment.layout import Layout, find_layout
from sbomgate.errors import CollectError
from sbomgate.tree import FolderTree, MemoryTree, SourceFolder

POSIX = "lib/python3.12/site-packages/x.py"
OFF = "include-system-site-packages = false\n"
CONFIGS = {
    "venv": f"home = /usr/bin\n{OFF}version = 3.12.1\nexecutable = /usr/bin/python3.12\ncommand = /usr/bin/python3 -m venv x\n",
    "virtualenv": f"home = /usr/bin\nimplementation = CPython\nversion_info = 3.12.1.final.0\nvirtualenv = 20.26\n{OFF}",
    "uv": f"home = /usr/bin\nimplementation = CPython\nuv = 0.7.2\nversion_info = 3.12.1\n{OFF}prompt = x\n",
    "proposed": "home = /usr/bin\npython-version = 3.12\n",
    "odd spelling": "\ufeffx\r\nHOME=/usr/bin\r\n\tVersion\t=\t3.12.1\t\r\n",
}


def found(files: dict[str, str], path: str = "", root: str = "") -> Layout:
    tree = MemoryTree({name: content.encode() for name, content in files.items()})
    tree.root = root
    return find_layout(SourceFolder(tree, path))


@pytest.mark.parametrize("name", CONFIGS)
def test_virtual_environments(name: str) -> None:
    layout = found({"pyvenv.cfg": CONFIGS[name], POSIX: ""})
    assert layout == Layout(
        root="",
        prefix="",
        sites=("lib/python3.12/site-packages",),
        python=(3, 12),
        windows=False,
        virtual=True,
        conda=False,
        system_sites="false" not in CONFIGS[name],
        home=found_home[1] if (found_home := re.search(r"(?mi)^home *= *(.*?)\s*$", CONFIGS[name])) else "",
    )
    nested = found({f"a/b/{path}": content for path, content in {"pyvenv.cfg": CONFIGS[name], POSIX: ""}.items()}, "a/b")
    assert (nested.root, nested.prefix, nested.sites) == ("a/b", "a/b", ("a/b/lib/python3.12/site-packages",))


@pytest.mark.parametrize("name", CONFIGS)
def test_windows(name: str) -> None:
    layout = found({"pyvenv.cfg": CONFIGS[name], "Lib/site-packages/x.py": "", "Scripts/python.exe": ""})
    assert (layout.sites, layout.windows, layout.python, layout.prefix) == (("Lib/site-packages",), True, (3, 12), "")


def test_conda() -> None:
    layout = found({"conda-meta/history": "", "lib/python3.11/site-packages/x.py": "", "lib/python3.1/x": ""})
    assert (layout.conda, layout.virtual, layout.python, layout.sites) == (True, False, (3, 11), ("lib/python3.11/site-packages",))


def test_debian_has_several_places() -> None:
    layout = found(
        {
            "pyvenv.cfg": "",
            **{
                f"{place}/x.py": ""
                for place in ("lib/python3/dist-packages", "local/lib/python3.11/dist-packages", "lib/python3.11/site-packages")
            },
        }
    )
    assert layout.sites == ("lib/python3/dist-packages", "lib/python3.11/site-packages", "local/lib/python3.11/dist-packages")
    assert layout.python == (3, 11)


def test_a_folder_of_its_own_for_native_modules() -> None:
    layout = found({"pyvenv.cfg": "", POSIX: "", "lib64/python3.12/site-packages/y.so": ""})
    assert layout.sites == ("lib/python3.12/site-packages", "lib64/python3.12/site-packages")


@pytest.mark.parametrize(("name", "python"), [("pypy3.10", (3, 10)), ("PyPy3.9", (3, 9))])
def test_pypy(name: str, python: tuple[int, int]) -> None:
    layout = found({"pyvenv.cfg": "", f"lib/{name}/site-packages/x.py": ""})
    assert (layout.python, layout.implementation) == (python, "pypy")
    assert found({"pyvenv.cfg": "", POSIX: ""}).implementation == "cpython"


def test_free_threaded() -> None:
    assert found({"pyvenv.cfg": "", "lib/python3.13t/site-packages/x.py": ""}).python == (3, 13)


@pytest.mark.parametrize(
    ("path", "root", "prefix", "python", "windows"),
    [
        ("", "/usr/lib/python3/dist-packages", None, None, False),
        ("", "/home/ada/.local/lib/python3.12/site-packages", None, (3, 12), False),
        ("", "C:\\Python312\\Lib\\site-packages", None, None, True),
        ("home/.local/lib/python3.10/site-packages", "/", "home/.local", (3, 10), False),
        ("lib/python3.10/site-packages", "/srv", "", (3, 10), False),
        ("app/Lib/site-packages", "/srv", "app", None, True),
        ("python3.9/site-packages", "/srv", None, (3, 9), False),
        ("site-packages", "/srv", None, None, False),
    ],
)
def test_bare_site_folders(path: str, root: str, prefix: str | None, python: tuple[int, int] | None, windows: bool) -> None:
    layout = found({f"{path}/x.py" if path else "x.py": ""}, path, root)
    assert (layout.sites, layout.root, layout.prefix, layout.python, layout.windows) == ((path,), path, prefix, python, windows)
    assert not (layout.virtual or layout.conda or layout.system_sites)


def test_a_folder_that_pip_filled_tells_its_version_by_bytecode() -> None:
    assert found({"a.py": "", "__pycache__/a.cpython-39.pyc": ""}).python == (3, 9)
    assert found({"a.py": "", "__pycache__/a.cpython-312.opt-1.pyc": "", "__pycache__/b.cpython-312.pyc": ""}).python == (3, 12)
    assert found({"__pycache__/a.pypy310.pyc": ""}).python == (3, 10)
    assert found({"__pycache__/a.cpython-39.pyc": "", "__pycache__/a.cpython-312.pyc": ""}).python is None
    assert found({"a.py": ""}).python is None


@pytest.mark.parametrize(
    ("config", "sites", "python"),
    [
        ("version = 3.9.1", ["python3.12"], (3, 12)),  # the interpreter ignores the key; the folder does not lie
        ("version = 3.12.1", ["python3.11", "python3.12"], (3, 12)),
        ("version = 3.9.1", ["python3.11", "python3.12"], (3, 11)),
        ("version = 3.9.1\nversion = 3.12.1", ["python3"], (3, 12)),
        ("version = 3.x", ["python3"], None),
        ("version = 3", ["python3"], None),
        (f"version = {'9' * 5000}.1", ["python3"], None),
        (f"version = 3.{'9' * 5000}", ["python3"], None),
        ("version = ٣.١٢", ["python3"], None),
        ("= 3.12", ["python3"], None),
        ("x\x0cversion = 3.9", ["python3"], None),  # a form feed ends no line
        ("x\x85version = 3.9", ["python3"], None),
    ],
)
def test_the_version_is_the_folders_then_what_is_stated(config: str, sites: list[str], python: tuple[int, int] | None) -> None:
    assert found({"pyvenv.cfg": config, **{f"lib/{site}/site-packages/x.py": "" for site in sites}}).python == python


@pytest.mark.parametrize(
    ("config", "on"),
    [
        ("include-system-site-packages = true", True),
        ("INCLUDE-system-site-packages=TRUE", True),
        ("include-system-site-packages = false\ninclude-system-site-packages = true", True),
        ("include-system-site-packages = true\ninclude-system-site-packages = false", False),
        ("include-system-site-packages = yes", False),
        ("x\x0binclude-system-site-packages = false", True),
        ("", True),
    ],
)
def test_system_packages_are_let_in_as_python_reads_it(config: str, on: bool) -> None:
    assert found({"pyvenv.cfg": config, POSIX: ""}).system_sites is on


@pytest.mark.parametrize(
    "files", [{"pyvenv.cfg": ""}, {"pyvenv.cfg": "", "lib/x": ""}, {"pyvenv.cfg": "", "lib/python3.12/x": ""}, {"conda-meta/x": ""}]
)
def test_an_environment_without_a_site_folder_is_told(files: dict[str, str]) -> None:
    with pytest.raises(CollectError, match="without a site-packages folder"):
        found(files)


def test_a_config_that_cannot_be_read_is_told(tmp_path) -> None:
    write_tree(tmp_path, {POSIX: ""})
    os.mkfifo(tmp_path / "pyvenv.cfg")
    with pytest.raises(CollectError, match="not a regular file"):
        find_layout(SourceFolder(FolderTree(str(tmp_path)), ""))


class TestLinks:
    def linked(self, root, name: str, target: str) -> Layout:
        write_tree(root, {"e/pyvenv.cfg": "", f"e/{POSIX}": "", "other/python3.13/site-packages/evil.py": ""})
        link = root / "e" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return find_layout(SourceFolder(FolderTree(str(root / "e")), ""))

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("lib64", "lib"),
            ("lib/python3", "python3.12"),
            ("lib/python3.13", "python3.12"),
            ("lib64", "nothing"),
            ("local/lib", "../lib"),
            ("lib/x", "/tmp"),
        ],
    )
    def test_the_same_place_by_another_name_is_left_out(self, tmp_path, name: str, target: str) -> None:
        layout = self.linked(tmp_path, name, target)
        assert (layout.sites, layout.linked) == (("lib/python3.12/site-packages",), ())

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("lib64", "../other"),
            ("lib/python3.13", "../../other/python3.13"),
            ("lib/python3.13/site-packages", "../../../other/python3.13/site-packages"),
            ("lib/python3.12/dist-packages", "/tmp"),
            ("lib/site-packages", "/"),
        ],
    )
    def test_another_place_is_not_followed_but_told(self, tmp_path, name: str, target: str) -> None:
        layout = self.linked(tmp_path, name, target)
        assert (layout.sites, layout.linked) == (("lib/python3.12/site-packages",), (name,))

    def test_a_linked_folder_on_the_way_is_not_entered(self, tmp_path) -> None:
        write_tree(tmp_path, {"e/pyvenv.cfg": "", f"e/{POSIX}": "", "other/lib/python3.13/site-packages/evil.py": ""})
        (tmp_path / "e" / "local").symlink_to("../other")
        assert find_layout(SourceFolder(FolderTree(str(tmp_path / "e")), "")).sites == ("lib/python3.12/site-packages",)
