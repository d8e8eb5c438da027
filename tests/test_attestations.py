"""Statements: what in-toto's own definition reads, about digests that were computed here, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict, Parse
from hypothesis import example, given
from hypothesis import strategies as st
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message
from support import sbomgate, write_tree

from sbomgate.attestations import CYCLONEDX, statement, subjects_of
from sbomgate.errors import UsageError

HEX = "0123456789abcdef" * 4


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "requirements.txt": f"idna==3.7 --hash=sha256:{'8' * 64}\n",
        "dist/demo-1.0-py3-none-any.whl": b"wheel",
        "dist/ü'\"##.tgz": b"",
    }
    return write_tree(tmp_path / "project", files)


def read(text: str) -> dict:
    """The Statement as the protobuf definition of in-toto reads it, checked by its library."""
    message = Parse(text, Message())
    Statement.copy_from_pb(message).validate()
    return MessageToDict(message)


def test_in_toto_reads_what_is_written(project: Path) -> None:
    arguments = ("sbom", project, "--reproducible", "--attest", project / "dist" / "demo-1.0-py3-none-any.whl", "-q")
    done = sbomgate(*arguments, "--attest", project / "dist" / "ü'\"##.tgz", "--attest", f"registry.example/team/app:1.2@sha256:{HEX}")
    assert done.returncode == 0, done.stderr
    found = read(done.stdout)
    assert found["predicateType"] == "https://cyclonedx.org/bom"
    document = sbomgate("sbom", project, "--reproducible").stdout
    assert json.loads(done.stdout)["predicate"] == json.loads(document)
    assert document in done.stdout  # not a byte of it is written in another way
    assert found["predicate"]["specVersion"] == "1.6"
    wheel, image, empty = sorted(found["subject"], key=lambda one: one["name"])
    assert wheel == {
        "name": "demo-1.0-py3-none-any.whl",
        "digest": {"sha256": hashlib.sha256(b"wheel").hexdigest(), "sha512": hashlib.sha512(b"wheel").hexdigest()},
    }
    assert image == {"name": "registry.example/team/app", "digest": {"sha256": HEX}}
    assert empty["name"] == "ü'\"##.tgz"
    assert "##" not in done.stdout


@pytest.mark.parametrize("version", ["1.4", "1.7"])
def test_the_predicate_may_have_another_version(project: Path, version: str) -> None:
    done = sbomgate("sbom", project, "--attest", project / "requirements.txt", "--spec-version", version, "-o", project / "out", "-q")
    assert (done.returncode, done.stdout) == (0, "")
    found = read((project / "out").read_text())
    assert found["predicate"]["specVersion"] == version
    assert found["predicateType"] == CYCLONEDX


def test_the_same_bytes_in_any_order_and_from_anywhere(project: Path, tmp_path: Path) -> None:
    wheel, lock = project / "dist" / "demo-1.0-py3-none-any.whl", project / "requirements.txt"
    arguments = ("sbom", project, "--reproducible", "-q")
    first = sbomgate(*arguments, "--attest", wheel, "--attest", lock, "--attest", wheel).stdout
    assert first
    moved = tmp_path / "elsewhere"
    shutil.copytree(project / "dist", moved)
    (tmp_path / "requirements.txt").symlink_to(lock)
    second = sbomgate(*arguments, "--attest", tmp_path / "requirements.txt", "--attest", moved / wheel.name, cwd=moved).stdout
    assert first == second
    assert len(json.loads(first)["subject"]) == 2


@pytest.mark.parametrize(
    ("artifact", "what"),
    [
        ("dist", "a folder has no digest"),
        (".", "a folder has no digest"),
        ("missing", "no such file"),
        ("registry.example/app", "no such file"),
        ("registry.example/app:1.2", "no such file"),
        ("registry.example/app@sha256:abc", "no such file"),
        (f"registry.example/app@sha256:{HEX.upper()}", "no such file"),
        (f"registry.example/app@md5:{HEX[:32]}", "no such file"),
        (f"Registry/App@sha256:{HEX}", "no such file"),
        (f"@sha256:{HEX}", "no such file"),
        (f"a//b@sha256:{HEX}", "no such file"),
        (f"a@b@sha256:{HEX}", "no such file"),
        (f"a:{'t' * 129}@sha256:{HEX}", "no such file"),
        (f"{'a/' * 200}a@sha256:{HEX}", "no such file"),
        (f"./app@sha256:{HEX}", "no such file"),
        (f"app@sha256:{HEX}\n", "no such file"),
        ("", "a folder has no digest"),
        ("fifo", "not a regular file"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_what_has_no_digest_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch, artifact: str, what: str) -> None:
    os.mkfifo(project / "fifo")
    monkeypatch.chdir(project)
    with pytest.raises(UsageError) as caught:
        subjects_of([artifact])
    assert caught.value.what.startswith(what)
    assert caught.value.where == "--attest"


@pytest.mark.parametrize(
    ("artifact", "name"),
    [
        ("alpine", "alpine"),
        ("alpine:3.20", "alpine"),
        ("localhost:5000/app", "localhost:5000/app"),
        ("localhost:5000/team/app:v1", "localhost:5000/team/app"),
        ("Registry.Example/team/a_b__c--d.e", "Registry.Example/team/a_b__c--d.e"),
        ("[::1]:5000/app", "[::1]:5000/app"),
        ("team/app", "team/app"),
    ],
)
def test_images_are_named_without_their_tag(artifact: str, name: str) -> None:
    assert subjects_of([f"{artifact}@sha256:{HEX}"]) == [{"name": name, "digest": {"sha256": HEX}}]
    assert subjects_of([f"{artifact}@sha512:{HEX * 2}"]) == [{"name": name, "digest": {"sha512": HEX * 2}}]


def test_a_file_named_like_an_image_does_not_stand_in_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planted = tmp_path / f"app@sha256:{HEX}"
    planted.write_bytes(b"planted")
    assert subjects_of([planted.name]) == [{"name": "app", "digest": {"sha256": HEX}}]
    (file,) = subjects_of([f"./{planted.name}"])
    assert file["digest"]["sha256"] == hashlib.sha256(b"planted").hexdigest()


def test_wrong_usage_and_incomplete_targets(project: Path) -> None:
    wheel = project / "dist" / "demo-1.0-py3-none-any.whl"
    assert sbomgate("sbom", project, "--attest", wheel, "--output-format", "xml").returncode == 2
    done = sbomgate("sbom", project, "--attest", project / "dist")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    (project / "package-lock.json").write_text("{")
    done = sbomgate("sbom", project, "--attest", wheel, "-q")
    assert done.returncode == 3
    properties = read(done.stdout)["predicate"]["metadata"]["properties"]
    assert {"name": "sbomgate:complete", "value": "false"} in properties


@given(st.text(max_size=80) | st.text("ab/:.@-_[]1", max_size=30).map(lambda name: f"{name}@sha256:{HEX}"))
@example("a" + "--" * 5000 + f"!@sha256:{HEX}")
@example(f"{'a.' * 5000}@sha256:{HEX}")
def test_any_name_is_an_image_a_file_or_refused(artifact: str) -> None:
    try:
        (found,) = subjects_of([artifact])
    except UsageError as error:
        assert error.path == artifact
    else:
        assert found["name"]
        Statement.copy_from_pb(Parse("".join(statement([found], '{"a": 1}\n')), Message())).validate()
