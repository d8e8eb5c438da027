"""Texts of licences: known in every dress, and not any more when a word is another one."""

from __future__ import annotations

import json
import re
import runpy
import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import DATA, ROOT, bounded

from sbomgate import licence_texts
from sbomgate.data import read_text
from sbomgate.licence_texts import FAMILY, MAX_TEXT, POINTER, identify, words_of

TEXTS = {path.stem: path.read_text("utf-8") for path in sorted((DATA / "licence-texts").glob("*.txt"))}
TABLE = json.loads(read_text("licence-texts.json"))
KNOWN = {identifier for identifier, _, _ in TABLE["forms"]}


def parted(text: str) -> tuple[str, str]:
    """Title and notices of copyright; the licence itself."""
    lines = text.splitlines()
    start, _ = licence_texts._head(lines)
    return "\n".join(lines[:start]), "\n".join(lines[start:])


def filled(*lines: str, name: str = "MIT") -> bytes:
    """The text of a licence below other lines than its own."""
    return "\n".join((*lines, "", parted(TEXTS[name])[1])).encode()


class TestTable:
    def test_it_is_what_the_script_makes_of_the_texts(self) -> None:
        script = runpy.run_path(str(ROOT / "scripts" / "make_licence_texts.py"))
        assert script["table"]() == read_text("licence-texts.json"), "run scripts/make_licence_texts.py"

    def test_it_has_digests_and_no_texts(self) -> None:
        assert len(read_text("licence-texts.json")) < 60_000
        assert set(TABLE) == {"source", "titles", "forms"}
        assert "CC0-1.0" in TABLE["source"]
        for _, lead, steps in TABLE["forms"]:
            assert re.fullmatch("[0-9a-f]{32}", lead)
            assert steps[0][0] == 0
            for gap, alternatives in steps:
                assert 0 <= gap <= 60
                assert all(re.fullmatch("[0-9a-f]{32}", value) if count else value == "" for count, value in alternatives)
                assert all(count for count, _ in alternatives[:-1]), "what fits everywhere comes last"
                assert not gap or all(0 < count <= 12 for count, _ in alternatives)

    def test_its_identifiers_are_those_of_spdx(self) -> None:
        from packaging.licenses import canonicalize_license_expression

        assert set(TEXTS) | {POINTER} == KNOWN
        assert {name for names in TABLE["titles"].values() for name in names} <= KNOWN
        for name in KNOWN - {POINTER}:
            for full in (f"{name}-only", f"{name}-or-later") if name in FAMILY else (name,):
                assert canonicalize_license_expression(full) == full

    def test_the_docs_name_them(self) -> None:
        page = (ROOT / "docs" / "sbom.md").read_text("utf-8")
        assert [name for name in sorted(TEXTS) if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", page)] == []


@pytest.mark.parametrize("name", TEXTS)
class TestEachText:
    def test_it_is_known(self, name: str) -> None:
        assert identify(TEXTS[name].encode()) == name

    def test_wrapped_otherwise_in_capitals(self, name: str) -> None:
        head, body = parted(TEXTS[name])
        wrapped = textwrap.fill(" ".join(body.split()), 47, break_on_hyphens=False, break_long_words=False)
        assert identify(f"\ufeff{head}\r\n\r\n{wrapped.upper()}\n".replace("\n", "\r\n").encode()) == name

    def test_of_other_people(self, name: str) -> None:
        body = parted(TEXTS[name])[1]
        head = "Copyright (c) 1999-2031, J\u00f6rg O'Neill <joerg@host.example> and contributors.\n  Acme, Inc.\nAll rights reserved.\n\n(C) 2020 Bob"
        assert identify(f"{head}\n\n{body}".encode()) == name
        assert identify(f"{head}\n\n{body}".encode("latin-1", "replace")) in (name, "")

    @pytest.mark.parametrize("mark", ["# ", " * ", "// ", "-- ", "> ", ";; "])
    def test_as_a_comment(self, name: str, mark: str) -> None:
        assert identify("".join(f"{mark}{line}\n" for line in TEXTS[name].splitlines()).encode()) == name

    def test_with_other_quotes_bullets_and_spelling(self, name: str) -> None:
        text = TEXTS[name].replace('"', "\u201c").replace("'", "\u2019").replace("copyright holder", "copyright owner")
        text = re.sub(r"\b(sub)?license(s?)\b(?!\.)", r"\1licence\2", text)
        assert identify(re.sub(r"^(\s*)[0-9]\. ", r"\1* ", text, flags=re.MULTILINE).replace("http://", "https://").encode()) == name

    def test_one_word_more_fewer_or_other_is_another_text(self, name: str) -> None:
        head, body = parted(TEXTS[name])
        words = body.split(" ")
        whole = [place for place, word in enumerate(words) if re.fullmatch(r"[a-zA-Z]{4,}", word)]
        for place in {*whole[:: max(1, len(whole) // 9)], whole[0], whole[-1]}:
            more, other = [*words[:place], "not", *words[place:]], [*words[:place], "not", *words[place + 1 :]]
            for changed in (more, other):
                assert identify(f"{head}\n{' '.join(changed)}".encode()) == "", words[place]
        assert identify(f"{head}\n{body}\nnot".encode()) == ""
        assert identify(f"{head}\nNot so:\n{body}".encode()) == ""

    def test_cut_off_it_is_no_licence(self, name: str) -> None:
        head, body = parted(TEXTS[name])
        words = body.split(" ")
        for count in (len(words) // 3, len(words) // 2):
            assert identify(f"{head}\n{' '.join(words[:count])}".encode()) == ""

    def test_with_another_below_it_is_neither(self, name: str) -> None:
        for other in ("MIT", "ISC"):
            assert identify(f"{TEXTS[name]}\n\n{TEXTS[other]}".encode()) == ""
            assert identify(f"{TEXTS[other]}\n\n{TEXTS[name]}".encode()) == ""


class TestPlacesToFillIn:
    @pytest.mark.parametrize(
        "clause",
        [
            "Neither the name of Acme nor the names of its contributors may be used",
            "Neither the name of the NumPy Developers nor the names of any contributors may be used",
            "The names of its contributors may not be used",
            "The name of the author may not be used",
            "Neither the names of A. B. See, Inc., nor the names of its contributors may be used",
        ],
    )
    def test_names_in_the_third_clause(self, clause: str) -> None:
        text = TEXTS["BSD-3-Clause"]
        own = "Neither the name of the copyright holder nor the names of its contributors may be used"
        assert own in text
        assert identify(text.replace(own, clause).encode()) == "BSD-3-Clause"

    @pytest.mark.parametrize("name", ["BSD-2-Clause", "BSD-3-Clause"])
    def test_names_in_the_disclaimer(self, name: str) -> None:
        text = TEXTS[name].replace("BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS", "BY THE REGENTS AND CONTRIBUTORS")
        assert identify(text.replace("THE COPYRIGHT HOLDER OR CONTRIBUTORS BE", "ACME, INC. BE").encode()) == name

    def test_the_notice_of_apache(self) -> None:
        text = TEXTS["Apache-2.0"]
        own = "Copyright [yyyy] [name of copyright owner]"
        assert identify(text.replace(own, "Copyright 2019 Acme Inc. and its affiliates").encode()) == "Apache-2.0"
        assert identify(text.replace(own, "Copyright 2019 Acme, for commercial use only").encode()) == ""
        assert identify(text[: text.index("APPENDIX")].encode()) == "Apache-2.0"
        assert identify(text[: text.index("END OF TERMS")].encode()) == "Apache-2.0"

    @pytest.mark.parametrize("name", sorted(FAMILY))
    def test_below_the_terms_of_gnu_nothing_is_needed(self, name: str) -> None:
        text = TEXTS[name]
        assert identify(text[: text.index("END OF TERMS AND CONDITIONS")].encode()) == ("" if name == "LGPL-3.0" else name)
        if name == "LGPL-3.0":
            assert identify(text[: text.index("GNU GENERAL PUBLIC LICENSE\nVersion 3")].encode()) == name

    def test_years_of_python(self) -> None:
        text = re.sub(r"2001, 2002[^P]*Python", "2001-2031 Python", TEXTS["PSF-2.0"])
        assert text != TEXTS["PSF-2.0"]
        assert identify(text.encode()) == "PSF-2.0"

    def test_an_operative_word_in_a_place_is_no_name(self) -> None:
        text = TEXTS["BSD-3-Clause"]
        for changed in ("BY ACME, WITHOUT PERMISSION TO SELL IT,", f"BY {'ACME ' * 30}"):
            assert identify(text.replace("BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS", changed).encode()) == ""


class TestHead:
    @pytest.mark.parametrize(
        "lines",
        [
            ("# The MIT License (MIT)", "", "Copyright \u00a9 2020\u20132031 Ada"),
            ("Copyright (c) 2020 Ada", "", "MIT License"),
            ("MIT License", "===========", "Copyright 2020 by the Acme Team, see AUTHORS for more information."),
            ("License", "-------", "(The MIT License)", "", "Portions copyright Bob, 1999.", "Copyright Will Smith"),
            ("Original work copyright 2019 Ada", "TypeScript port copyright Bob", "\u00a9 2020 Eve"),
            ("copyright jQuery Foundation and other contributors, https://host.example/",),
            ("",),
        ],
    )
    def test_title_and_notices(self, lines: tuple[str, ...]) -> None:
        assert identify(filled(*lines)) == "MIT"

    @pytest.mark.parametrize(
        "lines",
        [
            ("ISC License",),  # says something else than the text
            ("BSD License", "Copyright 2020 Ada"),
            ("Copyright 2020 Ada. For personal use only.",),
            ("Copyright 2020 Ada", "Commons Clause applies"),
            ("Copyright 2020 Ada", "", "Everything but the folder x:"),
            ("acme",),
            ("All of it must be bought; copyright Ada",),
            ("This is not free of any copyright",),
            ("MIT License" + " " * 3000 + "for customers who pay",),
            ("Copyright 2020 " + "Ada " * 60,),
            ("This software is licensed under the MIT License.",),
            ("\u514d\u8d39",),
            ("Copyright Ada",) * 300,
        ],
    )
    def test_anything_else_above_makes_it_another_text(self, lines: tuple[str, ...]) -> None:
        assert identify(filled(*lines)) == ""


def test_files_that_point_to_the_licences() -> None:
    text = "This software is made available under the terms of *either* of the licenses\nfound in LICENSE.APACHE or LICENSE.BSD. Contributions to this software is made\nunder the terms of *both* these licenses.\n"
    assert identify(text.encode()) == POINTER
    assert identify(text.replace("either", "neither").encode()) == ""


@pytest.mark.parametrize("data", [b"", b"\n\n", b"MIT", b"MIT License\n\nCopyright 2020 Ada\n", b"\xff\xfe\x00M", b"a b c d e"])
def test_little_is_no_licence(data: bytes) -> None:
    assert identify(data) == ""


def test_numbers_of_lists_do_not_count_wherever_lines_break() -> None:
    assert words_of("1. a (b) c, (iv)\n2.1. d") == words_of("* a c, d") == ["a", "c", "d"]
    assert words_of("version 2.0 (x)") == ["version", "2", "0"]
    assert words_of("Sub-License the artefacts' centre; per cent") == ["sublicense", "the", "artefacts", "center", "per", "cent"]


PIECES = [
    *(text[:4000] for text in TEXTS.values()),
    *map("\n".join, [TABLE["titles"]]),
    "Copyright 2020 Ada\n",
    "1. ",
    "(a) ",
    "\u201c",
    "\x00",
    "not ",
]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=4).map("".join).map(str.encode))
@example(b"\xef\xbb\xbf")
@example("\u2028".join(("MIT License", TEXTS["MIT"])).encode())
def test_any_bytes_are_a_known_licence_or_none(data: bytes) -> None:
    assert identify(data) in {"", *KNOWN}


@pytest.mark.parametrize(
    "piece",
    [
        "(c) ", "1.1.1.1", "copyright\n", "portions ", "MIT License\n", "i.", "((((", ".)", "\u00a9", "a b c d e f\n", "\n", "Copyright Ada " * 40 + "\n",
        "Permission is hereby granted, free of charge, to any person ", parted(TEXTS["MIT"])[1][:900] + " ", "Neither the name of ", "licence ", "per cent ",
    ],
)  # fmt: skip
def test_time_is_linear(piece: str) -> None:
    data = (piece * (MAX_TEXT // len(piece.encode()) + 1)).encode()
    with bounded(20):
        for head in (b"", b"Copyright 2020 Ada\n\n", TEXTS["BSD-3-Clause"][:1000].encode()):
            assert identify((head + data)[:MAX_TEXT]) == ""


def test_more_than_a_licence_has_is_not_looked_at() -> None:
    text = TEXTS["MIT"].encode()
    assert identify(text + b" " * (MAX_TEXT - len(text))) == "MIT"
    assert identify(text + b" " * (MAX_TEXT - len(text) + 1)) == ""
