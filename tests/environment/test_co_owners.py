"""Who else lists a changed file: real clashes of distributions are told as such, one row that explains a change is not."""

from __future__ import annotations

import pytest
from support import SITE, record_row

from sbomgate.collectors.environment import installed_files
from sbomgate.collectors.environment.layout import Layout
from sbomgate.collectors.environment.record import Owner, parse_record
from sbomgate.tree import MemoryTree, SourceFolder, normalised

Files = dict[str, bytes]
PKGUTIL = b'__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'
VICTIM = {f"victim/m{number}.py": b"%d" % number for number in range(30)}


def told(*distributions: Files) -> dict[str, str]:
    """Path → kind of what is told of distributions that were installed one after the other."""
    disk: Files = {}
    owners = []
    for number, files in enumerate(distributions):
        name = f"d{number}-1.dist-info"
        disk |= {**files, f"{name}/METADATA": b""}
        lines = "".join(record_row(path, content) for path, content in files.items()) + f"{name}/METADATA,,\n"
        owners.append(Owner(f"pkg:pypi/d{number}@1", f"{SITE}/{name}", list(parse_record(lines.encode())), "present"))
    tree = MemoryTree({normalised(f"{SITE}/{path}"): content for path, content in disk.items()} | {"pyvenv.cfg": b""})
    layout = Layout(root="", prefix="", sites=(SITE,), python=(3, 12), windows=False, virtual=True, conda=False, system_sites=False)
    result = installed_files.verify(SourceFolder(tree, ""), layout, SITE, owners, frozenset())
    assert not result.problems
    return {fact.path.removeprefix(f"{SITE}/"): fact.kind for fact in result.facts}


@pytest.mark.parametrize("own", [{}, {"planted/__init__.py": b""}, {f"planted/{number}.py": b"" for number in range(200)}])
def test_whoever_brings_one_file_of_the_package_of_another_replaces_it(own: Files) -> None:
    assert told(VICTIM, {"victim/m7.py": b"evil", **own}) == {"victim/m7.py": "changed"}


def test_nor_do_a_few_files_more_make_an_owner() -> None:
    assert told(VICTIM, {"victim/m7.py": b"evil", "victim/more.py": b"", "planted/a.py": b""}) == {"victim/m7.py": "changed"}


def test_a_list_that_is_the_same_but_for_one_file_is_no_fork() -> None:
    assert told(VICTIM, {**VICTIM, "victim/m7.py": b"evil"}) == {"victim/m7.py": "changed"}


def test_a_module_at_the_top_is_of_one_distribution() -> None:
    assert told({"six.py": b"good"}, {"six.py": b"evil", "other/a.py": b""}) == {"six.py": "changed"}


def test_a_program_needs_a_distribution_behind_it() -> None:
    good, other = {"../../../bin/tool": b"good", "a/b.py": b""}, {"../../../bin/tool": b"other"}
    assert told(good, other) == {"bin/tool": "changed"}
    assert told(good, {**other, "c/d.py": b""}) == {"bin/tool": "shared"}


def test_a_fork_beside_its_original_is_a_clash() -> None:
    """As opencv-python and opencv-python-headless: most files are the same, each has some of its own."""
    fork = {**VICTIM, "victim/native.so": b"2", "victim/version.py": b"2", "fork.libs/x.so": b""}
    assert told({**VICTIM, "victim/native.so": b"1", "victim/version.py": b"1"}, fork) == {
        "victim/native.so": "shared",
        "victim/version.py": "shared",
    }


def test_a_fork_in_which_every_file_differs_is_a_clash() -> None:
    """As discord.py and py-cord."""
    assert set(told(VICTIM, {path: content + b"2" for path, content in VICTIM.items()}).values()) == {"shared"}


def test_two_packages_that_fill_one_folder_are_a_clash() -> None:
    """As jwt and pyjwt."""
    one = {"jwt/__init__.py": b"1", "jwt/a.py": b"", "jwt/b.py": b""}
    assert told(one, {"jwt/__init__.py": b"2", "jwt/c.py": b"", "jwt/d.py": b""}) == {"jwt/__init__.py": "shared"}


@pytest.mark.parametrize(
    ("stub", "kind"),
    [
        (PKGUTIL, "shared"),
        (b"# See namespace packages.\n" + PKGUTIL.replace(b'"', b"'"), "shared"),
        (b"try:\n    __import__('pkg_resources').declare_namespace(__name__)\nexcept ImportError:\n" + b"    " + PKGUTIL, "shared"),
        (b"from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n", "shared"),
        (b"", "shared"),
        (PKGUTIL + b"import os\n", "changed"),
        (PKGUTIL.rstrip() + b"; import os\n", "changed"),
        (b'"""a"""; import os; """b"""\n', "changed"),
        (b"\xff" + PKGUTIL, "changed"),
        (PKGUTIL * 1000, "changed"),
    ],
)
def test_an_init_that_only_extends_the_path_belongs_to_all(stub: bytes, kind: str) -> None:
    """As `backports/__init__.py`; what does anything else is judged like every file."""
    big = {f"space/big/m{number}.py": b"" for number in range(100)}
    assert told({"space/__init__.py": b"#", **big}, {"space/__init__.py": stub, "space/small.py": b""}) == {"space/__init__.py": kind}


@pytest.mark.parametrize("path", ["tests/__init__.py", "examples/run.py", "setup.py", "LICENSE", "victim/data.json"])
def test_what_many_bring_by_mistake_and_data_are_a_clash(path: str) -> None:
    assert told({**VICTIM, path: b"1"}, {path: b"2", "other/a.py": b""}) == {path: "shared"}
    assert told({**VICTIM, path: b"1"}, {path: b"2"}) == {path: "changed"}


def test_many_distributions_that_list_the_same_files_are_judged_in_linear_time() -> None:
    shared = {f"p/m{number}.py": b"1" for number in range(100)}
    crowd = [dict.fromkeys(shared, b"%d" % number) for number in range(60)]
    assert set(told(*crowd).values()) == {"shared"}
