"""Shadows: what is told is what the import system would run, and installed software is left in peace."""

from __future__ import annotations

import subprocess
import sys
from glob import glob
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SITE, distribution, environment

from sbomgate.collectors.environment import collect, shadows, stdlib
from sbomgate.collectors.environment.layout import Layout
from sbomgate.model import FileFact
from sbomgate.tree import FolderTree, MemoryTree, SourceFolder

OWN = sys.version_info[:2]
INTERPRETERS = sorted({sys.executable, *glob(str(Path.home() / ".pyenv/versions/3.1?.*/bin/python"))})
NATIVE = EXTENSION_SUFFIXES[0]


def layout(site: str = SITE, python: tuple[int, int] = (3, 12), *, virtual: bool = True) -> Layout:
    return Layout(root="", prefix="", sites=(site,), python=python, windows=False, virtual=virtual, conda=False, system_sites=False)


def facts(
    *distributions: dict[str, bytes], extra: dict[str, bytes] | None = None, beside: dict[str, bytes] | None = None
) -> list[tuple[str, str]]:
    files = environment(*distributions, extra=extra) | (beside or {})
    kinds = ("stdlib-shadow", "stdlib-name", "removed-module", "module-shadow")
    found = collect(SourceFolder(MemoryTree(files), ""))
    return [(item.kind, item.path.removeprefix(f"{SITE}/")) for item in found if isinstance(item, FileFact) and item.kind in kinds]


DEMO = distribution("demo", "1.0", {"demo.py": b"", "kit/__init__.py": b"", "kit/inner.py": b""})


