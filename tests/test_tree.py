"""The reader of a target's files: what it refuses, and that it never leaves the target, blocks or guesses."""

from __future__ import annotations

import json
import os
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import write_tree

from sbomgate import tree as tree_module
from sbomgate.errors import CollectError
from sbomgate.tree import Entry, FolderTree, MemoryTree, SourceFile, SourceFolder, conflict_marker, normalised, parse_json, walk


@pytest.fixture
def folder(tmp_path):
    """A target `t` with a neighbour `secret` outside of it."""
    write_tree(tmp_path, {"secret/file.txt": "outside", "t/a.txt": "inside", "t/sub/b.txt": "below"})
    return tmp_path / "t"


def refused(action, *words: str) -> CollectError:
    with pytest.raises(CollectError) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert word in text, text
    return caught.value


def everything(tree, start: str = "") -> tuple[list[tuple[str, list[str]]], list[CollectError]]:
    problems: list[CollectError] = []
    return [(path, [entry.name for entry in entries]) for path, entries in walk(tree, start, lambda *_: True, problems.append)], problems


class TestReading:
    def test_a_file_is_read_whole(self, folder) -> None:
        content = bytes(range(256)) * 9000  # more than one chunk
        (folder / "big").write_bytes(content)
        assert FolderTree(str(folder)).read("big") == content

    def test_the_cap_is_exact(self, folder) -> None:
        (folder / "f").write_bytes(b"x" * 10)
        tree = FolderTree(str(folder))
        assert tree.read("f", 10) == b"x" * 10
        assert refused(lambda: tree.read("f", 9), "larger than 9 bytes").path == "f"

    def test_a_file_that_grows_while_it_is_read_meets_the_cap_too(self, folder, monkeypatch) -> None:
        (folder / "f").write_bytes(b"x" * 5)
        monkeypatch.setattr(os, "read", lambda handle, count: b"x" * min(count, 4))  # never ends
        refused(lambda: FolderTree(str(folder)).read("f", 9), "larger than 9 bytes")

    def test_a_missing_file_is_told_with_its_relative_path(self, folder) -> None:
        assert refused(lambda: FolderTree(str(folder)).read("sub/none"), "No such file").path == "sub/none"
        assert refused(lambda: FolderTree(str(folder)).read("none/none"), "No such file").path == "none/none"

    def test_a_folder_in_place_of_a_file_is_told_with_its_relative_path(self, folder) -> None:
        assert refused(lambda: FolderTree(str(folder)).read("sub"), "not a regular file").path == "sub"

    def test_a_fifo_does_not_block(self, folder) -> None:
        os.mkfifo(folder / "package.json")
        tree = FolderTree(str(folder))
        assert tree.kind("package.json") == "other"
        assert refused(lambda: tree.read("package.json"), "not a regular file").path == "package.json"

    def test_the_head_of_a_file_is_read_under_the_same_conditions(self, folder) -> None:
        tree = FolderTree(str(folder))
        assert tree.head("a.txt", 3) == b"ins"
        assert tree.head("a.txt", 99) == b"inside"
        os.mkfifo(folder / "pipe")
        (folder / "link").symlink_to("a.txt")
        (folder / "out").symlink_to("../secret")
        assert refused(lambda: tree.head("pipe", 3), "not a regular file").path == "pipe"
        assert refused(lambda: tree.head("link", 3), "cannot be read").path == "link"
        refused(lambda: tree.head("sub", 3), "not a regular file")
        refused(lambda: tree.head("none", 3), "No such file")
        refused(lambda: tree.head("a\0", 3), "cannot be read")
        refused(lambda: tree.head("out/file.txt", 3), "outside the target")
        refused(lambda: tree.head("../secret/file.txt", 3), "outside the target")

    def test_the_time_of_a_file_is_told_in_whole_seconds(self, folder) -> None:
        os.utime(folder / "a.txt", ns=(1_700_000_000_900_000_000, 1_700_000_000_900_000_000))
        tree = FolderTree(str(folder))
        assert tree.modified("a.txt") == 1_700_000_000
        assert tree.modified("none") is tree.modified("a\0") is None

    def test_a_device_is_refused(self) -> None:
        refused(lambda: FolderTree("/dev").read("null"), "not a regular file")

    def test_a_file_that_may_not_be_read_says_how_to(self, folder, monkeypatch) -> None:
        def deny(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", deny)
        refused(lambda: FolderTree(str(folder)).read("a.txt"), "Permission denied", "run as a user who may read it")

    @pytest.mark.parametrize("path", ["a\0b", "a.txt\0", "\0/a", "\ud800", "sub\0/b.txt"])
    def test_a_name_that_cannot_be_is_no_crash(self, folder, path: str) -> None:
        tree = FolderTree(str(folder))
        refused(lambda: tree.read(path))
        refused(lambda: tree.entries(path))
        told: list[CollectError] = []
        assert tree.files_below(path, told.append) == {}
        assert len(told) == 1
        assert (tree.kind(path), tree.link_target(path)) == ("", None)
        assert SourceFile(tree, "a.txt").sibling(path) is None

    def test_names_that_are_no_utf8_are_read(self, folder) -> None:
        name = os.fsdecode(b"\xff\xfe.txt")
        (folder / name).write_bytes(b"odd")
        tree = FolderTree(str(folder))
        assert Entry(name, "file") in tree.entries("")
        assert tree.read(name) == b"odd"
        assert name in tree.files_below("", pytest.fail)


class TestLinks:
    def test_a_link_that_stays_inside_is_read(self, folder) -> None:
        (folder / "link").symlink_to("sub/b.txt")
        tree = FolderTree(str(folder))
        assert tree.kind("link") == "link"
        assert tree.link_target("link") == "sub/b.txt"
        assert tree.read("link") == b"below"

    @pytest.mark.parametrize("target", ["../secret/file.txt", "/etc/passwd", "nothing", "link", "../t2"])
    def test_a_link_that_does_not_is_refused(self, folder, target: str) -> None:
        (folder / "link").symlink_to(target)
        tree = FolderTree(str(folder))
        assert tree.link_target("link") is None
        refused(lambda: tree.read("link"), "link:")
        assert SourceFile(tree, "a.txt").sibling("link") is None

    def test_a_neighbour_with_the_same_beginning_is_outside(self, folder) -> None:
        write_tree(folder.parent, {"t-evil/f": "x"})
        (folder / "link").symlink_to("../t-evil/f")
        assert FolderTree(str(folder)).link_target("link") is None

    def test_nothing_is_read_through_a_linked_folder_that_leads_outside(self, folder) -> None:
        (folder / "out").symlink_to("../secret")
        tree = FolderTree(str(folder))
        refused(lambda: tree.read("out/file.txt"), "outside the target")
        refused(lambda: tree.entries("out"), "outside the target")
        refused(lambda: tree.read("../secret/file.txt"), "outside the target")
        refused(lambda: tree.read(str(folder.parent / "secret" / "file.txt")), "outside the target")
        told: list[CollectError] = []
        assert tree.files_below("out", told.append) == {}
        assert "outside the target" in str(told)
        assert tree.link_target("out/file.txt") is None

    def test_a_linked_folder_inside_is_not_entered_but_its_files_can_be_named(self, folder) -> None:
        (folder / "again").symlink_to("sub")
        tree = FolderTree(str(folder))
        assert tree.files_below("", pytest.fail) == {"a.txt": "file", "sub/b.txt": "file", "again": "link"}
        assert tree.read("again/b.txt") == b"below"
        found, problems = everything(tree)
        assert [path for path, _ in found] == ["", "sub"]
        assert not problems

    def test_a_link_loop_is_refused(self, folder) -> None:
        (folder / "one").symlink_to("two")
        (folder / "two").symlink_to("one")
        (folder / "self").symlink_to(".")
        tree = FolderTree(str(folder))
        refused(lambda: tree.read("one"), "symbolic link")
        refused(lambda: tree.read("one/x"))
        assert everything(tree)[0] == [("", ["a.txt", "one", "self", "sub", "two"]), ("sub", ["b.txt"])]

    def test_a_target_that_is_itself_a_link_is_what_the_caller_asked_for(self, folder) -> None:
        (folder.parent / "named").symlink_to("t")
        assert FolderTree(str(folder.parent / "named")).read("sub/b.txt") == b"below"

    def test_a_boundary_above_the_root_lets_references_out_so_far(self, folder) -> None:
        (folder / "link").symlink_to("../secret/file.txt")
        tree = FolderTree(str(folder), str(folder.parent))
        assert tree.read("link") == b"outside"
        near = SourceFile(tree, "a.txt").sibling("../secret/file.txt")
        assert near is not None
        assert near.read() == b"outside"
        assert SourceFile(tree, "a.txt").sibling("../../other") is None


class TestWalking:
    def test_an_unreadable_folder_is_told_and_the_rest_walked(self, folder, monkeypatch) -> None:
        scandir = os.scandir

        def deny(path):
            if str(path).endswith("sub"):
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        monkeypatch.setattr(os, "scandir", deny)
        (folder / "z").mkdir()
        tree = FolderTree(str(folder))
        found, problems = everything(tree)
        assert [path for path, _ in found] == ["", "z"]
        assert [(error.path, error.what) for error in problems] == [("sub", "folder cannot be listed (Permission denied)")]
        told: list[CollectError] = []
        assert set(tree.files_below("", told.append)) == {"a.txt"}
        assert [error.path for error in told] == ["sub"]

    def test_depth_has_a_cap_that_is_told(self, folder, monkeypatch) -> None:
        monkeypatch.setattr(tree_module, "MAX_DEPTH", 3)
        write_tree(folder, {"1/2/3/f": "x", "d/2/3/4/f": "x"})
        tree = FolderTree(str(folder))
        found, problems = everything(tree)
        assert ("1/2/3", ["f"]) in found
        assert [(error.path, error.what) for error in problems] == [("d/2/3", "folders nested deeper than 3")]
        told: list[CollectError] = []
        files = tree.files_below("", told.append)
        assert "1/2/3/f" in files
        assert "d/2/3/4/f" not in files
        assert [error.path for error in told] == ["d/2/3/4"]

    def test_the_number_of_entries_has_a_cap_that_is_told_once(self, folder, monkeypatch) -> None:
        monkeypatch.setattr(tree_module, "MAX_ENTRIES", 10)
        write_tree(folder, {f"{sub}/{name}": "" for sub in "uvwxyz" for name in "abcde"})
        tree = FolderTree(str(folder))
        _, problems = everything(tree)
        assert len(problems) == 1
        assert "more than 10 files" in problems[0].what
        told: list[CollectError] = []
        tree.files_below("", told.append)
        assert len(told) == 1

    def test_a_folder_that_is_not_to_be_entered_is_not(self, folder) -> None:
        found = [path for path, _ in walk(FolderTree(str(folder)), "", lambda _, entry: entry.name != "sub", pytest.fail)]
        assert found == [""]

    def test_parts_are_joined_only_where_there_are_any(self) -> None:
        assert SourceFolder(MemoryTree({}), "").join("lib", "x") == "lib/x"
        assert SourceFolder(MemoryTree({}), "env").join("lib") == "env/lib"


NAMES = st.sampled_from(["a", "b", "ab", "c.txt", "ä", "-", "~x"])
FILES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=4).map("/".join), st.binary(max_size=20), max_size=8).filter(
    lambda files: not any(other.startswith(f"{path}/") for path in files for other in files)
)


