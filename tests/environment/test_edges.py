"""Dependency edges: what `packaging` and `importlib.metadata` say, with markers of the target's Python, not of ours."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker, UndefinedComparison
from packaging.requirements import InvalidRequirement, Requirement
from support import bounded

from sbomgate.collectors.environment import edges
from sbomgate.collectors.environment.edges import holds, marker_environment, resolve
from sbomgate.purl import canonical_name

LINUX = marker_environment((3, 12), "linux", "x86_64")
KNOWN = tuple(sorted(LINUX.items()))
NAMES = st.sampled_from(["a", "b", "c-c", "D.d", "e_e", "zope.interface"])
EXTRAS = st.sampled_from(["x", "y", "Z_z"])
VARIABLES = {
    "python_version": ["3.8", "3.12", "3.13", "4", "2.7"],
    "sys_platform": ["linux", "win32", "darwin"],
    "os_name": ["posix", "nt"],
    "platform_system": ["Linux", "Windows"],
    "platform_machine": ["x86_64", "arm64"],
    "implementation_name": ["cpython", "pypy"],
    "platform_python_implementation": ["CPython", "PyPy"],
}


@st.composite
def atoms(draw) -> str:
    name = draw(st.sampled_from([*VARIABLES, "extra", "extra", "extra"]))
    value = draw(EXTRAS if name == "extra" else st.sampled_from(VARIABLES[name]))
    if name == "extra":
        operator = draw(st.sampled_from(["==", "==", "==", "!="]))
    else:
        operator = draw(st.sampled_from(["<", ">=", "==", "!="] if name == "python_version" else ["==", "!=", "in", "not in"]))
    quote = draw(st.sampled_from("\"'"))
    space = draw(st.sampled_from(["", " ", "  "])) if "in" not in operator else " "
    sides = [name, f"{quote}{value}{quote}"]
    if operator in ("==", "!=") and draw(st.booleans()):
        sides.reverse()
    return f"{sides[0]}{space}{operator}{space}{sides[1]}"


MARKERS = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"( {text} )"),
    ),
    max_leaves=4,
)


@st.composite
def requirements(draw) -> str:
    text = draw(NAMES)
    if extras := draw(st.lists(EXTRAS, max_size=2)):
        text += draw(st.sampled_from(["[{}]", " [ {} ]"])).format(draw(st.sampled_from([",", " , "])).join(extras))
    text += draw(st.sampled_from(["", ">=1", " (>=1,<2)", "~=1.0", "==1.*", " @ https://h.example/x.whl", "!=1"]))
    if draw(st.booleans()):
        text += draw(st.sampled_from([" ; ", " ;", "; " if "@" not in text else " ; "])) + draw(MARKERS)
    return text


GRAPHS = st.lists(st.tuples(NAMES.map(canonical_name), st.lists(requirements(), max_size=4)), max_size=6)


def reference(graph, environment, extras_of=frozenset()):
    """Edges and extras by `packaging`, repeated until nothing changes: slow, and plainly right."""
    parsed = [(name, [Requirement(line) for line in lines]) for name, lines in graph]
    installed = {name for name, _ in graph}
    extras: dict[str, set[str]] = {}
    while True:
        before = {name: set(found) for name, found in extras.items()}
        needs: list[set[str]] = []
        for name, lines in parsed:
            needs.append(set())
            for line in lines:
                target = canonical_name(line.name)
                asked = {"", *extras.get(name, ())}
                if target in installed and (
                    line.marker is None or any(line.marker.evaluate({**environment, "extra": extra}) for extra in asked)
                ):
                    needs[-1].add(target)
                    if line.extras:
                        extras.setdefault(target, set()).update(canonical_name(extra) for extra in line.extras)
        if before == extras:
            return needs, extras


@settings(max_examples=150, deadline=None)
@given(GRAPHS)
@example([("a", ["b[x] ; extra == 'y'"]), ("b", ["a[y] ; extra == 'x'", "c-c ; extra != 'x'"]), ("c-c", ["a[y]"])])
@example([("a", ["b ; 'x' == extra or sys_platform == 'linux'"]), ("b", [])])
def test_edges_are_those_of_packaging(graph) -> None:
    needs, extras = resolve(graph, LINUX)
    wanted = reference(graph, LINUX)
    assert needs == wanted[0]
    assert {name: found for name, found in extras.items() if found} == wanted[1]


@settings(max_examples=400, deadline=None)
@given(MARKERS, st.sampled_from(["", "x", "y", "z-z"]))
def test_markers_are_those_of_packaging(marker: str, extra: str) -> None:
    assert holds(marker, KNOWN, extra) == Marker(marker).evaluate({**LINUX, "extra": extra})
    if (only := edges._only_extra(marker)) and only != extra:
        assert not holds(marker, KNOWN, extra)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="extra=='\"<>!~()andorin python_version3.12;[],ab\n\t"), st.sampled_from(["", "x"]))
def test_any_text_is_a_marker(marker: str, extra: str) -> None:
    try:
        wanted = Marker(marker).evaluate({**LINUX, "extra": extra})
    except (InvalidMarker, UndefinedComparison):
        assert holds(marker, KNOWN, extra) in (True, False)
    else:
        assert holds(marker, KNOWN, extra) == wanted


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30) | requirements())
def test_any_text_is_a_requirement(line: str) -> None:
    needs, _ = resolve([("self", [line]), ("a", []), ("b", [])], LINUX)
    try:
        wanted = canonical_name(Requirement(line).name)
    except InvalidRequirement:
        assume(False)
    assert needs[0] <= {wanted}


def test_the_running_environment_is_as_importlib_metadata_sees_it() -> None:
    own = list(importlib.metadata.distributions())
    graph = [(canonical_name(one.metadata["Name"]), list(one.requires or ())) for one in own]
    assert len(graph) > 10
    environment = {**marker_environment(sys.version_info[:2], {"linux": "linux", "darwin": "darwin"}.get(sys.platform, "win32"), "")}
    needs, extras = resolve(graph, environment)
    wanted = reference(graph, environment)
    assert needs == wanted[0]
    assert {name: found for name, found in extras.items() if found} == wanted[1]
    assert sum(map(len, needs)) > 10


def edge(marker: str, environment: dict[str, str] | None = None) -> bool:
    needs, _ = resolve([("a", [f"b ; {marker}"]), ("b", [])], LINUX if environment is None else environment)
    return bool(needs[0])


class TestWhatIsNotKnown:
    @pytest.mark.parametrize(
        "marker", ["python_version < '3'", "sys_platform == 'win32'", "platform_machine == 'arm64'", "os_name == 'nt'"]
    )
    def test_counts_as_true(self, marker: str) -> None:
        assert not edge(marker)
        assert edge(marker, marker_environment(None, "", ""))

    @pytest.mark.parametrize(
        "marker",
        [
            "platform_release == '1'",
            "platform_version == '1'",
            "implementation_version == '1'",
            "made_up == '1'",
            "'x' in extras",
            "'dev' in dependency_groups",
        ],
    )
    def test_nobody_knows_these(self, marker: str) -> None:
        assert edge(marker)

    @pytest.mark.parametrize(
        "marker",
        [
            "os.name == 'nt'",
            "sys.platform == 'win32'",
            "platform.machine == 'arm64'",
            "python_implementation == 'PyPy'",
            "platform.python_implementation == 'PyPy'",
        ],
    )
    def test_old_spellings_are_not_answered_for_the_running_interpreter(self, marker: str) -> None:
        assert not edge(marker)
        assert edge(marker.replace("==", "!="))
        windows = {**marker_environment((3, 12), "win32", "arm64", "pypy")}
        assert edge(marker, windows)

    def test_an_extra_beside_an_unknown_variable_still_has_to_be_asked_for(self) -> None:
        graph = [
            ("root", ["a[x]"]),
            ("a", ["b ; extra == 'x' and platform_release == '1'", "c ; extra == 'y' and platform_release == '1'"]),
            ("b", []),
            ("c", []),
        ]
        assert resolve(graph, LINUX)[0][1] == {"b"}

    @pytest.mark.parametrize("full", ["3.12.0", "3.12.7", "3.12.99"])
    def test_the_patch_release_is_not_known(self, full: str) -> None:
        assert edge(f"python_full_version >= '{full}'")
        assert edge(f"python_full_version <= '{full}'")
        assert not edge("python_full_version < '3.12'")
        assert not edge("python_full_version >= '3.13'")


class TestHostile:
    @pytest.mark.parametrize(
        "marker",
        [
            "sys_platform == 'extra' or os_name == 'posix'",
            "os_name != 'extra'",
            "platform_release == 'extra'",
            "extra == 'x' or os_name == 'posix'",
            "extra != 'x'",
        ],
    )
    def test_the_word_extra_hides_no_edge(self, marker: str) -> None:
        assert edge(marker)

    @pytest.mark.parametrize(
        "marker",
        [
            "(" * 900 + "os_name",
            "(" * 900 + "os_name == 'posix'" + ")" * 900,
            "x",
            "== 1",
            "os_name ==",
            "os_name ~= '1'",
            "python_version == 'x'",
        ],
    )
    def test_what_does_not_parse_counts_as_true_or_is_evaluated(self, marker: str) -> None:
        assert edge(marker) == (marker != "python_version == 'x'")

    def test_megabytes_take_no_time(self) -> None:
        size = 2**20
        lines = [
            "b ; extra == 'x'" + " " * size + "y",
            "b ; " + "(" * size,
            "b ; " + "extra " * (size // 6),
            "b" + "-" * size,
            "b[" + "x," * size,
            " " * size + "!",
            "b ; " + "'" * size,
            "b ; os_name == 'posix' and " * (size // 26),
        ]
        with bounded():
            resolve([("a", lines), ("b", [])], LINUX)

    @pytest.mark.parametrize("form", ["extra == 'x{}'", "extra == 'x{}' and os_name == 'posix'", "extra == 'x{}' or os_name == 'nt'"])
    def test_a_long_chain_of_extras_takes_no_time(self, form: str) -> None:
        count = 3000 if "or" not in form else 700
        graph = [("a", [f"a[x{number + 1}] ; {form.format(number)}" for number in range(count)]), ("root", ["a[x0]"])]
        with bounded():
            assert len(resolve(graph, LINUX)[1]["a"]) == count + 1


def test_extras_reach_through_others_and_round_a_cycle() -> None:
    graph = [
        ("top", ["a[all]"]),
        ("a", ["a[x,y] ; extra == 'all'", "b ; extra == 'x'", "c[t] ; extra == 'y'", "d ; extra == 'z'"]),
        ("b", ["top"]),
        ("c", ["d; extra=='t'"]),
        ("d", []),
    ]
    needs, extras = resolve(graph, LINUX)
    assert needs == [{"a"}, {"a", "b", "c"}, {"top"}, {"d"}, set()]
    assert extras == {"a": {"all", "x", "y"}, "c": {"t"}}


def test_one_name_installed_twice_has_both_lists_of_needs() -> None:
    assert resolve([("a", ["b"]), ("a", ["c"]), ("b", []), ("c", [])], LINUX)[0] == [{"b"}, {"c"}, set(), set()]


def test_what_is_not_installed_is_no_edge() -> None:
    assert resolve([("a", ["none", "b"]), ("b", [])], LINUX)[0] == [{"b"}, set()]


@pytest.mark.parametrize(
    ("platform", "system", "os_name"), [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
)
def test_what_a_platform_implies(platform: str, system: str, os_name: str) -> None:
    known = marker_environment((3, 9), platform, "")
    assert (known["platform_system"], known["os_name"], known["python_version"]) == (system, os_name, "3.9")
    assert "platform_machine" not in known
