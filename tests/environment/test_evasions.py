"""Roundabout ways to act at start are found, what honest code does in the same ways is not, and neither can be talked down or made slow."""

from __future__ import annotations

import pytest
from evasions import EVASIONS, ORDINARY, UNSEEN
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sbomgate.collectors.environment import capabilities, hooks
from sbomgate.collectors.environment.reader import bounds
from sbomgate.collectors.environment.surfaces import entry_points, quick_look
from sbomgate.model import Inventory, Severity, StartupHook, Target
from sbomgate.policy import Context
from sbomgate.rules import all_rules
from sbomgate.tree import MemoryTree

RULES = [rule for rule in all_rules() if rule.id.startswith("SG1")]
NOTHING = len(Severity)
MODULES = sorted(str(files["sitecustomize.py"]) for files in EVASIONS.values() if isinstance(files.get("sitecustomize.py"), str))


def rank(files: dict[str, str | bytes]) -> int:
    """The rank of the gravest finding about the hooks of a site folder with `files`; the lower, the graver."""
    content = {f"site/{name}": value if isinstance(value, bytes) else value.encode() for name, value in files.items()}
    found = [item for item in hooks.collect_hooks(MemoryTree(content), "site", python=(3, 13), owners={}) if isinstance(item, StartupHook)]
    context = Context(Inventory(target=Target("."), hooks=tuple(found)))
    return min((finding.severity.rank for rule in RULES for finding in rule.check(context)), default=NOTHING)


def told(text: str) -> set[str]:
    """What a reader of the module would tell of a plugin."""
    reader = capabilities.Reader(max_steps=20_000)
    reader.read_module("x.py", text, "x", own=False)
    return {seen.kind for seen in reader.seen} & entry_points._TOLD


@pytest.mark.parametrize("name", EVASIONS)
def test_evasions_are_found(name: str) -> None:
    assert rank(EVASIONS[name]) <= Severity.HIGH.rank


@pytest.mark.parametrize("name", ORDINARY)
def test_honest_code_is_not_high(name: str) -> None:
    assert rank(ORDINARY[name]) > Severity.HIGH.rank


@pytest.mark.parametrize("name", UNSEEN)
def test_the_stated_limits_are_still_limits(name: str) -> None:
    assert rank(UNSEEN[name]) > Severity.HIGH.rank


@pytest.mark.parametrize(
    "prefix",
    ["import abc\n", "x = [1]\nfor y in x:\n    pass\n", "def f():\n    return 1\nf()\n", "try:\n    1 / 0\nexcept Exception:\n    pass\n"],
)
@pytest.mark.parametrize("text", MODULES[::3])
def test_lines_in_front_never_lower_the_verdict(text: str, prefix: str) -> None:
    if "coding" in text or "__doc__" in text:
        return  # these count from the first line
    assert rank({"sitecustomize.py": prefix + text}) <= rank({"sitecustomize.py": text})


@pytest.mark.parametrize("text", MODULES)
def test_a_quick_look_never_skips_what_the_reader_would_tell(text: str) -> None:
    assert quick_look.may_matter(text.encode()) or not told(text)


WORDS = st.sampled_from(
    [
        "import os",
        "import os as o",
        "from os import system",
        "import shutil",
        "import sys",
        "import subprocess",
        "os.system('true')",
        "o.system('true')",
        "system('true')",
        "shutil.os.system('true')",
        "sys.modules['os'].system('true')",
        "x = os",
        "x.system('true')",
        "getattr(os, 'system')('true')",
        "getattr(os, 'sys' + 'tem')('true')",
        "exec('print(1)')",
        "print(1)",
        "import socket",
        "socket.socket()",
        "import pickle",
        "pickle.loads(b'')",
        "vars(os)['system']('true')",
        "# os",
        "'''",
        "import \\\\\n os",
        "ｏs.system('true')",
        "import urllib.request",
        "urllib.request.urlopen('x')",
        "import requests",
        "requests.get('x')",
        "import a, os",
        "import os.path",
        "os.path.os.popen('x')",
        "open('~/.bashrc', 'w')",
        "import importlib",
        "importlib.import_module('os').system('x')",
        "x = 1",
        "import pty;pty.spawn('x')",
    ]
)


@given(st.lists(WORDS, max_size=6).map("\n".join))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("import os\nx = os\nx.system('true')")
@example("import a\na.b.os.system('true')")
@example("os.system('true')")
@example("import psycopg2\npsycopg2.connect('x')")
@example("from os import (\n    system,\n)\nsystem('true')")
def test_a_quick_look_is_sound(text: str) -> None:
    assert quick_look.may_matter(text.encode()) or not told(text)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
@example(b"\xff\xfe")
@example(b"# coding: utf-7\n+AGk-mport os")
def test_any_bytes_get_a_look(data: bytes) -> None:
    assert quick_look.may_matter(data) in (True, False)
    files = {"site/x.pth": b"import site; site.addsitedir('a')\n", "site/a/y.pth": data, "site/sitecustomize.py": data}
    files |= {"site/p-1.dist-info/entry_points.txt": b"[pytest11]\np = q.r\n", "site/q/__init__.py": data, "site/q/r.py": data}
    for hook in hooks.collect_hooks(MemoryTree(files), "site", python=None, owners={}):
        assert not isinstance(hook, StartupHook) or hook.verdict


LARGE = {
    "supers": "class A0:\n def f(s): pass\n"
    + "".join(f"class A{i}(A{i - 1}):\n def f(s): super().f(); super().f()\n" for i in range(1, 400))
    + "A399().f()",
    "defaults": "".join(f"def f{i}(a=f{i - 1}, *, b=f{i - 1}): a(); b()\n" if i else "def f0(): pass\n" for i in range(300)) + "f299()",
    "comparisons": "class A:\n def __lt__(s, o): return sorted([A(), A(), A()])\nsorted([A()] * 1000)",
    "properties": "class A:\n x = property(lambda s: [s.x, s.x, s.x])\nA().x",
    "unbound": "import sys\n" + "list.append(sys.path, 'x')\n" * 20000,
    "missing": "class D(dict):\n def __missing__(s, k): return s[k] + s[k] + s[k]\nD()[1]",
    "patterns": "match 1:\n" + "".join(f" case C(a{i}=1): pass\n" for i in range(5000)),
    "long line": "x = [" + "1, " * 200_000 + "]",
    "folding": "x = 'a' * 1000\n" + "x = x + x\n" * 60 + "exec(x)",
}


@pytest.mark.parametrize("name", LARGE)
def test_work_is_bounded(name: str) -> None:
    reader = capabilities.Reader(max_steps=20_000)
    reader.read_module("x.py", LARGE[name], "x")
    assert reader.steps_left > -bounds.MAX_STEPS
    assert len(reader.seen) <= bounds.MAX_FOUND + 2
