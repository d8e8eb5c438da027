"""RECORD: every row is read or refused, every file is as promised or told, and nothing outside is touched."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import SITE, record_row, write_tree

from sbomgate.collectors.environment import installed_files
from sbomgate.collectors.environment.layout import Layout, find_layout
from sbomgate.collectors.environment.record import Owner, content_digest, parse_record
from sbomgate.model import FileFact
from sbomgate.tree import FolderTree, MemoryTree, SourceFolder

Row = tuple[str, str, str, str]
ENV = {"pyvenv.cfg": b"version = 3.12.1\n", f"{SITE}/README.txt": b""}
OTHER = record_row("x", b"something else").split(",", 1)[1].rstrip("\n")


def rows(*lines: str) -> list[Row]:
    return list(parse_record("\n".join(line.rstrip("\n") for line in lines).encode()))


def owner(name: str, *lines: str, state: str = "present", tops: frozenset[str] = frozenset()) -> Owner:
    return Owner(f"pkg:pypi/{name}@1", f"{SITE}/{name}-1.dist-info", rows(*lines), state, tops)


def layout(root: str = "", site: str = SITE, *, windows: bool = False) -> Layout:
    return Layout(root=root, prefix=root, sites=(site,), python=(3, 12), windows=windows, virtual=True, conda=False, system_sites=False)


def check(files: dict[str, bytes], *owners: Owner, excused: tuple[str, ...] = (), verify: bool = True) -> installed_files.Verification:
    """Verify a virtual environment of `files`, relative to its site folder unless they begin with `/`."""
    everything = {path[1:] if path.startswith("/") else f"{SITE}/{path}": content for path, content in files.items()}
    folder = SourceFolder(MemoryTree({**everything, **ENV}), "", verify=verify)
    return installed_files.verify(folder, layout(), SITE, list(owners), frozenset((*excused, f"{SITE}/README.txt")))


def facts(result: installed_files.Verification) -> list[tuple[str, str]]:
    return sorted((fact.kind, fact.path.removeprefix(f"{SITE}/")) for fact in result.facts)


def only(result: installed_files.Verification) -> FileFact:
    assert len(result.facts) == 1, result.facts
    assert not result.problems
    return result.facts[0]


class TestParsing:
    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=60) | st.text(alphabet='a",\r\n=/.é\x00\x85\u2028\ufeff', max_size=60).map(str.encode))
    @example(b'"a\nb",sha256=x,1\n')
    @example(b"a,,\r\n\r\nb,,\r\n")
    def test_any_bytes_are_rows_or_refused_with_a_line(self, data: bytes) -> None:
        try:
            found = list(parse_record(data))
        except ValueError as error:
            assert str(error).startswith("line ")
        else:
            assert all(row[0] and len(row) == 4 and not row[2].endswith("=") for row in found)

    @settings(max_examples=200, deadline=None)
    @given(
        # no CR: csv writers before Python 3.13 forget to quote it
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=8)),
        st.sampled_from(["\n", "\r\n"]),
    )
    @example(['a"b', "c\nd", "e,f", "\x85", "\u2028x", " ", "\ufeff"], "\n")
    @example(["\x85", "\u2028x", "\x0c", " "], "\r\n")
    def test_what_the_csv_module_writes_is_read(self, paths: list[str], end: str) -> None:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=end)
        for path in paths:
            writer.writerow((path, "sha256=AB_-", "12"))
        assert list(parse_record(b"\xef\xbb\xbf" + out.getvalue().encode())) == [(path, "sha256", "AB_-", "12") for path in paths]

    def test_padding_is_taken_off_and_line_ends_are_all_known(self) -> None:
        for end in (b"\n", b"\r\n", b"\r"):
            assert list(parse_record(b"a,sha256=eA==,1" + end + b"b,," + end)) == [("a", "sha256", "eA", "1"), ("b", "", "", "")]

    def test_names_that_are_no_utf8_are_those_of_the_file_system(self) -> None:
        assert next(parse_record(b"\xff.py,,"))[0] == os.fsdecode(b"\xff.py")

    @pytest.mark.parametrize(
        ("data", "line"), [(b"a,,\nb\n", 2), (b"a,b", 1), (b",,\n", 1), (b'"a",,\n"b,,\n', 2), (b'"a"b,,', 1), (b'"a",,,', 1)]
    )
    def test_what_is_no_row_is_refused(self, data: bytes, line: int) -> None:
        with pytest.raises(ValueError, match=f"^line {line}: "):
            list(parse_record(data))

    def test_rows_before_a_broken_one_are_given(self) -> None:
        found = []
        with pytest.raises(ValueError, match="line 2"):
            found.extend(parse_record(b"a,,\nb\nc,,\n"))
        assert [row[0] for row in found] == ["a"]


class TestFiles:
    def test_what_is_as_promised_is_silent_and_counted(self) -> None:
        result = check(
            {"a.py": b"1", "b/c.txt": b"2"},
            owner("a", record_row("a.py", b"1"), record_row("b/c.txt", b"2"), "a-1.dist-info/RECORD,,"),
            excused=(),
        )
        assert facts(result) == [("missing", "a-1.dist-info/RECORD")]
        assert result.verified == 2
        assert not result.problems

    def test_a_changed_file_is_told_with_both_digests(self) -> None:
        result = check({"a.py": b"evil"}, owner("a", record_row("a.py", b"good")))
        fact = only(result)
        assert (fact.kind, fact.path, fact.owners) == ("changed", f"{SITE}/a.py", ("pkg:pypi/a@1",))
        assert fact.expected == f"sha256:{hashlib.sha256(b'good').hexdigest()}"
        assert fact.actual == f"sha256:{hashlib.sha256(b'evil').hexdigest()}"
        assert result.deviating_owners == {f"{SITE}/a-1.dist-info"}

    def test_without_hashing_names_alone_are_compared(self) -> None:
        result = check({"a.py": b"evil"}, owner("a", record_row("a.py", b"good"), record_row("b.py", b"")), verify=False)
        assert facts(result) == [("missing", "b.py")]
        assert result.verified == 0

    @pytest.mark.parametrize("written", ["a.py", "./a.py", "x/../a.py", ".//a.py", "../site-packages/a.py", "x\\..\\a.py"])
    def test_a_path_in_another_spelling_is_the_same_file(self, written: str) -> None:
        assert only(check({"a.py": b"evil"}, owner("a", record_row(written, b"good")))).kind == "changed"
        assert not check({"a.py": b"good"}, owner("a", record_row(written, b"good"))).facts

    def test_a_missing_file_is_told_but_not_missing_bytecode_without_a_hash(self) -> None:
        result = check({}, owner("a", record_row("a.py", b""), "__pycache__/a.cpython-312.pyc,,", "a.pyc,sha256=eA,1"))
        assert facts(result) == [("missing", "a.py"), ("missing", "a.pyc")]
        assert result.deviating_owners

    @pytest.mark.parametrize("hash_", ["sha256=", "sha256=!", "shake_128=eA", "=eA", "md4=eA", "SHA256=eA", "sha256=é"])
    def test_a_hash_that_cannot_be_checked_is_a_problem(self, hash_: str) -> None:
        result = check({"a.py": b""}, owner("a", f"a.py,{hash_},0"))
        if hash_ == "=eA":
            assert facts(result) == [("unhashed", "a.py")]
        else:
            assert [(problem.path, problem.where) for problem in result.problems] == [(f"{SITE}/a-1.dist-info/RECORD", "a.py")]
        assert result.deviating_owners

    @pytest.mark.parametrize("size", ["", "x", "-1", "9" * 5000, "1e9", "²"])
    def test_the_size_is_never_trusted(self, size: str) -> None:
        digest = record_row("a.py", b"1").split(",")[1]
        assert not check({"a.py": b"1"}, owner("a", f"a.py,{digest},{size}")).facts

    @pytest.mark.parametrize("alg", ["sha512", "sha1", "md5", "blake2b", "sha384"])
    def test_other_algorithms_are_checked(self, alg: str) -> None:
        value = base64.urlsafe_b64encode(hashlib.new(alg, b"good").digest()).decode()
        assert not check({"a.py": b"good"}, owner("a", f"a.py,{alg}={value},4")).facts
        fact = only(check({"a.py": b"evil"}, owner("a", f"a.py,{alg}={value},4")))
        assert fact.actual == f"{alg}:{hashlib.new(alg, b'evil').hexdigest()}"


class TestUnhashed:
    @pytest.mark.parametrize(
        "path", ["a.py", "a/b.so", "boot.pth", "a.pyc", "A.PY", "a-1.dist-info/entry_points.txt", "../../../bin/tool", "a/data.zip"]
    )
    def test_code_without_a_hash_is_told(self, path: str) -> None:
        place = f"{SITE}/{path}" if not path.startswith("..") else "bin/tool"
        result = check({f"/{place}": b"x"}, owner("a", f"{path},,"))
        assert [(fact.kind, fact.path, fact.owners) for fact in result.facts] == [("unhashed", place, ("pkg:pypi/a@1",))]
        assert result.deviating_owners == {f"{SITE}/a-1.dist-info"}

    @pytest.mark.parametrize(
        "path",
        ["a-1.dist-info/RECORD", "__pycache__/a.cpython-312.pyc", "p/__pycache__/a.cpython-312.opt-1.pyc", "a-1.dist-info/RECORD.jws"],
    )
    def test_what_cannot_have_one_is_not(self, path: str) -> None:
        result = check({path: b"x"}, owner("a", f"{path},,"))
        assert not result.facts
        assert not result.notes
        assert not result.deviating_owners

    def test_all_that_was_not_checked_is_counted_in_a_note(self) -> None:
        files = {"a.txt": b"x", "a-1.dist-info/METADATA": b"x", "a.py": b"x"}
        result = check(files, owner("a", *(f"{path},," for path in files)))
        assert facts(result) == [("unhashed", "a.py")]
        assert result.notes == [f"{SITE}: 3 files that RECORD lists without a hash were not checked"]


class TestTwoOwners:
    def test_a_single_row_of_another_distribution_explains_nothing(self) -> None:
        for first, second, told in ((b"1", b"2", ("a", "b")), (b"2", b"1", ("b", "a"))):
            fact = only(check({"a.py": b"2"}, owner("a", record_row("a.py", first)), owner("b", record_row("a.py", second))))
            assert (fact.kind, fact.owners) == ("changed", tuple(f"pkg:pypi/{name}@1" for name in told))
            assert fact.detail == f"pkg:pypi/{told[1]}@1 lists it as it is now"

    def test_the_same_content_of_two_is_silent(self) -> None:
        row = record_row("a.py", b"1")
        result = check({"a.py": b"1"}, owner("a", row), owner("b", row))
        assert not result.facts
        assert result.verified == 1

    def test_a_third_content_is_tampering(self) -> None:
        assert only(check({"a.py": b"3"}, owner("a", record_row("a.py", b"1")), owner("b", record_row("a.py", b"2")))).kind == "changed"

    def test_a_claim_without_a_hash_excuses_nothing(self) -> None:
        result = check({"a.py": b"evil"}, owner("a", record_row("a.py", b"good")), owner("b", "a.py,,"))
        assert facts(result) == [("changed", "a.py"), ("unhashed", "a.py")]

    def test_a_claim_with_a_broken_hash_excuses_nothing(self) -> None:
        result = check({"a.py": b"evil"}, owner("a", record_row("a.py", b"good")), owner("b", "a.py,md4=eA,1"))
        assert facts(result) == [("changed", "a.py")]
        assert result.problems

    def test_a_second_row_of_the_same_distribution_excuses_nothing(self) -> None:
        for lines in ((b"good", b"evil"), (b"evil", b"good")):
            result = check({"a.py": b"evil"}, owner("a", *(record_row("a.py", content) for content in lines)))
            assert only(result).kind == "changed"

    def test_nor_does_a_second_folder_of_the_same_distribution(self) -> None:
        twin = owner("a", record_row("a.py", b"evil"))
        twin.metadata_path = f"{SITE}/A-1.dist-info"
        assert only(check({"a.py": b"evil"}, owner("a", record_row("a.py", b"good")), twin)).kind == "changed"


A_FILES = {"a/__init__.py": b"", "a.py": b"", "a-1.dist-info/METADATA": b""}
A_OWNER = owner("a", *(record_row(path, b"") for path in A_FILES))


class TestUnowned:
    def told(self, extra: dict[str, bytes], **options) -> list[tuple[str, str]]:
        return facts(check({**A_FILES, **extra}, A_OWNER, **options))

    def test_code_that_nobody_installed_is_told(self) -> None:
        assert self.told({"evil.py": b""}) == [("unowned", "evil.py")]
        assert self.told({"a/evil.so": b""}) == [("unowned", "a/evil.so")]
        assert self.told({"a/sub/evil.py": b""}) == [("unowned", "a/sub")]
        assert self.told({"EVIL.PY": b""}) == [("unowned", "EVIL.PY")]

    def test_a_foreign_folder_is_told_once_by_its_code(self) -> None:
        result = check({**A_FILES, **{f"evil/{name}": b"" for name in ("a.txt", "b.py", "c/d.py")}}, A_OWNER)
        fact = only(result)
        assert (fact.kind, fact.path, fact.detail) == ("unowned", f"{SITE}/evil", "3 files, among them evil/b.py")

    def test_data_is_told_as_data(self) -> None:
        assert self.told({"notes.txt": b"", "d/e.json": b""}) == [("unowned-data", "d"), ("unowned-data", "notes.txt")]

    @pytest.mark.parametrize(
        "path",
        [
            "__pycache__/a.cpython-312.pyc",
            "__pycache__/a.cpython-312.opt-2.pyc",
            "a/__pycache__/__init__.cpython-312.pyc",
            "a.pyc",
            "__pycache__/a.cpython-312-pytest-8.3.4.pyc",
        ],
    )
    def test_bytecode_of_an_owned_source_is_excused(self, path: str) -> None:
        assert self.told({path: b""}) == []

    @pytest.mark.parametrize(
        ("path", "kind", "top"),
        [
            ("evil.pyc", "unowned", "evil.pyc"),
            ("a/evil.pyc", "unowned", "a/evil.pyc"),
            ("__pycache__/evil.cpython-312.pyc", "unowned-data", "__pycache__"),
            ("a/__init__.cpython-312.pyc", "unowned", "a/__init__.cpython-312.pyc"),
            ("a/__pycache__/b.py", "unowned-data", "a/__pycache__"),
        ],
    )
    def test_bytecode_without_its_source_is_not(self, path: str, kind: str, top: str) -> None:
        assert self.told({path: b""}) == [(kind, top)]

    def test_a_module_with_dots_in_its_name_has_bytecode_too(self) -> None:
        files = {"a.b.py": b"", "__pycache__/a.b.cpython-312.pyc": b""}
        assert not check(files, owner("x", record_row("a.b.py", b""))).facts

    def test_what_is_judged_elsewhere_is_excused(self) -> None:
        assert self.told({"x.pth": b""}) == [("unowned", "x.pth")]
        assert self.told({"x.pth": b""}, excused=(f"{SITE}/x.pth",)) == []

    def test_files_slipped_into_the_metadata_of_another_are_told(self) -> None:
        extra = {f"a-1.dist-info/{name}": b"" for name in ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")}
        assert self.told(extra) == []
        assert self.told({**extra, "a-1.dist-info/entry_points.txt": b""}) == [("unowned", "a-1.dist-info/entry_points.txt")]
        assert self.told({**extra, "a-1.dist-info/x.txt": b""}) == [("unowned-data", "a-1.dist-info/x.txt")]

    def test_left_overs_of_an_uninstallation_are_data(self) -> None:
        assert self.told({"~a/x.py": b""}) == [("unowned-data", "~a")]
        assert self.told({"a/~x.py": b""}) == [("unowned", "a/~x.py")]

    def test_a_flood_is_counted(self, monkeypatch) -> None:
        monkeypatch.setattr(installed_files, "_MAX_UNOWNED", 3)
        result = check({**A_FILES, **{f"m{number}.py": b"" for number in range(10)}}, A_OWNER)
        assert [(fact.path, fact.detail) for fact in result.facts if fact.detail] == [(SITE, "7 more")]
        assert len(result.facts) == 4


class TestWithoutRecord:
    def test_one_distribution_without_record_hides_nothing_that_is_not_named_for_it(self) -> None:
        egg = owner("old", state="missing", tops=frozenset({"old", "old-extra"}))
        files = {**A_FILES, "old/x.py": b"", "old_extra.py": b"", "evil.py": b"", "old.py.txt": b""}
        result = check(files, A_OWNER, owner("b", "b.py,,", state="present"), egg)
        told = [fact for fact in result.facts if fact.kind != "missing"]
        assert [(fact.kind, fact.path) for fact in told] == [("unattributed", SITE), ("unowned", f"{SITE}/evil.py")]
        assert told[0].detail == "3 files (old, old.py.txt, old_extra.py); 1 distributions here have no RECORD to list them"

    def test_where_most_have_none_any_file_may_be_theirs(self) -> None:
        eggs = [owner(name, state="missing", tops=frozenset({name})) for name in ("x", "y")]
        result = check({**A_FILES, "anything.py": b"", "x-1.egg-info": b"", "y.egg-info/PKG-INFO": b""}, A_OWNER, *eggs)
        assert facts(result) == [("unattributed", SITE)]


class TestOutside:
    @pytest.mark.parametrize(
        "path",
        [
            "/etc/passwd",
            "../../../../x.py",
            "a/../../../../../x",
            "C:\\Windows\\x.dll",
            "c:/x",
            "..\\..\\..\\..\\x",
            "//server/share/x",
            "C:x.py",
        ],
    )
    def test_a_row_that_leaves_the_environment_is_told_and_nothing_is_read(self, path: str) -> None:
        tree = MemoryTree({f"{SITE}/README.txt": b""})
        read = []
        tree.read = lambda name, limit=0: read.append(name) or b""  # type: ignore[method-assign]
        result = installed_files.verify(
            SourceFolder(tree, ""), layout(), SITE, [owner("a", record_row(path, b""))], frozenset({f"{SITE}/README.txt"})
        )
        assert [(fact.kind, fact.path) for fact in result.facts] == [("outside", path)]
        assert not read

    def test_a_flood_of_them_is_counted(self) -> None:
        result = check({}, owner("a", *(f"/x{number},," for number in range(1000))))
        assert len(result.facts) == 100
        assert result.facts[-1].detail.endswith("and 900 more")

    def test_an_absolute_row_below_the_target_is_the_file_there(self, tmp_path) -> None:
        write_tree(tmp_path, {f"{SITE}/a.py": "evil"})
        folder = SourceFolder(FolderTree(str(tmp_path)), "")
        result = installed_files.verify(folder, layout(), SITE, [owner("a", record_row(f"{tmp_path}/{SITE}/a.py", b"good"))], frozenset())
        assert facts(result) == [("changed", "a.py")]

    @pytest.mark.parametrize(("up", "beside"), [(1, True), (3, True), (4, False)])
    def test_beside_a_bare_site_folder_lies_what_was_not_shown(self, up: int, beside: bool) -> None:
        bare = Layout(root="", prefix=None, sites=("",), python=None, windows=False, virtual=False, conda=False, system_sites=False)
        result = installed_files.verify(
            SourceFolder(MemoryTree({}), ""), bare, "", [Owner("p", "p", rows(f"{'../' * up}bin/x,,"))], frozenset()
        )
        assert bool(result.notes) is beside
        assert bool(result.facts) is not beside

    def test_a_linked_folder_on_the_way_leads_nowhere(self, tmp_path) -> None:
        write_tree(tmp_path, {"secret/key": "secret", f"t/{SITE}/x.txt": ""})
        (tmp_path / "t" / "data").symlink_to("../secret")
        (tmp_path / "t" / "link").symlink_to("../secret/key")
        folder = SourceFolder(FolderTree(str(tmp_path / "t")), "")
        lines = [record_row("../../../data/key", b"guess"), record_row("../../../link", b"guess")]
        result = installed_files.verify(folder, layout(), SITE, [owner("a", *lines, record_row("x.txt", b""))], frozenset())
        assert [(fact.kind, fact.path) for fact in result.facts] == [("outside", "../../../data/key"), ("outside", "../../../link")]
        assert hashlib.sha256(b"secret").hexdigest() not in repr(result)


class TestOnDisk:
    def test_links_and_special_files_where_files_should_be(self, tmp_path) -> None:
        write_tree(tmp_path, {f"{SITE}/real.py": "1", "pyvenv.cfg": ""})
        site = tmp_path / SITE
        (site / "linked.py").symlink_to("real.py")
        (site / "odd.pyc").symlink_to("real.py")
        os.mkfifo(site / "fifo.py")
        (site / "package").symlink_to("/tmp")
        (site / "README").symlink_to("/etc/hosts")
        lines = [record_row(name, b"1") for name in ("real.py", "linked.py", "odd.pyc", "fifo.py")]
        folder = SourceFolder(FolderTree(str(tmp_path)), "")
        result = installed_files.verify(folder, layout(), SITE, [owner("a", *lines)], frozenset())
        assert facts(result) == [
            ("symlink", "fifo.py"),
            ("symlink", "linked.py"),
            ("symlink", "odd.pyc"),
            ("unowned", "README"),
            ("unowned", "package"),
        ]
        assert result.deviating_owners == {f"{SITE}/a-1.dist-info"}
        assert next(fact for fact in result.facts if fact.path.endswith("package")).detail == "symbolic link"

    def test_a_file_that_cannot_be_read_is_a_problem_and_no_proof(self, tmp_path, monkeypatch) -> None:
        write_tree(tmp_path, {f"{SITE}/a.py": "1"})
        real = os.open

        def deny(path, *arguments, **options):
            if str(path).endswith("a.py"):
                raise PermissionError(13, "Permission denied")
            return real(path, *arguments, **options)

        monkeypatch.setattr(os, "open", deny)
        result = installed_files.verify(
            SourceFolder(FolderTree(str(tmp_path)), ""), layout(), SITE, [owner("a", record_row("a.py", b"1"))], frozenset()
        )
        assert [problem.what for problem in result.problems] == ["installed file cannot be read (Permission denied)"]
        assert result.deviating_owners

    def test_names_that_are_no_utf8_are_compared(self, tmp_path) -> None:
        name = os.fsdecode(b"\xff.py")
        write_tree(tmp_path, {f"{SITE}/{name}": "1"})
        row = next(parse_record(b"\xff.py," + record_row("x", b"1").split(",", 1)[1].encode()))
        folder = SourceFolder(FolderTree(str(tmp_path)), "")
        assert not installed_files.verify(folder, layout(), SITE, [Owner("p", "p", [row], "present")], frozenset()).facts


class TestScripts:
    @pytest.mark.parametrize(
        "name",
        ["python", "python3", "python3.12", "python3.13t", "pythonw.exe", "python.exe", "python3.12-config", "pypy3.10",
         "activate", "activate.fish", "Activate.ps1",
         "activate_this.py", "deactivate.bat", "deactivate.nu", "pydoc.bat", ".lock", "\U0001d70bthon"],
    )  # fmt: skip
    def test_what_the_makers_of_environments_put_there_is_known(self, name: str) -> None:
        assert facts(check({f"/bin/{name}": b""})) == []

    @pytest.mark.parametrize(
        "name", ["evil", "python-evil", "python.sh", "activate.sh", "activate_evil", "conda-x", "pip", "python3.12 ", "pythonx"]
    )
    def test_everything_else_is_a_program_without_owner(self, name: str) -> None:
        assert facts(check({f"/bin/{name}": b""})) == [("unowned", f"bin/{name}")]

    def test_an_owned_program_is_checked(self) -> None:
        assert facts(check({"/bin/tool": b"good"}, owner("a", record_row("../../../bin/tool", b"good")))) == []
        assert facts(check({"/bin/tool": b"evil"}, owner("a", record_row("../../../bin/tool", b"good")))) == [("changed", "bin/tool")]

    def test_windows_has_them_elsewhere(self) -> None:
        site = "Lib/site-packages"
        tree = MemoryTree(
            {"Scripts/tool.exe": b"1", "Scripts/evil.exe": b"", "Scripts/python.exe": b"", f"{site}/a/b.py": b"2", "pyvenv.cfg": b""}
        )
        own = [
            Owner("p", f"{site}/p-1.dist-info", rows(record_row("..\\..\\Scripts\\tool.exe", b"1"), record_row("a\\b.py", b"2")), "present")
        ]
        result = installed_files.verify(SourceFolder(tree, ""), layout(site=site, windows=True), site, own, frozenset())
        assert [(fact.kind, fact.path) for fact in result.facts] == [("unowned", "Scripts/evil.exe")]
        assert result.verified == 2


WHEEL = [
    record_row("a/__init__.py", b"1"),
    record_row("a/data.txt", b"2"),
    record_row("a-1.dist-info/METADATA", b"3"),
    record_row("a/native.pyc", b"4"),
]
LOCAL = [
    record_row("a-1.dist-info/INSTALLER", b"pip\n"),
    "a-1.dist-info/RECORD,,",
    "a-1.dist-info/REQUESTED,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0",
    record_row("a-1.dist-info/direct_url.json", b"{}"),
    "a/__pycache__/__init__.cpython-312.pyc,,",
    record_row("a/__pycache__/data.cpython-312.pyc", b"9"),
    record_row("../../../bin/a", b"5"),
]


class TestContentDigest:
    @settings(max_examples=50, deadline=None)
    @given(st.permutations(WHEEL), st.sets(st.sampled_from(LOCAL)))
    def test_what_the_installer_adds_and_the_order_do_not_count(self, wheel: list[str], local: set[str]) -> None:
        assert content_digest(owner("a", *wheel, *local)) == content_digest(owner("a", *WHEEL))

    @pytest.mark.parametrize("number", range(len(WHEEL)))
    def test_every_file_of_the_artifact_counts(self, number: int) -> None:
        digests = {content_digest(owner("a", *WHEEL))}
        path = WHEEL[number].split(",")[0]
        for changed in (record_row(path, b"changed"), record_row(f"{path}x", b"1"), None):
            digests.add(content_digest(owner("a", *(line for line in (*WHEEL[:number], changed, *WHEEL[number + 1 :]) if line))))
        assert len(digests) == 4
        assert all(digest.startswith("sgc1:") and len(digest) == 69 for digest in digests)

    @pytest.mark.parametrize(
        "line", ["a/new.py,,", "a/new.py,md5=eA,1", "a/new.pyc,md5=eA,1", '"a/x\ny",sha256=eA,1', '"a/x\0y",sha256=eA,1']
    )
    def test_what_is_not_told_by_sha256_makes_the_content_unknown(self, line: str) -> None:
        one = owner("a", *WHEEL)
        one.rows += list(parse_record(line.encode()))
        assert content_digest(one) == ""

    def test_no_files_are_no_content(self) -> None:
        assert content_digest(owner("a")) == ""
        assert content_digest(owner("a", *LOCAL)) == ""


def test_a_whole_environment_is_verified_by_several_processes_as_by_one(tmp_path) -> None:
    chance = random.Random(1)
    files = {f"p{number % 9}/m{number}.py": chance.randbytes(50) for number in range(400)}
    lines = [record_row(path, content if chance.random() > 0.1 else b"other") for path, content in files.items()]
    write_tree(tmp_path, {f"{SITE}/{path}": content for path, content in files.items()} | {"pyvenv.cfg": b""})
    found = []
    for jobs in (1, 3):
        folder = SourceFolder(FolderTree(str(tmp_path)), "", jobs=jobs)
        result = installed_files.verify(folder, find_layout(folder), SITE, [owner("a", *lines)], frozenset())
        found.append((result.facts, result.verified))
    assert found[0] == found[1]
    assert 10 < len(found[0][0]) < 80
