"""One inventory out of many nouns: order changes nothing, joining loses nothing, the agent graph is closed, everything has a root."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbomgate.data import agent_names
from sbomgate.inventory import Builder, agent_matcher, edges, merge, reachable, summary
from sbomgate.model import (
    Artifact,
    Component,
    Confidence,
    Digest,
    FileFact,
    Finding,
    Installation,
    Inventory,
    Location,
    Origin,
    Pin,
    Problem,
    Report,
    Secret,
    Server,
    Setting,
    Severity,
    StartupHook,
    Target,
)

NAMES = [f"n{number}" for number in range(6)]


def component(name: str, *needs: str, path: str = "uv.lock", origin: Origin = Origin.LOCKED, **changes) -> Component:
    return Component(
        ecosystem="pypi",
        name=name,
        version="1",
        purl=f"pkg:pypi/{name}@1",
        origin=origin,
        pin=changes.pop("pin", Pin.EXACT),
        locations=changes.pop("locations", (Location(path, 3),)),
        dependencies=tuple(sorted(f"pkg:pypi/{need}@1" for need in needs)),
        **changes,
    )


def build(*nouns, agents: tuple[str, ...] = ()) -> Inventory:
    builder = Builder(Target("t", "project"))
    for noun in nouns:
        builder.add(noun)
    return builder.build(lambda item: item.name in agents)


def short(purls) -> list[str]:
    return sorted(purl.removeprefix("pkg:pypi/").removesuffix("@1") for purl in purls)


PLACES = st.builds(Location, st.sampled_from(["a", "b"]), st.integers(0, 2))
COMPONENTS = st.builds(
    component,
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    locations=st.lists(PLACES, min_size=1, max_size=2).map(tuple),
    origin=st.sampled_from(Origin),
    pin=st.sampled_from(Pin),
    requirement=st.sampled_from(["", ">=1"]),
    scope=st.sampled_from(["runtime", "dev", "optional", "peer"]),
    hashes=st.lists(st.sampled_from([Digest("sha256", "a" * 64), Digest("md5", "b" * 32)]), max_size=2).map(tuple),
    groups=st.lists(st.sampled_from(["x", "y"]), unique=True, max_size=2).map(sorted).map(tuple),
    install_script=st.booleans(),
    installation=st.none() | st.builds(
        Installation,
        site=st.sampled_from(["s1", "s2"]),
        metadata_path=st.just("m"),
        record=st.sampled_from(["present", "empty", "missing"]),
        content_digest=st.sampled_from(["", "sgc1:a", "sgc1:b"]), verified=st.booleans(), files=st.integers(0, 2)),
)  # fmt: skip
NOUNS = st.one_of(
    COMPONENTS,
    st.builds(StartupHook, kind=st.sampled_from(["pth", "start"]), location=PLACES, sha256=st.sampled_from(["1", "2"])),
    st.builds(
        Server,
        client=st.sampled_from("ab"),
        scope=st.just("repo"),
        name=st.sampled_from("ab"),
        location=PLACES,
        transport=st.just("stdio"),
        url=st.sampled_from(["", "u"]),
    ),
    st.builds(Secret, st.sampled_from("ab"), PLACES, st.sampled_from("ab"), st.integers(1, 2)),
    st.builds(Setting, st.sampled_from("ab"), st.sampled_from("ab"), PLACES),
    st.builds(FileFact, kind=st.sampled_from(["changed", "missing"]), path=st.sampled_from("ab"), detail=st.sampled_from("ab")),
    st.builds(Problem, path=st.sampled_from("ab"), what=st.sampled_from("ab"), fix=st.sampled_from("ab")),
    st.sampled_from(["note 1", "note 2"]),
    st.integers(0, 5),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(NOUNS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_nouns_changes_nothing(nouns: list, chance) -> None:
    shuffled = list(nouns)
    chance.shuffle(shuffled)
    one, other = build(*nouns, agents=("n1",)), build(*shuffled, agents=("n1",))
    assert one == other
    assert list(map(repr, one.components)) == list(map(repr, other.components))
    assert pickle.loads(pickle.dumps(one)) == one


def test_no_noun_is_lost() -> None:
    place = Location("a", 1)
    nouns = (
        component("n1"),
        StartupHook(kind="pth", location=place, sha256="1"),
        Server(client="c", scope="repo", name="s", location=place, transport="stdio"),
        Secret("literal", place, "env.X", 4),
        Setting("index-url", "https://h.example", place),
        FileFact(kind="changed", path="p"),
        Problem(path="p", what="w"),
        "a note",
    )
    inventory = build(*nouns, *nouns, 3, 4)
    assert inventory.components == (nouns[0], nouns[0])
    fields = ("hooks", "servers", "secrets", "settings", "files", "problems", "notes")
    assert [getattr(inventory, name) for name in fields] == [(noun,) for noun in nouns[1:]]
    assert inventory.files_verified == 7
    kinds = {type(noun) for noun in nouns if not isinstance(noun, str)}
    assert len(kinds) == 7


class TestMerge:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(COMPONENTS, max_size=10))
    def test_nothing_is_lost_and_nothing_made_up(self, items: list[Component]) -> None:
        ordered = list(build(*items).components)
        merged = merge(ordered)
        assert [item.purl for item in merged] == sorted({item.purl for item in items})
        assert merge(merged) == merged
        for item in merged:
            group = [one for one in ordered if one.purl == item.purl]
            said = [one for one in group if one.origin is not Origin.BUNDLED] or group
            for name in ("locations", "hashes", "groups", "dependencies"):
                counted = said if name in ("hashes", "groups") else group
                assert set(getattr(item, name)) == {value for one in counted for value in getattr(one, name)}, name
                assert len(set(getattr(item, name))) == len(getattr(item, name)) or len(group) == 1
            assert item.pin == min((one.pin for one in said), key=list(Pin).index)
            assert item.install_script == any(one.install_script for one in said)
            assert (item.installation is None) == all(one.installation is None for one in said)
            assert (item.origin is Origin.BUNDLED) == all(one.origin is Origin.BUNDLED for one in group)
            places = [one.installation for one in said if one.installation]
            if places:
                assert item.installation is not None
                assert item.installation.verified == all(place.verified for place in places)
                known = {place.content_digest for place in places}
                assert set(item.installation.content_digest.split()) >= known - {""}

    def test_the_sbom_of_a_wheel_adds_places_and_edges_to_another_package_and_nothing_else(self) -> None:
        good, evil = Digest("sha256", "a" * 64), Digest("sha256", "b" * 64)
        locked = component("a", "b", pin=Pin.EXACT, hashes=(good,), scope="dev")
        bundled = component("a", "c", path="w.dist-info/sboms/s.json", origin=Origin.BUNDLED, pin=Pin.HASHED, hashes=(evil,))
        for group in ([locked, bundled], [bundled, locked]):
            (joined,) = merge(group)
            assert (joined.origin, joined.pin, joined.hashes, joined.scope) == (Origin.LOCKED, Pin.EXACT, (good,), "dev")
            assert short(joined.dependencies) == ["b", "c"]
            assert [place.path for place in joined.locations] == ["uv.lock", "w.dist-info/sboms/s.json"]

    def test_the_nearest_scope_and_the_firmest_pin_win(self) -> None:
        first, second = component("a", scope="dev", pin=Pin.RANGE), component("a", scope="optional", pin=Pin.HASHED)
        for group in ([first, second], [second, first]):
            (joined,) = merge(group)
            assert (joined.scope, joined.pin) == ("optional", Pin.HASHED)

    def test_what_is_installed_describes_the_package(self) -> None:
        place = Installation(site="s", metadata_path="m", verified=True, record="present", content_digest="sgc1:a")
        installed = component("a", origin=Origin.INSTALLED, installation=place, path="s/m/METADATA")
        locked = component("a", artifacts=(Artifact("https://h.example/a.whl"),))
        (joined,) = merge([locked, installed])
        assert (joined.origin, joined.installation, joined.artifacts) == (Origin.INSTALLED, place, locked.artifacts)

    def test_two_installations_are_only_as_good_as_the_worse_one(self) -> None:
        good = Installation(site="s1", metadata_path="m", verified=True, record="present", content_digest="sgc1:a", files=3)
        for bad in (
            replace(good, site="s2", verified=False),
            replace(good, site="s2", record="missing", content_digest=""),
            replace(good, site="s2", content_digest="sgc1:b"),
        ):
            for pair in ((good, bad), (bad, good)):
                (joined,) = merge([component("a", installation=place) for place in pair])
                assert joined.installation is not None
                assert joined.installation != replace(good, files=6)
                assert joined.installation.verified is bad.verified
        (joined,) = merge([component("a", installation=good), component("a", installation=good)])
        assert joined.installation == replace(good, files=6)


GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)), max_size=6)


class TestGraph:
    @settings(max_examples=200, deadline=None)
    @given(GRAPHS, st.sets(st.sampled_from(NAMES)))
    def test_the_agent_graph_is_closed(self, graph: dict[str, set[str]], agents: set[str]) -> None:
        inventory = build(*(component(name, *needs) for name, needs in graph.items()), agents=tuple(agents))
        for item in inventory.components:
            if item.purl in inventory.agent:
                assert set(item.dependencies) <= inventory.agent
            if item.name in agents:
                assert item.purl in inventory.agent
        parents = {purl for item in inventory.components if item.purl in inventory.agent for purl in item.dependencies}
        starts = {item.purl for item in inventory.components if item.name in agents}
        assert inventory.agent == starts | parents

    @settings(max_examples=300, deadline=None)
    @given(GRAPHS)
    def test_every_component_is_below_a_root_and_no_root_below_another(self, graph: dict[str, set[str]]) -> None:
        inventory = build(*(component(name, *needs) for name, needs in graph.items()))
        links = edges(inventory.components)
        assert reachable(inventory.roots, links) >= links.keys()
        for root in inventory.roots:
            assert root not in reachable(set(inventory.roots) - {root}, links)

    def test_roots_are_what_nobody_needs_and_projects(self) -> None:
        items = [component("app", "a", origin=Origin.PROJECT), component("tool", "app"), component("a", "b"), component("b")]
        assert short(build(*items).roots) == ["app", "tool"]

    def test_a_cycle_that_nobody_needs_has_one_root_and_what_hangs_on_it_none(self) -> None:
        assert short(build(component("y", "x", "a"), component("x", "y"), component("a"), component("s", "s")).roots) in (
            ["s", "x"],
            ["s", "y"],
        )

    def test_a_project_that_needs_an_agent_package_is_no_agent(self) -> None:
        items = [
            component("app", "agent", "other", origin=Origin.PROJECT),
            component("agent", "below"),
            component("below"),
            component("other"),
        ]
        assert short(build(*items, agents=("app", "agent")).agent) == ["agent", "below"]

    def test_edges_of_several_inputs_are_joined(self) -> None:
        assert edges([component("a", "b"), component("a"), component("a", "c")]) == {"pkg:pypi/a@1": ("pkg:pypi/b@1", "pkg:pypi/c@1")}

    def test_a_deep_graph_is_no_recursion(self) -> None:
        count = 5000
        ring = [component(f"m{number}", f"m{(number + 1) % count}") for number in range(count)]
        inventory = build(*ring, agents=("m7",))
        assert len(inventory.agent) == count
        assert len(inventory.roots) == 1


class TestMatcher:
    @pytest.mark.parametrize(
        ("extra", "purl", "wanted"),
        [
            ("pkg:pypi/acme-llm", "pkg:pypi/acme-llm@1", True),
            ("pkg:pypi/Acme_LLM", "pkg:pypi/acme-llm@1", True),
            ("pkg:pypi/acme-llm", "pkg:pypi/acme-llm-2@1", False),
            ("pkg:pypi/acme-*", "pkg:pypi/acme-llm@1", True),
            ("pkg:npm/@acme/*", "pkg:npm/%40acme/x@1", True),
            ("pkg:npm/%40acme/*", "pkg:npm/%40acme/x@1", True),
            ("pkg:npm/@acme/*", "pkg:npm/%40acmex/x@1", False),
            ("pkg:npm/x", "pkg:pypi/x@1", False),
        ],
    )
    def test_the_policy_names_more(self, extra: str, purl: str, wanted: bool) -> None:
        assert agent_matcher([extra])(replace(component("x"), purl=purl, name="no-such-agent-package")) is wanted

    def test_the_shipped_list_and_what_an_agent_starts(self) -> None:
        is_agent = agent_matcher()
        assert is_agent(component("litellm"))
        assert not is_agent(component("idna"))
        assert not is_agent(replace(component("litellm"), ecosystem="generic"))
        assert is_agent(component("idna", origin=Origin.LAUNCHED))

    def test_a_shipped_pattern_fits_what_fnmatch_says(self) -> None:
        is_agent = agent_matcher()
        literal, patterns = agent_names()
        for ecosystem, pattern in patterns:
            for name in (pattern.replace("*", part) for part in ("", "x", "x/y", "x-y")):
                for other in (name, name[1:], name[:-1], f"{name}x", f"x{name}", pattern.partition("*")[2], pattern.partition("*")[0]):
                    wanted = (ecosystem, other) in literal or any(fnmatchcase(other, one) for kind, one in patterns if kind == ecosystem)
                    assert is_agent(replace(component("x"), ecosystem=ecosystem, name=other)) is wanted, other


def finding(severity: Severity, accepted: str | None = None) -> Finding:
    return Finding(
        rule="SG1", name="n", severity=severity, confidence=Confidence.HIGH, message="m", location=Location("p"), accepted=accepted
    )


def test_the_summary_counts_each_thing_once() -> None:
    first = build(component("a", "b"), component("b"), component("b", path="other.lock"), 5, agents=("a",))
    second = build(component("b"), Problem(path="p", what="w"), StartupHook(kind="pth", location=Location("h"), sha256="1"))
    report = Report(
        inventories=(replace(first, sources=2), replace(second, sources=1)),
        findings=(finding(Severity.CRITICAL), finding(Severity.LOW), finding(Severity.CRITICAL, "known")),
    )
    assert summary(report) == {
        "gate": "fail",
        "complete": False,
        "components": 2,
        "agent_components": 2,
        "bundled_components": 0,
        "hooks": 1,
        "servers": 0,
        "files_verified": 5,
        "findings": {"critical": 1, "high": 0, "medium": 0, "low": 1, "info": 0},
        "accepted": 1,
        "problems": 1,
    }


@pytest.mark.parametrize(
    ("fail_on", "severity", "accepted", "problem", "sources", "gate", "code"),
    [
        ("high", Severity.HIGH, None, False, 1, "fail", 1),
        ("high", Severity.MEDIUM, None, False, 1, "pass", 0),
        ("high", Severity.CRITICAL, "ok", False, 1, "pass", 0),
        ("low", Severity.INFO, None, False, 1, "pass", 0),
        ("never", Severity.CRITICAL, None, False, 1, "pass", 0),
        ("never", Severity.CRITICAL, None, True, 1, "incomplete", 3),
        ("high", Severity.HIGH, None, True, 1, "fail", 1),
        ("high", Severity.LOW, None, True, 1, "incomplete", 3),
        ("high", Severity.LOW, None, False, 0, "incomplete", 3),
    ],
)
def test_the_gate(fail_on: str, severity: Severity, accepted: str | None, problem: bool, sources: int, gate: str, code: int) -> None:
    inventory = replace(build(*([Problem(path="p", what="w")] if problem else [])), sources=sources)
    report = Report(inventories=(inventory,), findings=(finding(severity, accepted),), fail_on=fail_on)
    assert (report.gate, report.exit_code) == (gate, code)