class TestStandardLibrary:
    @pytest.mark.parametrize("interpreter", INTERPRETERS)
    def test_table_is_that_of_the_interpreter(self, interpreter: str) -> None:
        code = "import sys; print(*sys.version_info[:2], *sys.stdlib_module_names)"
        major, minor, *listed = subprocess.run(
            [interpreter, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        assert stdlib.names((int(major), int(minor))) - {"__future__"} == set(listed) - {"__future__"}

    def test_what_older_versions_had_is_importable_there(self) -> None:
        assert {"asynchat", "distutils", "imp"} <= stdlib.names((3, 8)) & stdlib.removed((3, 12))
        assert "cgi" in stdlib.removed((3, 13)) - stdlib.removed((3, 12))
        assert not stdlib.removed((3, 11))
        assert stdlib.in_every_version() <= stdlib.names((3, 8)) & stdlib.names((3, 14))

    def test_modules_loaded_first_are_loaded_before_any_program(self) -> None:
        code = "import sys; print(*sys.builtin_module_names, *sys.modules)"
        loaded = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert stdlib.loaded_first() <= {
            *loaded,
            "site",
            "_sitebuiltins",
            "genericpath",
            "_collections_abc",
            "nt",
            "ntpath",
            "os",
            "posixpath",
            "stat",
        }


class TestPrograms:
    def test_module_beside_the_programs_comes_first(self) -> None:
        assert facts(DEMO, beside={"bin/json.py": b"", "bin/tool.py": b""}) == [("stdlib-shadow", "bin/json.py")]

    def test_package_beside_the_programs_comes_first(self) -> None:
        assert facts(DEMO, beside={"bin/ssl/__init__.py": b""}) == [("stdlib-shadow", "bin/ssl/__init__.py")]

    def test_module_that_is_loaded_before_does_not(self) -> None:
        assert facts(DEMO, beside={"bin/os.py": b"", "bin/sys.py": b""}) == []

    def test_installed_module_is_shadowed_too(self) -> None:
        assert facts(DEMO, beside={"bin/kit.py": b""}) == [("module-shadow", "bin/kit.py")]

    def test_own_program_of_a_distribution_is_nothing(self) -> None:
        both = distribution("both", "1.0", {"both.py": b"", "../../../bin/both.py": b""})
        moved = {path: content for path, content in both.items() if not path.startswith("..")}
        assert facts(moved, beside={"bin/both.py": b""}) == []

    def test_folder_without_init_gives_way(self) -> None:
        assert facts(DEMO, beside={"bin/json/tool.py": b""}) == []


class TestSiteFolder:
    def test_name_of_the_standard_library_alone_is_told_low(self) -> None:
        assert facts(DEMO, extra={"json.py": b"", "random.cpython-312-x86_64-linux-gnu.so": b"", "ssl/__init__.py": b""}) == [
            ("stdlib-name", "json.py"),
            ("stdlib-name", "random.cpython-312-x86_64-linux-gnu.so"),
            ("stdlib-name", "ssl/__init__.py"),
        ]

    def test_code_for_another_version_is_never_imported(self) -> None:
        assert facts(DEMO, extra={"random.cpython-39-x86_64-linux-gnu.so": b""}) == []

    @pytest.mark.parametrize("name", ["typing.py", "dataclasses.py", "enum/__init__.py", "pathlib.py"])
    def test_backport_that_is_owned_is_nothing(self, name: str) -> None:
        assert facts(distribution("enum34", "1.0", {name: b""})) == []

    def test_removed_module_has_no_rival(self) -> None:
        assert facts(DEMO, extra={"imp.py": b""}) == [("removed-module", "imp.py")]
        assert facts(distribution("other", "1.0", {"asyncore.py": b""})) == [("removed-module", "asyncore.py")]
        assert facts(distribution("pyasyncore", "1.0.5", {"asyncore.py": b""})) == []

    def test_folder_that_a_path_line_adds_is_searched_too(self) -> None:
        assert facts(DEMO, extra={"x.pth": b"extras\n", "extras/imp.py": b""}) == [("removed-module", "extras/imp.py")]

    def test_archive_stands_before_the_standard_library_outside_of_a_virtual_environment(self) -> None:
        tree = MemoryTree({"lib/python312.zip": b""})
        assert [item.path for item in shadows.collect_shadows(tree, layout(virtual=False), SITE, {}, {}) if isinstance(item, FileFact)] == [
            "lib/python312.zip"
        ]
        assert not list(shadows.collect_shadows(tree, layout(), SITE, {}, {}))


class TestOneFolder:
    @pytest.mark.parametrize(
        "name",
        [
            "demo.so",
            "demo.abi3.so",
            "demo.cpython-312-x86_64-linux-gnu.so",
            "demo/__init__.py",
            "kit/inner.abi3.so",
            "kit/__init__.abi3.so",
        ],
    )
    def test_what_is_imported_in_the_place_of_an_owned_module(self, name: str) -> None:
        assert facts(DEMO, extra={name: b""}) == [("module-shadow", name)]

    @pytest.mark.parametrize(
        "name", ["demo.cpython-39-x86_64-linux-gnu.so", "demo/other.py", "demo.pyc", "kit/inner.txt", "kit.py", "kit.so"]
    )
    def test_what_is_not(self, name: str) -> None:
        assert facts(DEMO, extra={name: b""}) == []

    def test_compiled_module_beside_its_source_is_nothing(self) -> None:
        compiled = distribution(
            "fast",
            "1.0",
            {"fast/__init__.py": b"", "fast/core.py": b"", "fast/core.cpython-312-x86_64-linux-gnu.so": b"", "fast/__init__.abi3.so": b""},
        )
        assert facts(compiled) == []

    def test_another_distribution_is_told_with_its_owner(self) -> None:
        other = distribution("other", "2.0", {"demo/__init__.py": b""})
        files = environment(DEMO, other)
        found = [
            item for item in collect(SourceFolder(MemoryTree(files), "")) if isinstance(item, FileFact) and item.kind == "module-shadow"
        ]
        assert [(item.path, item.owners) for item in found] == [(f"{SITE}/demo/__init__.py", ("pkg:pypi/other@2.0",))]

    def test_their_number_is_capped(self) -> None:
        many = {f"m{number}.py": b"" for number in range(shadows.MAX_TOLD + 5)}
        found = facts(distribution("many", "1.0", many), extra={name.replace(".py", ".so"): b"" for name in many})
        assert len(found) == shadows.MAX_TOLD + 1


NAMES = st.sets(
    st.sampled_from(
        [
            f"{stem}{tail}"
            for stem in ("aa", "bb")
            for tail in (
                ".py",
                ".pyc",
                ".so",
                ".abi3.so",
                NATIVE,
                ".cpython-30-x.so",
                ".txt",
                "/__init__.py",
                "/__init__.pyc",
                "/__init__.so",
                "/x.py",
            )
        ]
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(NAMES)
@pytest.mark.skipif(sys.platform != "linux", reason="the suffixes of native code are those of Linux")
def test_the_file_told_for_a_module_is_the_one_that_python_finds(names: set[str]) -> None:
    with TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")
        tree = FolderTree(folder)
        present = tree.files_below("", lambda error: pytest.fail(str(error)))
        tops = shadows._tops(present, "", layout("", OWN))
        for stem in ("aa", "bb"):
            PathFinder.invalidate_caches()
            spec = PathFinder.find_spec(stem, [folder])
            found = Path(spec.origin).relative_to(folder).as_posix() if spec and spec.origin else ""
            told = tops.get(stem, "")
            assert found.partition(".")[0] == told.partition(".")[0]
            assert found.rpartition(".")[2] == told.rpartition(".")[2]