@settings(max_examples=40, deadline=None)
@given(files=FILES, limit=st.integers(0, 25))
def test_a_tree_in_memory_equals_the_same_tree_on_disk(files: dict[str, bytes], limit: int, tmp_path_factory) -> None:
    disk = FolderTree(str(write_tree(tmp_path_factory.mktemp("t"), files)))
    memory = MemoryTree(files)
    folders = {""} | {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    for path in sorted(files.keys() | folders | {"none", "a/none", "c.txt/none"}):
        told: tuple[list, list] = ([], [])
        assert memory.files_below(path, told[0].append) == disk.files_below(path, told[1].append)
        assert [len(errors) for errors in told] in ([0, 0], [1, 1])
        assert (memory.kind(path), memory.link_target(path)) == (disk.kind(path), disk.link_target(path))
        for action in (
            lambda tree, path=path: tree.read(path, limit),
            lambda tree, path=path: tree.head(path, limit),
            lambda tree, path=path: tree.entries(path),
        ):
            outcomes = []
            for tree in (memory, disk):
                try:
                    outcomes.append(action(tree))
                except CollectError as error:
                    outcomes.append(error.path)
            assert outcomes[0] == outcomes[1]
    assert everything(memory)[0] == everything(disk)[0]


def source(content: bytes, path: str = "f") -> SourceFile:
    return SourceFile(MemoryTree({path: content}), path)


class TestText:
    def test_a_mark_is_removed(self) -> None:
        assert source(b"\xef\xbb\xbfx").text() == "x"

    def test_other_encodings_are_refused_with_the_line(self) -> None:
        refused(source(b"a\nb\n\xff").text, "line 3", "not valid UTF-8 (byte 4)")
        refused(source("x".encode("utf-16")).text, "line 1")

    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ("<<<<<<< ours\n", "line 1: merge-conflict marker"),
            ("a\nb\n<<<<<<< ours", "line 3: merge-conflict marker"),
            ("a <<<<<<< ours", ""),
            ("<<<<<<<ours", ""),
            ("", ""),
        ],
    )
    def test_a_conflict_marker_is_found_at_the_start_of_a_line_only(self, text: str, where: str) -> None:
        assert conflict_marker(text) == where


