"""Requirements files: pip's grammar line by line, what hostile files try, and that pip itself reads the same."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import DATA

from sbomgate.collectors.lockfiles import requirements
from sbomgate.errors import CollectError
from sbomgate.model import Component, Digest, Location, Origin, Pin, Problem, Setting
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

NAME = "requirements.txt"
A, B = "a" * 64, "b" * 64
COMMIT = "3f1c9d0b7c1d4e1f8a8f5f0a4a1b2c3d4e5f6a7b"


def nouns(text: str | bytes, name: str = NAME, **others: str | bytes) -> list[Any]:
    files = {name.replace("__", "/"): text, **others}
    tree = MemoryTree(
        {path.replace("__", "/"): content.encode() if isinstance(content, str) else content for path, content in files.items()}
    )
    return list(requirements.collect(SourceFile(tree, name)))


def components(text: str | bytes, **others: str | bytes) -> list[Component]:
    found = nouns(text, **others)
    assert not [noun for noun in found if isinstance(noun, Problem)], found
    return [noun for noun in found if isinstance(noun, Component)]


def one(text: str | bytes, **others: str | bytes) -> Component:
    (found,) = components(text, **others)
    return found


def problems(text: str | bytes, **others: str | bytes) -> list[tuple[str, str]]:
    return [(noun.where, noun.what) for noun in nouns(text, **others) if isinstance(noun, Problem)]


@pytest.mark.parametrize(
    ("line", "name", "version", "pin", "requirement"),
    [
        ("A.B_c", "a-b-c", "", Pin.NONE, ""),
        ("a==1.2.3", "a", "1.2.3", Pin.EXACT, ""),
        ("a == 1.2.3", "a", "1.2.3", Pin.EXACT, ""),
        ("a===1.2.3", "a", "1.2.3", Pin.EXACT, ""),
        ("a==1!2.0.post1+local.7", "a", "1!2.0.post1+local.7", Pin.EXACT, ""),
        ("a==1.*", "a", "", Pin.RANGE, "==1.*"),
        ("a>=1,<2", "a", "", Pin.RANGE, ">=1,<2"),
        ("a (>=1,<2)", "a", "", Pin.RANGE, ">=1,<2"),
        ("a>=1,==1.5", "a", "1.5", Pin.EXACT, ""),
        ("a~=1.5", "a", "", Pin.RANGE, "~=1.5"),
        ("a!=1.5", "a", "", Pin.RANGE, "!=1.5"),
        ("a[x,y]==1 ; python_version<'3'", "a", "1", Pin.EXACT, ""),
        ("a;python_version<'3'", "a", "", Pin.NONE, ""),
        ("a==${VERSION}", "a", "", Pin.NONE, "==${VERSION}"),
        (f"a==1 --hash=sha256:{A}", "a", "1", Pin.HASHED, ""),
        (f"a==1 --hash sha256:{A.upper()}", "a", "1", Pin.HASHED, ""),
        (f"a==1 --hash=md5:{'a' * 32}", "a", "1", Pin.EXACT, ""),
        (f"a>=1 --hash=sha256:{A}", "a", "", Pin.RANGE, ">=1"),
        (f"a==1 ; python_version<'3' --hash=sha256:{A}", "a", "1", Pin.HASHED, ""),
        (f"a @ git+https://git.example/a@{COMMIT}", "a", "", Pin.VCS_COMMIT, f"git+https://git.example/a@{COMMIT}"),
        ("a @ git+https://git.example/a@v1", "a", "", Pin.VCS_REF, "git+https://git.example/a@v1"),
        ("git+https://git.example/A.git", "a", "", Pin.VCS_REF, "git+https://git.example/A.git"),
        ("hg+https://hg.example/x@tip#egg=A", "a", "", Pin.VCS_REF, "hg+https://hg.example/x@tip#egg=A"),
        ("a@https://files.example/a.zip", "a", "", Pin.URL, "https://files.example/a.zip"),
        (
            f"a @ https://files.example/a-2.0-py3-none-any.whl#sha256={A}",
            "a",
            "2.0",
            Pin.HASHED,
            f"https://files.example/a-2.0-py3-none-any.whl#sha256={A}",
        ),
        ("https://files.example/A-2.0.tar.gz", "a", "2.0", Pin.URL, "https://files.example/A-2.0.tar.gz"),
        ("./dist/a-2.0-py3-none-any.whl", "a", "2.0", Pin.PATH, "./dist/a-2.0-py3-none-any.whl"),
        ("a-2.0-py3-none-any.whl", "a", "2.0", Pin.PATH, "a-2.0-py3-none-any.whl"),
        ("file:///srv/a-2.0.zip", "a", "2.0", Pin.PATH, "file:///srv/a-2.0.zip"),
        ("./a[x]", "a", "", Pin.PATH, "./a"),
        ("-e ./a", "a", "", Pin.PATH, "./a"),
        ("--editable=./a", "a", "", Pin.PATH, "./a"),
        (f"-e git+ssh://git@git.example/o/r@{COMMIT}#egg=a", "a", "", Pin.VCS_COMMIT, f"git+ssh://git@git.example/o/r@{COMMIT}#egg=a"),
    ],
)
def test_each_form_of_a_requirement(line: str, name: str, version: str, pin: Pin, requirement: str) -> None:
    found = one(line)
    assert (found.name, found.version, found.pin, found.requirement) == (name, version, pin, requirement)
    assert found.locations == (Location(NAME, 1),)
    assert found.origin is (Origin.PROJECT if pin is Pin.PATH and not found.artifacts else Origin.REQUIRED)


def test_a_continued_requirement_stands_where_it_begins() -> None:
    text = f"# c\n\na==1 \\\n  --hash=sha256:{A} \\\n  --hash=sha256:{B}\nb\n"
    first, second = components(text)
    assert (first.locations, second.locations) == ((Location(NAME, 3),), (Location(NAME, 6),))
    assert first.hashes == (Digest("sha256", A), Digest("sha256", B))


def test_a_comment_ends_a_continued_line() -> None:
    found = nouns(f"a==1 \\\n# note\n--hash=sha256:{A}\n")
    assert [noun.pin for noun in found if isinstance(noun, Component)] == [Pin.EXACT]
    assert [noun.where for noun in found if isinstance(noun, Problem)] == ["line 3"]


def test_a_number_sign_inside_a_word_is_no_comment() -> None:
    assert one("git+https://git.example/x#egg=a # comment").requirement.endswith("#egg=a")


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x1c", "\x85", "\r", "\r\n", "\n"])
def test_a_comment_ends_where_pip_ends_it(separator: str) -> None:
    """pip splits lines at U+2028 and its like; an editor shows one line there, which hides what follows a comment."""
    found = one(f"# harmless{separator}evil==1")
    assert found.name == "evil"
    assert found.locations[0].line == (2 if separator in ("\r", "\r\n", "\n") else 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    assert [item.name for item in components("a\nb # é\n".encode(encoding))] == ["a", "b"]


def test_a_declared_encoding() -> None:
    assert one("# -*- coding: latin-1 -*-\na # é\n".encode("latin-1")).name == "a"
    assert one(b"# coding: rot13\na\n").name == "a"
    with pytest.raises(CollectError, match="line 2"):
        nouns("a\nb # é\n".encode("latin-1"))


def test_settings() -> None:
    text = (
        "-i https://user:not-real@index.example/simple\n--extra-index-url=https://two.example\n-f ./wheels\n--trusted-host one.example\n"
        "--no-index\n--require-hashes\n--pre\n--only-binary :all:\n--extra-index https://three.example\n"
    )
    found = [(noun.kind, noun.value, noun.location.line) for noun in nouns(text)]
    assert found == [
        ("credentials", "user and password (8 characters)", 1), ("index-url", "https://***@index.example/simple", 1),
        ("extra-index-url", "https://two.example", 2), ("find-links", "./wheels", 3), ("trusted-host", "one.example", 4), ("no-index", "", 5),
        ("require-hashes", "", 6), ("pre", "", 7), ("only-binary", ":all:", 8), ("extra-index-url", "https://three.example", 9),
    ]  # fmt: skip


def test_a_variable_is_no_credential() -> None:
    assert [noun.kind for noun in nouns("--index-url https://${USER}:${TOKEN}@index.example\n")] == ["index-url"]


def test_credentials_of_a_requirement_are_never_shown() -> None:
    found = nouns("a @ https://user:not-real@files.example/a.zip?sig=not-real\ngit+https://not-real@git.example/x#egg=b\n")
    assert "not-real" not in repr(found)
    assert [noun.kind for noun in found if isinstance(noun, Setting)] == ["credentials"] * 2


def test_included_files_keep_their_own_places() -> None:
    found = components(
        "-r sub/one.txt\n-rtwo.txt\nc\n", **{"sub__one.txt": "a\n--requirement=../three.txt\n", "two.txt": "b\n", "three.txt": "\nd"}
    )
    assert [(item.name, str(item.locations[0])) for item in found] == [
        ("a", "sub/one.txt:1"), ("d", "three.txt:2"), ("b", "two.txt:1"), ("c", "requirements.txt:3"),
    ]  # fmt: skip


def test_a_file_included_twice_is_read_once() -> None:
    assert len(components("-r b.txt\n-r ./b.txt\n", **{"b.txt": "a\n"})) == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("-r requirements.txt", "includes itself: 'requirements.txt'"),
        ("-r gone.txt", "no such file in the target: 'gone.txt'"),
        ("-r ../../out.txt", "no such file in the target: '../../out.txt'"),
        ("-r https://x.example/r.txt", "not fetched: https://x.example/r.txt"),
        ("-c https://t:not-real@x.example/c.txt", "not fetched: https://***@x.example/c.txt"),
        ("-r ${HOME}/r.txt", "file named by an environment variable: '${HOME}/r.txt'"),
        ("-r", "names no file"),
        ("--no-such-option x", "unknown option '--no-such-option'"),
        ("a==1 --no-such-option", "unknown option '--no-such-option' of a requirement"),
        ("a b c", None),
        ("a==", None),
        ("=1", None),
        ("a @", None),
        ("'", None),
        ('a==1 --config-settings "x', "not understood (No closing quotation)"),
    ],
)
def test_what_is_not_read_is_told_and_the_rest_is_read(line: str, what: str | None) -> None:
    ((where, told),) = problems(f"\n{line}\nz==1\n")
    assert where == "line 2"
    assert told == what or (what is None and told.startswith(("not a requirement", "not understood")))
    assert [noun.name for noun in nouns(f"\n{line}\nz==1\n") if isinstance(noun, Component)] == ["z"]


def test_including_has_a_depth() -> None:
    files = {f"r{i}.txt": f"-r r{i + 1}.txt\np{i}\n" for i in range(40)}
    found = nouns("-r r0.txt\n", **files)
    assert len([noun for noun in found if isinstance(noun, Problem)]) == 1
    assert len([noun for noun in found if isinstance(noun, Component)]) == requirements.MAX_DEPTH - 1


def test_a_merge_conflict_is_told_and_both_sides_are_read() -> None:
    text = "a\n<<<<<<< ours\nb==1\n=======\nb==2\n>>>>>>> theirs\n"
    assert problems(text) == [("line 2", "merge-conflict marker")]
    assert [noun.version for noun in nouns(text) if isinstance(noun, Component)] == ["", "1", "2"]


def test_constraints_narrow_and_are_no_components() -> None:
    text = "-c constraints.txt\na\nb>=1\nc==3\nd\ne\n-r more.txt\n"
    limits = f"A==1.5 --hash=sha256:{A}\nb==1.7\nc==1\nd<4\nunused==1\n"
    found = {
        item.name: (item.version, item.pin, item.requirement)
        for item in components(text, **{"constraints.txt": limits, "more.txt": "-c constraints.txt\nf\n"})
    }
    assert found == {
        "a": ("1.5", Pin.HASHED, ""), "b": ("1.7", Pin.EXACT, ""), "c": ("3", Pin.EXACT, ""), "d": ("", Pin.RANGE, "<4"), "e": ("", Pin.NONE, ""), "f": ("", Pin.NONE, ""),
    }  # fmt: skip


def test_a_constraints_file_by_itself_has_no_components() -> None:
    assert nouns("a==1\n", name="constraints.txt") == []


def test_malformed_hashes_are_kept() -> None:
    found = one("a==1 --hash=sha256:zz --hash=whirlpool:00")
    assert [value for _, value in found.properties] == ["sha256:zz", "whirlpool:00"]
    assert found.pin is Pin.EXACT


def test_reading_is_linear_in_what_is_hostile() -> None:
    """Each of these takes minutes where a pattern backtracks; none may take longer than its like of half the size by much."""
    bad = ["a" + " " * 50_000 + "b#", "a" + "==1" * 20_000 + "!", "a[" * 20_000, "a" + "-" * 50_000 + "!", "a @ " + "x" * 50_000 + " ;", "a;" * 20_000, "\\\n" * 20_000,
           "a>=1," * 10_000 + "x y", "x" + "." * 50_000 + " z", "a (" + ">=1," * 10_000 + "|)", "a" + "[x]" * 10_000, "-" * 50_000, " -r" * 5_000]  # fmt: skip
    for text in bad:
        nouns(text)


LINES = st.lists(
    st.sampled_from(["a", "A_b", "==", ">=1", "1.0", "[x]", ";", "python_version < '3'", "@", "https://h.example/a-1.whl", "git+https://h.example/a@main", "-e", "-r", "-c",
                     "--hash", f"--hash=sha256:{A}", "--index-url", "#", "\\", "\n", "\n", " ", " ", "./x", "requirements.txt", "${X}", "'", "\u2028", "\ud800", "<<<<<<< a"])
    | st.text(max_size=4),
    max_size=20,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(content=LINES.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60))
@example(content=b"\xff\xfe\x00\xd8")
@example(content=b"# coding: utf-7\n+2AA-\n")
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        found = nouns(content)
    except CollectError:
        return
    for noun in found:
        assert isinstance(noun, (Component, Problem, Setting))
        if isinstance(noun, Component):
            assert noun.name and noun.purl.startswith("pkg:pypi/") and noun.locations[0].line
    repr(found).encode()
    pickle.dumps(found)


def read_by_pip(path: Path) -> list[tuple[str, list[str], str]]:
    """(requirement, hashes, place) as pip reads them; the parser is internal to pip, so this knows its versions."""
    session = pytest.importorskip("pip._internal.network.session").PipSession()
    parse = pytest.importorskip("pip._internal.req.req_file").parse_requirements
    found = []
    for item in parse(str(path), session):
        if not item.constraint:
            file, line = re.fullmatch(r"-r (.+) \(line (\d+)\)", item.comes_from).groups()
            hashes = [f"{alg}:{value}" for alg, values in ((item.options or {}).get("hashes") or {}).items() for value in values]
            found.append((item.requirement, hashes, f"{os.path.relpath(file, path.parent)}:{line}"))
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", ["everything", "compiled"])
def test_pip_reads_the_same(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DATA / "collectors" / "requirements" / case / "input"
    monkeypatch.delenv("INDEX_USER", raising=False)
    theirs = read_by_pip(folder / NAME)
    ours = [noun for noun in requirements.collect(SourceFile(FolderTree(str(folder)), NAME)) if isinstance(noun, Component)]
    assert len(theirs) == len(ours) > 3
    for (text, hashes, place), item in zip(theirs, ours, strict=True):
        # pip gives the last line of a continued requirement, we the first, where a reader looks
        assert place.rpartition(":")[0] == item.locations[0].path
        assert int(place.rpartition(":")[2]) >= item.locations[0].line
        assert item.name.replace("-", "") in re.sub(r"[-_.]", "", text.lower()) or not item.name
        malformed = [value for name, value in item.properties if name == "sbomgate:integrity-malformed"]
        in_url = re.findall(r"#sha256=(\w+)", text)
        assert sorted([*hashes, *(f"sha256:{value}" for value in in_url)]) == sorted(
            [*(f"{d.alg}:{d.value}" for d in item.hashes), *malformed]
        )


def test_many_constraints_of_one_name_are_not_quadratic() -> None:
    """A few seconds; with each line of one file compared with each of the other, hours."""
    count = 20_000
    found = components("-c c.txt\n" + "a\n" * count, **{"c.txt": "a<2\n" * count})
    assert {component.requirement for component in found} == {"<2"}
    assert len(found) == count
