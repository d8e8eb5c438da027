"""The head of a document: what it is about, who answers for it, when it was made, which issue it is, what it does not know."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reporters.test_cyclonedx import EVERYTHING, assert_valid, inventory
from support import distribution, environment, sbomgate, write_tree
from test_inventory import component

from sbomgate import collect, purl
from sbomgate.errors import UsageError
from sbomgate.manifest import diff, from_document, from_inventory
from sbomgate.model import Installation, Location, Origin, Parties, Party, Pin, Problem, Server, Source, Target
from sbomgate.parties import party
from sbomgate.policy_file import parse_policy
from sbomgate.reporters import cyclonedx
from sbomgate.reporters.cyclonedx.issue import read_previous
from sbomgate.reporters.cyclonedx.tool import row_of_tool

PYPROJECT = """
[project]
name = "Shop"
version = "1.2"
description = "Sells\\n things"
license = "MIT"
authors = [{name = "Ada", email = "ada@shop.example"}, {name = "Bob", email = "no mail"}, {email = "eve@shop.example"}, {}]
dependencies = ["idna==3.7"]
[project.urls]
Homepage = "https://shop.example/"
Source = "https://user:secret@git.example/shop"
"""
PACKAGE = {
    "name": "@shop/web",
    "version": "2.0.0",
    "description": "d",
    "license": "ISC",
    "author": "Ada <ada@shop.example> (https://ada.example)",
    "repository": {"type": "git", "url": "git+https://git.example/web.git"},
    "dependencies": {"idna": "1.0.0"},
}


@pytest.fixture(autouse=True)
def _no_clock_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def head(*inventories: Any, **making: Any) -> dict[str, Any]:
    document = assert_valid(cyclonedx.text(inventories, cyclonedx.Making(**making)))
    found: dict[str, Any] = document["metadata"]
    return found


def said(metadata: dict[str, Any], name: str) -> list[str]:
    return [row["value"] for row in metadata["properties"] if row["name"] == name]


class TestSubject:
    def test_a_python_project_is_told_as_its_file_tells_it(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"pyproject.toml": PYPROJECT})
        document = assert_valid(cyclonedx.text([collect(str(tmp_path))]))
        root = document["metadata"]["component"]
        assert {key: root[key] for key in ("bom-ref", "type", "name", "version", "purl", "description", "licenses", "authors", "externalReferences")} == {
            "bom-ref": "pkg:pypi/shop@1.2", "type": "application", "name": "shop", "version": "1.2", "purl": "pkg:pypi/shop@1.2", "description": "Sells things",
            "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
            "authors": [{"name": "Ada", "email": "ada@shop.example"}, {"name": "Bob"}, {"email": "eve@shop.example"}],
            "externalReferences": [{"type": "website", "url": "https://shop.example/"}, {"type": "vcs", "url": "https://***@git.example/shop"}],
        }  # fmt: skip
        assert [row["name"] for row in document["components"]] == ["idna"]
        assert document["dependencies"][0] == {"ref": "pkg:pypi/shop@1.2", "dependsOn": ["pkg:pypi/idna@3.7"]}

    @pytest.mark.parametrize("private", [True, False])
    def test_a_project_that_nobody_publishes_has_no_purl_and_is_compared_all_the_same(self, private: bool, tmp_path: Path) -> None:
        write_tree(tmp_path, {"package.json": json.dumps({**PACKAGE, "private": private})})
        found = collect(str(tmp_path))
        document = assert_valid(cyclonedx.text([found], reproducible=True))
        root = document["metadata"]["component"]
        assert (root["group"], root["name"], root["bom-ref"]) == ("@shop", "web", "pkg:npm/%40shop/web@2.0.0")
        assert ("purl" in root) is not private
        assert ("pkg:npm" in json.dumps(root["evidence"].get("identity", []))) is not private
        assert not list(diff(from_document(document, "m"), from_inventory(found)))

    def test_a_file_without_a_lock_row_is_a_subject_and_no_package(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"pyproject.toml": PYPROJECT, "requirements.txt": f"idna==3.7 --hash=sha256:{'a' * 64}\n"})
        found = collect(str(tmp_path))
        document = assert_valid(cyclonedx.text([found], reproducible=True))
        assert document["metadata"]["component"]["name"] == "shop"
        assert not list(diff(from_document(document, "m"), from_inventory(found)))

    def test_of_many_projects_the_one_on_top(self) -> None:
        top = component("top", origin=Origin.PROJECT, source=Source("path", "."))
        member = component("member", origin=Origin.PROJECT, source=Source("path", "packages/member"))
        document = assert_valid(cyclonedx.text([inventory(top, member)]))
        assert document["metadata"]["component"]["name"] == "top"
        assert [row["name"] for row in document["components"]] == ["member"]
        assert head(inventory(member, replace(member, name="other", purl="pkg:pypi/other@1")))["component"]["bom-ref"] == "root"

    @pytest.mark.parametrize("kind", ["environment", "project"])
    def test_without_a_project_it_is_the_target(self, kind: str) -> None:
        root = head(replace(inventory(component("a")), target=Target("/srv/app/.venv", kind)))["component"]
        unknown = [{"name": "sbomgate:unknown", "value": field} for field in ("hash", "license", "supplier", "version")]
        assert root == {
            "bom-ref": "root", "type": "platform" if kind == "environment" else "application", "name": ".venv", "properties": unknown,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "text",
        ["[project]\nname = 3\n", '[project]\nname = "x"\ndescription = 1\nauthors = 2\nlicense = [1]\nurls = 3\nclassifiers = [1]\n'],
    )
    def test_a_project_file_of_wrong_types_costs_no_document(self, text: str, tmp_path: Path) -> None:
        write_tree(tmp_path, {"pyproject.toml": text, "package.json": '{"name": "x", "author": [], "license": {}, "repository": 1}'})
        assert_valid(cyclonedx.text([collect(str(tmp_path))]))

    def test_hostile_texts_of_a_project_are_valid(self, tmp_path: Path) -> None:
        hostile = "a\u202e<x> ##vso[ \\ud800 \x1b'\"&" * 50
        write_tree(
            tmp_path,
            {
                "package.json": json.dumps(
                    {**PACKAGE, "author": hostile, "description": hostile, "homepage": f"https://{hostile}", "version": hostile}
                )
            },
        )
        text = cyclonedx.text([collect(str(tmp_path))])
        assert_valid(text)
        assert "##" not in text


class TestParties:
    ACME = Party("Acme", "ask@acme.example", "https://acme.example/", "Desk")

    def test_what_the_policy_says(self) -> None:
        metadata = head(EVERYTHING, parties=Parties((Party("Ada", "ada@acme.example"),), self.ACME, self.ACME))
        acme = {"name": "Acme", "url": ["https://acme.example/"], "contact": [{"name": "Desk", "email": "ask@acme.example"}]}
        assert metadata["authors"] == [{"name": "Ada", "email": "ada@acme.example"}]
        assert metadata["supplier"] == metadata["manufacturer"] == metadata["component"]["supplier"] == acme
        assert said(metadata, "sbomgate:unknown") == []

    def test_what_nobody_says_is_unknown(self) -> None:
        metadata = head(EVERYTHING)
        assert said(metadata, "sbomgate:unknown") == ["author", "supplier"]
        assert not metadata.keys() & {"authors", "supplier", "manufacturer"}

    def test_the_project_file_names_authors_and_no_supplier(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"package.json": json.dumps(PACKAGE)})
        metadata = head(collect(str(tmp_path)))
        assert metadata["authors"] == [{"name": "Ada", "email": "ada@shop.example"}]
        assert said(metadata, "sbomgate:author-source") == ["project-file"]
        assert said(metadata, "sbomgate:unknown") == ["supplier"]

    def test_options_win_over_the_policy(self, tmp_path: Path) -> None:
        write_tree(
            tmp_path,
            {"requirements.txt": "idna==3.7\n", "sbomgate.toml": '[sbom]\nauthors = ["Ada <ada@h.example>"]\nsupplier = {name = "Acme"}\n'},
        )
        metadata = json.loads(sbomgate("sbom", cwd=tmp_path).stdout)["metadata"]
        assert (metadata["authors"], metadata["supplier"]) == ([{"name": "Ada", "email": "ada@h.example"}], {"name": "Acme"})
        done = sbomgate("sbom", "--author", "Bob", "--author", "c@h.example", "--supplier", "Other <https://other.example/>", cwd=tmp_path)
        metadata = json.loads(done.stdout)["metadata"]
        assert metadata["authors"] == [{"name": "Bob"}, {"email": "c@h.example"}]
        assert metadata["supplier"] == {"name": "Other", "url": ["https://other.example/"]}
        for option in ("--author", "--supplier"):
            done = sbomgate("sbom", option, "Bob <nothing>", cwd=tmp_path)
            assert (done.returncode, done.stdout) == (2, "")
            assert f"{option}: 'Bob <nothing>' names nobody" in done.stderr
        assert sbomgate("manifest", "write", "-o", "m.json", cwd=tmp_path).returncode == 0
        assert json.loads((tmp_path / "m.json").read_text())["metadata"]["supplier"] == {"name": "Acme"}
        sbomgate("scan", "-o", "cyclonedx=scan.json", cwd=tmp_path)
        assert json.loads((tmp_path / "scan.json").read_text())["metadata"]["supplier"] == {"name": "Acme"}

    @pytest.mark.parametrize(
        ("table", "where"),
        [
            ("x", "sbom"), ({"author": []}, "sbom"), ({"authors": "Ada"}, "sbom.authors"), ({"authors": [1]}, "sbom.authors[0]"), ({"authors": ["Ada", " "]}, "sbom.authors[1]"),
            ({"authors": ["Ada <ada>"]}, "sbom.authors[0]"), ({"supplier": "Acme"}, "sbom.supplier"), ({"supplier": {}}, "sbom.supplier"),
            ({"supplier": {"name": 1}}, "sbom.supplier.name"), ({"supplier": {"name": "A", "mail": "x"}}, "sbom.supplier"),
            ({"supplier": {"name": "A", "url": "acme"}}, "sbom.supplier.url"), ({"manufacturer": {"name": "A", "url": "https://u:p@acme.example/"}}, "sbom.manufacturer.url"),
            ({"manufacturer": {"name": "A", "contact": "<x>"}}, "sbom.manufacturer.contact"), ({"manufacturer": {"name": "A", "contact": ""}}, "sbom.manufacturer.contact"),
        ],
    )  # fmt: skip
    def test_a_policy_of_wrong_types_is_refused(self, table: Any, where: str) -> None:
        with pytest.raises(UsageError) as error:
            parse_policy({"sbom": table}, "p.toml")
        assert (error.value.path, error.value.where) == ("p.toml", where)

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("Ada", Party("Ada")), ("Ada <ada@h.example>", Party("Ada", "ada@h.example")), ("ada@h.example", Party("", "ada@h.example")),
            ("Ada <ada@h.example> (https://ada.example/x)", Party("Ada", "ada@h.example", "https://ada.example/x")), ("Ada (nowhere)", Party("Ada")),
            ("Acme <https://acme.example>", Party("Acme", "", "https://acme.example")), ("Ada <x>", Party("Ada <x>")), ("a > b", Party("a > b")), ("", Party()),
            ("Ada <a..b@h.example>", Party("Ada <a..b@h.example>")), ("(" * 5000, Party("(" * 500)), ("Ada <ada@h>", Party("Ada <ada@h>")),
        ],
    )  # fmt: skip
    def test_a_party_is_read_as_people_write_it(self, text: str, wanted: Party) -> None:
        assert party(text) == wanted


class TestLifecycles:
    @pytest.mark.parametrize(
        ("found", "phases"),
        [
            (inventory(component("a")), ["pre-build"]),
            (inventory(component("a", origin=Origin.INSTALLED)), ["post-build"]),
            (inventory(component("a", origin=Origin.INSTALLED), component("b")), ["pre-build", "post-build"]),
            (replace(inventory(component("a", origin=Origin.INSTALLED)), target=Target("/", "project")), ["operations"]),
            (inventory(Server(client="c", scope="repo", name="s", location=Location("m"), transport="http")), ["pre-build"]),
        ],
    )
    def test_they_follow_from_what_was_read(self, found: Any, phases: list[str]) -> None:
        assert [row["phase"] for row in head(found)["lifecycles"]] == phases
        assert head(found, phases=("operations",))["lifecycles"] == [{"phase": "operations"}]

    def test_nothing_read_has_none(self) -> None:
        assert "lifecycles" not in head(inventory())


class TestTool:
    def test_a_checkout_has_no_digest_and_no_document_that_can_be_made_again_has_one(self) -> None:
        row = row_of_tool(reproducible=False)
        assert row.keys() - {"properties"} == {"bom-ref", "type", "name", "version"}
        assert "properties" not in row_of_tool(reproducible=True)

    def test_an_installed_one_has_that_of_the_files_that_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from sbomgate import __version__
        from sbomgate.reporters.cyclonedx import tool

        files = distribution("sbomgate", __version__, {"sbomgate/__init__.py": b"x = 1\n", "sbomgate/a/b/c.py": b""})
        files[f"sbomgate-{__version__}.dist-info/RECORD"] += b"../../bin/sbomgate,sha256=x,1\nsbomgate/__pycache__/a.pyc,,\n"
        write_tree(tmp_path / "env", environment(files))
        monkeypatch.setattr(tool, "__file__", str(tmp_path / "env/lib/python3.12/site-packages/sbomgate/a/b/c.py"))
        ((_, digest),) = [tuple(one.values()) for one in row_of_tool(reproducible=False)["properties"]]
        (ours,) = [item for item in collect(str(tmp_path / "env")).components if item.name == "sbomgate"]
        assert isinstance(ours.installation, Installation)
        assert digest == ours.installation.content_digest != ""
        (tmp_path / "env/lib/python3.12/site-packages/sbomgate/__init__.py").write_text("x = 2\n")
        assert row_of_tool(reproducible=False)["properties"][0]["value"] != digest  # it is of the files, not of what RECORD says
        (tmp_path / "env/lib/python3.12/site-packages/sbomgate/__init__.py").unlink()
        assert "properties" not in row_of_tool(reproducible=False)


def compositions(*nouns: Any, **changes: Any) -> tuple[str, dict[str, set[str]], set[str]]:
    """(about the whole, aggregate → references for their dependencies, references for their parts)."""
    document = assert_valid(cyclonedx.text([inventory(*nouns, **changes)]))
    whole, *rest = document["compositions"]
    return (
        whole["aggregate"],
        {row["aggregate"]: set(row["dependencies"]) for row in rest if "dependencies" in row},
        {ref for row in rest for ref in row.get("assemblies", ())},
    )


class TestCompositions:
    def test_a_lock_that_states_edges_is_complete(self) -> None:
        assert compositions(component("a", "b"), component("b")) == (
            "complete",
            {"complete": {"root", "pkg:pypi/a@1", "pkg:pypi/b@1"}},
            set(),
        )

    def test_an_edge_to_what_is_not_there_is_incomplete(self) -> None:
        whole, edges, _ = compositions(component("a", "b"))
        assert (whole, edges["incomplete"]) == ("incomplete", {"pkg:pypi/a@1"})

    @pytest.mark.parametrize(("pin", "whole"), [(Pin.HASHED, "complete"), (Pin.EXACT, "unknown"), (Pin.RANGE, "unknown")])
    def test_requirements_state_no_edges(self, pin: Pin, whole: str) -> None:
        row = component("a", origin=Origin.REQUIRED, pin=pin, locations=(Location("requirements.txt", 1),))
        assert compositions(row) == (whole, {"complete": {"root"}, "unknown": {"pkg:pypi/a@1"}}, set())
        # where it is installed too, the metadata states them
        installed = component(
            "a",
            origin=Origin.INSTALLED,
            installation=Installation(site="s", metadata_path="s/a.dist-info"),
            locations=(Location("s/a.dist-info/METADATA"),),
        )
        assert compositions(row, installed)[1] == {"complete": {"root", "pkg:pypi/a@1"}}

    def test_what_a_launched_package_needs_is_unknown_and_what_an_installed_one_needs_is_not(self) -> None:
        launched = component("a", origin=Origin.LAUNCHED, locations=(Location(".mcp.json", 2),))
        package = replace(component("b", origin=Origin.INSTALLED, locations=(Location("node_modules/b/package.json"),)), ecosystem="npm")
        assert compositions(launched, package)[:2] == ("unknown", {"complete": {"root", "pkg:pypi/b@1"}, "unknown": {"pkg:pypi/a@1"}})
        hidden = replace(package, locations=(Location("node_modules/.package-lock.json", 3),))
        assert compositions(hidden)[0] == "complete"

    def test_an_image_has_parts_that_nobody_lists(self) -> None:
        image = replace(component("img"), ecosystem="oci", purl="pkg:oci/img@1", origin=Origin.LAUNCHED)
        assert compositions(image) == ("incomplete", {"complete": {"root"}, "unknown": {"pkg:oci/img@1"}}, {"pkg:oci/img@1"})

    @pytest.mark.parametrize("path", ["s/a.dist-info/METADATA", "s/a.dist-info/RECORD", "s/a.dist-info/sboms"])
    def test_one_distribution_that_cannot_be_read_makes_it_and_the_whole_incomplete(self, path: str) -> None:
        def installed(name: str) -> Any:
            folder = f"s/{name}.dist-info"
            return component(
                name,
                origin=Origin.INSTALLED,
                installation=Installation(site="s", metadata_path=folder),
                locations=(Location(f"{folder}/METADATA"),),
            )

        found = compositions(installed("a"), installed("b"), Problem(path=path, what="w"))
        assert found == ("incomplete", {"complete": {"pkg:pypi/b@1"}, "incomplete": {"root", "pkg:pypi/a@1"}}, {"root"})

    def test_a_row_of_a_lock_that_cannot_be_read_leaves_all_of_its_edges_in_doubt(self) -> None:
        whole, edges, parts = compositions(component("a"), Problem(path="uv.lock", where="package[3]", what="w"))
        assert (whole, edges, parts) == ("incomplete", {"incomplete": {"root", "pkg:pypi/a@1"}}, {"root"})

    def test_a_project_whose_backend_makes_its_requirements_is_unknown(self) -> None:
        project = component("p", origin=Origin.PROJECT, locations=(Location("pyproject.toml", 1),))
        assert compositions(project)[:2] == ("complete", {"complete": {"pkg:pypi/p@1"}})
        assert compositions(project, notes=("pyproject.toml: its dependencies are made elsewhere",))[:2] == (
            "unknown",
            {"unknown": {"pkg:pypi/p@1"}},
        )

    def test_what_lies_inside_an_artifact_is_unknown_and_the_whole_is_not(self) -> None:
        owner = component("a", "lib")
        part = component("lib", origin=Origin.BUNDLED, properties=(("sbomgate:bundled-in", owner.purl),))
        assert compositions(owner, part)[:2] == (
            "complete",
            {"complete": {"root", owner.purl}, "unknown": {f"{part.purl} in {owner.purl}"}},
        )

    def test_each_reference_stands_on_a_line_of_its_own(self) -> None:
        before, after = (cyclonedx.text([inventory(*map(component, names))], reproducible=True).splitlines() for names in ("abd", "abcd"))
        new = [line for line in after if line not in before]
        assert len(new) == 4  # the component, its edges, those of the root, the reference
        assert max(map(len, after)) < 2000


class TestIssue:
    SUPPLIED = Parties(supplier=Party("Acme"))

    def serial(self, found: Any, parties: Parties | None = None) -> str:
        document = cyclonedx.document([found], cyclonedx.Making(parties=parties or Parties()))
        assert document["version"] == 1
        number: str = document["serialNumber"]
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", number)
        return number

    def test_a_project_has_one_serial_number_over_all_its_versions(self) -> None:
        def project(name: str, version: str) -> Any:
            return inventory(replace(component(name, origin=Origin.PROJECT), version=version, purl=purl.pypi(name, version)))

        assert self.serial(project("p", "1")) == self.serial(replace(project("p", "2"), target=Target("/elsewhere/q", "project")))
        others = {self.serial(project("p", "1")), self.serial(project("q", "1")), self.serial(project("p", "1"), self.SUPPLIED)}
        assert len(others) == 3

    def test_a_folder_is_known_by_its_name_only_where_somebody_answers_for_it(self) -> None:
        found = inventory(component("a"), target="/srv/one/.venv")
        assert self.serial(found) != self.serial(found)
        assert self.serial(found, self.SUPPLIED) == self.serial(replace(found, target=Target("/srv/two/.venv", "project")), self.SUPPLIED)

    @pytest.mark.parametrize("form", [("1.6", "json"), ("1.7", "json"), ("1.4", "json"), ("1.4", "xml"), ("1.6", "xml")])
    def test_the_next_issue_keeps_the_number_and_counts(
        self, form: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "bom"

        def write(found: Any, time: str = "") -> tuple[str, int, str]:
            monkeypatch.setattr("sbomgate.reporters.cyclonedx.issue._moment", lambda _: time)
            path.write_text("".join(cyclonedx.issued([found], cyclonedx.Making(), cyclonedx.previous_at(str(path)), *form)))
            previous = read_previous(str(path))
            assert previous is not None
            return tuple(previous.issue)

        first = replace(inventory(component("a"), target="/x/R&D <1>"), target=Target("/x/R&D <1>", "environment"))
        serial, version, time = write(first, "2027-01-01T00:00:00Z")
        assert (version, time) == (1, "2027-01-01T00:00:00Z")
        before = path.read_bytes()
        assert write(first, "2027-01-02T00:00:00Z") == (serial, 1, "2027-01-01T00:00:00Z")
        assert path.read_bytes() == before  # nothing changed: it is the same issue
        assert write(replace(first, notes=("n",)), "2027-01-02T00:00:00Z")[1] == 1
        second = replace(first, components=(component("b"),), roots=("pkg:pypi/b@1",))
        assert write(second, "2027-01-03T00:00:00Z") == (serial, 2, "2027-01-03T00:00:00Z")
        assert write(first, "2027-01-04T00:00:00Z") == (serial, 3, "2027-01-04T00:00:00Z")
        other = write(replace(first, target=Target("/x/other", "environment")), "2027-01-05T00:00:00Z")
        assert (other[0] != serial, other[1]) == (True, 1)

    def test_issues_of_a_project_in_xml_and_json_follow_each_other(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"package.json": json.dumps({**PACKAGE, "private": True})})
        arguments = ("sbom", ".", "-q", "-o", "bom")
        assert sbomgate(*arguments, cwd=tmp_path).returncode == 0
        (tmp_path / "package.json").write_text(json.dumps({**PACKAGE, "private": True, "version": "3.0.0"}))
        assert sbomgate(*arguments, "--output-format", "xml", cwd=tmp_path).returncode == 0
        assert 'version="2">' in (tmp_path / "bom").read_text()[:300]
        assert sbomgate(*arguments, cwd=tmp_path).returncode == 0
        assert json.loads((tmp_path / "bom").read_text())["version"] == 3
        # to stdout nothing is known of an earlier one, unless it is told
        assert json.loads(sbomgate("sbom", ".", cwd=tmp_path).stdout)["version"] == 1
        assert json.loads(sbomgate("sbom", ".", "--previous", "bom", cwd=tmp_path).stdout)["version"] == 3

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "cannot be read"),
            (b"", "no document"),
            (b"{}", "no document"),
            (b"\xff", "no document"),
            (b"<?xml", "no document"),
            (b"[" * 9000, "no document"),
            (b'{"bomFormat": "CycloneDX", "serialNumber": "x", "metadata": {"component": {"name": "a"}}}', "no document"),
            (
                b'{"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "version": 0, "metadata": {"component": {"name": "a"}}}',
                "no document",
            ),
            (
                b'{"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "version": 1, "metadata": {"component": {"name": "a"}}}',
                "is about 'a'",
            ),
        ],
    )
    def test_what_is_no_previous_issue_is_refused_where_it_is_named_and_replaced_where_it_is_written_over(
        self, content: bytes | None, message: str, tmp_path: Path
    ) -> None:
        write_tree(tmp_path, {"requirements.txt": "idna==3.7\n", **({"old": content} if content is not None else {})})
        done = sbomgate("sbom", "requirements.txt", "--previous", "old", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
        assert sbomgate("sbom", "requirements.txt", "-o", "old", cwd=tmp_path).returncode == 0
        assert json.loads((tmp_path / "old").read_text())["version"] == 1

    def test_a_document_of_another_tool_about_the_same_is_continued_where_it_is_named(self, tmp_path: Path) -> None:
        old = {
            "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "version": 41,
            "metadata": {"component": {"type": "application", "name": "web", "group": "@shop", "purl": "pkg:npm/%40shop/web@1.0.0"}},
        }  # fmt: skip
        write_tree(tmp_path, {"package.json": json.dumps(PACKAGE), "old": json.dumps(old, indent=2)})
        document = json.loads(sbomgate("sbom", "--previous", "old", cwd=tmp_path).stdout)
        assert (document["serialNumber"], document["version"]) == (old["serialNumber"], 42)

    def test_reproducible_has_neither_and_no_previous(self, tmp_path: Path) -> None:
        write_tree(tmp_path, {"requirements.txt": "idna==3.7\n"})
        metadata = head(EVERYTHING, reproducible=True)
        assert said(metadata, "cdx:reproducible") == ["true"]
        done = sbomgate("sbom", "--reproducible", "--previous", "x", cwd=tmp_path)
        assert done.returncode == 2
        assert "no previous issue" in done.stderr

    def test_reproducible_with_a_time_does_not_claim_to_have_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
        assert said(head(EVERYTHING, reproducible=True), "cdx:reproducible") == []