class TestJson:
    def test_plain_values_come_through(self) -> None:
        value = {"a": [1, 2.5, None, True, "ü"], "b": {}}
        assert source(json.dumps(value).encode()).json() == value

    @pytest.mark.parametrize("opening", ["[", '{"a":', "[[{"])
    @pytest.mark.parametrize("depth", [1100, 100_000])
    def test_a_depth_bomb_is_refused(self, opening: str, depth: int) -> None:
        refused(source((opening * depth).encode()).json, "f: ")

    def test_depth_that_parses_but_cannot_be_cleaned_is_refused(self, monkeypatch) -> None:
        def deep(*_: object) -> object:
            raise RecursionError("maximum recursion depth exceeded")

        monkeypatch.setattr(tree_module, "_map_strings", deep)
        refused(source(b'["\\ud800"]').json, "nested too deeply")

    def test_a_huge_integer_is_refused(self) -> None:
        refused(source(b"[" + b"9" * 5000 + b"]").json, "not valid JSON")

    def test_the_place_of_a_mistake_is_told(self) -> None:
        refused(source(b'{"a": 1,\n "b" 2}').json, "line 2 column 6")

    def test_a_merge_conflict_is_named(self) -> None:
        refused(source(b'{\n<<<<<<< ours\n"a": 1\n=======\n').json, "line 2: merge-conflict marker")

    def test_the_last_of_two_equal_keys_counts_as_in_every_reader(self) -> None:
        assert source(b'{"a": 1, "a": 2}').json() == {"a": 2}

    def test_lone_surrogates_become_text(self) -> None:
        value = source(rb'{"\ud800": ["\uDFFF", {"a": "\ud83d\ude00"}], "n": 1}').json()
        assert value == {"\\ud800": ["\\udfff", {"a": "😀"}], "n": 1}
        json.dumps(value, ensure_ascii=False).encode()

    @pytest.mark.parametrize("content", [b"", b"\0", b"nul", b"{", b"'a'", b'"a', b"[1,]", b"\xff"])
    def test_what_is_no_json_is_refused_on_one_line(self, content: bytes) -> None:
        refused(source(content).json)

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet='[]{},:"\\ud8c0 019e-.\n') | st.text())
    def test_any_text_is_parsed_as_json_parses_it_or_refused(self, text: str) -> None:
        try:
            found = parse_json(text, "f")
        except CollectError as error:
            assert "\n" not in str(error)
            with pytest.raises(ValueError):
                json.loads(text)
        else:
            if "\\ud" not in text.lower():
                assert repr(found) == repr(json.loads(text))


