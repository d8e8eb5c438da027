"""How a component came in: every path from a root, the shortest first, in graphs of any shape."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import bounded
from test_inventory import GRAPHS, build, component

from sbomgate import paths
from sbomgate.model import Location, Origin, Pin, Server, Source
from sbomgate.paths import paths_to


def lines(inventory, name: str) -> list[str]:
    return list(paths_to(inventory, name))


def steps(line: str) -> list[str]:
    return [step for step in re.sub(r" +\([^)]*\)$", "", line).split(" → ") if not step.startswith("server ")]


DIAMOND = build(
    component("app", "left", "goal", origin=Origin.PROJECT),
    component("left", "middle", "goal"),
    component("middle", "goal"),
    component("goal"),
)


def test_the_shortest_comes_first() -> None:
    assert lines(DIAMOND, "goal") == ["app@1 → goal@1", "app@1 → left@1 → goal@1", "app@1 → left@1 → middle@1 → goal@1"]


def test_what_nobody_needs_stands_by_itself_with_its_place() -> None:
    assert lines(build(component("goal")), "goal") == ["goal@1  (uv.lock:3)"]
    assert lines(build(component("top", "goal"), component("goal")), "goal") == ["top@1 → goal@1  (uv.lock:3)"]
    assert lines(DIAMOND, "app") == ["app@1  (uv.lock:3)"]


@pytest.mark.parametrize("name", ["goal", "goal@1", "pkg:pypi/goal@1", "GOAL", "Goal@1"])
def test_it_is_named_by_name_version_or_purl(name: str) -> None:
    assert len(lines(DIAMOND, name)) == 3


@pytest.mark.parametrize("name", ["", "@", "goal@2", "goa", "pkg:pypi/goal", "@goal", "*", "pkg:npm/goal@1", "\0"])
def test_what_is_not_there_has_no_path(name: str) -> None:
    assert lines(DIAMOND, name) == []


def test_a_scoped_name_is_no_version() -> None:
    item = replace(component("x"), ecosystem="npm", name="@s/n", version="2", purl="pkg:npm/%40s/n@2")
    for name in ("@s/n", "@s/n@2", "pkg:npm/%40s/n@2"):
        assert lines(build(item), name) == ["@s/n@2  (uv.lock:3)"]
    assert lines(build(item), "@s/n@3") == []


def test_a_server_is_a_root_too() -> None:
    server = Server(
        client="c",
        scope="repo",
        name="ctx",
        location=Location(".mcp.json", 4),
        transport="stdio",
        purl="pkg:pypi/left@1",
        extra_packages=("pkg:pypi/goal@1",),
    )
    inventory = build(server, component("app", "left", origin=Origin.PROJECT), component("left", "goal"), component("goal"))
    assert lines(inventory, "goal") == [
        "server ctx (.mcp.json:4) → goal@1",
        "server ctx (.mcp.json:4) → left@1 → goal@1",
        "app@1 → left@1 → goal@1",
    ]


def test_a_cycle_that_nobody_needs_has_paths_all_the_same() -> None:
    found = lines(build(component("a", "b"), component("b", "a", "goal"), component("goal")), "goal")
    assert found
    assert all(line.endswith("(uv.lock:3)") for line in found)


def test_equal_names_of_several_versions_all_count() -> None:
    two = replace(component("goal"), version="2", purl="pkg:pypi/goal@2")
    assert lines(build(component("goal"), two), "goal") == ["goal@1  (uv.lock:3)", "goal@2  (uv.lock:3)"]


@settings(max_examples=200, deadline=None)
@given(GRAPHS, st.data())
def test_every_line_is_a_path_each_once_in_order(graph: dict[str, set[str]], data) -> None:
    if not graph:
        return
    graph = {name: {need for need in needs if need in graph} for name, needs in graph.items()}
    goal = data.draw(st.sampled_from(sorted(graph)))
    inventory = build(*(component(name, *needs) for name, needs in graph.items()))
    found = [[step.removesuffix("@1") for step in steps(line)] for line in lines(inventory, goal)]
    roots = {purl.removeprefix("pkg:pypi/").removesuffix("@1") for purl in inventory.roots}

    def wanted(path: list[str]) -> list[list[str]]:
        above = [parent for parent, needs in graph.items() if path[0] in needs and parent not in path]
        return ([path] if path[0] in roots else []) + [one for parent in above for one in wanted([parent, *path])]

    assert sorted(found) == sorted(wanted([goal]))
    assert found
    assert all(len(one) <= len(other) for one, other in pairwise(found))


def test_many_paths_are_cut_and_it_is_said() -> None:
    layers = [[f"l{layer}n{number}" for number in range(6)] for layer in range(6)]
    items = [component(name, *layers[index + 1]) for index, layer in enumerate(layers[:-1]) for name in layer]
    inventory = build(*items, *(component(name, "goal") for name in layers[-1]), component("goal"))
    found = lines(inventory, "goal")
    assert len(found) == paths.MAX_PATHS + 1
    assert found[-1] == f"… more than {paths.MAX_PATHS} paths to goal@1"


def test_a_wide_and_deep_graph_has_its_shortest_path_at_once() -> None:
    width, depth = 40, 12
    layers = [[f"l{layer}n{number}" for number in range(width)] for layer in range(depth)]
    items = [component(name, *layers[index + 1]) for index, layer in enumerate(layers[:-1]) for name in layer]
    inventory = build(
        component("app", *layers[0], origin=Origin.PROJECT), *items, *(component(name, "goal") for name in layers[-1]), component("goal")
    )
    with bounded():
        found = lines(inventory, "goal")
    assert len(steps(found[0])) == depth + 2
    assert len(found) == paths.MAX_PATHS + 1


def test_a_search_that_is_given_up_says_so(monkeypatch) -> None:
    monkeypatch.setattr(paths, "_MAX_STEPS", 3)
    assert lines(DIAMOND, "goal")[-1] == "… more paths to goal@1 than can be followed"


def tree(inventory, name: str, **options) -> list[str]:
    """The trees as lines of text, the notes left out."""
    return [line.indent + line.label for one in paths.trees_to(inventory, name, **options) for line in one]


def test_the_tree_shows_what_leads_there_the_nearest_root_first() -> None:
    server = Server(
        client="c", scope="repo", name="ctx", location=Location(".mcp.json", 4), transport="stdio", purl="pkg:pypi/left@1", disabled=True
    )
    inventory = build(
        server,
        component("app", "left", "beside", origin=Origin.PROJECT),
        component("beside", "nothing"),
        component("nothing"),
        component("left", "goal", "middle"),
        component("middle", "goal"),
        component("cli", "app", origin=Origin.PROJECT),
        component("goal"),
    )
    assert tree(inventory, "goal") == [
        "goal@1",
        "server ctx",
        "└── left@1",
        "    ├── goal@1",
        "    └── middle@1",
        "        └── goal@1",
        "app@1",
        "└── left@1 (*)",
        "cli@1",
        "└── app@1 (*)",
    ]
    (lines_,) = paths.trees_to(inventory, "goal", lambda item: item.name == "left")
    assert [line.note for line in lines_] == [
        "pypi, exact, uv.lock:3", "c, .mcp.json:4, disabled", "agent package", "", "", "", "project uv.lock:3", "", "project uv.lock:3", "",
    ]  # fmt: skip
    assert [line.is_goal for line in lines_] == [line.label == "goal@1" for line in lines_]


def test_each_version_has_a_tree() -> None:
    two = replace(component("goal"), version="2", purl="pkg:pypi/goal@2")
    assert tree(build(component("goal"), two), "goal") == ["goal@1", "goal@1", "goal@2", "goal@2"]
    assert tree(build(component("goal"), two), "goal@2") == ["goal@2", "goal@2"]


def test_a_node_says_what_floats_and_who_asks() -> None:
    inventory = build(
        component("app", "loose", "goal", origin=Origin.PROJECT, source=Source("path", "packages/app")),
        replace(component("loose", "goal"), version="", requirement=">=1", pin=Pin.RANGE),
        component("goal"),
        component("goal", path="requirements.txt", origin=Origin.REQUIRED),
    )
    (found,) = paths.trees_to(inventory, "goal")
    assert [(line.label, line.note) for line in found] == [
        ("goal@1", "pypi, exact, requirements.txt:3, uv.lock:3"),
        ("app@1", "project in packages/app, uv.lock:3"),
        ("goal@1", "required in requirements.txt:3"),
        ("loose >=1", "range"),
        ("goal@1", "required in requirements.txt:3"),
    ]


def test_a_branch_that_is_too_deep_goes_on_below() -> None:
    count = 3 * paths.MAX_DEPTH
    names = [f"n{number:04}" for number in range(count)]
    inventory = build(*(component(name, follower) for name, follower in pairwise([*names, "goal"])), component("goal"))
    found = tree(inventory, "goal")
    assert max(map(len, found)) < 5 * paths.MAX_DEPTH
    assert {line.strip("│├└─ …").removesuffix(" …") for line in found} == {f"{name}@1" for name in (*names, "goal")}
    assert sum(line.endswith(" …") for line in found) == 2
    assert found[-1].endswith("└── goal@1")


@settings(max_examples=200, deadline=None)
@given(GRAPHS, st.data())
def test_a_tree_has_each_edge_that_leads_there_once_and_no_other(graph: dict[str, set[str]], data) -> None:
    if not graph:
        return
    graph = {name: {need for need in needs if need in graph} for name, needs in graph.items()}
    goal = data.draw(st.sampled_from(sorted(graph)))
    depth = data.draw(st.integers(1, 4))
    inventory = build(*(component(name, *needs) for name, needs in graph.items()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "MAX_DEPTH", depth)
        (found,) = paths.trees_to(inventory, goal)
    above: list[str] = []
    shown = []
    for line in found[1:]:
        level = len(line.indent) // 4
        name = line.label.removesuffix(" (*)").removesuffix(" …").removeprefix("… ").removesuffix("@1")
        assert level <= depth
        assert line.is_goal == (name == goal)
        above[level:] = [name]
        if level:
            shown.append((above[level - 1], name))
    leading = {goal}
    while more := {name for name, needs in graph.items() if needs & leading} - leading:
        leading |= more
    reached = {purl.removeprefix("pkg:pypi/").removesuffix("@1") for purl in inventory.roots}
    while more := {need for name in reached - {goal} for need in graph[name]} - reached:
        reached |= more
    leading &= reached
    assert sorted(shown) == sorted((name, need) for name in leading - {goal} for need in graph[name] & leading - {name})
    assert {line.label.split("@")[0] for line in found[1:] if not line.indent} >= {
        purl.removeprefix("pkg:pypi/").removesuffix("@1") for purl in inventory.roots
    } & leading


@settings(max_examples=100, deadline=None)
@given(GRAPHS, st.data())
def test_every_path_of_a_document_is_there_edge_by_edge(graph: dict[str, set[str]], data) -> None:
    if not graph:
        return
    graph = {name: {need for need in needs if need in graph} for name, needs in graph.items()}
    goal = data.draw(st.sampled_from(sorted(graph)))
    inventory = build(*(component(name, *needs) for name, needs in graph.items()))
    (found,) = paths.documents(inventory, goal)
    told = [path["components"] for path in found["paths"]]
    assert told
    assert found["complete"]
    assert len({tuple(path) for path in told}) == len(told)
    assert [len(path) for path in told] == sorted(len(path) for path in told)
    needs = {item.purl: item.dependencies for item in inventory.components}
    for path in told:
        assert path[-1] == f"pkg:pypi/{goal}@1"
        assert path[0] in inventory.roots
        assert all(below in needs[above] for above, below in pairwise(path))
    json.dumps(found)


def test_a_document_names_roots_and_says_when_it_is_cut(monkeypatch) -> None:
    server = Server(client="c", scope="repo", name="ctx", location=Location(".mcp.json", 4), transport="stdio", purl="pkg:pypi/left@1")
    started = component("left", "goal", path=".mcp.json", origin=Origin.LAUNCHED)
    inventory = build(server, started, component("app", "goal", origin=Origin.PROJECT), component("goal"))
    (found,) = paths.documents(inventory, "goal")
    assert [path["root"] for path in found["paths"]] == [
        {"kind": "project", "name": "app", "location": {"path": "uv.lock", "line": 3}},
        {"kind": "server", "name": "ctx", "client": "c", "location": {"path": ".mcp.json", "line": 4}},
    ]
    monkeypatch.setattr(paths, "MAX_PATHS", 1)
    (found,) = paths.documents(inventory, "goal")
    assert (len(found["paths"]), found["complete"]) == (1, False)
    monkeypatch.setattr(paths, "_MAX_STEPS", 1)
    (found,) = paths.documents(DIAMOND, "goal")
    assert found["complete"] is False


def test_a_long_chain_and_a_large_layered_graph_stay_as_long_as_they_are() -> None:
    chain = [f"n{number:05}" for number in range(5_000)]
    inventory = build(*(component(name, follower) for name, follower in pairwise([*chain, "goal"])), component("goal"))
    assert len(lines(inventory, "goal")) == 1
    assert sum(len(line) for line in tree(inventory, "goal")) < 5_000 * 5 * paths.MAX_DEPTH
    layers = [[f"l{layer}n{number}" for number in range(30)] for layer in range(10)]
    items = [component(name, *layers[index + 1]) for index, layer in enumerate(layers[:-1]) for name in layer]
    inventory = build(*items, *(component(name, "goal") for name in layers[-1]), component("goal"))
    assert len(tree(inventory, "goal")) == 1 + 30 + 9 * 900 + 30


def test_near_names() -> None:
    inventory = build(component("openai"), component("langchain"), component("requests"))
    assert paths.near_names([inventory], "opnai") == ["openai"]
    assert paths.near_names([inventory], "Langchian@1") == ["langchain"]
    assert paths.near_names([inventory], "pkg:pypi/request@2") == ["requests"]
    assert paths.near_names([inventory], "zzz") == []
    assert paths.near_names([], "") == []
    assert paths.near_names([build(component("a" * 5000))], "a" * 5000) == []


def test_the_way_to_a_finding_starts_at_the_nearest_root() -> None:
    server = Server(client="c", scope="repo", name="ctx", location=Location(".mcp.json", 4), transport="stdio", purl="pkg:pypi/far@1")
    inventory = build(
        server,
        component("app", "left", origin=Origin.PROJECT),
        component("left", "middle"),
        component("middle", "goal", "app"),
        component("other", "goal", origin=Origin.PROJECT),
        component("goal", "goal"),
        component("far", "deep"),
        component("deep"),
    )
    nearest = paths.Nearest(inventory)
    assert nearest.way("pkg:pypi/goal@1") == ("other@1", "goal@1")
    assert nearest.way("pkg:pypi/middle@1") == ("app@1", "left@1", "middle@1")
    assert nearest.way("pkg:pypi/far@1") == ("server ctx", "far@1")
    assert nearest.way("pkg:pypi/deep@1") == ("server ctx", "far@1", "deep@1")
    assert nearest.way("pkg:pypi/app@1") == nearest.way("pkg:pypi/none@1") == nearest.way("") == ()


@settings(max_examples=100, deadline=None)
@given(GRAPHS)
def test_every_way_is_a_path(graph: dict[str, set[str]]) -> None:
    graph = {name: {need for need in needs if need in graph} for name, needs in graph.items()}
    inventory = build(*(component(name, *needs) for name, needs in graph.items()))
    nearest = paths.Nearest(inventory)
    for name in graph:
        way = [step.removesuffix("@1") for step in nearest.way(f"pkg:pypi/{name}@1")]
        assert bool(way) == (f"pkg:pypi/{name}@1" not in inventory.roots)
        assert all(below in graph[above] for above, below in pairwise(way))
        assert not way or (way[-1] == name and f"pkg:pypi/{way[0]}@1" in inventory.roots)
