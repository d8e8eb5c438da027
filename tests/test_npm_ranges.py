"""Ranges of npm: what the documentation of node-semver says of each form, and that node-semver itself judges the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbomgate.npm_ranges import allows


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", ["1.2.3", "v1.2.3", "1.2.3+build"], ["1.2.4", "1.2.3-beta"]),
        ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0", "2.0.0-0", "1.3.0-beta"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "1.0.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^1.x", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0"]),
        ("~1", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("~> 1.2", ["1.2.0"], ["1.3.0"]),
        ("1.2.x", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("1", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9"]),
        ("*", ["0.0.0", "9.9.9"], ["1.0.0-beta"]),
        ("", ["1.0.0"], ["1.0.0-beta"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        (">= 1.2.3 < 2", ["1.2.3", "1.9.0"], ["2.0.0"]),
        ("1.2.3 - 2.3", ["1.2.3", "2.3.9"], ["2.4.0", "1.2.2"]),
        ("1.2 - 2.3.4", ["1.2.0", "2.3.4"], ["2.3.5"]),
        ("^1.0.0 || >=3", ["1.5.0", "3.0.0"], ["2.0.0"]),
        ("^1.2.3-beta.2", ["1.2.3-beta.2", "1.2.3-beta.10", "1.2.3", "1.3.0"], ["1.2.3-beta.1", "1.2.4-beta.2"]),
        ("* || 1.2.3-beta", ["1.2.3"], ["1.2.3-beta"]),
        (">*", [], ["1.0.0"]),
    ],
)  # fmt: skip
def test_forms_of_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    assert [version for version in inside if allows(text, version) is not True] == []
    assert [version for version in outside if allows(text, version) is not False] == []


def test_pre_releases_like_others() -> None:
    assert allows("^1.0.0", "1.3.0-beta", prereleases=True) is True
    assert allows("^1.0.0", "2.0.0-beta", prereleases=True) is False


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("latest", "1.0.0"), ("^1.0.0", "1.0"), ("^1.0.0", "latest"), ("workspace:*", "1.0.0"), ("^01.2.3", "1.2.3"), ("1.0.0 || next", "1.0.0"),
        ("x.1.2", "1.1.2"), ("==1.0.0", "1.0.0"), (">" + "9" * 20, "1.0.0"), ("9007199254740992", "1.0.0"), ("1" * 300, "1.0.0"), ("1", "1" * 300),
        ("^9007199254740991.0.0", "1.0.0"), ("1.0.0\0", "1.0.0"), ("١.0.0", "1.0.0"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_judged(text: str, version: str) -> None:
    assert allows(text, version) is None


NUMBER = st.sampled_from(["0", "1", "2", "3", "10", "x", "X", "*"])
TAGS = st.sampled_from(["", "", "", "-0", "-1", "-beta", "-beta.1", "-a.b", "-1a", "+b", "-a+b.c"])
PARTIAL = st.builds(lambda parts, tags: ".".join(parts) + (tags if len(parts) == 3 else ""), st.lists(NUMBER, min_size=1, max_size=3), TAGS)
OPERATOR = st.sampled_from(["", "^", "~", "~>", ">", "<", ">=", "<=", "=", "^ ", "~ ", "> ", ">=  ", "< v", "v", "==", "> ="])
WORD = st.builds(str.__add__, OPERATOR, PARTIAL)
ALTERNATIVE = st.lists(WORD, max_size=3).map(" ".join) | st.builds("{}{}{}".format, PARTIAL, st.sampled_from([" - ", "  - ", "-"]), PARTIAL)
RANGE = st.builds(str.join, st.sampled_from(["||", " || ", " |"]), st.lists(ALTERNATIVE, min_size=1, max_size=3))
VERSION = st.builds("{}.{}.{}{}".format, *[st.sampled_from(["0", "0", "1", "2", "3", "10"])] * 3, TAGS)


@settings(max_examples=60)
@given(RANGE | st.text(alphabet="^~<>=|- .*xv01-a\t\u00a0", max_size=40), VERSION | st.text(max_size=10))
def test_any_text_is_judged_or_not_understood(text: str, version: str) -> None:
    assert allows(text, version) in (True, False, None)
    if allows(text, version):
        assert allows(text, version, prereleases=True)


JUDGE = """
const semver = require(process.argv[1]);
require('readline').createInterface({input: process.stdin}).on('line', (line) => {
  const [range, version] = JSON.parse(line);
  const judged = [false, true].map((includePrerelease) => semver.validRange(range) === null || semver.valid(version) === null
    ? null : semver.satisfies(version, range, {includePrerelease}));
  process.stdout.write(JSON.stringify(judged) + '\\n');
});
"""


@pytest.fixture(scope="module")
def judge() -> subprocess.Popen[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    folder = Path(npm).resolve().parent.parent / "node_modules" / "semver" if npm else Path()
    if node is None or not (folder / "package.json").is_file():
        pytest.skip("npm is not installed, or does not ship semver as a folder")
    with subprocess.Popen([node, "-e", JUDGE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.mark.real
@settings(max_examples=1000, deadline=None)
@given(RANGE, VERSION)
def test_node_semver_judges_the_same(judge: subprocess.Popen[str], text: str, version: str) -> None:
    judge.stdin.write(json.dumps([text, version]) + "\n")
    judge.stdin.flush()
    assert [allows(text, version), allows(text, version, prereleases=True)] == json.loads(judge.stdout.readline())