class TestToml:
    def test_plain_values_come_through(self) -> None:
        assert source(b"a = [1, 'x']\n[b]\nc = 2027-01-31\n").toml() == tomllib.loads("a = [1, 'x']\n[b]\nc = 2027-01-31\n")

    def test_a_depth_bomb_is_refused(self) -> None:
        refused(source(b"a = " + b"[" * 5000).toml, "nested too deeply")

    @pytest.mark.parametrize("content", [b"a = " + b"9" * 5000, b"a = 1\na = 2", b"[a]\n[a]", b"a", b"\xff", b"a = '\x00'"])
    def test_what_is_no_toml_is_refused_on_one_line(self, content: bytes) -> None:
        refused(source(content).toml)

    def test_a_merge_conflict_is_named(self) -> None:
        refused(source(b"a = 1\n<<<<<<< ours\nb = 2\n").toml, "line 2: merge-conflict marker")

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet="ab=.[]{}'\"#,\n 0129-:TZe\\u_+") | st.binary().map(lambda data: data.decode("utf-8", "replace")))
    def test_any_text_is_parsed_or_refused(self, text: str) -> None:
        try:
            found = source(text.encode()).toml()
        except CollectError as error:
            assert "\n" not in str(error)
        else:
            assert repr(found) == repr(tomllib.loads(text.removeprefix("\ufeff")))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a/../b", "b"), ("./a", "a"), ("a//b", "a/b"), ("..\\x", "../x"), ("a/../../b", "../b"), ("/a/../b", "/b"), ("", ".")],
)
def test_paths_are_resolved_as_text(path: str, wanted: str) -> None:
    assert normalised(path) == wanted
