"""Documents that other tools wrote, compared with what we find in the same project: nothing is made up, and every limit is told."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import DATA

from sbomgate import collect
from sbomgate.errors import CollectError
from sbomgate.manifest import Manifest, diff, from_document, from_inventory, incomparable, load
from sbomgate.manifest.foreign import digest, normal

FOLDER = DATA / "manifests"
OTHER = ", but by "
NO_HASHES = "has no hashes for {} of {} components: changed artifacts of those cannot be seen"
NO_DEV = ["added pkg:npm/%40types/ms@0.7.34"]
"""The only dependency for development, which the tool leaves out."""
NPM = {
    "cdxgen-npm.cdx.json": ("cdxgen", [], [NO_HASHES.format(1, 7)]),
    "cyclonedx-npm.cdx.json": ("cyclonedx-npm", [], [NO_HASHES.format(7, 7)]),
    "npm-sbom.cdx.json": ("npm", [], [NO_HASHES.format(1, 7)]),
    "pnpm-sbom.cdx.json": ("pnpm", [], []),
    "syft-npm.cdx.json": (
        "syft",
        NO_DEV,
        [NO_HASHES.format(8, 8), "has no version for 1 of 8 components: other versions of those cannot be seen"],
    ),
    "trivy-npm.cdx.json": ("trivy", NO_DEV, ["1 component without a purl was not compared (package-lock.json)", NO_HASHES.format(6, 6)]),
}
PYTHON = {
    "cyclonedx-py-requirements.cdx.json": ("cyclonedx-py", [], []),
    "cyclonedx-py-requirements-1.3.cdx.xml": ("cyclonedx-py", [], []),
}


@pytest.fixture(scope="module")
def locked() -> dict[str, Manifest]:
    """Our own view of each project."""
    poetry = DATA / "collectors" / "poetry-lock" / "poetry-2" / "input" / "poetry.lock"
    sources = {"npm": FOLDER / "package-lock.json", "python": FOLDER / "requirements.txt", "poetry": poetry}
    found = {name: from_inventory(collect(str(path))) for name, path in sources.items()}
    return found | {"environment": load(str(FOLDER / "sbomgate-environment.cdx.json"))}


def changes(old: Manifest, new: Manifest) -> list[str]:
    return [f"{change.kind} {change.subject}" for change in diff(old, new)]


def limits(side: Manifest) -> list[str]:
    return list(side.limits)


@pytest.mark.parametrize("name", NPM)
def test_documents_of_a_locked_npm_project(name: str, locked: dict[str, Manifest]) -> None:
    tool, expected, told = NPM[name]
    theirs = load(str(FOLDER / name))
    assert (theirs.tool, changes(theirs, locked["npm"]), limits(theirs)) == (tool, expected, told)


@pytest.mark.parametrize("name", PYTHON)
def test_documents_of_locked_requirements(name: str, locked: dict[str, Manifest]) -> None:
    tool, expected, told = PYTHON[name]
    theirs = load(str(FOLDER / name))
    assert (theirs.tool, changes(theirs, locked["python"]), limits(theirs)) == (tool, expected, told)
    assert all(package.hashes for versions in theirs.packages.values() for package in versions)  # of references alone


@pytest.mark.parametrize("name", ["cyclonedx-py-environment.cdx.json", "cyclonedx-py-environment.cdx.xml"])
def test_documents_of_an_environment(name: str, locked: dict[str, Manifest]) -> None:
    """Its package from a repository has no purl there; the properties say that it is one of Python."""
    theirs = load(str(FOLDER / name))
    assert changes(theirs, locked["environment"]) == []
    assert "pkg:pypi/shop-kit" in theirs.packages
    assert limits(theirs) == [NO_HASHES.format(6, 6)]


@pytest.mark.parametrize("name", ["syft-python.cdx.json", "syft-python-1.2.cdx.xml"])
def test_syft_lists_what_lies_inside_other_packages(name: str, locked: dict[str, Manifest]) -> None:
    theirs = load(str(FOLDER / name))
    found = changes(theirs, locked["environment"])
    assert "removed pkg:pypi/tomli@2.4.0" in found  # setuptools/_vendor
    assert {change.split()[0] for change in found} == {"removed"}
    assert "pkg:pypi/shop-kit" in theirs.packages


def test_trivy_of_an_image_leaves_the_system_aside(locked: dict[str, Manifest]) -> None:
    theirs = load(str(FOLDER / "trivy-python.cdx.json"))
    found = changes(theirs, locked["environment"])
    assert [change for change in found if "removed" in change or "version" in change] == []
    notes = incomparable(theirs, locked["environment"])
    assert any(note.endswith("they were not compared: 1 deb") for note in notes)
    assert f"{theirs.path}: has only MD5 or SHA-1 for 1 of 4 components: a changed artifact can be made to fit" in notes


def test_cdxgen_of_a_poetry_lock(locked: dict[str, Manifest]) -> None:
    theirs = load(str(FOLDER / "cdxgen-python.cdx.json"))
    assert (changes(theirs, locked["poetry"]), limits(theirs)) == ([], [NO_HASHES.format(19, 19)])


def test_cyclonedx_py_of_a_poetry_lock_knows_the_groups_of_poetry_1_alone(locked: dict[str, Manifest]) -> None:
    theirs = load(str(FOLDER / "cyclonedx-py-poetry.cdx.json"))
    assert {change.split()[0] for change in changes(theirs, locked["poetry"])} == {"added"}
    assert limits(theirs) == [NO_HASHES.format(1, 4)]
    assert {"pkg:pypi/boxed", "pkg:pypi/plain", "pkg:pypi/sniffio", "pkg:pypi/tomli"} == set(theirs.packages) - {"pkg:pypi/shop"}


def test_pip_audit_names_no_ecosystem(locked: dict[str, Manifest]) -> None:
    theirs = load(str(FOLDER / "pip-audit.cdx.json"))
    assert limits(theirs) == [
        "5 components without a purl were not compared (idna, jaraco-classes, more-itertools, …)",
        "names no component with a purl: all that is there is new to it",
    ]
    assert len(changes(theirs, locked["python"])) == 5


def test_every_fixture_has_a_test() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert [path.name for path in FOLDER.glob("*.cdx.*") if path.name not in tested] == []


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_fixture_names_a_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"/(?:root|home/(?!user)|tmp|work|Users)/", text)
    hosts = set(re.findall(r"[a-z+]+://([^/\s\"'<>]+)", text))
    assert {host for host in hosts if not re.fullmatch(r"(?:.*\.)?(?:example|cyclonedx\.org|github\.com|spdx\.org)", host)} == set()


def test_a_changed_artifact_is_seen_through_a_document_of_another_tool(locked: dict[str, Manifest]) -> None:
    text = (FOLDER / "npm-sbom.cdx.json").read_text("utf-8")
    document = json.loads(text)
    row = next(row for row in document["components"] if row["name"] == "debug")
    row["hashes"][0]["content"] = "0" * 128
    assert changes(from_document(document, "m"), locked["npm"]) == ["hash pkg:npm/debug@2.6.9"]
    row["version"], row["purl"] = "2.6.8", "pkg:npm/debug@2.6.8"
    (change,) = diff(from_document(document, "m"), locked["npm"])
    assert (change.kind, change.direction, change.detail) == ("version", "up", "2.6.8 → 2.6.9")


def test_two_documents_of_one_tool_are_compared_to_the_qualifier_and_licence() -> None:
    def document(**changes: object) -> Manifest:
        row = {"name": "a", "purl": "pkg:pypi/a@1?repository_url=https://one.example", "licenses": [{"license": {"id": "MIT"}}], **changes}
        return from_document(
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"tools": [{"name": "t"}]}, "components": [row]}, "m"
        )

    assert list(diff(document(), document())) == []
    assert changes(document(), document(purl="pkg:pypi/a@1?repository_url=https://two.example")) == [
        "version pkg:pypi/a@1?repository_url=https:%2F%2Ftwo.example"
    ]
    assert changes(document(), document(licenses=[{"expression": "GPL-3.0-only"}])) == [
        "license pkg:pypi/a@1?repository_url=https:%2F%2Fone.example"
    ]
    assert incomparable(document(), document())[-1].startswith("m: has no hashes for 1 of 1 component")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("pkg:pypi/Foo_Bar@1.0", "pkg:pypi/foo-bar@1.0"),
        ("pkg:PyPI/zope.interface@1", "pkg:pypi/zope-interface@1"),
        ("PKG://npm/%40s/n@1#dist/a.js", "pkg:npm/%40s/n@1"),
        ("pkg:npm/@s/n@1.0", "pkg:npm/%40s/n@1.0"),
        ("pkg:npm/@s/n", "pkg:npm/%40s/n"),
        ("pkg:npm/%40s%2Fn@1", "pkg:npm/%40s%2Fn@1"),
        ("pkg:pypi/a@1%2Bcpu", "pkg:pypi/a@1%2Bcpu"),
        ("pkg:pypi/a@1+cpu", "pkg:pypi/a@1%2Bcpu"),
        ("pkg:pypi/a@1?file_name=a.whl&Arch=x", "pkg:pypi/a@1?arch=x&file_name=a.whl"),
        ("pkg:pypi/a@1?package-id=01ab", "pkg:pypi/a@1"),
        ("pkg:pypi/a@1?vcs_url=git+https://git.example/a", "pkg:pypi/a@1?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa"),
        ("a@1", ""),
        ("pkg:", ""),
        ("pkg:pypi", ""),
        ("pkg:pypi//", ""),
    ],
)
def test_purls_in_our_spelling(theirs: str, ours: str) -> None:
    assert normal(theirs) == ours


@given(st.text("pkg:/@?#%=&aA1.-_~é \udcff", max_size=30) | st.text(max_size=20))
def test_the_spelling_of_a_purl_is_its_own(text: str) -> None:
    for purl in (normal(text), normal(f"pkg:pypi/{text}"), normal(f"pkg:npm/{text}")):
        assert normal(purl) == purl


SHA = "ab" * 32
IN_BASE64 = base64.b64encode(bytes.fromhex(SHA)).decode()


@pytest.mark.parametrize(
    ("algorithm", "content", "expected"),
    [
        ("SHA-256", SHA, ("SHA-256", SHA)),
        ("sha256", SHA.upper(), ("SHA-256", SHA)),
        ("SHA_256", f"sha256:{SHA}", ("SHA-256", SHA)),
        ("SHA-256", IN_BASE64, ("SHA-256", SHA)),
        ("SHA-256", f"sha256-{IN_BASE64}", ("SHA-256", SHA)),
        ("SHA-256", IN_BASE64.rstrip("=").replace("+", "-").replace("/", "_"), ("SHA-256", SHA)),
        ("BLAKE3", SHA, ("BLAKE3", SHA)),
        ("SHA-256", "no", None),
        ("SHA-256", "", None),
        ("SHA-256", "é" * 44, None),
        ("none", "abc", None),
    ],
)
def test_hashes_in_our_spelling(algorithm: str, content: str, expected: tuple[str, str] | None) -> None:
    assert digest(algorithm, content) == expected


def component(**fields: object) -> dict[str, object]:
    return {"type": "library", "name": "a", "version": "1", **fields}


@pytest.mark.parametrize(
    ("row", "metadata", "purl"),
    [
        (component(**{"bom-ref": "pkg:npm/a@1?package-id=7"}), {}, "pkg:npm/a@1"),
        (component(properties=[{"name": "cdx:npm:package:path", "value": "x"}], group="@s"), {}, "pkg:npm/%40s/a@1"),
        (component(properties=[{"name": "syft:package:type", "value": "python"}], name="A_b"), {}, "pkg:pypi/a-b@1"),
        (component(properties=[{"name": "aquasecurity:trivy:PkgType", "value": "pnpm"}], name="@s/a"), {}, "pkg:npm/%40s/a@1"),
        (component(), {"tools": [{"vendor": "npm", "name": "cli"}]}, "pkg:npm/a@1"),
        (component(), {"tools": {"components": [{"name": "cyclonedx-py"}]}}, "pkg:pypi/a@1"),
        (component(type="operating-system"), {"tools": {"components": [{"name": "cyclonedx-py"}]}}, None),
        (component(), {"tools": [{"name": "syft"}]}, None),
        (component(properties=[{"name": n, "value": ""} for n in ("cdx:npm:x", "cdx:python:x")]), {}, None),
    ],
)
def test_components_without_a_purl_are_named_where_there_is_no_doubt(row: dict[str, object], metadata: object, purl: str | None) -> None:
    found = from_document({"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": metadata, "components": [row]}, "m")
    assert [package.purl for versions in found.packages.values() for package in versions] == ([purl] if purl else [])
    assert found.unnamed == (purl is None)


def test_versions_that_only_one_place_states() -> None:
    rows = [
        {"purl": "pkg:pypi/a", "version": "1"},
        {"purl": "pkg:pypi/b@2"},
        {"purl": "pkg:pypi/c", "version": "UNKNOWN"},
        {"purl": "pkg:pypi/d@3", "version": "4"},
    ]
    found = from_document({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": rows}, "m")
    assert [(one.purl, one.version) for versions in found.packages.values() for one in versions] == [
        ("pkg:pypi/a@1", "1"), ("pkg:pypi/b@2", "2"), ("pkg:pypi/c", ""), ("pkg:pypi/d@3", "3"),
    ]  # fmt: skip
    assert "has another version than in the purl for 1: the purl was believed" in found.limits


def test_what_a_document_is_about_is_nothing_new() -> None:
    root = {"name": "shop", "purl": "pkg:npm/shop@1.0.0", "components": [{"purl": "pkg:npm/%40shop/tool@0.2.0"}]}
    found = from_document({"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": root}}, "m")
    assert all(one.project for versions in found.packages.values() for one in versions)
    with pytest.raises(CollectError, match="expected table"):
        from_document({"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": []}}, "m")
