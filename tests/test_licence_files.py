"""Licence files of installed packages: which are read, when, and what is concluded from them in every document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DATA, SITE, distribution, environment, sbomgate, write_tree

from sbomgate.collectors.licence_files import MAX_FILES, Reader
from sbomgate.engine import collect
from sbomgate.errors import CollectError
from sbomgate.licence_texts import MAX_TEXT
from sbomgate.model import Component, Inventory, LicenceFile, Metadata
from sbomgate.reporters import cyclonedx, spdx
from sbomgate.reporters.licenses import concluded, evidence
from sbomgate.tree import MemoryTree

TEXTS = {path.stem: path.read_bytes() for path in (DATA / "licence-texts").glob("*.txt")}
MIT, APACHE, BSD = TEXTS["MIT"], TEXTS["Apache-2.0"], TEXTS["BSD-3-Clause"]
POINTER = b"""This software is made available under the terms of *either* of the licenses
found in LICENSE.APACHE or LICENSE.BSD. Contributions to this software is made
under the terms of *both* these licenses.
"""
INFO = "a-1.0.dist-info"


def package(files: dict[str, bytes], metadata: str = "", name: str = "a") -> dict[str, bytes]:
    return distribution(name, "1.0", {f"{name}-1.0.dist-info/{path}": content for path, content in files.items()}, metadata=metadata)


def files_of(inventory: Inventory, name: str = "a") -> list[tuple[str, str]]:
    """(path below the metadata, identifier) of the licence files of a distribution."""
    item = next(item for item in inventory.components if item.name == name)
    assert item.metadata is not None
    return [(file.path.removeprefix(f"{SITE}/{name}-1.0.dist-info/"), file.identifier) for file in item.metadata.licence_files]


class TestEnvironment:
    def read(self, folder: Path, *parts: dict[str, bytes]) -> Inventory:
        return collect(str(write_tree(folder, environment(*parts))), licences=True)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("files", "metadata", "expected"),
        [
            ({"LICENSE": MIT}, "", [("LICENSE", "MIT")]),
            ({"licenses/LICENSE.md": MIT}, "License-File: LICENSE.md", [("licenses/LICENSE.md", "MIT")]),
            ({"licenses/legal/MIT.txt": MIT, "licenses/x/AUTHORS": b"Ada"}, "", [("licenses/legal/MIT.txt", "MIT")]),
            ({"LICENSE.APACHE": APACHE, "LICENSE.BSD": BSD}, "", [("LICENSE.APACHE", "Apache-2.0"), ("LICENSE.BSD", "BSD-3-Clause")]),
            ({"COPYING": b"own words", "NOTICE": b"n", "AUTHORS.md": b"a", "licenses/NOTICE.txt": b"n"}, "", [("COPYING", "")]),
            ({"terms": MIT, "other": MIT}, "License-File: legal/terms\nLicense-File: NOTICE", [("terms", "MIT")]),
            ({"license.py": MIT, "licenses.json": b"{}"}, "", []),
            ({"LICENSE": MIT + b" " * MAX_TEXT}, "", [("LICENSE", "")]),
            ({"licence.txt": b"\xff\xfe\x00"}, "", [("licence.txt", "")]),
            ({}, "License-File: ../../../../pyvenv.cfg", []),
        ],
    )
    def test_what_is_read(self, tmp_path: Path, files: dict[str, bytes], metadata: str, expected: list[tuple[str, str]]) -> None:
        inventory = self.read(tmp_path, package(files, metadata))
        assert files_of(inventory) == expected
        assert inventory.problems == ()

    def test_only_when_it_is_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_tree(tmp_path, environment(package({"LICENSE": MIT})))  # type: ignore[arg-type]
        monkeypatch.setattr(Reader, "__init__", None)
        assert files_of(collect(str(tmp_path))) == []

    def test_a_link_is_no_licence_file_that_was_read(self, tmp_path: Path) -> None:
        write_tree(tmp_path, environment(package({"LICENSE": MIT})))  # type: ignore[arg-type]
        (tmp_path / SITE / INFO / "COPYING").symlink_to("/etc/hostname")
        assert files_of(collect(str(tmp_path), files=False, verify=False, licences=True)) == [("COPYING", ""), ("LICENSE", "MIT")]

    def test_who_has_too_many_has_those_of_others(self, tmp_path: Path) -> None:
        inventory = self.read(tmp_path, package({f"licenses/LICENSE.{number:02}": MIT for number in range(MAX_FILES + 1)}))
        found = files_of(inventory)
        assert len(found) == MAX_FILES
        assert {identifier for _, identifier in found} == {""}

    def test_it_gives_no_finding(self, tmp_path: Path) -> None:
        write_tree(tmp_path, environment(package({"LICENSE": MIT}, "License-Expression: Apache-2.0")))  # type: ignore[arg-type]
        done = sbomgate("scan", tmp_path, "-f", "json", "-o", f"cyclonedx={tmp_path / 'x.json'}")
        assert json.loads(done.stdout)["findings"] == []
        (row,) = (row for row in json.loads((tmp_path / "x.json").read_text("utf-8"))["components"] if row["name"] == "a")
        assert [(one["license"]["id"], one["license"]["acknowledgement"]) for one in row["licenses"]] == [
            ("Apache-2.0", "declared"),
            ("MIT", "concluded"),
        ]


class Locked(MemoryTree):
    """A tree in which nothing may be read, or listed."""

    def head(self, path: str, count: int) -> bytes:
        raise CollectError("cannot be read (Permission denied)", path)

    def entries(self, path: str) -> Any:
        if path == "hidden":
            raise CollectError("folder cannot be listed (Permission denied)", path)
        return super().entries(path)


def test_what_cannot_be_read_is_a_problem() -> None:
    reader = Reader(Locked({"p/LICENSE": MIT, "hidden/LICENSE": MIT}))
    assert reader.of_package("p") == (LicenceFile("p/LICENSE", ""),)
    assert reader.of_package("hidden") == ()
    assert [(item.path, item.what.partition(" (")[0]) for item in reader.problems] == [
        ("p/LICENSE", "cannot be read"),
        ("hidden", "folder cannot be listed"),
    ]
    assert all(item.fix for item in reader.problems)


def test_equal_contents_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr("sbomgate.collectors.licence_files.identify", lambda data: seen.append(data) or "MIT")
    reader = Reader(MemoryTree({f"{number}/LICENSE": MIT for number in range(5)}))
    assert [reader.of_package(str(number))[0].identifier for number in range(5)] == ["MIT"] * 5
    assert seen == [MIT]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["LICENSE", "COPYING.x", "licenses/a", "licenses/b/c", "x"]), st.sampled_from([MIT, b"", b"\xff"]), max_size=5
    )
)
def test_any_files_are_told_once_and_in_order(files: dict[str, bytes]) -> None:
    reader = Reader(MemoryTree({"i/METADATA": b"", **{f"i/{name}": content for name, content in files.items()}}))
    found = reader.of_distribution("i", ["x"])
    assert [file.path for file in found] == sorted(f"i/{name}" for name in files)
    assert [file.identifier for file in found] == ["MIT" if files[file.path[2:]] == MIT else "" for file in found]


def test_packages_of_npm(tmp_path: Path) -> None:
    modules = {
        "package.json": '{"name": "app", "version": "1.0.0"}',
        "LICENSE": MIT,
        "node_modules/one/package.json": '{"name": "one", "version": "1.0.0", "license": "MIT"}',
        "node_modules/one/LICENSE.md": MIT,
        "node_modules/one/license.js": "//",
        "node_modules/@s/two/package.json": '{"name": "@s/two", "version": "2.0.0"}',
        "node_modules/@s/two/LICENCE": TEXTS["ISC"],
        "node_modules/three/package.json": '{"name": "three", "version": "3.0.0"}',
    }
    write_tree(tmp_path, modules)

    def metadata(*, licences: bool) -> dict[str, Metadata | None]:
        return {item.name: item.metadata for item in collect(str(tmp_path), licences=licences).components}

    found = metadata(licences=True)
    assert found["one"] is not None
    assert found["@s/two"] is not None
    assert found["one"].licence_files == (LicenceFile("node_modules/one/LICENSE.md", "MIT"),)
    assert found["@s/two"].licence_files == (LicenceFile("node_modules/@s/two/LICENCE", "ISC"),)
    assert found["three"] is None
    assert metadata(licences=False)["@s/two"] is None


def said(expression: str, *texts: str, classifiers: tuple[str, ...] = ()) -> Metadata:
    files = tuple(LicenceFile(f"l/{number}", text) for number, text in enumerate(texts))
    return Metadata(license_expression=expression, license_classifiers=classifiers, licence_files=files)


GPL_3_OR_LATER = "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (said("MIT", "MIT"), "MIT"),
        (said("MIT", "MIT", "MIT"), "MIT"),
        (said("", "MIT"), "MIT"),
        (said("Apache-2.0", "MIT"), "MIT"),
        (said("MIT License and others", "ISC"), "ISC"),
        (said("MIT, MIT", "MIT"), "MIT"),
        # it declares more than its files tell
        (said("MIT OR Apache-2.0", "MIT"), ""),
        (said("MIT AND LicenseRef-more", "MIT"), ""),
        (said("MIT, and more", "MIT"), ""),
        (said("", "MIT", classifiers=("License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License")), ""),
        (said("", "ISC", classifiers=("License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License")), "ISC"),
        (said("Own", "BSD-3-Clause"), "BSD-3-Clause"),
        (said("", "BSD-3-Clause", classifiers=("License :: OSI Approved :: BSD License",)), "BSD-3-Clause"),
        # a text that is not known may be any licence
        (said("MIT"), ""),
        (said("MIT", ""), ""),
        (said("MIT", "MIT", ""), ""),
        # several: only the package knows how they go together
        (said("MIT OR Apache-2.0", "Apache-2.0", "MIT"), "MIT OR Apache-2.0"),
        (said("(mit and apache-2.0)", "Apache-2.0", "MIT"), "(MIT AND Apache-2.0)"),
        (said("MIT AND (Apache-2.0 OR ISC)", "Apache-2.0", "MIT"), ""),
        (said("MIT", "Apache-2.0", "MIT"), ""),
        (said("", "Apache-2.0", "MIT"), ""),
        (said("", "Apache-2.0", "MIT", classifiers=("License :: OSI Approved :: MIT License",)), ""),
        # a file that only points to others says nothing by itself
        (said("Apache-2.0 OR BSD-3-Clause", "pointer", "Apache-2.0", "BSD-3-Clause"), "Apache-2.0 OR BSD-3-Clause"),
        (said("MIT", "pointer"), ""),
        # the text is the same for both: the package has to say which
        (said("GPL-3.0-or-later", "GPL-3.0"), "GPL-3.0-or-later"),
        (said("GPL-3.0-only", "GPL-3.0"), "GPL-3.0-only"),
        (said("", "GPL-3.0", classifiers=(GPL_3_OR_LATER,)), "GPL-3.0-or-later"),
        (said("GPL-3.0-or-later OR MIT", "GPL-3.0"), ""),
        (said("", "GPL-3.0", classifiers=(GPL_3_OR_LATER, "License :: OSI Approved :: GNU General Public License v3 (GPLv3)")), ""),
        (said("", "GPL-3.0"), ""),
        (said("GPL-3.0", "GPL-3.0"), ""),
        (said("GPL-3.0+", "GPL-3.0"), ""),
        (said("GPL-2.0-or-later", "GPL-3.0"), ""),
        (said("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0"), ""),
        (said("GPL-2.0-or-later OR MIT", "GPL-2.0", "MIT"), "GPL-2.0-or-later OR MIT"),
        (said("LGPL-3.0-or-later", "GPL-3.0", "LGPL-3.0"), "LGPL-3.0-or-later"),
        (said("LGPL-3.0-or-later", "GPL-3.0"), ""),
        (said("(" * 300, "MIT"), "MIT"),
    ],
)
def test_what_is_concluded(metadata: Metadata, expected: str) -> None:
    assert concluded(metadata) == expected


def test_evidence_tells_each_known_text_with_its_files() -> None:
    files = (LicenceFile("b", "MIT"), LicenceFile("a", "MIT"), LicenceFile("c"), LicenceFile("d", "GPL-3.0"), LicenceFile("e", "pointer"))
    (row,) = evidence(files, "")
    assert row["license"]["id"] == "MIT"
    assert [one["value"] for one in row["license"]["properties"]] == ["b", "a"]
    assert [row["license"]["id"] for row in evidence(files, "MIT AND GPL-3.0-or-later")] == ["GPL-3.0-or-later", "MIT"]


class TestDocuments:
    """What the documents say of three packages: as it declares, otherwise, and with an expression."""

    @pytest.fixture
    def inventory(self, tmp_path: Path) -> Inventory:
        parts = (
            package({"LICENSE": MIT}, "License-Expression: MIT"),
            package({"licenses/LICENSE": BSD}, "Classifier: License :: OSI Approved :: BSD License", "b"),
            package(
                {"LICENSE": POINTER, "LICENSE.APACHE": APACHE, "LICENSE.BSD": BSD}, "License-Expression: Apache-2.0 OR BSD-3-Clause", "c"
            ),
            package({"LICENSE": MIT}, "", "d"),
            package({"LICENSE": b"own words"}, "License-Expression: MIT", "e"),
        )
        return collect(str(write_tree(tmp_path, environment(*parts))), licences=True)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("version", "expected"),
        [
            (
                "1.6",
                {
                    "a": [("MIT", "declared"), ("MIT", "concluded")],
                    "b": [("BSD License", "declared"), ("BSD-3-Clause", "concluded")],
                    "c": [("Apache-2.0 OR BSD-3-Clause", "declared")],
                    "d": [("MIT", "concluded")],
                    "e": [("MIT", "declared")],
                },
            ),
            (
                "1.5",
                {
                    "a": [("MIT", None)],
                    "b": [("BSD License", None)],
                    "c": [("Apache-2.0 OR BSD-3-Clause", None)],
                    "d": [("MIT", None)],
                    "e": [("MIT", None)],
                },
            ),
        ],
    )
    def test_cyclonedx(self, inventory: Inventory, version: str, expected: dict[str, list[tuple[str, str | None]]]) -> None:
        document = json.loads(cyclonedx.converted(cyclonedx.document([inventory]), version))
        rows = {row["name"]: row for row in document["components"] if row["type"] == "library"}
        stated = {
            name: [
                (one.get("id") or one.get("name") or one.get("expression"), one.get("acknowledgement"))
                for one in (choice.get("license", choice) for choice in row["licenses"])
            ]
            for name, row in rows.items()
        }
        assert stated == expected
        found = {name: [one["license"]["id"] for one in row["evidence"].get("licenses", ())] for name, row in rows.items()}
        assert found == {"a": ["MIT"], "b": ["BSD-3-Clause"], "c": ["Apache-2.0", "BSD-3-Clause"], "d": ["MIT"], "e": []}
        named = {
            name: [one["value"] for one in row["properties"] if one["name"] == "sbomgate:license:concluded"] for name, row in rows.items()
        }
        assert named == {"a": [], "b": [], "c": ["Apache-2.0 OR BSD-3-Clause"], "d": [], "e": []}
        assert not any({"name": "sbomgate:unknown", "value": "license"} in row["properties"] for row in rows.values())
        (place,) = rows["b"]["evidence"]["licenses"][0]["license"]["properties"]
        assert place == {"name": "sbomgate:license:file", "value": f"{SITE}/b-1.0.dist-info/licenses/LICENSE"}

    def test_spdx(self, inventory: Inventory) -> None:
        document = json.loads("".join(spdx.pieces(cyclonedx.document([inventory]))))
        stated = {
            row["name"]: (row["licenseConcluded"], row["licenseDeclared"].partition("-")[0])
            for row in document["packages"]
            if row.get("primaryPackagePurpose") == "LIBRARY"
        }
        assert stated == {
            "a": ("MIT", "MIT"),
            "b": ("BSD-3-Clause", "LicenseRef"),
            "c": ("Apache-2.0 OR BSD-3-Clause", "Apache"),
            "d": ("MIT", "NOASSERTION"),
            "e": ("NOASSERTION", "MIT"),
        }

    def test_a_manifest_compares_what_is_declared(self, inventory: Inventory) -> None:
        from sbomgate.manifest import diff, from_document, from_inventory

        document = cyclonedx.document([inventory])
        known = from_document(document, "m")
        bare = [item for item in diff(known, from_inventory(inventory)) if item.kind == "license"]
        assert bare == []


def test_the_command_reads_them(tmp_path: Path) -> None:
    write_tree(tmp_path / "e", environment(package({"LICENSE": MIT}, "License-Expression: MIT")))  # type: ignore[arg-type]
    done = sbomgate("sbom", tmp_path / "e", "--reproducible")
    (row,) = (row for row in json.loads(done.stdout)["components"] if row["name"] == "a")
    assert [one["license"]["acknowledgement"] for one in row["licenses"]] == ["declared", "concluded"]
    lock = f"a==1.0 --hash=sha256:{'a' * 64}\n"
    write_tree(tmp_path, {"requirements.txt": lock})
    done = sbomgate("verify", tmp_path / "e", "--lock", tmp_path / "requirements.txt", "-f", "cyclonedx")
    (row,) = (row for row in json.loads(done.stdout)["components"] if row["name"] == "a")
    assert "concluded" in str(row["licenses"])


def test_a_component_keeps_the_licence_of_what_is_installed(tmp_path: Path) -> None:
    files = {**environment(package({"LICENSE": MIT})), "requirements.txt": b"a==1.0\n"}
    write_tree(tmp_path, files)  # type: ignore[arg-type]
    document = cyclonedx.document([collect(str(tmp_path), licences=True)])
    (row,) = (row for row in document["components"] if row["name"] == "a")
    assert len(row["evidence"]["occurrences"]) == 2
    assert row["licenses"] == [{"license": {"id": "MIT", "acknowledgement": "concluded"}}]


def test_the_components_pickle(tmp_path: Path) -> None:
    import pickle

    write_tree(tmp_path, environment(package({"LICENSE": MIT})))  # type: ignore[arg-type]
    found = collect(str(tmp_path), licences=True)
    assert pickle.loads(pickle.dumps(found)) == found
    assert all(isinstance(item, Component) for item in found.components)
