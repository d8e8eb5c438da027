"""A wheel, read: what it installs, and the content digest that an installation of it has as well."""

from __future__ import annotations

import pytest
from support import SITE, write_tree
from wheels import archive, installed, recorded, sha256, wheel, wheel_files

from sbomgate import collect
from sbomgate.custody.archives import RefusedError
from sbomgate.custody.wheel import read_wheel

MEMBERS = wheel_files(
    "demo",
    "1.0",
    {
        "demo/__init__.py": b"x = 1\n",
        "demo-1.0.data/purelib/extra.py": b"y = 1\n",
        "demo-1.0.data/scripts/run": b"#!python\nimport demo\n",
        "demo-1.0.data/scripts/tool": b"\x7fELF",
        "demo-1.0.data/headers/demo.h": b"int x;\n",
        "demo-1.0.data/data/share/demo/a.json": b"{}",
    },
    "[console_scripts]\ndemo = demo.cli:main [fast]\n; comment\n[other]\nx = y:z\n[gui_scripts]\ngdemo=demo.gui:App.run\n",
)
WHEEL = read_wheel(archive(MEMBERS))


def test_what_it_installs() -> None:
    assert (WHEEL.name, WHEEL.version, WHEEL.info) == ("demo", "1.0", "demo-1.0.dist-info")
    assert dict(WHEEL.files)["extra.py"] == sha256(b"y = 1\n")
    assert "demo-1.0.dist-info/RECORD" not in dict(WHEEL.files)
    assert [(script.name, script.rewritten) for script in WHEEL.scripts] == [("run", True), ("tool", False)]
    assert WHEEL.headers == (("demo.h", sha256(b"int x;\n")),)
    assert WHEEL.data == (("share/demo/a.json", sha256(b"{}")),)
    assert WHEEL.wrappers == (("demo", "demo.cli", "main"), ("gdemo", "demo.gui", "App.run"))


def digest_of(root, files: dict[str, bytes]) -> str:
    write_tree(root, {"pyvenv.cfg": "version = 3.12.1\n", **files})
    (component,) = collect(str(root)).components
    assert component.installation is not None
    return component.installation.content_digest


def test_content_digest_is_that_of_an_installation(tmp_path) -> None:
    """Independent of installer, scripts, bytecode and what installers add; never of content."""
    pip = installed(MEMBERS, {"demo": "demo.cli:main"})
    bytecode = {f"{SITE}/demo/__pycache__/__init__.cpython-312.pyc": b"\0"}
    info = "demo-1.0.dist-info"
    uv = installed(
        MEMBERS, REQUESTED=b"", direct_url_json=b'{"url": "https://index.example/demo.whl", "archive_info": {}}', uv_cache_json=b"{}"
    )
    seed = installed(MEMBERS)
    record = f"{SITE}/{info}/RECORD"
    seed[record] += b"demo-1.0.virtualenv,,\ndemo/__pycache__,,\n"
    padded = installed(MEMBERS)
    padded[record] = b"".join(
        line.replace(b",", b"=,", 2).replace(b"=,", b",", 1) if b"sha256=" in line else line for line in padded[record].splitlines(True)
    )
    assert b"=," in padded[record]
    wanted = WHEEL.content_digest
    assert wanted.startswith("sgc1:")
    assert digest_of(tmp_path / "pip", pip) == wanted
    assert digest_of(tmp_path / "bytecode", recorded({**pip, **bytecode}, info)) == wanted
    assert digest_of(tmp_path / "uv", uv) == wanted
    assert digest_of(tmp_path / "seed", seed) == wanted
    assert digest_of(tmp_path / "padded", padded) == wanted
    changed = recorded({**pip, f"{SITE}/demo/__init__.py": b"x = 2\n"}, info)
    assert digest_of(tmp_path / "changed", changed) != wanted
    assert read_wheel(archive({**MEMBERS, "demo/__init__.py": b"x = 2\n"})).content_digest != wanted


def test_content_digest_of_the_docs() -> None:
    """The example that another implementation can check itself with, see docs/manifest.md."""
    info = "demo-1.0.dist-info"
    members = {"demo.py": b"x = 1\n", f"{info}/METADATA": b"Name: demo\nVersion: 1.0\n", f"{info}/WHEEL": b"", f"{info}/RECORD": b""}
    assert read_wheel(archive(members)).content_digest == "sgc1:e44bf6a1aacf535fd8a62a80e401a1b08b1b5abb9367cbc2c45a07eb7f27c008"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"demo.py": b""}, "0 .dist-info folders"),
        ({**MEMBERS, "other-1.0.dist-info/METADATA": b""}, "2 .dist-info folders"),
        ({path: body for path, body in MEMBERS.items() if not path.endswith("WHEEL")}, "lacks METADATA, WHEEL or RECORD"),
        ({**MEMBERS, "demo-1.0.dist-info/METADATA": b"Name: other\nVersion: 1.0\n"}, "metadata of 'other'"),
        ({**MEMBERS, "demo-1.0.dist-info/METADATA": b""}, "metadata of ''"),
        ({**MEMBERS, "other-1.0.data/purelib/x.py": b""}, "treat differently"),
        ({**MEMBERS, "demo-1.0.data/stdlib/os.py": b""}, "treat differently"),
        ({**MEMBERS, "demo-1.0.data/purelib/demo/__init__.py": b"evil"}, "installed as one file"),
    ],
)
def test_what_is_no_wheel(files: dict[str, bytes], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        read_wheel(archive(files))


def test_a_script_that_installers_generate_is_not_taken_from_the_wheel() -> None:
    data = wheel("demo", "1.0", {"demo-1.0.data/scripts/demo": b"#!python\nold\n"}, "[console_scripts]\ndemo = demo:main\n")
    assert read_wheel(data).scripts == ()
