"""What a document says of one component: who supplies it, how it is known, where it is to be had, what was changed, what is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_cyclonedx import assert_valid, inventory
from test_inventory import component

from sbomgate.collectors import people
from sbomgate.collectors.environment.metadata import described, parse_headers
from sbomgate.collectors.node_modules import _metadata
from sbomgate.custody_model import Deviation, Evidence
from sbomgate.model import (
    Artifact,
    Component,
    Digest,
    FileFact,
    Installation,
    Location,
    Metadata,
    Origin,
    Person,
    Pin,
    Server,
    Source,
    StartupHook,
)
from sbomgate.reporters import cyclonedx

PURL = "pkg:pypi/x@1"
SHA = "a" * 64


def row(item: Component, *more: Any, **changes: Any) -> dict[str, Any]:
    """The first component of a document of `item` and `more`, which is valid."""
    document = assert_valid(cyclonedx.text([inventory(item, *more, **changes)], reproducible=True))
    found: dict[str, Any] = document["components"][0]
    return found


def told(found: dict[str, Any], name: str) -> list[str]:
    return [one["value"] for one in found["properties"] if one["name"] == name]


def installed(**changes: Any) -> Component:
    place = (Location("lib/x-1.dist-info/METADATA"),)
    installation = Installation(site="lib", metadata_path="lib/x-1.dist-info")
    return replace(component("x", origin=Origin.INSTALLED), **{"locations": place, "installation": installation, **changes})


def of_headers(text: str) -> dict[str, Any]:
    return row(installed(metadata=described(parse_headers(text.encode()))))


class TestProducers:
    @pytest.mark.parametrize(
        ("headers", "supplier", "manufacturer", "authors"),
        [
            ("Author: Ada\nAuthor-email: ada@h.example", "Ada <ada@h.example>", "Ada <ada@h.example>", "Ada <ada@h.example>"),
            ("Author-email: Ada <ada@h.example>, Bob <bob@h.example>", "Ada, Bob <ada@h.example bob@h.example>", None, "Ada <ada@h.example> Bob <bob@h.example>"),
            ('Author-email: "Acme, Inc." <dev@h.example>', "Acme, Inc. <dev@h.example>", None, "Acme, Inc. <dev@h.example>"),
            ("Author: Ada\nMaintainer: Team\nMaintainer-email: t@h.example", "Team <t@h.example>", "Ada", "Ada"),
            ("Maintainer-email: t@h.example", "t@h.example <t@h.example>", "", ""),
            ("Author: UNKNOWN\nProject-URL: Source, https://github.com/acme/x/tree/main", "acme https://github.com/acme", "", ""),
            ("Author: Ada\nHome-page: https://h.example/", "Ada https://h.example/", "Ada https://h.example/", "Ada"),
            ("Author-email: not an address", "not an address", None, "not an address"),
            ("Author: Ada, Bob\nAuthor-email: ada@h.example, bob@h.example", "Ada, Bob <ada@h.example bob@h.example>", None, "Ada, Bob <ada@h.example> <bob@h.example>"),
            ("Home-page: https://index.example/project/x", "", "", ""),
        ],
    )  # fmt: skip
    def test_of_python(self, headers: str, supplier: str, manufacturer: str | None, authors: str) -> None:
        found = of_headers(headers)
        assert self.entity(found.get("supplier")) == supplier
        assert self.entity(found.get("manufacturer")) == (supplier if manufacturer is None else manufacturer)
        assert " ".join(self.person(one) for one in found.get("authors", ())) == authors
        assert ("supplier" in told(found, "sbomgate:unknown")) is (not supplier)

    def entity(self, found: dict[str, Any] | None) -> str:
        if found is None:
            return ""
        mails = " ".join(one["email"] for one in found.get("contact", ()))
        return " ".join(filter(None, (found["name"], f"<{mails}>" if mails else "", *found.get("url", ()))))

    def person(self, found: dict[str, Any]) -> str:
        return f"{found.get('name', '')} <{found['email']}>".strip() if "email" in found else found["name"]

    @pytest.mark.parametrize(
        ("manifest", "supplier", "authors"),
        [
            ({"author": "Ada <ada@h.example> (https://h.example/ada)"}, "Ada <ada@h.example> https://h.example/ada", "Ada <ada@h.example>"),
            ({"author": {"name": "Ada", "url": "https://h.example/a"}, "homepage": "https://h.example/"}, "Ada https://h.example/", "Ada"),
            ({"maintainers": ["Team", {"email": "t@h.example"}], "author": "Ada"}, "Team <t@h.example>", "Ada"),
            ({"contributors": [{"name": "Bob"}, 7, None, "Eve"]}, "Bob, Eve", "Bob Eve"),
            ({"repository": "acme/x"}, "acme https://github.com/acme", ""),
            ({"repository": "gitlab:acme/x", "author": {}}, "acme https://gitlab.com/acme", ""),
            ({"author": 7, "maintainers": {"a": 1}, "repository": [1], "bugs": {}, "homepage": None}, "", ""),
        ],
    )
    def test_of_npm(self, manifest: dict[str, Any], supplier: str, authors: str) -> None:
        found = row(replace(component("x", origin=Origin.INSTALLED), ecosystem="npm", metadata=_metadata(manifest)))
        assert self.entity(found.get("supplier")) == supplier
        assert " ".join(self.person(one) for one in found.get("authors", ())) == authors

    @settings(max_examples=150, deadline=None)
    @given(st.text(st.sampled_from("ab@.<>()\"', \t\\é\ud800-"), max_size=40), st.text(max_size=30))
    @example("a@b.-c.de", "a..b@c.de")
    @example("<a@b.cd> (x", '"')
    def test_whoever_is_named_the_document_is_valid_and_read(self, people_text: str, other: str) -> None:
        headers = f"Author: {other}\nAuthor-email: {people_text}\nMaintainer-email: {people_text},{other}\nHome-page: https://{other}"
        for metadata in (
            described(parse_headers(headers.encode("utf-8", "surrogatepass"))),
            _metadata({"author": people_text, "maintainers": [{"name": other, "email": people_text}], "repository": {"url": other, "directory": people_text}, "bugs": other}),
        ):  # fmt: skip
            document = assert_valid(cyclonedx.text([inventory(installed(metadata=metadata))], reproducible=True))
            (theirs,) = Bom.from_json(document).components  # type: ignore[attr-defined]
            assert len(theirs.authors) == len(document["components"][0].get("authors", ()))

    @pytest.mark.parametrize(
        "text", ["a" * 100_000, "<" * 100_000, '"' * 100_000, "a," * 100_000, "a@" * 100_000, "(" * 100_000, " " * 100_000]
    )
    def test_long_lists_are_cut(self, text: str) -> None:
        assert len(people.of_metadata({"Author": text, "Author-email": text}, "Author")) <= 50
        assert len(people.of_manifest({"author": text, "contributors": [text] * 1000})[0]) <= 50

    @pytest.mark.parametrize("text", ["a@b.example", "a+b.c@d-e.example"])
    def test_an_address(self, text: str) -> None:
        assert people.is_mail(text)

    @pytest.mark.parametrize(
        "text", ["", "@", "a@b", "a@-b.cd", "a b@c.de", "a..b@c.de", ".a@c.de", "a.@c.de", "a@c.de\n", "ä@c.de", "a@b@c.de"]
    )
    def test_no_address(self, text: str) -> None:
        assert not people.is_mail(text)


@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_older_versions_keep_the_supplier_the_authors_and_the_purl_as_identity(version: str) -> None:
    item = installed(
        metadata=Metadata(authors=(Person("Ada", "ada@h.example"), Person("", "bob@h.example")), maintainers=(Person("Team"),))
    )
    document = cyclonedx.document([inventory(item)], reproducible=True)
    (found,) = assert_valid(cyclonedx.converted(document, version), version)["components"]
    assert (found["supplier"], found["author"]) == ({"name": "Team"}, "Ada <ada@h.example>, bob@h.example")
    if version == "1.5":
        assert found["evidence"]["identity"]["field"] == "purl"


class TestReferences:
    def of(self, **metadata: Any) -> list[tuple[str, str]]:
        found = row(installed(metadata=Metadata(**metadata)))
        return [(one["type"], one["url"]) for one in found.get("externalReferences", ())]

    @pytest.mark.parametrize(
        ("label", "kind"),
        [
            ("Homepage", "website"), ("home_page", "website"), ("Source Code", "vcs"), ("GitHub", "vcs"), ("Bug Tracker", "issue-tracker"), ("Docs", "documentation"),
            ("What's New", "release-notes"), ("Changelog", "release-notes"), ("Download", "distribution"), ("Funding", "other"), ("GitHub: repo", "vcs"), ("", "other"),
        ],
    )  # fmt: skip
    def test_well_known_labels(self, label: str, kind: str) -> None:
        assert kind in {one for one, _ in self.of(urls=((label, "https://h.example/x"),))}

    def test_a_page_of_a_forge_is_the_repository_too(self) -> None:
        assert self.of(urls=(("Homepage", "https://github.com/acme/x"),)) == [
            ("website", "https://github.com/acme/x"),
            ("vcs", "https://github.com/acme/x"),
        ]
        assert self.of(urls=(("Homepage", "https://github.com/acme"),)) == [("website", "https://github.com/acme")]
        urls = (("Homepage", "https://github.com/acme/x"), ("Source", "https://git.example/x"))
        assert self.of(urls=urls) == [("website", "https://github.com/acme/x"), ("vcs", "https://git.example/x")]

    def test_nothing_stands_twice_and_what_is_no_address_nowhere(self) -> None:
        urls = (("Homepage", "https://h.example"), ("Home", "https://h.example"), ("Docs", "ask me"), ("Source", "https://h.example"))
        assert self.of(urls=urls) == [("website", "https://h.example"), ("vcs", "https://h.example")]

    @pytest.mark.parametrize(
        ("repository", "url"),
        [
            ("acme/x", "https://github.com/acme/x"),
            ("github:acme/x#main", "https://github.com/acme/x"),
            ("gist:11081aaa281", "https://gist.github.com/11081aaa281"),
            ("git@h.example:acme/x.git", "git+ssh://git@h.example/acme/x.git"),
            ({"type": "git", "url": "git+https://h.example/x.git", "directory": "packages/x"}, "git+https://h.example/x.git#packages/x"),
            ({"url": "https://user:secret@h.example/x.git"}, "https://***@h.example/x.git"),
            ("word", ""),
            ({"directory": "x"}, ""),
        ],
    )
    def test_the_repository_of_npm(self, repository: Any, url: str) -> None:
        assert dict(people.links_of_manifest({"repository": repository})).get("Repository", "") == url

    def test_of_npm(self) -> None:
        manifest = {
            "homepage": "https://h.example",
            "bugs": {"url": "https://h.example/bugs", "email": "a@h.example"},
            "funding": ["https://h.example/1", {"url": "https://h.example/2"}],
        }
        assert list(people.links_of_manifest(manifest)) == [
            ("Homepage", "https://h.example"), ("Issues", "https://h.example/bugs"), ("Funding", "https://h.example/1"), ("Funding", "https://h.example/2"),
        ]  # fmt: skip

    def test_each_artifact_has_its_own_digests(self) -> None:
        artifacts = (
            Artifact("https://h.example/x-1-py3-none-any.whl", "x-1-py3-none-any.whl", (Digest("sha256", "a" * 64),)),
            Artifact("https://h.example/x-1.tar.gz", "x-1.tar.gz", (Digest("sha256", "b" * 64),)),
        )
        found = row(component("x", hashes=(Digest("sha256", "a" * 64), Digest("sha256", "b" * 64)), artifacts=artifacts))
        assert [(one["type"], one["hashes"][0]["content"][0]) for one in found["externalReferences"]] == [
            ("distribution", "a"),
            ("source-distribution", "b"),
        ]
        assert not told(found, "bsi:component:filename")  # which of them is installed is not known


class TestEvidence:
    @pytest.mark.parametrize(
        ("changes", "technique", "confidence"),
        [
            ({"origin": Origin.LOCKED, "pin": Pin.HASHED}, "manifest-analysis", 0.8),
            ({"origin": Origin.LOCKED, "pin": Pin.VCS_COMMIT}, "manifest-analysis", 0.8),
            ({"origin": Origin.LOCKED}, "manifest-analysis", 0.7),
            ({"origin": Origin.REQUIRED, "version": ""}, "manifest-analysis", 0.4),
            ({"origin": Origin.BUNDLED}, "manifest-analysis", 0.5),
            ({"origin": Origin.BUNDLED, "version": ""}, "manifest-analysis", 0.3),
            ({}, "manifest-analysis", 0.7),
            ({"installation": Installation(site="", metadata_path="x.dist-info", verified=True)}, "hash-comparison", 0.9),
            ({"locations": (Location("lib/x.egg-link"),)}, "filename", 0.3),
            ({"ecosystem": "npm", "locations": (Location("node_modules/x"),), "installation": None}, "filename", 0.3),
            ({"ecosystem": "npm", "locations": (Location("node_modules/x/package.json"),), "installation": None}, "manifest-analysis", 0.7),
        ],
    )
    def test_how_it_is_known(self, changes: dict[str, Any], technique: str, confidence: float) -> None:
        identity = row(installed(**changes))["evidence"]["identity"]
        assert {(one["methods"][0]["technique"], one["confidence"], one["methods"][0]["confidence"]) for one in identity} == {
            (technique, confidence, confidence)
        }
        fields = (
            ["purl"] if changes.get("origin") is Origin.LOCKED else ["purl", "name"] + (["version"] if changes.get("version") != "" else [])
        )
        assert [one["field"] for one in identity] == fields
        assert [one["concludedValue"] for one in identity] == [PURL, "x", "1"][: len(fields)]

    def test_bytes_that_were_compared(self) -> None:
        proof = Evidence(PURL, "bytes", Location("x"), artifact=SHA)
        found = row(installed(), custody=(proof,))
        assert found["hashes"] == [{"alg": "SHA-256", "content": SHA}]
        identity = {one["field"]: one for one in found["evidence"]["identity"]}
        assert {one["confidence"] for one in identity.values()} == {1.0}
        assert identity["purl"]["methods"] == [{"technique": "hash-comparison", "confidence": 1.0, "value": f"sha256:{SHA}"}]
        assert identity["hash"]["concludedValue"] == SHA
        assert "pedigree" not in found
        assert told(found, "sbomgate:unknown") == ["license", "supplier"]

    def test_the_weakest_of_several_counts(self) -> None:
        proofs = (Evidence(PURL, "bytes", Location("x"), artifact=SHA), Evidence(PURL, "version", Location("y")))
        for custody in (proofs, proofs[::-1]):
            found = row(installed(), custody=custody)
            assert found["evidence"]["identity"][0]["confidence"] == 0.7
            assert "hashes" not in found

    def test_files_that_are_not_those_of_the_release(self) -> None:
        proof = Evidence(
            PURL,
            "broken",
            Location("x"),
            fault="content",
            artifact=SHA,
            deviations=(Deviation("differs", "x.py", True), Deviation("unread", "z", False)),
        )
        fact = FileFact(kind="missing", path="y.py", owners=(PURL,))
        found = row(installed(), fact, custody=(proof,))
        assert found["pedigree"] == {
            "ancestors": [{"type": "library", "name": "x", "version": "1", "hashes": [{"alg": "SHA-256", "content": SHA}], "purl": PURL}],
            "patches": [{"type": "unofficial"}],
            "notes": "installed files are not those of the release: changed x.py; missing y.py",
        }
        assert found["evidence"]["identity"][0]["confidence"] == 0.5
        assert "hashes" not in found  # the artifact's are not those of what is there

    def test_a_long_list_of_files_is_cut(self) -> None:
        facts = [FileFact(kind="changed", path=f"{number:04}.py", owners=(PURL,)) for number in range(1000)]
        notes = row(installed(), *facts)["pedigree"]["notes"]
        assert notes.endswith("changed 0019.py; and 980 more")

    @pytest.mark.parametrize("kind", ["unowned", "unhashed", "shared", "bytecode-differs", "outside"])
    def test_what_is_no_change_of_the_release(self, kind: str) -> None:
        assert "pedigree" not in row(installed(), FileFact(kind=kind, path="x.py", owners=(PURL,)))

    def test_a_row_of_a_lock_is_not_modified_by_what_is_installed_elsewhere(self) -> None:
        assert "pedigree" not in row(component("x"), FileFact(kind="changed", path="x.py", owners=(PURL,)))


class TestProperties:
    def test_what_is_unknown_is_said(self) -> None:
        bare = replace(component("x"), version="", purl="pkg:pypi/x")
        assert told(row(bare), "sbomgate:unknown") == ["hash", "license", "supplier", "version"]
        full = component("x", hashes=(Digest("sha256", SHA),), metadata=Metadata(author="Ada", license_expression="MIT"))
        assert told(row(full), "sbomgate:unknown") == []
        assert told(row(replace(full, hashes=(Digest("sha256", "short"),))), "sbomgate:unknown") == ["hash"]

    @pytest.mark.parametrize(
        ("name", "file", "expected"),
        [
            ("x", "x-1-py3-none-any.whl", ("archive", "executable", "structured")),
            ("types-x", "types_x-1-py3-none-any.whl", ("archive", None, "structured")),
            ("@types/x", "x-1.tgz", ("archive", None, "structured")),
            ("x", "x.bin", (None, None, None)),
        ],
    )
    def test_of_the_file(self, name: str, file: str, expected: tuple[str | None, ...]) -> None:
        found = row(component(name, artifacts=(Artifact("", file),)))
        assert told(found, "bsi:component:filename") == [file]
        assert tuple(next(iter(told(found, f"bsi:component:{one}")), None) for one in ("archive", "executable", "structured")) == expected

    def test_of_npm(self) -> None:
        places = (
            Location("node_modules/x/package.json"),
            Location("node_modules/y/node_modules/x/package.json"),
            Location("package-lock.json", 7),
        )
        found = row(replace(component("x", origin=Origin.INSTALLED, scope="dev", locations=places), ecosystem="npm"))
        assert told(found, "cdx:npm:package:path") == ["node_modules/x", "node_modules/y/node_modules/x"]
        assert told(found, "cdx:npm:package:development") == ["true"]

    def test_of_python(self) -> None:
        own = (("sbomgate:python:editable", "true"), ("sbomgate:python:extras", "a,b"))
        found = row(
            component("x", properties=own, source=Source("vcs", "git+https://h.example/x", "main", "c" * 40), groups=("dev", "docs"))
        )
        assert told(found, "cdx:python:package:required-extra") == ["a", "b"]
        assert told(found, "cdx:python:package:source:local:editable") == ["true"]
        assert told(found, "cdx:python:package:source:vcs:requested_revision") == ["main"]
        assert told(found, "sbomgate:group") == ["dev", "docs"]
        assert [one["name"] for one in found["properties"]] == sorted(one["name"] for one in found["properties"])


class TestLicencesOfNpm:
    @pytest.mark.parametrize(
        ("manifest", "expected"),
        [
            ({"license": "MIT"}, ["MIT"]),
            ({"license": "(MIT OR Apache-2.0)"}, ["(MIT OR Apache-2.0)"]),
            ({"license": {"type": "ISC", "url": "https://h.example"}}, ["ISC"]),
            ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}, ["(MIT OR GPL-2.0)"]),
            ({"licenses": [{"type": "MIT"}, {"type": "Own licence"}]}, ["MIT", "Own licence"]),
            ({"license": "UNLICENSED"}, ["UNLICENSED"]),
            ({"license": "SEE LICENSE IN x.md"}, ["SEE LICENSE IN x.md"]),
            ({"license": "Apache 2.0"}, ["Apache-2.0"]),
            ({"license": "Apache2"}, ["Apache-2.0"]),
            ({"license": [7, None, {}], "licence": "MIT"}, []),
        ],
    )
    def test_every_form(self, manifest: dict[str, Any], expected: list[str]) -> None:
        found = row(replace(component("x"), ecosystem="npm", metadata=_metadata({"description": "x", **manifest})))
        rows = found.get("licenses", [])
        assert [one.get("expression") or one["license"].get("id") or one["license"]["name"] for one in rows] == expected
        assert all((one if "expression" in one else one["license"])["acknowledgement"] == "declared" for one in rows)
        assert ("license" in told(found, "sbomgate:unknown")) is (not expected)


class TestHooksAndServers:
    def test_a_hook_is_known_by_its_bytes_and_of_its_owner(self) -> None:
        owner = installed(metadata=Metadata(author="Ada", license_expression="MIT"))
        hook = StartupHook(kind="pth", location=Location("lib/x.pth", 1), sha256=SHA, owner=PURL)
        stray = StartupHook(kind="pth", location=Location("lib/y.pth"), sha256="")
        document = assert_valid(cyclonedx.text([inventory(owner, hook, stray)], reproducible=True))
        _, one, other = document["components"]
        assert (one["version"], one["supplier"], one["licenses"][0]["license"]["id"]) == ("1", {"name": "Ada"}, "MIT")
        assert one["evidence"]["identity"][0]["concludedValue"] == SHA
        assert told(one, "sbomgate:unknown") == []
        assert told(other, "sbomgate:unknown") == ["hash", "license", "supplier", "version"]
        assert {"ref": "hook:lib/x.pth", "dependsOn": [PURL]} in document["dependencies"]
        fact = FileFact(kind="changed", path="lib/x.pth", owners=(PURL,))
        _, changed = assert_valid(cyclonedx.text([inventory(owner, hook, fact)], reproducible=True))["components"]
        assert told(changed, "sbomgate:unknown") == ["license", "supplier", "version"]  # nobody knows whose bytes these are

    def server(self, **changes: Any) -> Server:
        return Server(
            **{"client": "c", "scope": "repo", "name": "s", "location": Location(".mcp.json", 4), "transport": "stdio", **changes}
        )

    def document(self, *nouns: Any) -> dict[str, Any]:
        return assert_valid(cyclonedx.text([inventory(*nouns)], reproducible=True))

    def package(self, version: str, origin: Origin = Origin.INSTALLED) -> Component:
        end = f"@{version}" if version else ""
        return replace(
            component("@acme/docs", origin=origin),
            ecosystem="npm",
            version=version,
            purl=f"pkg:npm/%40acme/docs{end}",
            metadata=Metadata(summary="Docs", author="Acme"),
        )

    @pytest.mark.parametrize(
        ("launcher", "versions", "expected"),
        [
            ("npx", ["", "1.0.0"], ["pkg:npm/%40acme/docs", "pkg:npm/%40acme/docs@1.0.0"]),
            ("npx", ["", "1.0.0", "2.0.0"], ["pkg:npm/%40acme/docs"]),
            ("npx", ["1.0.0"], ["pkg:npm/%40acme/docs@1.0.0"]),
            ("other", ["", "1.0.0"], ["pkg:npm/%40acme/docs"]),
        ],
    )
    def test_a_server_hangs_on_what_implements_it(self, launcher: str, versions: list[str], expected: list[str]) -> None:
        server = self.server(launcher=launcher, ecosystem="npm", package="@acme/docs", purl="pkg:npm/%40acme/docs")
        document = self.document(server, *map(self.package, versions))
        assert {"ref": "server:c:.mcp.json#s", "dependsOn": expected} in document["dependencies"]
        (service,) = document["services"]
        assert (service["group"], service["provider"], service["description"]) == ("@acme", {"name": "Acme"}, "Docs")
        assert service["externalReferences"] == [{"type": "configuration", "url": ".mcp.json", "comment": "line 4"}]
        assert "x-trust-boundary" not in service

    @pytest.mark.parametrize(
        ("url", "provider", "boundary"),
        [
            ("https://mcp.h.example/x", "mcp.h.example", True),
            ("https://***@H.example:8443/x", "h.example", True),
            ("http://localhost:8080/", None, False),
            ("http://[::1]:1/", None, False),
            ("https://${HOST}/mcp", None, True),
            ("nothing", None, True),
        ],
    )
    def test_a_remote_server_is_beyond_a_boundary(self, url: str, provider: str | None, boundary: bool) -> None:
        (service,) = self.document(self.server(transport="http", url=url))["services"]
        assert service["x-trust-boundary"] is boundary
        assert service.get("provider", {}).get("name") == provider
