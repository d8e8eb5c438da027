"""How a component came in: every path from a root, the shortest first, in graphs of any shape."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_inventory import GRAPHS, build, component

from sbomgate import paths
from sbomgate.model import Location, Origin, Server
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
    from dataclasses import replace

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
    from dataclasses import replace

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
    start = time.process_time()
    found = lines(inventory, "goal")
    assert len(steps(found[0])) == depth + 2
    assert len(found) == paths.MAX_PATHS + 1
    assert time.process_time() - start < 5


def test_a_search_that_is_given_up_says_so(monkeypatch) -> None:
    monkeypatch.setattr(paths, "_MAX_STEPS", 3)
    assert lines(DIAMOND, "goal")[-1] == "… more paths to goal@1 than can be followed"
