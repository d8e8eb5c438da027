"""SPDX documents: valid by the official schema and for the SPDX project's own reader, with the facts of the CycloneDX document, whatever stands in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from support import DATA, distribution, environment, sbomgate, write_tree
from test_inventory import build, component

from sbomgate import collect, purl
from sbomgate.model import (
    Artifact,
    Component,
    Digest,
    Installation,
    Inventory,
    Location,
    Metadata,
    Origin,
    Pin,
    Problem,
    Report,
    Server,
    Source,
    StartupHook,
    Target,
)
from sbomgate.reporters import cyclonedx, spdx
from sbomgate.reporters.spdx.licensing import Licenses
from sbomgate.reporters.spdx.values import actor, address, checksum, identifiers, repository

SCHEMA = jsonschema_rs.Draft7Validator(json.loads((DATA / "schemas" / "spdx-2.3.json").read_text("utf-8")))
HOSTILE = "a\x1b[31m\n\r\t\x00\x7f\u202e&<>\"']]>%0A%zz##é😀\ud800\udcff\ufffe\\ud800 (x) NONE Person: <m@h>"
NOBODY = ("NONE", "NOASSERTION")
SPDX_HASHES = {"SHA-1": "SHA1", "SHA-256": "SHA256", "SHA-384": "SHA384", "SHA-512": "SHA512"}
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128}


@pytest.fixture(autouse=True)
def _no_clock_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def inventory(*nouns: Any, **changes: Any) -> Inventory:
    return replace(build(*nouns, agents=("agent",)), **{"target": Target("t", "project"), "sources": 1, **changes})


def written(*inventories: Inventory, reproducible: bool = True) -> dict[str, Any]:
    """The SPDX document, valid for everybody."""
    return assert_valid(spdx.text(cyclonedx.document(inventories, reproducible=reproducible)))


def assert_valid(text: str, *, reader: bool = True) -> dict[str, Any]:
    assert text.isascii()
    assert text.endswith("}\n")
    assert "##" not in text
    document: dict[str, Any] = json.loads(text)
    assert [f"{list(error.instance_path)}: {error.message[:300]}" for error in SCHEMA.iter_errors(document)] == []
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f-]{17}", document["documentNamespace"])
    ids = [row["SPDXID"] for row in document["packages"]]
    assert len(set(ids)) == len(ids)
    assert {
        row[end] for row in document["relationships"] for end in ("spdxElementId", "relatedSpdxElement")
    } <= {*ids, "SPDXRef-DOCUMENT", *NOBODY}  # fmt: skip
    rows = [json.dumps(row) for row in document["relationships"]]
    assert len(set(rows)) == len(rows)
    if reader:
        messages = validate_full_spdx_document(JsonLikeDictParser().parse(document))
        assert [message.validation_message[:300] for message in messages] == []
    return document


def facts(row: dict[str, Any]) -> dict[str, Any]:
    """What the annotation of an element says; nothing if it has none."""
    if "annotations" not in row:
        return {}
    (annotation,) = row["annotations"]
    assert annotation["annotationType"] == "OTHER"
    found: dict[str, Any] = json.loads(annotation["comment"])
    return found


def only(item: Component, **changes: Any) -> dict[str, Any]:
    """The package of one component."""
    document = written(inventory(item, **changes))
    found: dict[str, Any] = document["packages"][1]
    return found


def edges(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (row["spdxElementId"][8:], row["relationshipType"], row["relatedSpdxElement"].removeprefix("SPDXRef-"))
        for row in document["relationships"]
    }


def rich(name: str, url: str = "https://h.example.org/a.whl", **changes: Any) -> Component:
    """A component with something in every field."""
    return replace(
        component("x"),
        name=name,
        version=name,
        purl=purl.pypi(name, name),
        hashes=(*(Digest(alg, "a" * length) for alg, length in LENGTHS.items()), Digest("sha256", "b" * 40), Digest("blake2b", "c" * 128)),
        artifacts=(Artifact(url, "a.whl", (Digest("sha256", "a" * 64),)), Artifact(url, "a.tar.gz"), Artifact()),
        source=Source("vcs", url, "main", "c" * 40),
        metadata=Metadata(summary=name, author=name, license_text=name, urls=((name, url), ("Homepage", url), ("Docs", url))),
        installation=Installation(site=name, metadata_path=name, installer=name, content_digest="sgc1:x", verified=True),
        requirement=name,
        properties=(("cdx:python:package:required-extra", name), ("cdx:python:package:required-extra", "y")),
        locations=(Location(name, 3), Location(name), Location("z")),
        **changes,
    )


EVERYTHING = inventory(
    rich("agent", dependencies=("pkg:pypi/c@1", "pkg:pypi/not-here@1", "pkg:pypi/plug@1")),
    replace(component("@s/n"), ecosystem="npm", name="@s/n", purl="pkg:npm/%40s/n@1"),
    replace(component("img"), ecosystem="oci", purl="pkg:oci/img@1", origin=Origin.LAUNCHED, pin=Pin.DIST_TAG),
    component("app", "c", "tool", origin=Origin.PROJECT),
    component("c"),
    component("plug", scope="optional"),
    component("tool", "helper", scope="dev"),
    component("helper", scope="dev"),
    component("wanted", origin=Origin.REQUIRED, path="requirements.txt"),
    component("bundled", origin=Origin.BUNDLED, properties=(("sbomgate:bundled-in", "pkg:pypi/c@1"),)),
    StartupHook(
        kind="pth",
        location=Location("lib/python3.12/site-packages/x.pth", 2),
        sha256="a" * 64,
        owner="pkg:pypi/c@1",
        verdict="inert",
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
    rich("a-b"),
    replace(rich("a-b"), name="a.b", purl="pkg:npm/a/b@a-b"),
    replace(rich("a-b"), purl="pkg:npm/a@b@a-b"),
    replace(rich("é"), purl="pkg:%"),
    replace(rich("é"), purl="pkg:%25"),
    StartupHook(kind=HOSTILE, location=Location(HOSTILE, 1), sha256=HOSTILE, owner=HOSTILE, verdict=HOSTILE),
    Server(client=HOSTILE, scope=HOSTILE, name=HOSTILE, location=Location(HOSTILE), transport=HOSTILE, url=HOSTILE, version=HOSTILE),
    Problem(path=HOSTILE, what=HOSTILE, where=HOSTILE),
    target=Target(HOSTILE.replace("\x00", ""), "project"),
)
CASES = {"everything": EVERYTHING, "ugly": UGLY, "nothing": inventory(), "empty": replace(inventory(), sources=0)}


@pytest.mark.parametrize("reproducible", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_it_is_valid(name: str, reproducible: bool) -> None:
    document = written(CASES[name], reproducible=reproducible)
    created = document["creationInfo"]["created"]
    assert (created == "1970-01-01T00:00:00Z") is reproducible
    assert ("comment" in document["creationInfo"]) is reproducible
    assert {row["annotationDate"] for one in (document, *document["packages"]) for row in one.get("annotations", ())} == {created}


@pytest.mark.parametrize("report_name", ["hostile", "failing", "incomplete", "nothing"])
def test_every_report_is_valid(report_name: str, reports: dict[str, Report]) -> None:
    written(*reports[report_name].inventories)


def test_a_document_as_it_stands(same_as_file: Callable[[str, str], None]) -> None:
    same_as_file(spdx.text(cyclonedx.document([EVERYTHING], reproducible=True)), "everything.spdx.json")


FIXTURES = sorted((DATA / "collectors").glob("*/*/input"))


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda path: f"{path.parts[-3]}/{path.parts[-2]}")
def test_each_fixture_has_the_facts_of_its_cyclonedx_document(folder: Path) -> None:
    bom = cyclonedx.document([collect(str(folder))], reproducible=True)
    small = len(bom["components"]) < 20
    assert_same_facts(assert_valid(spdx.text(bom), reader=small), bom)


@pytest.mark.parametrize("name", CASES)
def test_the_facts_are_those_of_the_cyclonedx_document(name: str) -> None:
    bom = cyclonedx.document([CASES[name]], reproducible=True)
    assert_same_facts(assert_valid(spdx.text(bom)), bom)


def assert_same_facts(document: dict[str, Any], bom: dict[str, Any]) -> None:
    """purl, version, hashes, licence and edges of each component; every hook, server and problem."""
    top = bom["metadata"]["component"]
    rows = [(row, "") for row in (top, *bom["components"])]
    rows += [(part, row["bom-ref"]) for row, _ in rows for part in row.get("components", ())]
    rows += [(row, "") for row in bom.get("services", ())]
    assert len(document["packages"]) == len(rows)
    ids = identifiers([row["bom-ref"] for row, _ in rows])
    packages = {row["SPDXID"]: row for row in document["packages"]}
    relations = edges(document)
    known = {row["licenseId"]: row["extractedText"] for row in document.get("hasExtractedLicensingInfos", ())}
    for row, owner in rows:
        found = packages[ids[row["bom-ref"]]]
        purls = [one["referenceLocator"] for one in found.get("externalRefs", ()) if one["referenceType"] == "purl"]
        assert purls or "purl" not in facts(found) or not row["purl"].startswith("pkg:pypi/")
        assert (purls or [facts(found).get("purl")])[0] == row.get("purl")
        if row.get("version", "").isprintable():
            assert found.get("versionInfo", "") == row.get("version", "").strip()
        told = {(one["algorithm"], one["checksumValue"]) for one in found.get("checksums", ())}
        told |= {(SPDX_HASHES.get(one["alg"], one["alg"]), one["content"]) for one in facts(found).get("hashes", ())}
        assert told == {(SPDX_HASHES.get(one["alg"], one["alg"]), one["content"]) for one in row.get("hashes", ())}
        declared = [one.get("expression") or one["license"].get("id") or one["license"]["name"] for one in row.get("licenses", ())]
        stated = found["licenseDeclared"]
        assert known.get(stated, stated) == (", ".join(declared) if declared else "NOASSERTION") or len(declared) > 1 or stated in declared
        if owner:
            assert (ids[owner][8:], "CONTAINS", found["SPDXID"][8:]) in relations
        for one in row.get("properties", ()):
            value = facts(found)[one["name"]]
            assert one["value"] in (value if isinstance(value, list) else [value])
    for row in bom["dependencies"]:
        for target in row["dependsOn"]:
            pair = ids[row["ref"]][8:], ids[target][8:]
            assert [kind for one, kind, other in relations if (one, other) == pair or (other, one) == pair]
    assert {value for one in bom["metadata"]["properties"] if (value := one["value"])} <= _values(facts(document))


def _values(found: dict[str, Any]) -> set[str]:
    return {one for value in found.values() for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=12), st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=20))
@example("x", "h.example.org/%zz#a#b", "(")
@example("\ud83d\ude00\\ud800", "a:b://c", "Ada (a) <a@b.example>")
@example("NONE", "git+https://h.example.org/x@y", "NOASSERTION")
def test_any_name_any_url_and_any_author_are_valid(name: str, url: str, author: str) -> None:
    item = rich(name or "x", f"https://{url}")
    assert item.metadata is not None
    described = replace(item, metadata=replace(item.metadata, author=author, license_text=author, summary=author))
    written(inventory(described, rich("second", url), StartupHook(kind="pth", location=Location(name), sha256="a" * 64)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=6), max_size=8, unique=True))
@example(["pkg:a/b", "pkg:a@b", "a-b", "", "DOCUMENT", "-", "é"])
def test_identifiers_are_legal_and_one_for_each(refs: list[str]) -> None:
    found = identifiers(refs)
    assert list(found) == refs
    assert len(set(found.values())) == len(refs)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name) for name in found.values())
    assert "SPDXRef-DOCUMENT" not in found.values()


def test_nobody_takes_the_identifier_of_another() -> None:
    refs = ["a@b", "a/b"]
    taken = identifiers(refs)["a/b"]
    assert len(set(identifiers(["a@b", taken.removeprefix("SPDXRef-"), "a/b"]).values())) == 3


def test_an_identifier_does_not_hang_on_what_else_there_is() -> None:
    assert identifiers(["pkg:pypi/a@1"])["pkg:pypi/a@1"] == identifiers(["z", "pkg:pypi/a@1", "b"])["pkg:pypi/a@1"] == "SPDXRef-pypi-a-1"


class TestDocument:
    def test_the_same_input_gives_the_same_bytes_and_another_one_another_namespace(self) -> None:
        one, same = (spdx.text(cyclonedx.document([EVERYTHING], reproducible=True)) for _ in range(2))
        assert one == same
        other = written(inventory(component("other")))
        assert json.loads(one)["documentNamespace"] != other["documentNamespace"]

    def test_the_time_is_that_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        creation = written(EVERYTHING)["creationInfo"]
        assert creation["created"] == "2023-11-14T22:13:20Z"
        assert "comment" not in creation

    def test_authors_and_suppliers_of_the_metadata_are_told(self) -> None:
        bom = cyclonedx.document([inventory(component("x"))], reproducible=True)
        bom["metadata"] |= {
            "authors": [{"name": "Ada", "email": "ada@h.example"}, {"name": "Bob (x)"}, {"email": "c@h.example"}, {}],
            "manufacturer": {"name": "Acme", "url": ["https://h.example"]},
            "supplier": {"name": "Shop", "contact": [{"email": "s@h.example"}]},
        }
        document = assert_valid(spdx.text(bom))
        assert document["creationInfo"]["creators"][1:] == [
            "Person: Ada (ada@h.example)",
            "Person: Bob (x) ()",
            "Person: c@h.example",
            "Organization: Acme",
        ]
        assert document["packages"][0]["supplier"] == "Organization: Shop (s@h.example)"

    def test_what_was_not_read_is_told(self) -> None:
        problem = Problem(path="uv.lock", what="broken")
        document = written(inventory(component("x", "y"), component("y"), problem))
        assert document["comment"].startswith("Incomplete")
        assert facts(document)["sbomgate:problem"] == "uv.lock: broken"
        assert {("root", "DEPENDS_ON", "NOASSERTION"), ("pypi-y-1", "DEPENDS_ON", "NOASSERTION")} <= edges(document)
        assert not [edge for edge in edges(document) if edge[2] == "NONE"]

    def test_the_root_is_what_the_document_describes(self) -> None:
        document = written(EVERYTHING)
        assert [edge for edge in edges(document) if edge[1] == "DESCRIBES"] == [("DOCUMENT", "DESCRIBES", "pypi-app-1")]
        assert (document["name"], document["packages"][0]["name"]) == ("app", "app")


class TestRelationships:
    def test_each_edge_says_what_it_is_for(self) -> None:
        found = edges(written(EVERYTHING))
        assert {
            ("pypi-agent-agent", "DEPENDS_ON", "pypi-c-1"),
            ("pypi-plug-1", "OPTIONAL_DEPENDENCY_OF", "pypi-agent-agent"),
            ("pypi-tool-1", "DEV_DEPENDENCY_OF", "pypi-app-1"),
            ("pypi-tool-1", "DEPENDS_ON", "pypi-helper-1"),
            ("pypi-c-1", "CONTAINS", "pypi-bundled-1-in-pkg-pypi-c-1"),
            ("pypi-c-1", "CONTAINS", "hook-lib-python3.12-site-packages-x.pth"),
            ("pypi-app-1", "CONTAINS", "hook-pyvenv.cfg"),
            ("pypi-app-1", "DEPENDS_ON", "server-c-.mcp.json-s"),
            ("server-c-.mcp.json-s", "DEPENDS_ON", "oci-img-1"),
        } <= found
        assert not [edge for edge in found if "not-here" in edge[0] + edge[2]]

    @pytest.mark.parametrize(
        ("item", "wanted"),
        [
            (component("leaf"), "NONE"),  # of a lockfile that tells edges
            (component("leaf", path="other.lock"), "NOASSERTION"),  # of one that tells none
            (component("leaf", origin=Origin.INSTALLED, path="x/METADATA"), "NONE"),
            (component("leaf", origin=Origin.REQUIRED, path="requirements.txt"), "NOASSERTION"),
            (component("leaf", origin=Origin.LAUNCHED, path=".mcp.json"), "NOASSERTION"),
            (component("leaf", origin=Origin.BUNDLED), "NOASSERTION"),
            (replace(component("leaf"), ecosystem="oci"), "NOASSERTION"),
        ],
    )
    def test_no_dependencies_and_unknown_ones_are_told_apart(self, item: Component, wanted: str) -> None:
        found = edges(written(inventory(component("x", "y"), component("y"), item)))
        assert [edge[2] for edge in found if edge[:2] == ("pypi-leaf-1", "DEPENDS_ON")] == [wanted]

    def test_a_pylock_may_leave_out_what_a_package_needs(self) -> None:
        found = edges(written(inventory(component("x", "y", path="a/pylock.dev.toml"), component("y", path="a/pylock.dev.toml"))))
        assert ("pypi-y-1", "DEPENDS_ON", "NOASSERTION") in found

    def test_what_the_same_purl_bundles_stands_in_each_owner(self) -> None:
        part = component("part", origin=Origin.BUNDLED, properties=tuple(("sbomgate:bundled-in", f"pkg:pypi/{name}@1") for name in "ab"))
        found = edges(written(inventory(component("a"), component("b"), part)))
        assert {edge for edge in found if edge[1] == "CONTAINS"} == {
            (f"pypi-{name}-1", "CONTAINS", f"pypi-part-1-in-pkg-pypi-{name}-1") for name in "ab"
        }


class TestPackages:
    def test_a_hook_is_a_file_by_its_purpose(self) -> None:
        (hook,) = (row for row in written(EVERYTHING)["packages"] if row["name"] == "x.pth")
        assert (hook["primaryPackagePurpose"], hook["checksums"]) == ("FILE", [{"algorithm": "SHA256", "checksumValue": "a" * 64}])
        assert facts(hook)["sbomgate:hook:verdict"] == "inert"
        assert facts(hook)["locations"] == ["lib/python3.12/site-packages/x.pth:2"]

    def test_a_server_is_an_application(self) -> None:
        (server,) = (row for row in written(EVERYTHING)["packages"] if row["name"] == "s")
        assert (server["primaryPackagePurpose"], server["versionInfo"]) == ("APPLICATION", "1")
        assert facts(server)["sbomgate:server:client"] == "c"

    def test_what_has_no_field_is_in_the_annotation(self) -> None:
        row = only(rich("agent"))
        found = facts(row)
        assert found["sbomgate:agent"] == "true"
        assert found["sbomgate:content-digest"] == "sgc1:x"
        assert found["cdx:python:package:required-extra"] == ["agent", "y"]
        assert found["locations"] == ["agent:3", "agent", "z"]
        assert found["hashes"] == [{"alg": "SHA-256", "content": "b" * 40}]  # no SHA-256 has that length
        assert [one["algorithm"] for one in row["checksums"]] == [
            "MD5",
            "SHA1",
            "SHA256",
            "SHA384",
            "SHA512",
            "SHA3-256",
            "SHA3-384",
            "SHA3-512",
        ]

    def test_a_field_that_cyclonedx_gains_is_not_lost(self) -> None:
        bom = cyclonedx.document([inventory(component("x"))], reproducible=True)
        bom["components"][0]["pedigree"] = {"notes": "changed after installation"}
        assert facts(assert_valid(spdx.text(bom))["packages"][1])["pedigree"] == {"notes": "changed after installation"}

    def test_the_one_artifact_is_where_it_comes_from(self) -> None:
        digest = (Digest("sha256", "a" * 64),)
        url = "https://h.example.org/x-1-py3-none-any.whl"
        row = only(component("x", hashes=digest, artifacts=(Artifact(url, "x-1-py3-none-any.whl", digest),)))
        assert row["downloadLocation"] == url
        assert [one["referenceType"] for one in row["externalRefs"]] == ["purl"]

    def test_of_several_artifacts_the_sdist_stands_for_all_and_each_keeps_its_hash(self) -> None:
        digests = [Digest("sha256", letter * 64) for letter in "ab"]
        urls = "https://h.example.org/x-1-py3-none-any.whl", "https://h.example.org/x-1.tar.gz"
        artifacts = tuple(Artifact(url, url.rpartition("/")[2], (digest,)) for url, digest in zip(urls, digests, strict=True))
        row = only(component("x", hashes=tuple(digests), artifacts=artifacts))
        assert row["downloadLocation"] == urls[1]
        assert [(one["referenceType"], one["referenceLocator"], one["comment"]) for one in row["externalRefs"][1:]] == [
            ("distribution", urls[0], f"SHA-256 {'a' * 64}"),
            ("source-distribution", urls[1], f"SHA-256 {'b' * 64}"),
        ]

    def test_a_repository_is_named_with_its_commit_and_folder(self) -> None:
        url = f"git+https://git.example.org/a/b.git@{'c' * 40}"
        item = replace(component("x"), purl=purl.pypi("x", "1", vcs_url=url))
        assert only(item)["downloadLocation"] == url
        below = replace(item, properties=(("cdx:python:package:source:subdirectory", "src/x"),))
        assert only(below)["downloadLocation"] == f"{url}#src/x"
        strange = replace(item, properties=(("cdx:python:package:source:subdirectory", "src x"),))
        assert only(strange)["downloadLocation"] == url

    def test_an_address_that_readers_refuse_is_kept_as_a_reference(self) -> None:
        row = only(component("x", artifacts=(Artifact("http://127.0.0.1:8080/x.whl", "x.whl"),)))
        assert row["downloadLocation"] == "NOASSERTION"
        assert [one["referenceLocator"] for one in row["externalRefs"][1:]] == ["http://127.0.0.1:8080/x.whl"]

    def test_what_nobody_told_is_no_assertion(self) -> None:
        row = only(component("x"))
        assert {key for key, value in row.items() if value == "NOASSERTION"} == {
            "downloadLocation", "supplier", "originator", "licenseConcluded", "licenseDeclared", "copyrightText",
        }  # fmt: skip
        assert row["filesAnalyzed"] is False

    def test_a_home_page_is_the_home_page(self) -> None:
        row = only(
            component("x", metadata=Metadata(urls=(("Homepage", "https://x.example.org"), ("Source", "https://code.example.org/x"))))
        )
        assert row["homepage"] == "https://x.example.org"
        assert [one["referenceType"] for one in row["externalRefs"]] == ["purl", "vcs"]


class TestLicenses:
    def of(self, **fields: Any) -> tuple[str, list[dict[str, str]]]:
        document = written(inventory(component("x", metadata=Metadata(**fields))))
        return document["packages"][1]["licenseDeclared"], document.get("hasExtractedLicensingInfos", [])

    @pytest.mark.parametrize(
        "expression", ["MIT", "MIT OR (Apache-2.0 AND BSD-3-Clause)", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0+"]
    )
    def test_an_expression_is_kept(self, expression: str) -> None:
        assert self.of(license_expression=expression) == (expression, [])

    def test_a_licence_of_the_author_is_told_to_be_one(self) -> None:
        expression, extracted = self.of(license_expression="MIT OR LicenseRef-Acme-2")
        assert expression == "MIT OR LicenseRef-Acme-2"
        assert [row["licenseId"] for row in extracted] == ["LicenseRef-Acme-2"]

    @pytest.mark.parametrize("text", ["Dual License", "(c) Ada; all rights reserved", "—", "NONE", "x" * 200])
    def test_free_text_is_quoted(self, text: str) -> None:
        identifier, (row,) = self.of(license_text=text)
        assert identifier == row["licenseId"]
        assert row["extractedText"] == text

    @pytest.mark.parametrize("expression", ["Apache-2.0+", "GPL-2.0-with-classpath-exception"])
    def test_what_only_the_reader_does_not_know_is_kept(self, expression: str) -> None:
        bom = cyclonedx.document([inventory(component("x", metadata=Metadata(license_expression=expression)))], reproducible=True)
        document = assert_valid(spdx.text(bom), reader=False)
        assert document["packages"][1]["licenseDeclared"] == expression
        message = validate_full_spdx_document(JsonLikeDictParser().parse(document))[0]
        assert f": {expression}" in message.validation_message

    def test_no_assertion_of_another_document_stays_one(self) -> None:
        assert self.of(license_text="NOASSERTION") == ("NOASSERTION", [])

    def test_several_classifiers_are_no_expression(self) -> None:
        names = ("License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License")
        identifier, (row,) = self.of(license_classifiers=names)
        assert identifier.startswith("LicenseRef-MIT-BSD-License-")
        assert row["extractedText"] == "MIT, BSD License"
        assert "not said" in row["comment"]

    def test_two_packages_share_what_they_quote(self) -> None:
        item = component("x", metadata=Metadata(license_text="Dual"))
        document = written(inventory(item, replace(item, name="y", purl="pkg:pypi/y@1")))
        assert len(document["hasExtractedLicensingInfos"]) == 1

    def test_what_was_concluded_is_not_what_was_declared(self) -> None:
        rows = [{"license": {"id": "MIT", "acknowledgement": "concluded"}}, {"expression": "ISC", "acknowledgement": "declared"}]
        licenses = Licenses()
        assert (licenses.of(rows, concluded=True), licenses.of(rows)) == ("MIT", "ISC")

    def test_an_author_cannot_change_what_is_quoted(self) -> None:
        licenses = Licenses()
        ours = licenses.of([{"license": {"name": "Free for Ada"}}])
        licenses.of([{"expression": f"MIT OR {ours}"}])
        assert licenses.extracted[ours]["extractedText"] == "Free for Ada"


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        ({"name": "Ada"}, "Person: Ada"),
        ({"name": "Ada", "email": "a@b.example"}, "Person: Ada (a@b.example)"),
        ({"name": "Ada <a@b.example>"}, "Person: Ada (a@b.example)"),
        ({"name": "<a@b.example>"}, "Person: a@b.example"),
        ({"name": "Ada (Lovelace)"}, "Person: Ada (Lovelace) ()"),
        ({"name": "Ada\nTool: x"}, r"Person: Ada\nTool: x"),
        ({"name": "Ada", "email": "a b (c)"}, "Person: Ada"),
        ({"name": " "}, "NOASSERTION"),
        ({}, "NOASSERTION"),
    ],
)
def test_persons_are_written_as_readers_part_them(who: dict[str, str], wanted: str) -> None:
    assert actor("Person", who) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://h.example.org/a?b=c#d", "https://h.example.org/a?b=c#d"),
        ("https://registry.example/a", "https://registry.example/a"),
        ("https://***@h.example.org/a", "https://h.example.org/a"),
        ("https://h.example.org/a?token=***", ""),
        ("https://localhost/a", ""),
        ("http://[::1]/a", ""),
        ("https://h.example.org:port/a", ""),
        ("https://h.example.org/a b", ""),
        ("javascript:alert(1)", ""),
        ("git+https://h.example.org/a", ""),
        ("a" * 100_000, ""),
        ("https://" + "a." * 50_000, ""),
    ],
)
def test_addresses(url: str, wanted: str) -> None:
    assert address(url) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("git+https://h.example.org/a.git@v1#x/y", True),
        ("git+ssh://git@h.example.org/a.git@v1", True),
        ("hg+https://h.example.org/a", True),
        ("https://h.example.org/a.git", False),
        ("git+file:///a", False),
        ("git+ssh://git@h.example.org:a/b.git", False),
        ("git+https://h.longdomain/a", False),
    ],
)
def test_repositories(url: str, wanted: bool) -> None:
    assert repository(url) == (url if wanted else "")


def test_a_hash_of_another_length_or_name_is_none() -> None:
    assert checksum({"alg": "SHA-256", "content": "a" * 64}) == ("SHA256", "a" * 64)
    assert checksum({"alg": "SHA-256", "content": "a" * 40}) is None
    assert checksum({"alg": "Streebog-256", "content": "a" * 64}) is None


@pytest.mark.parametrize("count", [1, 499, 1200])
def test_a_long_document_comes_in_pieces(count: int) -> None:
    many = inventory(*(component(f"n{number:04}", f"n{(number + 1) % count:04}") for number in range(count)))
    pieces = list(spdx.pieces(cyclonedx.document([many], reproducible=True)))
    document = assert_valid("".join(pieces), reader=False)
    assert len(document["packages"]) == count + 1
    assert max(map(len, pieces)) < 700 * 1000


class TestCommand:
    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        files = environment(distribution("demo", "1.0", {"demo.py": b"x = 1\n"}), extra={"x.pth": b"import demo\n"})
        return write_tree(tmp_path / "env", files)

    def test_it_writes_the_document(self, target: Path, tmp_path: Path) -> None:
        done = sbomgate("sbom", target, "--output-format", "spdx-json", "--reproducible")
        assert (done.returncode, done.stderr) == (0, "")
        document = assert_valid(done.stdout)
        assert [row["name"] for row in document["packages"]][:2] == ["env", "demo"]
        again = sbomgate("sbom", target, "--output-format", "spdx-json", "--reproducible", "-o", tmp_path / "out.json")
        assert again.returncode == 0
        assert (tmp_path / "out.json").read_text("utf-8") == done.stdout

    @pytest.mark.parametrize("version", ["1.5", "1.6"])
    def test_a_version_of_cyclonedx_is_refused(self, target: Path, version: str) -> None:
        done = sbomgate("sbom", target, "--output-format", "spdx-json", "--spec-version", version)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "sbomgate: --spec-version is a version of CycloneDX, spdx-json is SPDX 2.3 (fix: leave --spec-version out)\n"

    def test_it_is_no_manifest(self, target: Path, tmp_path: Path) -> None:
        path = tmp_path / "out.spdx.json"
        assert sbomgate("sbom", target, "--output-format", "spdx-json", "-o", path).returncode == 0
        for done in (sbomgate("diff", path, target), sbomgate("scan", target, "--manifest", path)):
            assert done.returncode in (2, 3)
            assert "an SPDX document, no CycloneDX" in done.stderr
            assert "sbomgate manifest write" in done.stderr
            assert len(done.stderr.splitlines()) == 1
