"""Documents as files: read row by row, the same as at once; whatever is wrong is one line with its place, and memory stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from manifest.test_comparison import INVENTORIES, placeless
from strategies import json_values

from sbomgate.errors import CollectError
from sbomgate.manifest import diff, from_document, from_inventory, json_text, load, reading, xml_text
from sbomgate.model import Inventory
from sbomgate.reporters import cyclonedx

HEAD = '{"bomFormat": "CycloneDX", "specVersion": "1.6"'
NAMES = "bomFormat specVersion components services metadata component tools properties name value purl version hashes alg content type bom-ref licenses license id expression externalReferences group"
XML = "http://cyclonedx.org/schema/bom/"


def streamed(data: bytes, monkeypatch: pytest.MonkeyPatch | None = None, piece: int = 0) -> dict[str, Any]:
    """The document put together again from its rows."""
    if monkeypatch is not None:
        monkeypatch.setattr(json_text, "PIECE", piece)
    found: dict[str, Any] = {}
    for key, index, value in json_text.events(BytesIO(data), "m", 2**28):
        if index is None:
            found[key] = value
        elif index < 0:
            found[key] = []
        else:
            assert index == len(found[key])
            found[key].append(value)
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), json_values("a b c") | st.text(max_size=40) | st.floats(allow_nan=False, allow_infinity=False)),
    st.integers(1, 40),
    st.booleans(),
)
def test_pieces_of_any_size_give_the_same_values(value: dict[str, Any], piece: int, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode("utf-8", "surrogatepass" if ascii_only else "replace")
    with pytest.MonkeyPatch.context() as patch:
        assert streamed(data, patch, piece) == json.loads(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[],:"\\ud8n1e-+.tfa \n', max_size=40).map(str.encode), st.integers(1, 8))
@example(b'{"a": [1 2]}', 3)
@example(b'{"a": "\\ud800"}', 2)
@example(b'{"a": NaN}', 100)
@example(b'{"a": 1}x', 4)
@example(b'{"a": 1,}', 4)
def test_any_bytes_are_read_as_json_reads_them_or_refused(data: bytes, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        try:
            found = streamed(data, patch, piece)
        except CollectError as error:
            assert "\n" not in str(error)
        else:
            parsed = json.loads(data.decode("utf-8-sig"))
            assert list(parsed) == list(found)
            with suppress(UnicodeEncodeError):
                json.dumps(parsed, ensure_ascii=False).encode()
                assert parsed == found


@settings(max_examples=100, deadline=None)
@given(json_values(NAMES), st.booleans())
def test_any_value_is_a_manifest_or_refused_whether_file_or_not(value: Any, native: bool) -> None:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", **(value if isinstance(value, dict) else {"components": value})}
    if native:
        document["metadata"] = {"properties": [{"name": "sbomgate:complete", "value": "true"}]}
    outcomes = []
    for read in (lambda: from_document(document, "m"), lambda: _of_bytes(json.dumps(document).encode())):
        try:
            outcomes.append(read())
        except CollectError as error:
            assert error.path == "m"
            outcomes.append(error.args)
    assert outcomes[0] == outcomes[1]


def _of_bytes(data: bytes) -> Any:
    return reading._manifest(reading._file_events(BytesIO(data), "m"), "m")


def _file(tmp_path: Path, content: bytes | str) -> str:
    path = tmp_path / "m.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("", "line 1 column 1", "not valid JSON (empty)"),
        ("[]", "line 1 column 1", "not valid JSON (not a JSON object)"),
        (HEAD, "line 1 column 48", "not valid JSON (truncated)"),
        (HEAD + ', "components": [{"purl": "pkg:pypi/a', "components[0]: line 1 column 85", "not valid JSON (truncated)"),
        (HEAD + ',\n"components": [\n{"purl": "pkg:pypi/a@1"},\n{"purl" 1}]}', "components[1]: line 4 column 9", "not valid JSON (Expecting ':' delimiter)"),
        (HEAD + ',\n<<<<<<< ours\n"components": []}', "line 2 column 1", "not valid JSON (merge-conflict marker)"),
        (HEAD + ', "components": [{"purl": "pkg:pypi/a@1", "purl": "pkg:pypi/b@1"}]}', "components[0]", "the key 'purl' stands twice"),
        (HEAD + ', "components": [], "components": []}', "components", "stands twice in the document: 'components'"),
        (HEAD + ', "components": [{"version": ' + "9" * 5000 + "}]}", "components[0]", "not valid JSON (Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits"),
        (HEAD + ', "components": [' + "[" * 100_000 + "]}", "components[0]", "not valid JSON (nested too deeply)"),
        (HEAD + ', "components": [{"version": NaN}]}', "components[0]", "not valid JSON (NaN is no number of JSON)"),
        (HEAD + "} {", "line 1 column 50", "not valid JSON (more after its end ('{'))"),
        ("{1: 2}", "line 1 column 3", "not valid JSON (expected a name in quotes)"),
        (HEAD.encode() + b', "components": [{"name": "\xff"}]}', "byte 74", "not valid UTF-8"),
        (json.dumps({"bomFormat": "CycloneDX"}).encode("utf-16"), "", "not UTF-8, but UTF-16 or UTF-32"),
        (json.dumps({"bomFormat": "CycloneDX"}).encode("utf-32"), "", "not UTF-8, but UTF-16 or UTF-32"),
        (json.dumps({"bomFormat": "CycloneDX"}).encode("utf-16-le"), "", "not UTF-8, but UTF-16 or UTF-32"),
        ("<bom", "line 1 column 1", "not valid XML (unclosed token)"),
        ("<html/>", "line 1", "no CycloneDX document"),
        (f'<bom xmlns="{XML}1.6"><components>', "line 1 column 62", "not valid XML (no element found)"),
        (f'<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="{XML}1.6"/>', "line 1", "has a document type declaration"),
        (f'<bom xmlns="{XML}1.6"><components><component>' + "<components><component>" * 200, "line 1", "elements nested deeper than 200"),
        (f'<bom xmlns="{XML}9.9"/>', "specVersion", "CycloneDX version '9.9' is not known"),
        (f'<bom xmlns="{XML}1.6"><components/><components/></bom>', "line 1", "components stands twice"),
        (f'<bom xmlns="{XML}1.6"><components><x/></components></bom>', "line 1", "'x' is no component"),
        (f'<bom xmlns="{XML}1.6"><components><component><purl>a</purl><purl>b</purl></component></components></bom>', "line 1", "purl stands twice"),
        ('<?xml version="1.0" encoding="nonsense"?><bom/>', "line 1", "not valid XML (unknown encoding: nonsense)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(content: bytes | str, where: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        load(_file(tmp_path, content))
    error = caught.value
    if "digits" in what:
        assert error.what.startswith("not valid JSON (Exceeds the limit")
    else:
        assert (error.what, error.where) == (what, where)
    assert "\n" not in str(error)


def test_a_scan_of_the_disk_is_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_DOCUMENT", 2**20)
    with pytest.raises(CollectError, match="larger than 1 MiB"):
        load(_file(tmp_path, HEAD + " " * 2**20 + "}"))
    for module, start in ((json_text, b"{"), (xml_text, f'<bom xmlns="{XML}1.6">'.encode())):  # it grows while it is read
        with pytest.raises(CollectError, match="larger than 1 MiB"):
            list(module.events(BytesIO(start + b" " * 2**21), "m", 2**20))


def test_repeated_references_and_cycles_are_told_and_hide_nothing(tmp_path: Path) -> None:
    row = {"type": "library", "bom-ref": "x", "name": "a", "version": "1"}
    rows = [{**row, "purl": "pkg:pypi/a@1"}, {**row, "purl": "pkg:pypi/b@1"}]
    edges = [{"ref": "x", "dependsOn": ["y"]}, {"ref": "y", "dependsOn": ["x", "x"]}]
    found = load(_file(tmp_path, json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": rows, "dependencies": edges})))
    assert set(found.packages) == {"pkg:pypi/a", "pkg:pypi/b"}
    assert "1 reference (bom-ref) occurs more than once, first at components[1]; components were told apart by their purls" in found.limits


@pytest.mark.parametrize("name", ["sbomgate:content-digest", "sbomgate:origin", "sbomgate:hook:sha256", "sbomgate:server:key"])
def test_a_fact_with_two_values_is_refused(name: str) -> None:
    own = [{"name": name, "value": "a"}, {"name": name, "value": "b"}]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
    with pytest.raises(CollectError) as caught:
        from_document({**document, "components": [{"purl": "pkg:pypi/a@1", "properties": own}]}, "m")
    assert (caught.value.what, caught.value.where) == (f"{name} stands twice, with different values", "components[0].properties[1]")
    assert from_document({**document, "components": [{"purl": "pkg:pypi/a@1", "properties": [own[0], own[0]]}]}, "m")


def test_a_second_row_of_a_package_hides_no_content() -> None:
    def row(content: str) -> dict[str, Any]:
        return {"purl": "pkg:pypi/a@1", "properties": [{"name": "sbomgate:content-digest", "value": content}]}

    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]}}
    good, bad = (from_document({**head, "components": rows}, "m") for rows in ([row("sgc1:1")], [row("sgc1:2"), row("sgc1:1")]))
    assert [change.kind for change in diff(good, bad)] == ["content"]


@settings(max_examples=15, deadline=None)
@given(INVENTORIES, st.sampled_from(["1.4", "1.5", "1.6", "1.7"]))
def test_every_version_in_json_and_xml_is_read_back(inventory: Inventory, version: str) -> None:
    bom = cyclonedx.document([inventory], reproducible=True)
    known = from_inventory(inventory)
    for output in ("json", "xml"):
        written = cyclonedx.converted(bom, version, output)
        if output == "xml" and any(ord(c) < 32 or c in "\ufffe\uffff\x7f" for c in json.dumps(bom, ensure_ascii=False) if c != "\n"):
            continue  # written as escapes, since XML has no way to say them
        found = _of_bytes(written.encode("utf-8", "backslashreplace"))
        if output == "json":
            assert [change for change in diff(known, found) if change.kind != "hash"] == []
            assert placeless(found) == placeless(known)
        else:
            assert set(found.packages) == set(known.packages)


def test_order_of_members_changes_nothing() -> None:
    text = {"components": [{"purl": "pkg:pypi/a_b@1"}], "metadata": {"properties": [{"name": "sbomgate:complete", "value": "true"}]}}
    document = {**text, "specVersion": "1.6", "bomFormat": "CycloneDX"}
    backwards = dict(reversed(document.items()))
    assert from_document(document, "m") == from_document(backwards, "m")


MEASURE = """
import gc, json, resource, sys
gc.disable()
from sbomgate.manifest import load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert len(load(sys.argv[1]).packages) == int(sys.argv[2])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_memory_is_that_of_what_is_kept(tmp_path: Path) -> None:
    """10,000 components with 1.5 kB each of what is not compared: below half of the file, where `json.load` takes more than all of it."""
    path = tmp_path / "m.json"
    with path.open("w") as file:
        file.write(HEAD + ', "components": [')
        for number in range(10_000):
            row = {"purl": f"pkg:npm/p{number}@1", "version": "1", "description": f"{number} " + "x" * 1500}
            file.write((",\n" if number else "") + json.dumps(row))
        file.write("]}")
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path), "10000"], capture_output=True, text=True, check=True)
    assert int(done.stdout) < path.stat().st_size / 2


