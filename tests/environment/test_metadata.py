"""METADATA, PKG-INFO and direct_url.json: what the email parser reads we read, what is secret we forget, hostile types are refused."""

from __future__ import annotations

import email
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import json_values

from sbomgate.collectors.environment.metadata import DirectUrl, described, parse_headers, read_direct_url
from sbomgate.errors import CollectError
from sbomgate.model import Digest, Source
from sbomgate.tree import MemoryTree

FIELDS = ["Name", "Version", "Summary", "License", "License-Expression", "Home-page", "Author", "Author-email", "Requires-Python"]
KEYS = st.sampled_from([*FIELDS, "Requires-Dist", "Classifier", "Project-URL", "Provides-Extra", "Description", "X-Other"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="\x7f\x85\u2028\u2029"), max_size=12)
LINES = st.one_of(
    st.tuples(KEYS, st.sampled_from([": ", ":", ":\t", ":  "]), VALUES).map("".join),
    st.tuples(KEYS.map(str.upper), st.just(": "), VALUES).map("".join),
    st.tuples(st.sampled_from([" ", "\t", "        "]), VALUES.filter(str.strip)).map("".join),
    st.sampled_from(["no header", "", "Two words: x", "From x", ": x", "é: x", "License :: x"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=10), st.sampled_from(["\n", "\r\n", "\r"]))
@example(["Name:a: b", "requires-dist: c", "License: x", "  y: z", "License: q", "\tr"], "\n")
@example(["Name: a", "", "Version: 1"], "\r\n")
@example(["Name: a", "no header", "Version: 1"], "\n")
def test_headers_are_those_of_the_email_parser(lines: list[str], end: str) -> None:
    text = end.join(lines)
    headers = parse_headers(text.encode())
    message = email.message_from_string(text)

    def values(key: str) -> list[str]:
        return [str(value) for value in message.get_all(key, [])]

    for field in FIELDS:
        wanted = values(field)
        got = headers.single.get(field)
        assert (got is None) == (not wanted)
        if wanted:
            first = wanted[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert got is not None
            assert got.split("\n")[0] == first[0].strip()
            if field in ("License", "Summary"):
                assert got.split("\n") == [line.strip() for line in first]
    assert headers.requires == [value.splitlines()[0].strip() if value else "" for value in values("Requires-Dist")]
    assert headers.extras == [value.splitlines()[0].strip() if value else "" for value in values("Provides-Extra")]
    assert [label for label, _ in headers.urls] == [
        value.splitlines()[0].partition(",")[0].strip() if value else "" for value in values("Project-URL")
    ]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_headers(data: bytes) -> None:
    described(parse_headers(data))
    described(parse_headers(b"Name: x\nAuthor-email: " + data))
    described(parse_headers(b"License: " + data + b"\nProject-URL: " + data))


def test_the_description_is_not_read() -> None:
    for blank in (b"\n\n", b"\r\n\r\n", b"\n\r\n", b"\r\r"):
        headers = parse_headers(b"Name: a" + blank + b"Version: 1\nRequires-Dist: evil\n")
        assert headers.single == {"Name": "a"}
        assert headers.requires == []
    assert parse_headers(b"\nName: a\n").single == {}


def test_a_mark_and_other_encodings_do_no_harm() -> None:
    assert parse_headers(b"\xef\xbb\xbfName: a\nSummary: \xff\n").single == {"Name": "a", "Summary": "\\xff"}


def test_megabytes_of_anything_are_read_in_linear_time() -> None:
    size = 2**20
    for data in (
        b"a" * size,
        b"Project-URL: x, " + b"a" * size + b"@",
        b"Project-URL: x, https://h/?" + b"?" * size,
        b"\r" * size,
        b"Author-email: " + b'"' * size + b"<",
        b"Author-email: <" + b" " * size,
        b"Classifier: License ::" * (size // 20),
    ):
        described(parse_headers(b"Name: x\n" + data))


class TestDescription:
    @pytest.mark.parametrize(
        ("headers", "author"),
        [
            ("Author: Ada", "Ada"),
            ("Author: UNKNOWN\nMaintainer: Ada", "Ada"),
            ("Author-email: Ada Lovelace <ada@mail.example>", "Ada Lovelace"),
            ('Author-email: "Lovelace, Ada" <ada@mail.example>, B <b@mail.example>', "Lovelace, Ada"),
            ("Author-email: ada@mail.example", "ada@mail.example"),
            ("Author-email: <ada@mail.example>", "ada@mail.example"),
            ("Author: None\nAuthor-email: x, <ada@mail.example", "x"),
            ("Author-email: A <a@mail.example>, B <b@mail.example>", "A"),
            ("Author: " + "x" * 500, "x" * 200),
            ("Name: x", ""),
        ],
    )
    def test_the_author(self, headers: str, author: str) -> None:
        assert described(parse_headers(headers.encode())).author == author

    def test_urls_come_without_secrets_and_with_their_labels(self) -> None:
        lines = (
            "Project-URL: Docs, https://ada:secret@h.example/x?token=secret&b=1",
            "Home-page: https://secret@h.example",
            "Download-URL: UNKNOWN",
            "Project-URL: odd",
        )
        assert described(parse_headers("\n".join(lines).encode())).urls == (
            ("Docs", "https://***@h.example/x?token=***&b=***"),
            ("odd", ""),
            ("Homepage", "https://***@h.example"),
        )

    def test_licences_in_all_three_ways(self) -> None:
        lines = (
            "License: MIT\n  and more",
            "License-Expression: Apache-2.0",
            "Classifier: License :: OSI Approved :: MIT License",
            "Classifier: Topic :: X",
            "Requires-Python: >=3.8",
        )
        metadata = described(parse_headers("\n".join(lines).encode()))
        assert (metadata.license_text, metadata.license_expression, metadata.requires_python) == ("MIT", "Apache-2.0", ">=3.8")
        assert metadata.license_classifiers == ("License :: OSI Approved :: MIT License",)
        assert described(parse_headers(b"License: UNKNOWN")).license_text == ""


def direct(document: object) -> DirectUrl | None:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_direct_url(MemoryTree({"direct_url.json": text}), "direct_url.json")


SHA = "ab" * 32


class TestDirectUrl:
    def test_without_the_file_there_is_none(self) -> None:
        assert read_direct_url(MemoryTree({}), "direct_url.json") is None

    @pytest.mark.parametrize(
        ("document", "wanted"),
        [
            (
                {
                    "url": "https://h.example/r.git",
                    "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "c" * 40},
                    "subdirectory": "py",
                },
                DirectUrl(Source("vcs", "git+https://h.example/r.git", "main", "c" * 40), subdirectory="py"),
            ),
            ({"url": "ssh://git@h.example/r", "vcs_info": {}}, DirectUrl(Source("vcs", "git+ssh://git@h.example/r"))),
            ({"url": "https://ada:pw@h.example/r", "vcs_info": {"vcs": "hg"}}, DirectUrl(Source("vcs", "hg+https://***@h.example/r"))),
            (
                {"url": "https://h.example/a.whl?sig=x", "archive_info": {"hashes": {"sha256": SHA.upper()}}},
                DirectUrl(Source("url", "https://h.example/a.whl?sig=***"), hashes=(Digest("sha256", SHA),)),
            ),
            (
                {"url": "https://h.example/a.whl", "archive_info": {"hash": f"sha256={SHA}"}},
                DirectUrl(Source("url", "https://h.example/a.whl"), hashes=(Digest("sha256", SHA),)),
            ),
            (
                {"url": "https://h.example/a.whl", "archive_info": {"hash": "md5=" + "0" * 32, "hashes": {"sha256": SHA}}},
                DirectUrl(Source("url", "https://h.example/a.whl"), hashes=(Digest("sha256", SHA),)),
            ),
            ({"url": "file:///home/ada/dist/a.whl", "archive_info": {}}, DirectUrl(Source("url", "file:.../a.whl"))),
            ({"url": "file:///home/ada/work/", "dir_info": {"editable": True}}, DirectUrl(Source("path", "file:.../work"), editable=True)),
            ({"url": "file:///home/ada/work", "dir_info": {}}, DirectUrl(Source("path", "file:.../work"))),
            ({"url": "file:///home/ada/work"}, DirectUrl(Source("path", "file:.../work"))),
            ({"url": "FILE:///home/ada/repo", "vcs_info": {"commit_id": "c"}}, DirectUrl(Source("vcs", "git+file:.../repo", "", "c"))),
        ],
    )
    def test_every_shape(self, document: object, wanted: DirectUrl) -> None:
        assert direct(document) == wanted

    @pytest.mark.parametrize(
        "archive",
        [
            {"hashes": {"sha256": 5}},
            {"hashes": {"sha256": ""}},
            {"hashes": {"sha256": "not hex"}},
            {"hashes": {"": SHA}},
            {"hashes": [SHA]},
            {"hash": 5},
            {"hash": "sha256"},
            {"hash": "sha256="},
            {"hashes": {"made-up": SHA}},
        ],
    )
    def test_what_is_no_hash_does_not_pin(self, archive: object) -> None:
        found = direct({"url": "https://h.example/a", "archive_info": archive})
        assert found is not None
        assert found.hashes == ()

    @pytest.mark.parametrize(
        "document",
        [
            {"url": "u", "vcs_info": {"vcs": 5, "commit_id": [], "requested_revision": {}}},
            {"url": "u", "vcs_info": 5, "archive_info": "x", "dir_info": []},
            {"url": "", "subdirectory": 5},
        ],
    )
    def test_hostile_types_of_what_is_optional_are_left_out(self, document: object) -> None:
        found = direct(document)
        assert found is not None
        assert all(isinstance(value, str) for value in (found.source.url, found.source.commit, found.source.reference, found.subdirectory))
        assert not found.editable

    @pytest.mark.parametrize(
        "document", [[], "x", 5, None, {}, {"url": None}, {"url": 5}, b"", b"{", b"[" * 10**5, b"\xff{}", b'{"url": ' + b"9" * 5000 + b"}"]
    )
    def test_what_is_no_such_document_is_refused(self, document: object) -> None:
        with pytest.raises(CollectError) as caught:
            direct(document)
        assert str(caught.value).startswith("direct_url.json: ")
        assert "\n" not in str(caught.value)

    def test_an_oversized_one_is_refused(self) -> None:
        with pytest.raises(CollectError, match="larger than 1 MiB"):
            direct(b" " * (2**20 + 1))

    @settings(max_examples=100, deadline=None)
    @given(json_values("url vcs_info archive_info dir_info hash hashes sha256 vcs commit_id editable"))
    def test_any_document_is_read_or_refused(self, document: object) -> None:
        try:
            found = direct(document)
        except CollectError:
            assert not (isinstance(document, dict) and isinstance(document.get("url"), str))
        else:
            assert found is not None
