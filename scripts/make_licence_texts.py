"""Write allowlists/licence-texts.json from the texts in tests/data/licence-texts.

    python scripts/make_licence_texts.py

A text is edited into forms: `<gap 20>` is a place where so many words may be filled in, `<either>a<or>b<end>` are wordings that
licences in use have, one that is empty last. What is not edited stays as it is. See `sbomgate/licence_texts.py` for what is written.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sbomgate.licence_texts import LEAD, POINTER, digest, words_of

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "tests" / "data" / "licence-texts"
TABLE = ROOT / "allowlists" / "licence-texts.json"
SOURCE = (
    "digests of the texts of the SPDX License List (CC0-1.0), as of npm's spdx-license-list 6.12.0; made by scripts/make_licence_texts.py"
)
SHORT = 12
"""Words of a segment behind a gap: it is looked for at every place of the gap."""

_PARTS = re.compile(r"<gap ([0-9]+)>|<either>(.*?)<end>", re.DOTALL)
_END = "END OF TERMS AND CONDITIONS"
_NON_INFRINGEMENT = ("NONINFRINGEMENT", "<either>NONINFRINGEMENT<or>NON-INFRINGEMENT<end>")
_LIABLE = ("SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE", "SHALL <gap 20>BE LIABLE")
_THIRD_PARTS = {
    "neither": "Neither the <either>name<or>names<end> <gap 40>may be used to endorse",
    "not": "The <either>name<or>names<end> <gap 40>may not be used to endorse",
}


def edited(text: str, *edits: tuple[str, str]) -> str:
    """`text` with the first of each pair replaced by the second; ValueError for what does not stand there."""
    for old, new in edits:
        if old not in text:
            raise ValueError(f"no {old!r} in the text")
        text = text.replace(old, new)
    return text


def forms_of() -> dict[str, list[str]]:
    """Identifier → its forms, without title and notices of copyright above them."""
    text = {path.stem: " ".join(path.read_text("utf-8").split()) for path in sorted(TEXTS.glob("*.txt"))}

    def body(name: str, start: str) -> str:
        return text[name][text[name].index(start) :]

    found: dict[str, list[str]] = {}
    notice = ("this permission notice shall", "this permission notice<either> (including the next paragraph)<or><end> shall")
    found["MIT"] = [edited(body("MIT", "Permission"), _NON_INFRINGEMENT, _LIABLE, notice)]
    found["MIT-0"] = [edited(body("MIT-0", "Permission"), _NON_INFRINGEMENT, _LIABLE)]
    found["BSL-1.0"] = [edited(body("BSL-1.0", "Permission"), ("NON-INFRINGEMENT", _NON_INFRINGEMENT[1]))]
    disclaimer = (
        ('BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"', 'BY <gap 20>"AS IS"'),
        ("SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE", "SHALL <gap 20>BE LIABLE"),
        ("ANY EXPRESS OR IMPLIED", "ANY <either>EXPRESS<or>EXPRESSED<end> OR IMPLIED"),
    )
    found["BSD-2-Clause"] = [edited(body("BSD-2-Clause", "Redistribution"), *disclaimer)]
    third = "Neither the name of the copyright holder nor the names of its contributors may be used to endorse"
    permission = ("without specific prior", "without <either>specific<or><end> prior")
    found["BSD-3-Clause"] = [
        edited(body("BSD-3-Clause", "Redistribution"), *disclaimer, (third, written), permission) for written in _THIRD_PARTS.values()
    ]
    holder = (
        ("AND ISC DISCLAIMS", "AND <gap 20>DISCLAIMS"),
        ("SHALL ISC BE", "SHALL <gap 20>BE"),
        ("and/or distribute", "and<either>/or<or><end> distribute"),
    )
    found["ISC"] = [edited(body("ISC", "Permission"), *holder)]
    author = (("AND THE AUTHOR DISCLAIMS", "AND <gap 20>DISCLAIMS"), ("SHALL THE AUTHOR BE", "SHALL <gap 20>BE"))
    found["0BSD"] = [edited(body("0BSD", "Permission"), *author)]
    found["HPND"] = [
        edited(
            body("HPND", "Permission to use"),
            ("the name of <copyright holder> or <related entities> not", "the name of <gap 30>not"),
            ("<copyright holder> makes", "<gap 20>makes"),
            ("<copyright holder> DISCLAIMS", "<gap 20>DISCLAIMS"),
            ("SHALL <copyright holder> BE", "SHALL <gap 20>BE"),
        )
    ]
    found["Zlib"] = [edited(body("Zlib", "This software"), ("will the authors be", "will the <either>authors<or>author<end> be"))]
    work = body("Apache-2.0", "TERMS AND CONDITIONS FOR USE")
    terms, _, appendix = work.partition(_END)
    filled_in = ("Copyright [yyyy] [name of copyright owner] Licensed", "Copyright <gap 30>Licensed")
    how, _, boilerplate = appendix.partition("Copyright [yyyy]")
    boilerplate = edited(f"Copyright [yyyy]{boilerplate}", filled_in)
    found["Apache-2.0"] = [terms + _END + how + boilerplate, terms, terms + _END, terms + _END + " " + boilerplate]
    found["MPL-2.0"] = [work := body("MPL-2.0", "1. Definitions"), work[: work.index("Exhibit A")], work[: work.index("Exhibit B")]]
    years = re.compile(r"(?<=Copyright \(c\) )2001[0-9, ]*(?=Python)")
    grant = ("a nonexclusive", "a <either>nonexclusive<or>non-exclusive<end>")
    found["PSF-2.0"] = [edited(years.sub("<gap 60>", body("PSF-2.0", "1. This LICENSE")), grant)]
    found["Python-2.0"] = [edited(years.sub("<gap 60>", body("Python-2.0", "1. This LICENSE")), grant)]
    found["GPL-2.0"] = _gnu(
        body("GPL-2.0", "Everyone is"),
        ("modification follow.", "modification follow. <either>GNU GENERAL PUBLIC LICENSE<or><end>"),
        (
            "an idea of what it does. Copyright (C) yyyy name",
            "<either>an<or>a brief<end> idea of what it does. Copyright (C) <either>yyyy<or>year<end> name",
        ),
        ("April 1989 Ty Coon, President of Vice", f"April 1989 Ty Coon, President of Vice<either> {_NOT_FOR_PROPRIETARY}<or><end>"),
    )
    why = ("https://www.gnu.org/philosophy/why-not-lgpl", "https://www.gnu.org/<either>philosophy<or>licenses<end>/why-not-lgpl")
    found["GPL-3.0"] = _gnu(body("GPL-3.0", "Everyone is"), why)
    found["AGPL-3.0"] = _gnu(body("AGPL-3.0", "Everyone is"))
    found["LGPL-2.1"] = _gnu(
        body("LGPL-2.1", "Everyone is"), ("an idea of what it does.", "<either>an<or>a brief<end> idea of what it does.")
    )
    lesser = body("LGPL-3.0", "Everyone is")
    found["LGPL-3.0"] = [lesser[: lesser.index("GNU GENERAL PUBLIC LICENSE Version 3")], lesser]
    found["Unlicense"] = [work := body("Unlicense", "This is free"), work[: work.index("For more information")]]
    found["CC0-1.0"] = [work := body("CC0-1.0", "CREATIVE COMMONS CORPORATION"), work[work.index("Statement of Purpose") :]]
    found["EPL-2.0"] = [work := body("EPL-2.0", "THE ACCOMPANYING"), work[: work.index("Exhibit A – Form")]]
    found["Artistic-2.0"] = [body("Artistic-2.0", "Everyone is")]
    found["BlueOak-1.0.0"] = [body("BlueOak-1.0.0", "## Purpose")]
    found["WTFPL"] = [body("WTFPL", "Everyone is")]
    found["Unicode-3.0"] = [body("Unicode-3.0", "NOTICE TO USER")]
    found["ZPL-2.1"] = [body("ZPL-2.1", "A copyright notice"), body("ZPL-2.1", "Redistribution")]
    found[POINTER] = [
        (
            "This software is made available under the terms of *either* of the licenses found in LICENSE.<either>APACHE2<or>APACHE<end> or "
            "LICENSE.<either>BSD<or>MIT<end>. Contributions to <gap 4><either>is<or>are<end> made under the terms of *both* these licenses."
        )
    ]
    return found


_NOT_FOR_PROPRIETARY = (
    "This General Public License does not permit incorporating your program into proprietary programs. If your program is a subroutine "
    "library, you may consider it more useful to permit linking proprietary applications with the library. If this is what you want to do, "
    "use the GNU Lesser General Public License instead of this License."
)


def _gnu(text: str, *edits: tuple[str, str]) -> list[str]:
    """A licence of the FSF with and without what stands below its terms, which is no part of them; with any address of theirs."""
    text = edited(text, *edits)
    address = re.compile(r"(?<=write to the Free Software Foundation, Inc., ).*?(?= Also add)")
    text = address.sub("<gap 14>", text)
    terms = text[: text.index(_END)]
    return [terms, terms + _END, text]


TITLES: dict[str, tuple[str, ...]] = {
    "MIT": ("MIT License", "The MIT License", "The MIT License (MIT)", "MIT License (MIT)", "(The MIT License)", "(MIT)", "MIT", "License: MIT",
            "License (MIT)", "MIT License:", "Licence (MIT)", "MIT LICENCE", "Expat License"),
    "MIT-0": ("MIT No Attribution", "MIT No Attribution License", "MIT-0", "MIT License"),
    "Apache-2.0": ("Apache License", "Version 2.0, January 2004", "http://www.apache.org/licenses/", "Apache License Version 2.0, January 2004",
                   "Apache License, Version 2.0", "Apache License 2.0", "Apache Software License 2.0", "Apache License Version 2.0",
                   "Apache License Version 2.0, January 2004 http://www.apache.org/licenses/"),
    "BSD-2-Clause": ("BSD 2-Clause License", "BSD License", "Simplified BSD License", "The BSD 2-Clause License", 'BSD 2-Clause "Simplified" License',
                     "BSD-2-Clause", "The BSD License", "(The BSD License)"),
    "BSD-3-Clause": ("BSD 3-Clause License", "BSD License", "New BSD License", "The BSD 3-Clause License", 'BSD 3-Clause "New" or "Revised" License',
                     "BSD-3-Clause", "The BSD License", "(The BSD License)", "The New BSD License", "Modified BSD License", "3-Clause BSD License",
                     "Revised BSD License", "Software License Agreement (BSD License)", "The 3-Clause BSD License", "BSD-3-Clause License"),
    "0BSD": ("BSD Zero Clause License", "Zero-Clause BSD", "Zero-Clause BSD License", "0BSD", "BSD Zero Clause License (0BSD)"),
    "ISC": ("ISC License", "The ISC License", "ISC License (ISC)", "ISC License (ISCL)", "ISC", "License (ISC)", "(ISC)"),
    "MPL-2.0": ("Mozilla Public License Version 2.0", "Mozilla Public License, Version 2.0", "Mozilla Public License 2.0"),
    "PSF-2.0": ("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2", "PSF LICENSE AGREEMENT", "Python Software Foundation License"),
    "Python-2.0": ("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",),
    "GPL-2.0": ("GNU GENERAL PUBLIC LICENSE", "Version 2, June 1991", "The GNU General Public License (GPL)"),
    "GPL-3.0": ("GNU GENERAL PUBLIC LICENSE", "Version 3, 29 June 2007"),
    "LGPL-2.1": ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 2.1, February 1999"),
    "LGPL-3.0": ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 3, 29 June 2007"),
    "AGPL-3.0": ("GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3, 19 November 2007"),
    "Unlicense": ("The Unlicense", "Unlicense"),
    "Zlib": ("zlib License", "The zlib License", "zlib/libpng license"),
    "CC0-1.0": ("Creative Commons Legal Code", "CC0 1.0 Universal", "Creative Commons CC0 1.0 Universal", "CC0 1.0 Universal (CC0 1.0)"),
    "HPND": ("Historical Permission Notice and Disclaimer",),
    "BSL-1.0": ("Boost Software License - Version 1.0 - August 17th, 2003", "Boost Software License 1.0"),
    "EPL-2.0": ("Eclipse Public License - v 2.0",),
    "Artistic-2.0": ("The Artistic License 2.0", "Artistic License 2.0"),
    "BlueOak-1.0.0": ("Blue Oak Model License", "Version 1.0.0", "Blue Oak Model License Version 1.0.0"),
    "WTFPL": ("DO WHAT THE FUCK YOU WANT TO PUBLIC LICENSE", "Version 2, December 2004"),
    "Unicode-3.0": ("UNICODE LICENSE V3", "COPYRIGHT AND PERMISSION NOTICE"),
    "ZPL-2.1": ("Zope Public License (ZPL) Version 2.1",),
}  # fmt: skip
"""Identifier → lines that stand above its text. A line that names no licence may stand above every text."""
ANY_TITLE = ("License", "Licence", "The License", "LICENSE.txt", "Software License", "License Agreement", "Copyright Notice", "Copyright and License",
             "License and Copyright", "Copyright & License", "51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA",
             "51 Franklin St, Fifth Floor, Boston, MA 02110-1301 USA", "59 Temple Place, Suite 330, Boston, MA 02111-1307 USA")  # fmt: skip


def steps_of(form: str) -> list[list[Any]]:
    """The steps of a form: [gap, [[count of words, digest], …]]."""
    steps: list[list[Any]] = []
    gap, at = 0, 0

    def add(*texts: str) -> None:
        nonlocal gap
        words = [words_of(text) for text in texts]
        parts = [words]
        if gap and len(words) == 1:
            parts = [[words[0][:SHORT]], [words[0][SHORT:]]]
        for alternatives in parts:
            if any(alternatives):
                steps.append([gap, [[len(one), digest(one) if one else ""] for one in alternatives]])
                gap = 0

    for part in _PARTS.finditer(form):
        add(form[at : part.start()])
        if part[1]:
            gap = int(part[1])
        else:
            add(*part[2].split("<or>"))
        at = part.end()
    add(form[at:])
    return steps


def table() -> str:
    """The content of the file: one form a line."""
    rows = []
    for identifier, forms in forms_of().items():
        for form in forms:
            start = words_of(_PARTS.sub(" | ", form).partition(" | ")[0])
            if len(start) < LEAD:
                raise ValueError(f"{identifier}: fewer than {LEAD} fixed words at the start of a form")
            rows.append([identifier, digest(start[:LEAD]), steps_of(form)])
    titles: dict[str, list[str]] = {" ".join(words_of(title)): [] for title in ANY_TITLE}
    for identifier, lines in TITLES.items():
        for line in lines:
            titles.setdefault(" ".join(words_of(line)), []).append(identifier)
    compact = json.JSONEncoder(separators=(",", ":")).encode
    lines_of = [
        f'"source":{compact(SOURCE)}',
        '"titles":{\n' + ",\n".join(f"{compact(title)}:{compact(sorted(set(titles[title])))}" for title in sorted(titles)) + "\n}",
        '"forms":[\n' + ",\n".join(map(compact, rows)) + "\n]",
    ]
    return "{\n" + ",\n".join(lines_of) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
