"""CycloneDX documents: valid by the official schemas, read alike by another reader, the same for the same input, whatever stands in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cyclonedx.model.bom import Bom
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from support import DATA, distribution, environment, sbomgate, write_tree
from test_inventory import build, component

from sbomgate import collect, purl
from sbomgate.errors import UsageError
from sbomgate.manifest import HASH_NAMES
from sbomgate.model import (
    Artifact,
    Component,
    Digest,
    FileFact,
    Installation,
    Inventory,
    LicenceFile,
    Location,
    Metadata,
    Origin,
    Person,
    Pin,
    Problem,
    Report,
    Server,
    Source,
    StartupHook,
    Target,
)
from sbomgate.reporters import cyclonedx
from sbomgate.reporters.cyclonedx.urls import iri
from sbomgate.reporters.licenses import licenses

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas" / "cyclonedx"
VERSIONS = ("1.4", "1.5", "1.6", "1.7")
HOSTILE = "a\x1b[31m\n\r\t\x00\x7f\u202e&<>\"']]>%0A%zz##é😀\ud800\udcff\ufffe\\ud800 {{x}}"
URLS = (
    "https://h.example/a b?q=[x]#f#g",
    "https://h.example/%zz%",
    "https://user@name@h.example/",
    "http://h.example:port/x",
    "https://h.example:8080/x",
    "http://[::1]/",
    "git+ssh://git@h.example:org/repo.git@main",
    "git+file:.../repo",
    "1http://h.example/",
    "é://h.example",
    "://",
    "https://",
    "file:.../a.whl",
    "x",
    "https://h.example/\n\x00\ud800",
    "C:\\x\\y",
    "https://h.example/a\\b^`{|}",
    "javascript:alert(1)//://",
)


def validator(version: str) -> jsonschema_rs.Draft7Validator:
    def retrieve(uri: str) -> Any:
        return json.loads((SCHEMAS / uri.rpartition("/")[2]).read_text(encoding="utf-8"))

    return jsonschema_rs.Draft7Validator(retrieve(f"bom-{version}.SNAPSHOT.schema.json"), retriever=retrieve, validate_formats=True)


VALIDATORS = {version: validator(version) for version in VERSIONS}
XML = {version: etree.XMLSchema(etree.parse(str(SCHEMAS / f"bom-{version}.SNAPSHOT.xsd"))) for version in VERSIONS}


def assert_valid(text: str, version: str = "1.6") -> dict[str, Any]:
    assert text.isascii()
    assert text.endswith("}\n")
    document: dict[str, Any] = json.loads(text)
    problems = [f"{list(error.instance_path)}: {error.message[:300]}" for error in VALIDATORS[version].iter_errors(document)]
    assert problems == []
    refs = [row["bom-ref"] for key in ("components", "services") for row in document.get(key, ())]
    refs += [part["bom-ref"] for row in document.get("components", ()) for part in row.get("components", ())]
    root = document["metadata"]["component"]
    refs += [root["bom-ref"], *(part["bom-ref"] for part in root.get("components", ()))]
    assert len(set(refs)) == len(refs)
    rows = [row["ref"] for row in document["dependencies"]]
    assert len(set(rows)) == len(rows)
    assert set(rows) == set(refs)
    stated = [ref for row in document["compositions"] for ref in row.get("dependencies", ())]
    assert sorted(stated) == sorted(refs)  # of each it is said whether its dependencies are all there
    assert {ref for row in document["compositions"] for ref in row.get("assemblies", ())} <= set(refs)
    assert {other for row in document["dependencies"] for other in row.get("dependsOn", ())} <= set(refs)
    return document


def lowered(purls: Any) -> list[str]:
    """`purls` sorted, in lower case: packageurl writes the escapes of some names so."""
    return sorted(map(str.lower, purls))


def rich(name: str = "a", url: str = "https://h.example/a.whl", **changes: Any) -> Component:
    """A component with something in every field."""
    return replace(
        component(name),
        name=name,
        version=name,
        purl=purl.pypi(name, name),
        hashes=(
            Digest("sha256", "a" * 64),
            Digest("sha256", "b" * 64),
            Digest("blake2b", "c" * 128),
            Digest("md5", "short"),
            Digest("sha1", "D" * 40),
        ),
        artifacts=(Artifact(url, "a.whl", (Digest("sha256", "a" * 64),)), Artifact(url, "a.tar.gz"), Artifact()),
        source=Source("vcs", url, "main", "c" * 40),
        metadata=Metadata(
            summary=name, author=name, license_text=name, urls=((name, url), ("Docs", url), ("Docs", url), ("Homepage", url))
        ),
        installation=Installation(site=name, metadata_path=name, installer=name, content_digest="sgc1:x", verified=True),
        requirement=name,
        scope="dev",
        properties=(("cdx:python:package:required-extra", name),),
        locations=(Location(name, 3), Location(name), Location("z")),
        **changes,
    )


def inventory(*nouns: Any, target: str = "t", **changes: Any) -> Inventory:
    return replace(build(*nouns, agents=("a",)), target=Target(target, "project"), sources=1, **changes)


EVERYTHING = inventory(
    rich(),
    rich("b", dependencies=(purl.pypi("a", "a"), "pkg:pypi/not-here@1")),
    replace(component("@s/n"), ecosystem="npm", purl="pkg:npm/%40s/n@1"),
    replace(component("img"), ecosystem="oci", purl="pkg:oci/img@1", origin=Origin.LAUNCHED, pin=Pin.DIST_TAG),
    component("app", "c", origin=Origin.PROJECT),
    component("c", scope="peer"),
    replace(component("u"), source=Source("url", "https://h.example/u.zip"), version="", purl="pkg:pypi/u"),
    replace(
        component("m", origin=Origin.INSTALLED),
        artifacts=(Artifact("https://h.example/m-1-py3-none-any.whl", "m-1-py3-none-any.whl"),),
        metadata=Metadata(
            authors=(Person("Ada", "ada@h.example"), Person("Bob")),
            maintainers=(Person("", "team@h.example", "https://h.example/team"),),
            urls=(("Homepage", "https://github.com/acme/m"), ("Funding", "https://h.example/give")),
        ),
    ),
    FileFact(kind="changed", path="m.py", owners=("pkg:pypi/m@1",)),
    FileFact(kind="missing", path="n.py", owners=("pkg:pypi/m@1",)),
    StartupHook(
        kind="pth", location=Location("lib/python3.12/site-packages/x.pth", 2), sha256="a" * 64, owner=purl.pypi("a", "a"), verdict="inert"
    ),
    StartupHook(kind="pyvenv-cfg", location=Location("pyvenv.cfg"), sha256="", owner="pkg:pypi/not-here@1"),
    Server(
        client="c",
        scope="repo",
        name="s",
        location=Location(".mcp.json", 4),
        transport="stdio",
        purl="pkg:oci/img@1",
        extra_packages=("pkg:oci/img@1", "pkg:pypi/c@1"),
        version="1",
    ),
    Server(client="c", scope="repo", name="", location=Location(".mcp.json", 9), transport="http", url="https://h.example/mcp"),
)
UGLY = inventory(
    rich(HOSTILE, url=HOSTILE),
    *(rich(f"n{number}", url) for number, url in enumerate(URLS)),
    StartupHook(kind=HOSTILE, location=Location(HOSTILE, 1), sha256=HOSTILE, owner=HOSTILE, verdict=HOSTILE),
    Server(
        client=HOSTILE,
        scope=HOSTILE,
        name=HOSTILE,
        location=Location(HOSTILE),
        transport=HOSTILE,
        url=HOSTILE,
        version=HOSTILE,
        env_names=(HOSTILE,),
    ),
    *(
        Server(client="c", scope="repo", name=f"s{number}", location=Location("m"), transport="http", url=url)
        for number, url in enumerate(URLS)
    ),
    replace(
        rich("p", HOSTILE),
        metadata=Metadata(
            authors=(Person(HOSTILE, url=HOSTILE),),
            maintainers=(Person("x", "x@h.example", HOSTILE),),
            license_classifiers=(HOSTILE, "MIT"),
            licence_files=(LicenceFile(HOSTILE, "ISC"),),
        ),
        origin=Origin.INSTALLED,
        artifacts=(Artifact("", HOSTILE),),
    ),
    FileFact(kind="changed", path=HOSTILE, owners=(purl.pypi("p", "p"),)),
    Problem(path=HOSTILE, what=HOSTILE, where=HOSTILE),
    target=HOSTILE.replace("\x00", ""),
)
LICENCES = inventory(
    *(
        replace(component(f"l{number}", origin=Origin.INSTALLED), metadata=replace(stated, licence_files=files))
        for number, (stated, files) in enumerate(
            (
                (Metadata(license_expression="MIT"), (LicenceFile("l/LICENSE", "MIT"),)),
                (Metadata(license_expression="MIT OR ISC"), (LicenceFile("l/LICENSE.ISC", "ISC"), LicenceFile("l/LICENSE.MIT", "MIT"))),
                (Metadata(), (LicenceFile("l/COPYING", "BSD-3-Clause"), LicenceFile("l/LICENSE", "BSD-3-Clause"))),
                (Metadata(license_text="own", author="Ada"), (LicenceFile("l/LICENSE", "0BSD"),)),
                (Metadata(license_text="own"), (LicenceFile("l/LICENSE", "MIT"), LicenceFile("l/LICENSE.more"))),
            )
        )
    ),
)
LONG = inventory(
    rich("v" * 2000), Server(client="c", scope="repo", name="s", location=Location("m"), transport="http", version="\x00" * 2000)
)
CASES = {
    "long": LONG,
    "licences": LICENCES,
    "everything": EVERYTHING,
    "ugly": UGLY,
    "nothing": inventory(),
    "empty": replace(inventory(), sources=0),
}


def pythons() -> list[str]:
    """Every Python of the machine that can run sbomgate: one for each minor version of PATH and of pyenv, the running one first."""
    found = {sys.version_info[:2]: sys.executable}
    folders = [*os.environ["PATH"].split(os.pathsep), *glob(os.path.expanduser("~/.pyenv/versions/*/bin"))]
    for minor in range(11, 20):
        for folder in folders:
            path = os.path.join(folder, f"python3.{minor}")
            if (3, minor) not in found and os.access(path, os.X_OK) and "shims" not in path:
                found[3, minor] = path
    return list(found.values())


PYTHONS = pythons()


@pytest.fixture(autouse=True)
def _no_clock_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.mark.parametrize("name", CASES)
def test_rows_written_as_text_are_those_that_json_would_write(name: str) -> None:
    text = cyclonedx.text([CASES[name]], reproducible=True)
    assert cyclonedx.formatted(json.loads(text)) == text


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1200])
def test_a_long_document_in_pieces_is_the_same_document(count: int) -> None:
    many = inventory(*(component(f"n{number:04}", f"n{(number + 1) % count:04}") for number in range(count)))
    pieces = list(cyclonedx.pieces([many], reproducible=True))
    document = json.loads("".join(pieces))
    assert cyclonedx.formatted(document) == "".join(pieces)
    assert len(document["components"]) == count == len(document["dependencies"]) - 1
    assert max(map(len, pieces)) < 700 * 1000


@pytest.mark.parametrize("reproducible", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_it_is_valid(name: str, reproducible: bool) -> None:
    document = assert_valid(cyclonedx.text([CASES[name]], reproducible=reproducible))
    assert ("serialNumber" in document) is not reproducible
    assert ("timestamp" in document["metadata"]) is not reproducible


FIXTURES = sorted((DATA / "collectors").glob("*/*/input"))


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_each_fixture_is_valid_with_each_component_once(folder: Path) -> None:
    document = assert_valid(cyclonedx.text([collect(str(folder))], reproducible=True))
    assert not repeated(document)


@pytest.mark.parametrize(
    ("lock", "tree"),
    [
        ("package-lock/npm-v3", "node-modules/npm-11"),
        ("pnpm-lock/pnpm-9", "node-modules/pnpm-9"),
        ("yarn-lock/yarn-1", "node-modules/yarn-1"),
        ("bun-lock/bun-1", "node-modules/bun-1"),
    ],
)
def test_a_lock_and_what_was_installed_from_it_have_each_component_once(lock: str, tree: str) -> None:
    both = [collect(str(DATA / "collectors" / case / "input")) for case in (lock, tree)]
    document = assert_valid(cyclonedx.text(both, reproducible=True))
    assert not repeated(document)
    shared = set.intersection(*({item.purl for item in found.components} for found in both))
    assert len(shared) >= 5  # or nothing was joined


def repeated(document: dict[str, Any]) -> list[str]:
    """The purls that stand there more than once."""
    purls = [row["purl"] for row in document.get("components", ()) if "purl" in row]
    return sorted({purl for purl in purls if purls.count(purl) > 1})


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_other_versions_are_valid(name: str, version: str) -> None:
    document = cyclonedx.document([CASES[name]], reproducible=True)
    text = cyclonedx.converted(document, version)
    assert text == cyclonedx.converted(document, version)
    other = assert_valid(text, version)
    assert other["specVersion"] == version
    assert "serialNumber" not in other
    assert "timestamp" not in other["metadata"]
    assert lowered(row["purl"] for row in other.get("components", ()) if "purl" in row) == lowered(
        row["purl"] for row in document["components"] if "purl" in row
    )
    assert other["compositions"] == document["compositions"]


@pytest.mark.parametrize("version", XML)
@pytest.mark.parametrize("name", CASES)
def test_xml_is_valid(name: str, version: str) -> None:
    document = cyclonedx.document([CASES[name]], reproducible=True)
    text = cyclonedx.converted(document, version, "xml")
    assert text.endswith("</bom>\n")
    assert text == cyclonedx.converted(document, version, "xml")
    parsed = etree.fromstring(text.encode())
    XML[version].assertValid(parsed)
    names = {"c": parsed.nsmap[None]}
    assert "serialNumber" not in parsed.attrib
    assert not parsed.findall("c:metadata/c:timestamp", names)
    found = [row.findtext("c:purl", namespaces=names) for row in parsed.findall("c:components/c:component", names)]
    assert lowered(filter(None, found)) == lowered(row["purl"] for row in document["components"] if "purl" in row)


def test_xml_keeps_time_and_number_where_they_are_wanted() -> None:
    document = cyclonedx.document([EVERYTHING])
    text = cyclonedx.converted(document, "1.6", "xml")
    assert f'serialNumber="{document["serialNumber"]}"' in text
    assert "<timestamp>" in text


@pytest.mark.parametrize("name", ["everything", "ugly", "nothing"])
def test_another_reader_reads_the_same(name: str) -> None:
    document = cyclonedx.document([CASES[name]])
    bom = Bom.from_json(document)  # type: ignore[attr-defined]
    theirs = {item.bom_ref.value: item for item in bom.components}
    assert theirs.keys() == {row["bom-ref"] for row in document["components"]}
    for row in document["components"]:
        item = theirs[row["bom-ref"]]
        assert (item.name, item.version or "", item.group or "") == (row["name"], row.get("version", ""), row.get("group", ""))
        if "purl" in row:
            assert item.purl is not None
            assert lowered([item.purl.to_string()]) == lowered([row["purl"]])
        assert {(one.alg.value, one.content) for one in item.hashes} == {(one["alg"], one["content"]) for one in row.get("hashes", ())}
        assert len(item.external_references) == len(row.get("externalReferences", ()))
        for key in ("supplier", "manufacturer"):
            entity, stated = getattr(item, key), row.get(key)
            assert (entity is None) is (stated is None)
            if entity is not None:
                assert entity.name == stated["name"]
                assert {one.email for one in entity.contacts} == {one["email"] for one in stated.get("contact", ())}
                assert len(entity.urls) == len(stated.get("url", ()))
        assert {(one.name, one.email) for one in item.authors} == {(one.get("name"), one.get("email")) for one in row.get("authors", ())}
        assert len(item.licenses) == len(row.get("licenses", ()))
        assert {(one.name, one.value) for one in item.properties} == {(one["name"], one["value"]) for one in row["properties"]}
        evidence = row["evidence"]
        assert {(one.field.value, one.concluded_value) for one in item.evidence.identity} == {
            (one["field"], one["concludedValue"]) for one in evidence.get("identity", ())
        }
        assert len(item.evidence.occurrences) == len(evidence["occurrences"])
        if "pedigree" in row:
            assert item.pedigree.notes == row["pedigree"]["notes"]
            assert [one.name for one in item.pedigree.ancestors] == [one["name"] for one in row["pedigree"]["ancestors"]]
    edges = {one.ref.value: {other.ref.value for other in one.dependencies} for one in bom.dependencies}
    assert edges == {row["ref"]: set(row["dependsOn"]) for row in document["dependencies"]}
    services = {one.bom_ref.value: one for one in bom.services}
    assert services.keys() == {row["bom-ref"] for row in document.get("services", ())}
    for row in document.get("services", ()):
        assert services[row["bom-ref"]].x_trust_boundary is row.get("x-trust-boundary")
        assert len(services[row["bom-ref"]].external_references) == 1


@pytest.mark.parametrize("report_name", ["hostile", "failing", "nothing"])
def test_every_report_is_valid(report_name: str, reports: dict[str, Report]) -> None:
    assert_valid(cyclonedx.render(reports[report_name], reproducible=True))


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=10), st.text(st.characters(), max_size=30))
@example("x", "git+https://***@h.example:org/x?y=***#egg=x")
@example("\ud83d\ude00\\ud800", "a:b://c")
@example("x", "%")
@example("x", "%zz@h.example:%31/%")
def test_any_name_and_any_url_are_valid(name: str, url: str) -> None:
    document = assert_valid(cyclonedx.text([inventory(rich(name or "x", f"https://{url}"), rich("second", url))], reproducible=True))
    for row in document["components"]:
        assert all(
            re.fullmatch(r"(?:[A-Za-z0-9._~:/?@!$&'()*+,;=#-]|%[0-9A-Fa-f]{2})*", one["url"]) for one in row.get("externalReferences", ())
        )


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://h.example/a?b=c#d", "https://h.example/a?b=c#d"),
        ("https://h.example:8080/a%20b", "https://h.example:8080/a%20b"),
        ("git+ssh://git@h.example/r.git", "git+ssh://git@h.example/r.git"),
        ("file:.../a.whl", "file:.../a.whl"),
        ("https://h.example/ü [x]", "https://h.example/%C3%BC%20%5Bx%5D"),
        ("https://h.example/100%", "https://h.example/100%25"),
        ("http://h.example:port/x", "http%3A//h.example%3Aport/x"),
        ("https://a@b@h.example/", "https%3A//a%40b%40h.example/"),
        ("1x://h.example", "1x%3A//h.example"),
        ("https://h.example/#a#b", "https://h.example/#a%23b"),
    ],
)
def test_urls_are_kept_or_made_references(url: str, wanted: str) -> None:
    assert iri(url) == wanted


class TestContent:
    def row(self, item: Component) -> dict[str, Any]:
        (row,) = cyclonedx.document([inventory(item)])["components"]
        found: dict[str, Any] = row
        return found

    def test_every_field_has_its_place(self) -> None:
        row = self.row(rich(origin=Origin.INSTALLED))
        sha = {"alg": "SHA-256", "content": "a" * 64}
        assert row == {
            "bom-ref": "pkg:pypi/a@a",
            "type": "library",
            "name": "a",
            "version": "a",
            "description": "a",
            "supplier": {"name": "a", "url": ["https://h.example/a.whl"]},
            "manufacturer": {"name": "a", "url": ["https://h.example/a.whl"]},
            "authors": [{"name": "a"}],
            "scope": "excluded",
            "hashes": [sha, {"alg": "SHA-256", "content": "b" * 64}],
            "licenses": [{"license": {"name": "a", "acknowledgement": "declared"}}],
            "purl": "pkg:pypi/a@a",
            "externalReferences": [
                {"type": "distribution", "url": "https://h.example/a.whl", "hashes": [sha]},
                {"type": "source-distribution", "url": "https://h.example/a.whl"},
                {"type": "vcs", "url": "https://h.example/a.whl", "comment": f"commit {'c' * 40}"},
                {"type": "other", "url": "https://h.example/a.whl", "comment": "a"},
                {"type": "documentation", "url": "https://h.example/a.whl"},
                {"type": "website", "url": "https://h.example/a.whl"},
            ],
            "evidence": {
                "identity": [
                    {
                        "field": "purl",
                        "confidence": 0.9,
                        "concludedValue": "pkg:pypi/a@a",
                        "methods": [{"technique": "hash-comparison", "confidence": 0.9, "value": "a/RECORD"}],
                    },
                    *(
                        {
                            "field": field,
                            "confidence": 0.9,
                            "concludedValue": "a",
                            "methods": [{"technique": "hash-comparison", "confidence": 0.9}],
                        }
                        for field in ("name", "version")
                    ),
                ],
                "occurrences": [{"location": "a", "line": 3}, {"location": "a"}, {"location": "z"}],
            },
            "properties": [
                {"name": "cdx:python:package:required-extra", "value": "a"},
                {"name": "cdx:python:package:source:vcs:commit_id", "value": "c" * 40},
                {"name": "cdx:python:package:source:vcs:requested_revision", "value": "main"},
                {"name": "sbomgate:agent", "value": "true"},
                {"name": "sbomgate:content-digest", "value": "sgc1:x"},
                {"name": "sbomgate:installer", "value": "a"},
                {"name": "sbomgate:origin", "value": "installed"},
                {"name": "sbomgate:pin", "value": "exact"},
                {"name": "sbomgate:requirement", "value": "a"},
            ],
        }

    @pytest.mark.parametrize("alg", HASH_NAMES)
    def test_every_algorithm_has_its_name(self, alg: str) -> None:
        assert self.row(component("x", hashes=(Digest(alg, "a" * 64),)))["hashes"] == [{"alg": HASH_NAMES[alg], "content": "a" * 64}]

    def test_roots_hooks_and_servers_hang_on_the_root(self) -> None:
        document = cyclonedx.document([EVERYTHING])
        edges = {row["ref"]: row["dependsOn"] for row in document["dependencies"]}
        root = document["metadata"]["component"]
        assert edges[root["bom-ref"]] == [
            "pkg:pypi/c@1", "pkg:npm/%40s/n@1", "pkg:oci/img@1", "pkg:pypi/b@b", "pkg:pypi/m@1", "pkg:pypi/u", "server:c:.mcp.json#", "server:c:.mcp.json#s",
            "hook:lib/python3.12/site-packages/x.pth", "hook:pyvenv.cfg",
        ]  # fmt: skip
        assert edges["pkg:pypi/b@b"] == ["pkg:pypi/a@a"]
        assert edges["hook:lib/python3.12/site-packages/x.pth"] == ["pkg:pypi/a@a"]
        assert edges["hook:pyvenv.cfg"] == []
        assert edges["server:c:.mcp.json#s"] == ["pkg:oci/img@1", "pkg:pypi/c@1"]
        assert {key: root[key] for key in ("bom-ref", "type", "name", "version", "purl")} == {
            "bom-ref": "pkg:pypi/app@1", "type": "application", "name": "app", "version": "1", "purl": "pkg:pypi/app@1",
        }  # fmt: skip
        assert root["bom-ref"] not in {row["bom-ref"] for row in document["components"]}

    def test_one_place_in_several_targets_hides_nothing(self) -> None:
        def part(sha: str, env: str) -> Inventory:
            place = Location("m.json")
            return inventory(
                StartupHook(kind="pth", location=Location("x.pth"), sha256=sha),
                Server(client="c", scope="repo", name="s", location=place, transport="stdio", command_digest=env),
                target=env,
            )

        parts = [part("a" * 64, "1"), part("b" * 64, "2"), part("a" * 64, "1")]
        document = assert_valid(cyclonedx.text(parts))
        assert [row["bom-ref"] for row in document["components"]] == ["hook:x.pth", "hook:x.pth#2"]
        assert [row["hashes"][0]["content"][0] for row in document["components"]] == ["a", "b"]
        assert [row["bom-ref"] for row in document["services"]] == ["server:c:m.json#s", "server:c:m.json#s#2"]

    def test_an_incomplete_document_says_so(self) -> None:
        for one, complete in (
            (inventory(), True),
            (inventory(Problem(path="p", what="w", where="x")), False),
            (replace(inventory(), sources=0), False),
        ):
            document = cyclonedx.document([one])
            assert document["compositions"][0] == {"aggregate": "complete" if complete else "incomplete"}
            assert document["metadata"]["properties"][0] == {"name": "sbomgate:complete", "value": "true" if complete else "false"}
        assert {"name": "sbomgate:problem", "value": "p: x: w"} in cyclonedx.document([inventory(Problem(path="p", what="w", where="x"))])[
            "metadata"
        ]["properties"]

    def test_the_layout_is_one_row_a_line(self) -> None:
        text = cyclonedx.text([EVERYTHING])
        document = json.loads(text)
        lines = [line.strip().removesuffix(",") for line in text.splitlines()]
        for row in (*document["components"], *document["services"], *document["dependencies"]):
            assert json.dumps(row, separators=(",", ":")) in lines

    def test_log_commands_of_ci_systems_never_stand_in_it(self) -> None:
        assert "##" not in cyclonedx.text([inventory(rich("###vso[task.x]"))])
        assert cyclonedx.document([inventory(component("x", requirement="###"))])["components"][0]["properties"][2]["value"] == "###"

    def test_thousands_of_references_take_no_time(self) -> None:
        urls = tuple((f"l{number}", f"https://h.example/{number}") for number in range(20_000))
        names = tuple(f"License :: {number}" for number in range(20_000))
        row = self.row(replace(rich(), metadata=Metadata(urls=urls, license_classifiers=names)))
        assert (len(row["externalReferences"]), len(row["licenses"])) == (20_003, 20_000)


class TestReproducible:
    @pytest.mark.parametrize("arguments", [(), ("--spec-version", "1.4"), ("--spec-version", "1.5", "--output-format", "xml")])
    def test_the_same_bytes_whatever_the_seed_and_the_order_of_files(self, arguments: tuple[str, ...], tmp_path: Path) -> None:
        parts = [
            distribution(name, "1.0", {f"{name}.py": b"", f"{name}.pth": b"import os\n"}, metadata="Requires-Dist: b\nRequires-Dist: c\n")
            for name in "abc"
        ]
        files = environment(*parts)
        outputs = set()
        for seed, names in ((1, sorted(files)), (2, sorted(files, reverse=True))):
            root = write_tree(tmp_path / str(seed) / "env", {name: files[name] for name in names})
            done = sbomgate("sbom", root, "--reproducible", *arguments, env={"PYTHONHASHSEED": str(seed)})
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
            outputs.add(done.stdout)
        assert len(outputs) == 1

    def test_the_same_bytes_on_every_python_and_wherever_the_target_lies(self, tmp_path: Path) -> None:
        import click
        import packaging
        import yaml

        libraries = {str(Path(module.__file__ or "").parents[1]) for module in (click, packaging, yaml)}
        everywhere = os.pathsep.join((str(Path(__file__).parents[2]), *sorted(libraries)))
        project = {
            "pyproject.toml": b'[project]\nname = "shop"\nversion = "1"\nauthors = [{name = "Ada"}]\n',
            "requirements.txt": b"idna==3.7\nanyio>=4 ; python_version > '3'\n",
            "package-lock.json": (DATA / "collectors/package-lock/npm-v3/input/package-lock.json").read_bytes(),
            ".mcp.json": b'{"mcpServers": {"a": {"command": "npx", "args": ["-y", "x@latest"]}, "b": {"url": "https://h.example/"}}}',
        }
        for name, content in environment(
            distribution("\u00e9t\u00e9", "1.0", {"a.py": b"", "a.pth": b"import os\n"}, metadata="Author: \u00c9")
        ).items():
            project[f".venv/{name}"] = content
        both = "import sys; from sbomgate.cli import main; [main(['sbom', sys.argv[1], '--reproducible', '-o', sys.argv[2] + '.' + form, '--output-format', form], standalone_mode=False) for form in ('json', 'xml')]"
        outputs = {}
        for number, python in enumerate(PYTHONS):
            root = write_tree(tmp_path / f"place{number}" / "shop", project)
            settings = {
                "PYTHONPATH": everywhere, "PYTHONHASHSEED": str(number), "TZ": ("UTC", "Asia/Tokyo")[number % 2], "LC_ALL": ("C", "C.UTF-8", "POSIX")[number % 3],
                "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "PATH": os.environ["PATH"],
            }  # fmt: skip
            target, cwd = (".", root) if number % 2 else (str(root), tmp_path)
            done = subprocess.run(
                # -S: what other interpreters run at their start must not meet our libraries, which it might change
                [python, "-S", "-c", both, target, str(tmp_path / "out")],
                cwd=cwd,
                env=settings,
                capture_output=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, b"")
            outputs[python] = [(tmp_path / f"out.{form}").read_bytes() for form in ("json", "xml")]
        json_, xml = outputs[sys.executable]
        assert all(found == [json_, xml] for found in outputs.values())
        assert str(tmp_path).encode() not in json_ + xml
        assert_valid(json_.decode())

    def test_the_time_is_the_one_that_is_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
        for reproducible in (True, False):
            assert cyclonedx.document([EVERYTHING], reproducible=reproducible)["metadata"]["timestamp"] == "1970-01-02T00:00:00Z"

    @pytest.mark.parametrize("epoch", ["9" * 20, "9" * 5000, "253402300800"])
    def test_a_time_that_is_none_is_the_callers_mistake(self, epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
            cyclonedx.document([EVERYTHING], reproducible=True)

    @pytest.mark.parametrize("epoch", ["", "x", "-1", "1.5"])
    def test_what_is_no_number_is_ignored(self, epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        assert "timestamp" not in cyclonedx.document([EVERYTHING], reproducible=True)["metadata"]


def declared(**kind: str) -> dict[str, Any]:
    return {"license": {**kind, "acknowledgement": "declared"}}


class TestLicences:
    @pytest.mark.parametrize(
        ("metadata", "wanted"),
        [
            (Metadata(), []),
            (Metadata(license_expression="MIT"), [declared(id="MIT")]),
            (Metadata(license_expression="mit"), [declared(id="MIT")]),
            (Metadata(license_expression="MIT or apache-2.0"), [{"expression": "MIT OR Apache-2.0", "acknowledgement": "declared"}]),
            (Metadata(license_expression="GPL-2.0+"), [{"expression": "GPL-2.0+", "acknowledgement": "declared"}]),
            (Metadata(license_expression="LicenseRef-Own"), [{"expression": "LicenseRef-Own", "acknowledgement": "declared"}]),
            (Metadata(license_expression="Beerware thing"), [declared(name="Beerware thing")]),
            (Metadata(license_expression="(" * 99 + "MIT" + ")" * 98), [declared(name="(" * 99 + "MIT" + ")" * 98)]),
            (
                Metadata(
                    license_expression="MIT", license_text="BSD", license_classifiers=("License :: OSI Approved :: ISC License (ISCL)",)
                ),
                [declared(id="MIT")],
            ),
            (Metadata(license_text="Apache 2.0"), [declared(id="Apache-2.0")]),
            (Metadata(license_text="MIT", license_classifiers=("License :: OSI Approved :: BSD License",)), [declared(id="MIT")]),
            (Metadata(license_text="see LICENSE", license_classifiers=("License :: OSI Approved :: MIT License",)), [declared(id="MIT")]),
            (Metadata(license_classifiers=("License :: OSI Approved",), license_text="own"), [declared(name="own")]),
            (Metadata(license_classifiers=("License :: OSI Approved :: BSD License",) * 2), [declared(name="BSD License")]),
            (
                Metadata(license_classifiers=("License :: Other/Proprietary License", "License :: OSI Approved :: MIT License")),
                [declared(name="Other/Proprietary License"), declared(id="MIT")],
            ),
            (Metadata(license_text="x" * 1000), [declared(name="x" * 200)]),
        ],
    )
    def test_what_is_declared(self, metadata: Metadata, wanted: list[dict[str, Any]]) -> None:
        assert licenses(metadata) == wanted
        document = assert_valid(cyclonedx.text([inventory(replace(component("x"), metadata=metadata))]))
        assert document["components"][0].get("licenses", []) == wanted

    @settings(max_examples=200, deadline=None)
    @example("(MIT)")
    @given(
        st.lists(
            st.sampled_from(
                [
                    "MIT",
                    "Apache-2.0",
                    "GPL-2.0",
                    "LicenseRef-x",
                    " OR ",
                    " AND ",
                    " WITH ",
                    "(",
                    ")",
                    "+",
                    "Classpath-exception-2.0",
                    "\n",
                    "é",
                ]
            ),
            max_size=8,
        ).map("".join)
        | st.text(max_size=20)
    )
    @example("(MIT)")
    def test_any_text_is_a_valid_declaration(self, text: str) -> None:
        for metadata in (
            Metadata(license_expression=text),
            Metadata(license_text=text),
            Metadata(license_classifiers=(f"License :: {text}",)),
        ):
            assert_valid(cyclonedx.text([inventory(replace(component("x"), metadata=metadata))]))
