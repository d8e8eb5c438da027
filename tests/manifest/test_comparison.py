"""The known-good manifest: what is written is read back the same, every difference is a change, and strange documents are refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import json_values
from test_inventory import COMPONENTS, build, component

from sbomgate.agent_model import EFFECTS, AgentCommand, AgentOption, Instruction, PermissionRule
from sbomgate.errors import CollectError
from sbomgate.manifest import Change, Manifest, diff, from_document, from_inventory, hook_key, incomparable, load, reading
from sbomgate.manifest.names import SETTINGS as SETTING_NAMES
from sbomgate.model import Component, Digest, Installation, Inventory, Location, Origin, Problem, Server, StartupHook
from sbomgate.reporters import cyclonedx

SITE = "lib/python3.12/site-packages"
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\udcff"), min_size=1, max_size=5)
DIGESTS = st.builds(
    Digest,
    st.sampled_from(["sha256", "sha512", "md5", "sha1", "blake2b", "sha3_256"]),
    st.sampled_from(["a" * 64, "b" * 32, "c" * 128, "short", "A" * 64, ""]),
)
HOOKS = st.builds(
    StartupHook,
    kind=st.sampled_from(["pth", "start"]),
    location=st.builds(
        Location,
        st.one_of(TEXT.map(lambda name: f"{SITE}/{name}"), st.sampled_from([f"a/{SITE}/x.pth", f"b/{SITE}/x.pth", "pyvenv.cfg"])),
        st.integers(0, 2),
    ),
    sha256=st.sampled_from(["a" * 64, "b" * 64, ""]),
    owner=st.sampled_from(["", "pkg:pypi/n1@1"]),
)
SERVERS = st.builds(
    Server,
    client=st.sampled_from(["c", "d"]),
    scope=st.just("repo"),
    name=TEXT | st.just("s"),
    location=st.builds(Location, st.sampled_from(["a.json", "b.json"])),
    transport=st.sampled_from(["stdio", "http"]),
    url=st.just("") | TEXT,
    purl=st.sampled_from(["", "pkg:npm/x"]),
    env_names=st.lists(TEXT, max_size=2).map(tuple),
    requirement=st.just("") | TEXT,
)
SCOPED = {
    "client": st.sampled_from(["c", "d"]),
    "scope": st.just("repo"),
    "location": st.builds(Location, st.sampled_from(["a.json", "~/b.json"])),
}
WORDS = TEXT | st.sampled_from(["Bash", "Bash(a:*)", "Bash(a b)", "a = b", "a: b", ""])
SETTINGS = (
    st.builds(PermissionRule, effect=st.sampled_from(EFFECTS), text=WORDS, tool=st.just("t"), in_force=st.booleans(), only_for=WORDS, **SCOPED)
    | st.builds(AgentOption, kind=st.sampled_from(["mode", "sandbox"]), key=WORDS, value=WORDS, name=WORDS, **SCOPED)
    | st.builds(AgentCommand, event=WORDS, kind=st.just("command"), text=WORDS, digest=st.sampled_from(["a" * 64, "b" * 64]), **SCOPED)
    | st.builds(
        Instruction, clients=st.just(("c",)), kind=st.just("memory"), scope=st.just("repo"), sha256=st.sampled_from(["a" * 64, "b" * 64]),
        location=SCOPED["location"], name=WORDS,
    )
)  # fmt: skip
INVENTORIES = st.builds(
    lambda nouns, sources: replace(build(*nouns, agents=("n1",)), sources=sources),
    st.lists(
        COMPONENTS
        | st.builds(replace, COMPONENTS, hashes=st.lists(DIGESTS, max_size=3).map(tuple))
        | HOOKS
        | SERVERS
        | SETTINGS
        | st.just(Problem(path="p", what="w")),
        max_size=8,
    ),
    st.integers(0, 1),
)


def placeless(side: Manifest) -> object:
    nowhere = Location("")
    return replace(
        side,
        path="",
        packages={key: tuple(replace(one, location=nowhere) for one in value) for key, value in side.packages.items()},
        hooks={key: replace(one, location=nowhere) for key, one in side.hooks.items()},
        servers={key: replace(one, location=nowhere) for key, one in side.servers.items()},
        settings=dict.fromkeys(side.settings, nowhere),
    )


@settings(max_examples=200, deadline=None)
@given(INVENTORIES)
def test_what_is_written_is_read_back_the_same(inventory: Inventory) -> None:
    written = from_document(cyclonedx.document([inventory], reproducible=True), "m")
    assert placeless(written) == placeless(from_inventory(inventory))
    assert list(diff(written, from_inventory(inventory))) == []
    assert [note for note in incomparable(written, from_inventory(inventory)) if "incomplete" not in note] == []


@settings(max_examples=100, deadline=None)
@given(INVENTORIES, INVENTORIES)
def test_equal_sides_have_no_changes_and_swapped_sides_as_many_kinds(one: Inventory, other: Inventory) -> None:
    first, second = from_inventory(one), from_inventory(other)
    forth, back = list(diff(first, second)), list(diff(second, first))
    swapped = {
        "added": "removed",
        "removed": "added",
        "hook-added": "hook-removed",
        "hook-removed": "hook-added",
        "server-added": "server-removed",
        "server-removed": "server-added",
        **{f"agent-{name}-added": f"agent-{name}-removed" for name in SETTING_NAMES},
        **{f"agent-{name}-removed": f"agent-{name}-added" for name in SETTING_NAMES},
    }
    kinds = ("hash", "content", "version", "weaker-hash", "license")  # these do not mirror: what one side does not know is not compared
    assert sorted(swapped.get(change.kind, change.kind) for change in forth if change.kind not in kinds) == sorted(
        change.kind for change in back if change.kind not in kinds
    )
    assert any(change.kind == "version" for change in forth) == any(change.kind == "version" for change in back)


def environment(*components: Component, **changes) -> Manifest:
    return from_inventory(replace(build(*components), sources=1, **changes))


def installed(name: str, content: str = "", **changes) -> Component:
    return component(
        name, origin=Origin.INSTALLED, installation=Installation(site=SITE, metadata_path="m", content_digest=content), **changes
    )


def hook(path: str = f"{SITE}/x.pth", sha: str = "a" * 64) -> StartupHook:
    return StartupHook(kind="pth", location=Location(path, 1), sha256=sha)


def server(name: str = "s", **changes) -> Server:
    return Server(client="c", scope="repo", name=name, location=Location(".mcp.json", 2), transport="stdio", **changes)


def only(old: Manifest, new: Manifest) -> Change:
    changes = list(diff(old, new))
    assert len(changes) == 1, changes
    return changes[0]


SHA, OTHER = Digest("sha256", "a" * 64), Digest("sha256", "b" * 64)


class TestChanges:
    def test_added_and_removed(self) -> None:
        one, two = environment(component("a")), environment(component("a"), component("b"))
        added, removed = only(one, two), only(two, one)
        assert (added.kind, added.subject, added.detail, added.location.path) == ("added", "pkg:pypi/b@1", "1", "uv.lock")
        assert (removed.kind, removed.subject, removed.location.path) == ("removed", "pkg:pypi/b@1", "t")

    def test_what_lies_inside_an_artifact_is_marked_and_hides_nothing_that_does_not(self) -> None:
        inside = component("a", origin=Origin.BUNDLED)
        assert only(environment(), environment(inside)).bundled
        assert only(environment(inside), environment()).bundled
        newer = replace(inside, version="2", purl="pkg:pypi/a@2")
        assert (only(environment(inside), environment(newer)).kind, only(environment(inside), environment(newer)).bundled) == (
            "version",
            True,
        )
        kinds = {(change.kind, change.bundled) for change in diff(environment(inside), environment(installed("a")))}
        assert kinds == {("added", False), ("removed", True)}

    def test_another_tool_does_not_know_what_lies_inside(self) -> None:
        inside, own = component("a", origin=Origin.BUNDLED), installed("b")
        foreign = replace(environment(own), native=False)
        assert list(diff(foreign, environment(inside, own))) == []
        lists_it = replace(environment(installed("a"), own), native=False)
        assert list(diff(lists_it, environment(inside, own))) == []
        assert list(diff(environment(inside, own), lists_it)) == []

    def test_version(self) -> None:
        two = replace(component("a"), version="2", purl="pkg:pypi/a@2")
        change = only(environment(component("a")), environment(two))
        assert (change.kind, change.subject, change.detail) == ("version", "pkg:pypi/a@2", "1 → 2")
        several = only(environment(component("a")), environment(two, replace(two, version="3", purl="pkg:pypi/a@3")))
        assert (several.kind, several.detail) == ("version", "1 → 2, 3")
        assert only(environment(component("a")), environment(component("a"), two)).kind == "added"

    def test_the_same_version_from_elsewhere_is_a_change_that_says_so(self) -> None:
        moved = replace(component("a"), purl="pkg:pypi/a@1?download_url=https://evil.example/a.whl")
        change = only(environment(component("a")), environment(moved))
        assert (change.kind, change.detail) == ("version", "pkg:pypi/a@1 → pkg:pypi/a@1?download_url=https://evil.example/a.whl")

    def test_hash(self) -> None:
        change = only(environment(component("a", hashes=(SHA,))), environment(component("a", hashes=(OTHER, SHA))))
        assert (change.kind, change.detail) == ("hash", f"SHA-256 {'b' * 64} is not in the manifest")
        assert list(diff(environment(component("a", hashes=(SHA, OTHER))), environment(component("a", hashes=(SHA,))))) == []

    def test_another_algorithm_beside_a_known_one_is_no_change_but_one_in_its_place_is(self) -> None:
        md5 = Digest("md5", "c" * 32)
        old = environment(component("a", hashes=(SHA,)))
        assert list(diff(old, environment(component("a", hashes=(SHA, md5))))) == []
        change = only(old, environment(component("a", hashes=(md5,))))
        assert (change.kind, change.detail) == ("hash", "SHA-256 is no longer told, only MD5")

    def test_where_one_side_knows_no_hashes_they_are_not_compared(self) -> None:
        assert list(diff(environment(component("a")), environment(component("a", hashes=(SHA,))))) == []
        assert list(diff(environment(component("a", hashes=(SHA,))), environment(component("a")))) == []

    def test_content(self) -> None:
        old = environment(installed("a", "sgc1:1"))
        change = only(old, environment(installed("a", "sgc1:2")))
        assert (change.kind, change.subject, change.detail) == ("content", "pkg:pypi/a@1", "sgc1:1 → sgc1:2")
        assert only(old, environment(installed("a"))).detail == "sgc1:1 → no RECORD that tells it"
        assert list(diff(environment(installed("a")), old)) == []

    def test_a_second_installation_hides_no_change_of_the_first_or_itself(self) -> None:
        old = environment(installed("a", "sgc1:1"), installed("a", "sgc1:1"))
        for pair in (("sgc1:1", "sgc1:2"), ("sgc1:2", "sgc1:1"), ("sgc1:1", "")):
            assert only(old, environment(*(installed("a", content) for content in pair))).kind == "content"

    def test_hooks(self) -> None:
        none, one, other = environment(hooks=()), environment(hooks=(hook(),)), environment(hooks=(hook(sha="b" * 64),))
        added, changed, removed = only(none, one), only(one, other), only(one, none)
        assert (added.kind, added.subject, added.digest, added.agent) == ("hook-added", "x.pth", "a" * 64, True)
        assert (changed.kind, changed.digest, changed.detail) == ("hook-changed", "b" * 64, f"sha256: {'a' * 64} → {'b' * 64}")
        assert (removed.kind, removed.subject) == ("hook-removed", "x.pth")

    def test_one_environment_hides_no_hook_of_another(self) -> None:
        places = (f"a/{SITE}/x.pth", f"b/{SITE}/x.pth")
        good = environment(hooks=tuple(map(hook, places)))
        for evil in places:
            bad = environment(hooks=tuple(hook(place, "e" * 64 if place == evil else "a" * 64) for place in places))
            change = only(good, bad)
            assert (change.kind, change.digest) == ("hook-changed", "e" * 64)

    def test_an_environment_may_lie_elsewhere(self) -> None:
        moved = environment(hooks=(hook("env/lib/python3.13/site-packages/x.pth"),))
        assert list(diff(environment(hooks=(hook(),)), moved)) == []
        paths = (f"{SITE}/x.pth", "x.pth", "pyvenv.cfg", "Lib/site-packages/x.pth", "lib/python3/dist-packages/a/b.py")
        assert [hook_key(path) for path in paths] == [
            "x.pth", "x.pth", "pyvenv.cfg", "x.pth", "a/b.py"]  # fmt: skip

    def test_servers(self) -> None:
        none, one = environment(servers=()), environment(servers=(server(command_digest="1", env_names=("A", "B")),))
        assert [only(none, one).kind, only(one, none).kind] == ["server-added", "server-removed"]
        assert only(none, one).subject == "c:.mcp.json#s"
        for changes in (
            {"auto_approved": "all"},
            {"command_digest": "2"},
            {"env_names": ("A",)},
            {"purl": "pkg:npm/x"},
            {"pin": "exact"},
            {"requirement": "latest"},
            {"url": "u"},
        ):
            other = environment(servers=(replace(server(command_digest="1", env_names=("A", "B")), **changes),))
            change = only(one, other)
            assert (change.kind, change.subject) == ("server-changed", "c:.mcp.json#s")
            assert change.detail.count("→") == 1

    def test_the_agent_graph_is_marked(self) -> None:
        (change,) = diff(environment(), from_inventory(replace(build(component("a"), agents=("a",)), sources=1)))
        assert change.agent

    def test_an_incomplete_side_is_told(self) -> None:
        assert "incomplete" in incomparable(environment(), environment(problems=(Problem(path="p", what="w"),)))[0]
        assert "incomplete" in incomparable(environment(), from_inventory(build()))[0]
        assert incomparable(environment(), environment()) == []


def document(*components: object, **more) -> dict:
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(components), **more}


class TestForeignDocuments:
    def test_it_is_compared_as_far_as_it_goes(self) -> None:
        foreign = from_document(document({"type": "library", "name": "a", "version": "1", "purl": "pkg:pypi/a@1"}), "syft.json")
        ours = environment(installed("a", "sgc1:1"), component("b"), hooks=(hook(),), servers=(server(),))
        assert [change.kind for change in diff(foreign, ours)] == ["added"]
        assert incomparable(foreign, ours) == [
            "syft.json: not written by sbomgate; start-up hooks, servers and the content of installed files were not compared",
            "syft.json: has no hashes for 1 of 1 component: changed artifacts of those cannot be seen",
            "written by different tools: licences, and qualifiers of purls such as the repository, were not compared",
        ]

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("pkg:npm/@s/n@1.0", "pkg:npm/%40s/n@1.0"),
            ("pkg:pypi/Zope.Interface@1", "pkg:pypi/zope-interface@1"),
            ("pkg:pypi/a_b@1?x=1", "pkg:pypi/a-b@1?x=1"),
            ("pkg:oci/x@1", "pkg:oci/x@1"),
        ],
    )
    def test_purls_are_compared_in_our_spelling(self, theirs: str, ours: str) -> None:
        (packages,) = from_document(document({"purl": theirs, "version": "1"}), "m").packages.values()
        assert [package.purl for package in packages] == [ours]

    def test_components_without_a_purl_are_counted(self) -> None:
        foreign = from_document(
            document({"type": "library", "name": "a"}, {"type": "file", "name": "f"}, {"type": "operating-system", "purl": ""}), "m"
        )
        assert foreign.unnamed == 2
        assert "m: 2 components without a purl were not compared (a)" in incomparable(foreign, environment())

    def test_nested_components_count(self) -> None:
        inner = {"purl": "pkg:pypi/b@1", "components": [{"purl": "pkg:pypi/c@1"}]}
        assert set(from_document(document({"purl": "pkg:pypi/a@1", "components": [inner]}), "m").packages) == {
            "pkg:pypi/a",
            "pkg:pypi/b",
            "pkg:pypi/c",
        }

    def test_rows_of_one_purl_are_one(self) -> None:
        rows = [{"purl": "pkg:pypi/a@1", "hashes": [{"alg": "SHA-256", "content": value * 64}]} for value in "AB"]
        (packages,) = from_document(document(*rows), "m").packages.values()
        assert [package.hashes for package in packages] == [{("SHA-256", "a" * 64), ("SHA-256", "b" * 64)}]

    def test_several_versions_are_sorted(self) -> None:
        rows = [{"purl": f"pkg:pypi/a@{number}", "version": str(number)} for number in (3, 1, 2)]
        assert [package.version for package in from_document(document(*rows), "m").packages["pkg:pypi/a"]] == ["1", "2", "3"]

    @pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
    def test_known_versions(self, version: str) -> None:
        assert from_document(document(specVersion=version), "m").packages == {}

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ([], "bomFormat"),
            (None, "bomFormat"),
            ({}, "bomFormat"),
            ({"spdxVersion": "SPDX-2.3"}, "bomFormat"),
            ({"bomFormat": "cyclonedx", "specVersion": "1.6"}, "bomFormat"),
            (document(specVersion="1.8"), "specVersion"),
            (document(specVersion="1.1"), "specVersion"),
            (document(specVersion=1.6), "specVersion"),
            (document(specVersion=["1.6"]), "specVersion"),
            ({"bomFormat": "CycloneDX"}, "specVersion"),
            ({**document(), "components": {}}, "components"),
            (document("x"), "components[0]"),
            (document({"components": [5]}), "components[0].components[0]"),
            (document({"components": "x"}), "components[0].components"),
            (document({"purl": "pkg:pypi/a@1", "version": 1}), "components[0].version"),
            (document({"purl": "pkg:pypi/a@1", "hashes": {}}), "components[0].hashes"),
            (document({"properties": {}}), "components[0].properties"),
            (document({"type": "file", "name": [], "properties": [{"name": "sbomgate:hook:kind", "value": "pth"}]}), "components[0].name"),
            (document(services={}), "services"),
            (document(services=[5]), "services[0]"),
            (document(metadata=[]), "metadata"),
            (document(metadata={"properties": "x"}), "metadata.properties"),
        ],
    )
    def test_what_is_none_is_refused_with_its_place(self, value: object, where: str) -> None:
        with pytest.raises(CollectError) as caught:
            from_document(value, "m.json")
        assert (caught.value.path, caught.value.where) == ("m.json", where)
        assert "\n" not in str(caught.value)

    def test_there_is_a_cap(self, monkeypatch) -> None:
        monkeypatch.setattr(reading, "MAX_COMPONENTS", 3)
        with pytest.raises(CollectError, match="more than 3 components"):
            from_document(document({"components": [{}, {}, {}]}), "m")

    def test_depth_is_no_recursion(self) -> None:
        inner: dict = {"purl": "pkg:pypi/deep@1"}
        for _ in range(3000):
            inner = {"components": [inner]}
        assert set(from_document(document(inner), "m").packages) == {"pkg:pypi/deep"}
        while inner.get("components"):  # a chain this long must not be freed by recursion either
            inner = inner["components"].pop()

    @settings(max_examples=200, deadline=None)
    @given(json_values("components services metadata properties name value purl version hashes alg content type"))
    def test_any_document_is_read_or_refused(self, value: object) -> None:
        try:
            side = from_document({**document(), **(value if isinstance(value, dict) else {"components": value})}, "m")
        except CollectError as error:
            assert error.path == "m"
        else:
            assert list(diff(side, side)) == []


class TestLoading:
    def test_a_written_manifest_is_loaded(self, tmp_path) -> None:
        inventory = replace(build(component("a", "b"), component("b"), hook(), server()), sources=1)
        path = tmp_path / "m.json"
        path.write_text(cyclonedx.text([inventory], reproducible=True))
        (tmp_path / "link.json").symlink_to("m.json")
        for name in ("m.json", "link.json"):
            assert placeless(load(str(tmp_path / name))) == placeless(from_inventory(inventory))

    @pytest.mark.parametrize("content", [b"", b"\xff", b"<bom/>", b"[" * 100_000, b"{}", b'{"a": ' + b"9" * 5000 + b"}"])
    def test_what_is_none_is_refused(self, content: bytes, tmp_path) -> None:
        path = tmp_path / "m.json"
        path.write_bytes(content)
        with pytest.raises(CollectError) as caught:
            load(str(path))
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)

    def test_what_cannot_be_read_is_refused(self, tmp_path) -> None:
        os.mkfifo(tmp_path / "fifo")
        for name in ("none.json", ".", "fifo"):
            with pytest.raises(CollectError):
                load(str(tmp_path / name))

    def test_a_mark_is_no_harm(self, tmp_path) -> None:
        path = tmp_path / "m.json"
        path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document()).encode())
        assert load(str(path)).packages == {}
