"""Start-up hooks and their verdicts: what is known stays silent, what imitates it does not, each surface is seen."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sbomgate.collectors.environment import hooks, templates
from sbomgate.model import Inventory, Problem, Severity, StartupHook, Target
from sbomgate.policy import Context
from sbomgate.rules import all_rules
from sbomgate.tree import FolderTree, MemoryTree, SourceFile

RULES = [rule for rule in all_rules() if rule.id.startswith("SG1")]
SITE = "venv/lib/python3.12/site-packages"
SHIM = "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim(); \n"
NSPKG = (
    "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('acme', 'tools'));importlib = has_mfs and __import__('importlib.util');"
    "has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('acme.tools', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('acme.tools', [os.path.dirname(p)])));"
    "m = m or sys.modules.setdefault('acme.tools', types.ModuleType('acme.tools'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p);m and setattr(sys.modules['acme'], 'tools', m)\n"
)
FINDER = "import __editable___acme_1_0_finder; __editable___acme_1_0_finder.install()\n"
MANHOLE_LIKE = "import os; exec(os.environ.get('ACME_BOOT', ''))\n"


def collected(
    files: dict[str, str | bytes], python: tuple[int, int] | None = (3, 12), owners: dict[str, str] | None = None
) -> list[StartupHook]:
    content = {f"{SITE}/{name}": value.encode() if isinstance(value, str) else value for name, value in files.items()}
    owned = {f"{SITE}/{name}": purl for name, purl in (owners or {}).items()}
    found = list(hooks.collect_hooks(MemoryTree(content), SITE, python=python, owners=owned))
    assert not any(isinstance(item, Problem) for item in found)
    return [item for item in found if isinstance(item, StartupHook)]


def verdict(files: dict[str, str | bytes], **options: object) -> str:
    return collected(files, **options)[0].verdict  # type: ignore[arg-type]


def severities(found: list[StartupHook]) -> list[Severity]:
    context = Context(Inventory(target=Target("."), hooks=tuple(found)))
    return [finding.severity for rule in RULES for finding in rule.check(context)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("distutils-precedence.pth", SHIM),
        ("distutils-precedence.pth", SHIM.strip()),
        ("distutils-precedence.pth", SHIM.replace("'local')", "'stdlib')")),
        ("acme.tools-1.0-py3.12-nspkg.pth", NSPKG),
        ("acme.tools-1.0-nspkg.pth", NSPKG.replace("sys._getframe(1).f_locals['sitedir']", "'/home/ada/src/acme'")),
        ("_virtualenv.pth", "import _virtualenv"),
        ("__editable__.acme-1.0.pth", FINDER),
        ("_editable_impl_acme.pth", "import _editable_impl_acme\n/home/ada/src/acme\n"),
        ("easy-install.pth", "import sys; sys.__plen = len(sys.path)\n./acme-1.0-py3.8.egg\nimport sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)\n"),
        ("subprocess_coverage.pth", "import coverage; coverage.process_startup()\n"),
    ],
)  # fmt: skip
def test_known_hooks_are_silent(name: str, text: str) -> None:
    found = collected({name: text})
    assert [hook.verdict for hook in found] == [hooks.KNOWN_GOOD], found[0].reason
    assert severities(found) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("distutils-precedence.pth", SHIM),
        ("acme.tools-1.0-nspkg.pth", NSPKG),
        ("__editable__.acme-1.0.pth", FINDER),
        ("_virtualenv.pth", "import _virtualenv\n"),
    ],
)
def test_one_letter_more_less_or_other_is_not_known(name: str, text: str) -> None:
    source = random.Random(7)
    for _ in range(120):
        place = source.randrange(7, len(text.rstrip()) - 2)
        letter = source.choice(["x", "_", "а", "(", ";"])
        for mutated in (text[:place] + letter + text[place:], text[:place] + text[place + 1 :], text[:place] + letter + text[place + 1 :]):
            if mutated == text or (mutated.replace("acme", "acm") == text.replace("acme", "acm")):
                continue
            hook = collected({name: mutated})[0]
            if hook.verdict == hooks.KNOWN_GOOD:  # only where a name that may vary has varied everywhere
                assert name != "distutils-precedence.pth", mutated
                assert templates.match_lines(name, "pth", [mutated.rstrip()]) is not None
                assert "а" not in mutated


@pytest.mark.parametrize("extra", ['exec("print(1)")', "import acme", "os.getenv('CI')", "__import__('os').system('true')", "0"])
def test_a_clause_more_is_an_imitation(extra: str) -> None:
    for text in (SHIM.rstrip() + " " + extra + "\n", f"import os; {extra}; " + SHIM[len("import os; ") :]):
        assert verdict({"distutils-precedence.pth": text}) == "hook-imitates-known-good"


def test_the_same_line_with_a_hostile_module_is_not_known() -> None:
    hostile = "import os\nos.system('true')\ndef add_shim():\n    pass\n"
    for module in ("_distutils_hack/__init__.py", "_distutils_hack.py"):
        assert verdict({"distutils-precedence.pth": SHIM, module: hostile}) == "hook-starts-process"
    assert (
        verdict(
            {
                "_virtualenv.pth": "import _virtualenv",
                "_virtualenv.py": "import urllib.request\nurllib.request.urlopen('https://example.invalid')",
            }
        )
        == "hook-opens-network"
    )
    assert (
        verdict(
            {
                "__editable__.acme-1.0.pth": FINDER,
                "__editable___acme_1_0_finder.py": "def install():\n    __import__('os').system('true')\n",
            }
        )
        == "hook-starts-process"
    )
    assert (
        verdict(
            {"_virtualenv.pth": "import _virtualenv", "_virtualenv.cpython-312-x86_64-linux-gnu.so": b"\x7fELF", "_virtualenv.py": "x = 1"}
        )
        == "hook-runs-risky-code"
    )
    assert (
        verdict({"_virtualenv.pth": "import _virtualenv", "_virtualenv/__init__.py": "import os\nos.fork()", "_virtualenv.py": "x = 1"})
        == "hook-starts-process"
    )


def test_a_trusted_module_is_trusted_for_its_owner_only() -> None:
    files: dict[str, str | bytes] = {
        "a1_coverage.pth": "import coverage; coverage.process_startup()\n",
        "coverage/__init__.py": "def process_startup():\n    import sys\n    sys.settrace(print)\n",
    }
    mine = {"a1_coverage.pth": "pkg:pypi/coverage@7.10.0", "coverage/__init__.py": "pkg:pypi/coverage@7.10.0"}
    assert verdict(files, owners=mine) == hooks.KNOWN_GOOD
    assert verdict(files, owners=dict.fromkeys(mine, "pkg:pypi/coverage-extra@1")) == "hook-runs-risky-code"
    files["coverage/__init__.py"] = "import os\nos.system('true')\ndef process_startup():\n    pass\n"
    assert verdict(files, owners=mine) == "hook-starts-process"


def finder_module(tmp_path: Path, mapping: str) -> str:
    """The finder that the installed setuptools would write."""
    code = "from setuptools.command import editable_wheel as e; import sys, json; print(json.dumps(e._finder_template('__editable__.acme-1.0.finder', {'acme': '/home/ada/src/acme'}, {})))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=tmp_path)
    if result.returncode:
        pytest.skip("no setuptools beside this interpreter")
    return json.loads(result.stdout).replace("{'acme': '/home/ada/src/acme'}", mapping)


def test_finders_are_known_by_their_shape_and_their_mapping(tmp_path: Path) -> None:
    name = "__editable___acme_1_0_finder.py"
    files: dict[str, str | bytes] = {"__editable__.acme-1.0.pth": FINDER}
    assert verdict({**files, name: finder_module(tmp_path, "{'acme': '/home/ada/src/acme'}")}) == hooks.KNOWN_GOOD
    for mapping in (
        "{'acme': '/tmp/.x/acme'}",
        "{'json': '/home/ada/src/json'}",
        "__import__('os').environ",
        "{'acme': __import__('os').getcwd()}",
    ):
        assert verdict({**files, name: finder_module(tmp_path, mapping)}) != hooks.KNOWN_GOOD
    assert (
        verdict({**files, name: finder_module(tmp_path, "{'acme': '/home/ada/src/acme'}") + "\nimport os; os.system('true')\n"})
        == "hook-starts-process"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/home/ada/src/project", hooks.INERT),
        ("../../../../src", hooks.INERT),
        ("C:\\Users\\ada\\src", hooks.INERT),
        ("/opt/homebrew/opt/pyyaml/lib/python3.12/site-packages", hooks.INERT),
        ("/home/ada/.local/share/pipx/venvs/x/lib/python3.12/site-packages", hooks.INERT),
        ("/home/ada/.pyenv/versions/3.12.1/lib/python3.12/site-packages", hooks.INERT),
        ("/home/ada/src/Ünïted", hooks.INERT),
        ("/home/ада/проект", hooks.INERT),
        ("./acme-1.0-py3.8.egg", hooks.INERT),
        ("/opt/spark/python/lib/py4j-0.10.9-src.zip", hooks.INERT),
        ("/var/lib/app/site-packages", hooks.INERT),
        ("/tmp/x", "path-line-is-risky"),
        ("/private/var/folders/zz/x", "path-line-is-risky"),
        ("/opt/../tmp/x", "path-line-is-risky"),
        ("//tmp//x", "path-line-is-risky"),
        ("../../../../../../../../tmp/x", hooks.INERT),
        ("/dev/shm/x", "path-line-is-risky"),
        ("/home/ada/.x", "path-line-is-risky"),
        ("lib/.hidden", "path-line-is-risky"),
        ("/home/ada/.cache/x", "path-line-is-risky"),
        ("/home/ada/...", "path-line-is-risky"),
        ("/home/ada/Downloads", "path-line-is-risky"),
        ("/usr/share/fonts/x", "path-line-is-risky"),
        ("\\\\server\\share", "path-line-is-risky"),
        ("//server/share", "path-line-is-risky"),
        ("C:\\Windows\\Temp\\x", "path-line-is-risky"),
        ("C:\\Users\\ada\\AppData\\Local\\Temp\\x", "path-line-is-risky"),
        ("C:\\ProgramData\\x", "path-line-is-risky"),
        ("/Users/Shared/x", "path-line-is-risky"),
        ("vendor.zip", "path-line-is-risky"),
        ("lib/x.whl", "path-line-is-risky"),
        ("acm\u0435", "path-line-is-risky"),
        ("acme\u200b", "path-line-is-risky"),
        ("/usr/lib/python3/dist-\u0440ackages", "path-line-is-risky"),
        ("\uff41cme", "path-line-is-risky"),
        ("/proc/self/cwd", "path-line-is-risky"),
        ("https://example.invalid/x", "path-line-is-risky"),
        ("/mnt/team/lib", "path-line-is-unusual"),
        ("IMPORT os", "path-line-is-unusual"),
        (" import os", "path-line-is-unusual"),
    ],
)
def test_path_lines(line: str, expected: str) -> None:
    assert verdict({"x.pth": f"# comment\n{line}\n"}) == expected


def test_a_folder_in_front_that_shadows_the_standard_library() -> None:
    files: dict[str, str | bytes] = {"x.pth": "_front\nimport sys; sys.path.insert(0, sys.path.pop())\n"}
    assert verdict({**files, "_front/base64.py": "x = 1"}) == "path-line-is-risky"
    assert verdict({**files, "_front/acme.py": "x = 1"}) == hooks.HARMLESS
    assert verdict({"x.pth": "import sys; sys.path.insert(0, '_front')\n", "_front/ssl/__init__.py": "x = 1"}) == "path-line-is-risky"


def test_a_file_under_another_name_on_the_path() -> None:
    assert verdict({"x.pth": "assets.dat\n", "assets.dat": b"PK\3\4"}) == "path-line-is-risky"


def test_modules_are_found_in_folders_that_a_path_line_adds() -> None:
    assert verdict({"x.pth": "lib\nimport acme\n", "lib/acme.py": "import os\nos.system('true')"}) == "hook-starts-process"


def test_the_distribution_of_the_hook_is_followed_and_others_are_not() -> None:
    files: dict[str, str | bytes] = {
        "x.pth": "import acme\n",
        "acme/__init__.py": "from . import boot\nimport other\n",
        "acme/boot.py": "x = 1",
        "other.py": "import os\nos.system('true')",
    }
    owners = {
        "x.pth": "pkg:pypi/acme@1",
        "acme/__init__.py": "pkg:pypi/acme@1",
        "acme/boot.py": "pkg:pypi/acme@1",
        "other.py": "pkg:pypi/other@1",
    }
    hook = collected(files, owners=owners)[0]
    assert (hook.verdict, hook.owner) == ("hook-not-known-good", "pkg:pypi/acme@1")
    assert verdict(files) == "hook-starts-process"
    del owners["acme/boot.py"]
    assert verdict(files, owners=owners) == "hook-runs-risky-code"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("sitecustomize.py", "import os\nos.system('true')\n", "hook-starts-process"),
        ("usercustomize.py", "import sys\n\nif hasattr(sys, 'ps1'):\n    import rlcompleter\n", hooks.HARMLESS),
        ("sitecustomize/__init__.py", "from os import system\nsystem('true')\n", "hook-starts-process"),
        ("sitecustomize.pyc", b"\xf3\r\r\n", "startup-bytecode"),
        ("usercustomize/__init__.pyc", b"\xf3\r\r\n", "startup-bytecode"),
        ("sitecustomize.cpython-312-x86_64-linux-gnu.so", b"\x7fELF", "hook-runs-risky-code"),
        ("sitecustomize.py", b"\xff\xfe\x00", "hook-hides-code"),
        ("sitecustomize.py", b"# coding: utf-7\n# +AAo-import os+AAo-os.system('true')\n", "hook-starts-process"),
        ("sitecustomize.py", b"# coding: rot13\nvzcbeg bf\nbf.flfgrz('gehr')\n", "hook-starts-process"),
        ("sitecustomize.py", b"# coding: acme\nimport os\n", "hook-hides-code"),
        ("sitecustomize.py", "import os" + " " * 300 + "; os.system('true')\n", "hook-starts-process"),
        ("sitecustomize.py", "import logging" + " " * 300 + "; x = 1\n", "hook-hides-code"),
        ("sitecustomize.py", "x = 'a\u202e'\n", "hook-hides-code"),
        ("sitecustomize.py", "", hooks.INERT),
        ("sitecustomize.py", "# only a comment\n", hooks.INERT),
        ("sitecustomize.py", "import coverage\n\ncoverage.process_startup()\n", hooks.KNOWN_GOOD),
    ],
)
def test_customize_modules(name: str, content: str | bytes, expected: str) -> None:
    found = collected({name: content})
    assert [hook.verdict for hook in found] == [expected], found
    assert found[0].kind == name.partition(".")[0].partition("/")[0]


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("_distutils_hack:maybe_add_shim\n", {}, "known-good-by-name"),
        ("acme:run\n", {"acme.py": "def run():\n    import os\n    os.system('true')\n"}, "hook-starts-process"),
        ("acme:run\n", {"acme.py": "def run():\n    return 1\n"}, hooks.HARMLESS),
        ("acme:run\n", {}, "hook-not-known-good"),
        ("os:abort\n", {}, hooks.HARMLESS),
        ("os:fork\n", {}, "hook-starts-process"),
        ("acme.\uff42oot:run\n", {}, "hook-hides-code"),
        ("# nothing\n", {}, hooks.INERT),
    ],
)
def test_start_files(text: str, files: dict[str, str | bytes], expected: str) -> None:
    name = "distutils-precedence.start" if expected == "known-good-by-name" else "x.start"
    wanted = hooks.KNOWN_GOOD if expected == "known-good-by-name" else expected
    assert verdict({name: text, **files}, python=(3, 15)) == wanted
    assert verdict({name: text, **files}, python=(3, 14)) == hooks.INERT


def test_a_start_file_mutes_the_lines_of_its_twin() -> None:
    files: dict[str, str | bytes] = {"x.pth": "import os; os.system('true')\n", "x.start": "acme:run\n"}
    assert [hook.verdict for hook in collected(files, python=(3, 15))] == [hooks.INERT, "hook-not-known-good"]
    assert [hook.verdict for hook in collected(files, python=(3, 12))] == ["hook-starts-process", hooks.INERT]
    assert [hook.verdict for hook in collected(files, python=None)] == ["hook-starts-process", "hook-not-known-good"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n", hooks.INERT),
        ("home = /home/ada/.local/share/uv/python/cpython-3.12/bin\nimplementation = CPython\n", hooks.INERT),
        ("home = C:\\Python312\n", hooks.INERT),
        ("home = /tmp/x/bin\n", "pyvenv-cfg-redirects"),
        ("HOME=/dev/shm/x\n", "pyvenv-cfg-redirects"),
        ("home = bin\n", "pyvenv-cfg-redirects"),
        ("home = /usr/bin\nhome = /opt/x/bin\n", "pyvenv-cfg-redirects"),
        ("home = /usr/bin\nhome = /usr/bin\n", hooks.INERT),
        ("home = /usr/b\u0456n\n", "pyvenv-cfg-redirects"),
        ("home = /home/ada/.x/bin\n", "pyvenv-cfg-redirects"),
        ("version = 3.12\n", "pyvenv-cfg-is-unusual"),
        ("home = /mnt/team/bin\n", "pyvenv-cfg-is-unusual"),
        (b"home = \xff\n", "hook-hides-code"),
    ],
)
def test_pyvenv(text: str | bytes, expected: str) -> None:
    tree = MemoryTree({"venv/pyvenv.cfg": text.encode() if isinstance(text, str) else text})
    (hook,) = hooks.collect_pyvenv(tree, "venv")
    assert isinstance(hook, StartupHook)
    assert hook.verdict == expected, hook.reason


def test_embedded_path_files() -> None:
    tree = MemoryTree({"python312._pth": b"python312.zip\n.\n\n# import site\n", "Scripts/python._pth": b"C:\\Users\\Public\\x\n"})
    first, second = hooks.collect_pyvenv(tree, "")
    assert isinstance(first, StartupHook)
    assert isinstance(second, StartupHook)
    assert (first.verdict, second.verdict) == (hooks.INERT, "path-line-is-risky")
    assert first.adds_paths == ("python312.zip", ".")


@pytest.mark.parametrize(
    ("text", "module", "expected"),
    [
        ("[pytest11]\nacme = acme.plugin\n", "import os\n", hooks.INERT),
        ("[pytest11]\nacme = acme.plugin\n", "import os\nos.system('true')\n", "hook-starts-process"),
        ("[pytest11]\nacme = acme.plugin [extra]\n", "def f():\n    import os\n    os.system('true')\n", hooks.INERT),
        (
            "[opentelemetry_distro]\nacme = acme.plugin:D\n",
            "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n",
            "hook-runs-decoded-code",
        ),
        ("[console_scripts]\npip = acme.plugin:main\n", "", "entry-point-is-risky"),
        ("[console_scripts]\nPython3 = acme.plugin:main\n", "", "entry-point-is-risky"),
    ],
)
def test_entry_points(text: str, module: str, expected: str) -> None:
    assert verdict({"acme-1.0.dist-info/entry_points.txt": text, "acme/__init__.py": "", "acme/plugin.py": module}) == expected


@pytest.mark.parametrize(("folder", "name"), [("pip-25.0", "pip3"), ("uv-0.9", "uv"), ("awscli-1.0", "aws"), ("acme-1.0", "acme")])
def test_commands_of_their_owners_are_no_hooks(folder: str, name: str) -> None:
    assert collected({f"{folder}.dist-info/entry_points.txt": f"[console_scripts]\n{name} = x:main\n"}) == []


def test_bytecode_that_does_not_come_from_its_source() -> None:
    source = b"x = 1\n"
    size = len(source).to_bytes(4, "little")
    honest = b"\xcb\r\r\n" + bytes(4) + b"time" + size + b"\xe3\xda\x01x"
    unchecked = b"\xcb\r\r\n\x01\0\0\0" + bytes(8)
    other = b"\xcb\r\r\n" + bytes(4) + b"time" + size + b"\xe3\xda\x06system"
    stale = b"\xcb\r\r\n" + bytes(4) + b"time" + b"\x99\0\0\0" + b"\xe3\xda\x06system"
    for compiled, expected in (
        (honest, hooks.HARMLESS),
        (stale, hooks.HARMLESS),
        (unchecked, "startup-bytecode"),
        (other, "startup-bytecode"),
    ):
        assert verdict({"x.pth": "import acme\n", "acme.py": source, "__pycache__/acme.cpython-312.pyc": compiled}) == expected
        assert verdict({"sitecustomize.py": source, "__pycache__/sitecustomize.cpython-312.pyc": compiled}) == expected


@pytest.mark.parametrize(
    ("data", "python", "expected"),
    [
        (b"# a\xe2\x80\xa8import os; os.system('true')\n", (3, 12), "hook-hides-code"),
        (b"# a\xe2\x80\xa8import os; os.system('true')\n", (3, 13), "hook-starts-process"),
        (b"\xef\xbb\xbfimport os; os.system('true')\n", None, "hook-starts-process"),
        (b"\xef\xbb\xbf/home/ada/src\n", (3, 13), hooks.INERT),
        (b"import os; x = '\xff'\n", (3, 13), "hook-hides-code"),
        (b"lib\0\nimport os; os.system('true')\n", (3, 13), "hook-starts-process"),
        ("import os; ех = 1\n".encode(), (3, 13), "hook-hides-code"),
        ("import os; x = 'grüße'\n".encode(), (3, 13), hooks.HARMLESS),
        (b"import os, (\n", (3, 13), "hook-hides-code"),
        (b"import os; x = '" + base64.b64encode(os.urandom(3000)) + b"'\n", (3, 13), "hook-hides-code"),
    ],
)
def test_text_that_hides(data: bytes, python: tuple[int, int] | None, expected: str) -> None:
    assert verdict({"x.pth": data}, python=python) == expected


def test_a_hidden_file_counts_where_it_is_read() -> None:
    assert verdict({".x.pth": "/home/ada/src\n"}, python=(3, 12)) == "hook-hides-code"
    assert verdict({".x.pth": "import os; os.system('true')\n"}, python=(3, 13)) == hooks.INERT


def test_shipped_indicators_are_found() -> None:
    from sbomgate import data

    hosts = [row["value"] for row in data.read_toml("known-bad.toml")["indicator"] if row["kind"] == "host"]
    assert hosts
    for host in hosts:
        assert verdict({"x.pth": f"import os; x = 'https://{host}/a'\n"}) == "hook-matches-indicator"
        encoded = base64.b64encode(f"x = 'https://{host}/a'".encode()).decode()
        assert verdict({"x.pth": f"import base64; exec(base64.b64decode('{encoded}'))\n"}) == "hook-matches-indicator"


def test_every_indicator_is_read() -> None:
    from sbomgate import data, indicators

    rows = data.read_toml("known-bad.toml")["indicator"]
    assert indicators.texts() == tuple((row["kind"], row["value"], row["summary"]) for row in rows)


def test_links(tmp_path: Path) -> None:
    site = tmp_path / "target" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "outside.py").write_text("import os\nos.system('true')\n")
    (site / "x.pth").symlink_to(tmp_path / "outside.py")
    (site / "sitecustomize.py").symlink_to("inside.py")
    (site / "inside.py").write_text("import os\nos.system('true')\n")
    found = list(hooks.collect_hooks(FolderTree(str(tmp_path / "target")), "site-packages", python=(3, 12), owners={}))
    assert [(hook.kind, hook.verdict) for hook in found if isinstance(hook, StartupHook)] == [
        ("pth", "hook-hides-code"),
        ("sitecustomize", "hook-starts-process"),
    ]


def test_one_file_as_the_target() -> None:
    tree = MemoryTree(
        {"x.pth": b"import acme\n", "acme.py": b"import os\nos.system('true')\n", "sitecustomize.py": b"x = 1\n", "x.start": b"acme:f\n"}
    )
    for name, expected in (("x.pth", "hook-starts-process"), ("sitecustomize.py", hooks.HARMLESS), ("x.start", "hook-starts-process")):
        found = [item for item in hooks.collect(SourceFile(tree, name)) if isinstance(item, StartupHook)]
        assert [hook.verdict for hook in found] == [expected]


def test_findings_are_one_line_and_say_who_owns_the_hook() -> None:
    found = collected(
        {"x.pth": "import os; os.system('\x1b]0;true\x07')\n", "y.pth": "import acme\n"}, owners={"x.pth": "pkg:pypi/acme@1.0"}
    )
    context = Context(Inventory(target=Target("."), hooks=tuple(found)))
    findings = [finding for rule in RULES for finding in rule.check(context)]
    assert [finding.rule for finding in findings] == ["SG101", "SG104"]
    assert findings[0].subject == "pkg:pypi/acme@1.0"
    assert "owned by pkg:pypi/acme@1.0" in findings[0].message
    assert "no distribution owns it" in findings[1].message
    assert all(finding.message.isprintable() and finding.digest and finding.fix for finding in findings)
    assert findings[0].location.line == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_verdict_has_a_rule(rule: object) -> None:
    names = {rule.name for rule in RULES}
    assert set(hooks.VERDICTS.values()) <= names


def test_the_list_is_well_formed() -> None:
    listed = templates.known()
    assert all(len(digest) == 64 and digest == digest.lower() for digest in listed.digests)
    assert all(template.programs or template.bodies for template in listed.templates)
    assert all(template.source and template.reason for template in listed.templates)
    for template in listed.templates:
        for program in template.programs:
            templates._compiled(program)


def test_importing_the_module_is_cheap() -> None:
    code = "import sys; import sbomgate.collectors.environment.hooks; print(*(m for m in ('base64', 'zlib', 'tomllib', 'difflib') if m in sys.modules), *(m for m in sys.modules if m.startswith('sbomgate.collectors.environment.')))"
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "capabilities" not in result.stdout
    assert not set(result.stdout.split()) & {"base64", "zlib", "tomllib", "difflib"}
