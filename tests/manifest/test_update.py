"""`manifest write --update`: what people wrote stays, what needs somebody's word is not written without it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from manifest.test_comparison import INVENTORIES
from strategies import json_values
from support import distribution, environment, sbomgate, write_tree

from sbomgate.errors import UsageError
from sbomgate.manifest import Change, from_document, from_inventory
from sbomgate.manifest.update import refused, updated
from sbomgate.model import Inventory, Location
from sbomgate.reporters import cyclonedx

PTH = b"import os\n"


def made(root: Path, version: str = "1.0", content: bytes = b"x = 1\n", extra: dict[str, bytes] | None = None) -> Path:
    return write_tree(root, dict(environment(distribution("demo", version, {"demo.py": content}), extra=extra)))


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    return made(tmp_path / "venv")


@pytest.fixture
def known(venv: Path, tmp_path: Path) -> Path:
    path = tmp_path / "known.json"
    assert sbomgate("manifest", "write", venv, "-o", path).returncode == 0
    return path


def rows(path: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(path.read_text())["components"]}


def edit(path: Path, change: Any) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def properties(row: dict[str, Any], name: str = "sbomgate:reason") -> list[str]:
    return [item["value"] for item in row["properties"] if item["name"] == name]


def update(venv: Path, known: Path, *options: str) -> Any:
    return sbomgate("manifest", "write", venv, "-o", known, "--update", *options)


def test_without_any_change_not_a_byte_changes(venv: Path, known: Path) -> None:
    before = known.read_bytes()
    done = update(venv, known)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "no change")
    assert known.read_bytes() == before


def test_what_people_wrote_stays_over_an_upgrade(venv: Path, known: Path) -> None:
    def write(document: dict[str, Any]) -> None:
        document["annotations"] = [{"bom-ref": "a1", "subjects": ["root"], "text": "reviewed", "annotator": {}, "timestamp": ""}]
        document["metadata"]["properties"].append({"name": "acme:owner", "value": "Ada"})
        document["metadata"]["authors_of_ours"] = [{"name": "Ada"}]
        (row,) = (row for row in document["components"] if row["name"] == "demo")
        row["tags"] = ["core"]
        row["copyright"] = "of 1.0 alone"
        row["properties"] += [{"name": "sbomgate:reason", "value": "we need it"}, {"name": "acme:ticket", "value": "12"}]

    edit(known, write)
    assert update(venv, known).returncode == 0
    assert (rows(known)["demo"]["copyright"], properties(rows(known)["demo"])) == ("of 1.0 alone", ["we need it"])
    first = known.read_bytes()
    assert update(venv, known).returncode == 0
    assert known.read_bytes() == first
    for path in (venv / "lib/python3.12/site-packages").glob("demo*/*"):
        path.unlink()
    (venv / "lib/python3.12/site-packages/demo-1.0.dist-info").rmdir()
    made(venv, "2.0", b"x = 2\n")
    done = update(venv, known)
    assert done.returncode == 0
    assert "UPGRADED  1" in done.stdout
    document, row = json.loads(known.read_text()), rows(known)["demo"]
    assert (row["version"], row["tags"], "copyright" in row) == ("2.0", ["core"], False)
    assert (properties(row), properties(row, "acme:ticket")) == (["we need it"], ["12"])
    assert document["annotations"][0]["text"] == "reviewed"
    assert {"name": "acme:owner", "value": "Ada"} in document["metadata"]["properties"]
    assert document["metadata"]["authors_of_ours"] == [{"name": "Ada"}]


def test_another_content_at_the_same_version_needs_somebodys_word(venv: Path, known: Path) -> None:
    before = known.read_bytes()
    made(venv, content=b"x = 2\n")
    done = update(venv, known)
    assert (done.returncode, known.read_bytes()) == (1, before)
    assert done.stdout.startswith("CONTENT CHANGED AT THE SAME VERSION  1\n  ! pkg:pypi/demo@1.0")
    assert "not written: 1 of these changes need somebody's word" in done.stderr
    assert "--accept pkg:pypi/demo@1.0 --reason TEXT" in done.stderr
    assert update(venv, known, "--accept", "pkg:pypi/demo@1.0", "--reason", "rebuilt here").returncode == 0
    assert properties(rows(known)["demo"]) == ["rebuilt here"]
    assert update(venv, known).returncode == 0
    assert properties(rows(known)["demo"]) == ["rebuilt here"]


def test_hooks_need_it_too_and_a_reason_goes_with_its_hook(venv: Path, known: Path) -> None:
    made(venv, extra={"boot.pth": PTH, "other.pth": PTH})
    done = update(venv, known, "--accept", "boot.pth", "--reason", "read it")
    assert done.returncode == 1
    assert "--accept other.pth" in done.stderr
    assert "--accept boot.pth" not in done.stderr
    assert update(venv, known, "--accept-all", "--reason", "read both").returncode == 0
    assert properties(rows(known)["boot.pth"]) == properties(rows(known)["other.pth"]) == ["read both"]
    assert properties(rows(known)["demo"]) == []
    os.unlink(venv / "lib/python3.12/site-packages/boot.pth")
    done = update(venv, known)
    assert done.returncode == 0
    assert "not kept: boot.pth is no longer there, and with it sbomgate:reason: read both" in done.stderr
    assert properties(rows(known)["other.pth"]) == ["read both"]


def test_a_server_with_another_command_needs_it(tmp_path: Path) -> None:
    config = tmp_path / "project" / ".mcp.json"
    write_tree(config.parent, {".mcp.json": '{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@acme/docs@1.0.0"]}}}'})
    known = tmp_path / "known.json"
    assert sbomgate("manifest", "write", config.parent, "-o", known).returncode == 0
    config.write_text('{"mcpServers": {"docs": {"command": "npx", "args": ["-y", "@evil/docs@1.0.0"]}}}')
    done = update(config.parent, known)
    assert done.returncode == 1
    subject = done.stderr.partition("--accept ")[2].split(" --reason")[0].strip("'")
    assert update(config.parent, known, "--accept", subject, "--reason", "moved").returncode == 0
    (service,) = json.loads(known.read_text())["services"]
    assert properties(service) == ["moved"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--accept", "pkg:pypi/none@1", "--reason", "r"), "nothing of that name has changed"),
        (("--accept", "x"), "go together"),
        (("--accept-all", "--reason", " "), "go together"),
        (("--reason", "r"), "go together"),
    ],
)
def test_wrong_calls(options: tuple[str, ...], says: str, venv: Path, known: Path) -> None:
    before = known.read_bytes()
    done = update(venv, known, *options)
    assert (done.returncode, says in done.stderr, known.read_bytes()) == (2, True, before)


def test_what_cannot_be_updated_is_refused(venv: Path, tmp_path: Path) -> None:
    assert sbomgate("manifest", "write", venv, "-o", tmp_path / "m.json", "--accept-all", "--reason", "r").returncode == 2
    for content in (None, "{}", '{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'/>"):
        if content is not None:
            (tmp_path / "m.json").write_text(content)
        done = update(venv, tmp_path / "m.json")
        assert (done.returncode, done.stderr.count("Traceback")) == (2, 0)


def test_nothing_is_written_of_what_could_not_be_read(venv: Path, known: Path) -> None:
    before = known.read_bytes()
    write_tree(venv, {"uv.lock": "not TOML ["})
    done = update(venv, known)
    assert (done.returncode, known.read_bytes()) == (3, before)
    assert "not written, since not everything could be read" in done.stderr


def test_a_stale_hash_or_place_never_stays() -> None:
    old = {"components": [{"purl": "pkg:pypi/a@1", "hashes": [{"alg": "MD5", "content": "0" * 32}], "evidence": {}, "scope": "optional"}]}
    new = {"components": [{"purl": "pkg:pypi/a@1"}]}
    assert updated(old, new, {}).document == new


def test_a_signature_is_of_the_old_bytes() -> None:
    result = updated({"signature": {}, "x": 1}, {"components": []}, {})
    assert (result.document, result.lost) == ({"x": 1, "components": []}, ("signature: it was of the old document",))


def test_two_versions_do_not_inherit_from_one() -> None:
    def row(version: str, *own: str) -> dict[str, Any]:
        return {"purl": f"pkg:npm/a@{version}", "properties": [{"name": "sbomgate:reason", "value": value} for value in own]}

    old = {"components": [row("1", "one")]}
    assert updated(old, {"components": [row("2")]}, {}).document["components"] == [row("2", "one")]
    split = updated(old, {"components": [row("2"), row("3")]}, {})
    assert split.document["components"] == [row("2"), row("3")]
    assert split.lost == ("pkg:npm/a@1 is no longer there, and with it sbomgate:reason: one",)


def test_accepting_what_did_not_change_is_an_error() -> None:
    change = Change(kind="hook-added", subject="x.pth", detail="", location=Location("p"))
    assert refused([change], ["x.pth"], everything=False) == []
    assert refused([change], [], everything=True) == []
    assert refused([change], [], everything=False) == [change]
    with pytest.raises(UsageError, match=r"one of x\.pth"):
        refused([change], ["y.pth"], everything=False)


@settings(max_examples=60, deadline=None)
@given(INVENTORIES, json_values("components services metadata properties name value purl bom-ref tags x annotations"))
def test_whatever_people_wrote_the_facts_are_those_of_the_scan(inventory: Inventory, theirs: Any) -> None:
    new = cyclonedx.document([inventory], reproducible=True)
    old = theirs if isinstance(theirs, dict) else {"components": theirs}
    result = updated(old, new, {}).document
    assert from_document(result, "t") == from_document(new, "t")
    assert updated(result, new, {}).document == result
    json.loads(cyclonedx.formatted(result))
    assert from_inventory(inventory).hooks.keys() == from_document(result, "t").hooks.keys()