XML_PARTS = [
    "<components>", "</components>", "<component type='library'>", "</component>", "<purl>pkg:pypi/a@1</purl>", "<version>1</version>", "<hashes>",
    "</hashes>", "<hash alg='SHA-256'>" + "a" * 64 + "</hash>", "<properties>", "</properties>", "<property name='sbomgate:complete'>true</property>",
    "<metadata>", "</metadata>", "<licenses>", "</licenses>", "<license><id>MIT</id></license>", "<expression>MIT</expression>", "<services>",
    "</services>", "<service>", "</service>", "<tools>", "</tools>", "<tool><name>t</name></tool>", "&amp;", "&a;", "<!-- c -->", "<![CDATA[x]]>", "é", "\0",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(XML_PARTS), max_size=12), st.integers(1, 30), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_xml_is_read_or_refused(parts: list[str], piece: int, encoding: str) -> None:
    text = f'<bom xmlns="{XML}1.5">{"".join(parts)}</bom>'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_text, "PIECE", piece)
        try:
            found = _of_bytes(text.encode(encoding))
        except CollectError as error:
            assert error.path == "m"
            assert "\n" not in str(error)
        else:
            assert found == _of_bytes(text.encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_manifest_or_refused(data: bytes) -> None:
    for start in (b"", b"<", b"{", f'<bom xmlns="{XML}1.5">'.encode(), HEAD.encode()):
        with suppress(CollectError):
            _of_bytes(start + data)
