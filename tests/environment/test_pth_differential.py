"""Our reading of `.pth` files against the real `site` module of every interpreter on this machine.

A child interpreter, started without `site`, imports the module, puts recorders in the place of `exec` and `os.path.exists`
and lets `addpackage` work on generated files. No difference is tolerated.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import random
import re
import subprocess
import sys
from glob import glob

import pytest

from sbomgate.collectors.environment import pth

RECORDER = r"""
import base64, json, os, sys, tempfile
import site
files = json.load(sys.stdin)
answers = []
with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    executed = []
    def recorder(line, *rest):
        executed.append(line.rstrip("\r\n"))
        if "\0" in line:
            raise ValueError("source code string cannot contain null bytes")
    site.exec = recorder
    os.path.exists = lambda path: "\0" not in path
    sys.stderr = open(os.devnull, "w")
    for content in files:
        with open(os.path.join(folder, "a.pth"), "wb") as handle:
            handle.write(base64.b64decode(content))
        del executed[:]
        before = len(sys.path)
        failed = False
        try:
            site.addpackage(folder, "a.pth", {folder})
        except UnicodeDecodeError:
            failed = True
        answers.append([list(executed), [os.path.relpath(path, "/") for path in sys.path[before:]], failed])
        del sys.path[before:]
    print(json.dumps([sys.version_info[:2], folder, answers]))
"""
PIECES = [
    b"import os", b"import\tos", b"import ", b" import os", b"import", b"importos", b"#", b"# import x", b"lib", b"./lib", b"../x", b"/opt/x", b"a b ", b"\n", b"\n", b"\n", b"\r", b"\r\n", b"\x0b", b"\x0c",
    b"\x1c", b"\x1d", b"\x1e", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\t", b" ", b";exec('x')", b"\xc3\xbc", b"\x1f", b"\xe3\x80\x80", b"from x import y", b"=" * 3000,
]  # fmt: skip
FIXED = [
    b"",
    b"import os",
    b"\xef\xbb\xbfimport os\n",
    b"import a\n" + b"#" * 8183 + b"\nimport b\n\xff",
    b"import a\r" + b"x" * 8182 + b"\r\nimport b\n\xff",
    b"#" * 8191 + b"\xc3\xbc\nimport os\n",
]


def interpreters() -> list[str]:
    """Every Python 3.8 or newer of PATH and of pyenv, one for each minor version; the running one always."""
    folders = [
        *os.environ.get("PATH", "").split(os.pathsep),
        *glob(os.path.join(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")), "versions", "*", "bin")),
    ]
    found = {sys.version_info[:2]: sys.executable}
    for folder in folders:
        for path in sorted(glob(os.path.join(folder, "python3.*"))):
            match = re.fullmatch(r"python3\.(\d+)", os.path.basename(path))
            if match and int(match[1]) >= 8 and (3, int(match[1])) not in found and works(path, int(match[1])):
                found[3, int(match[1])] = path
    return [found[version] for version in sorted(found)]


def works(path: str, minor: int) -> bool:
    """Whether the file starts as that version: shims of version managers often do not."""
    try:
        result = subprocess.run(
            [path, "-I", "-S", "-c", "import sys; print(sys.version_info[1])"], capture_output=True, timeout=20, check=False
        )
    except OSError:
        return False
    return result.stdout.strip() == str(minor).encode()


def generated() -> list[bytes]:
    source = random.Random(829)
    return FIXED + [b"".join(source.choice(PIECES) for _ in range(source.randrange(1, 14))) for _ in range(1500)]


@pytest.mark.skipif(os.name == "nt", reason="paths are compared in the POSIX form")
@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda path: path.rpartition("/")[2] or path)
def test_we_read_what_site_reads(interpreter: str) -> None:
    files = generated()
    child = subprocess.run(
        [interpreter, "-I", "-S", "-c", RECORDER],
        input=json.dumps([base64.b64encode(content).decode() for content in files]).encode(),
        capture_output=True,
        timeout=120,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
    )
    version, folder, answers = json.loads(child.stdout)
    for content, (executed, added, failed) in zip(files, answers, strict=True):
        reading = pth.parse_pth(content, (version[0], version[1]))
        assert [line.text for line in reading.executes] == executed, (interpreter, content)
        wanted: list[str] = []
        for line in reading.paths:
            path = posixpath.relpath(posixpath.abspath(posixpath.join(folder, line.text)), "/")
            if path not in wanted and path != posixpath.relpath(folder, "/"):
                wanted.append(path)
        assert wanted == added, (interpreter, content)
        assert reading.undecodable == failed, (interpreter, content)
