"""What several tests share: trees made of text, real commands, the repository's places."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sbomgate import policy, policy_file
from sbomgate.model import Report

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
SITE = "lib/python3.12/site-packages"
_FENCE = re.compile(r"^~~~\w+ path=(\S+)\n(.*?)^~~~$", re.MULTILINE | re.DOTALL)


def write_tree(root: Path, files: dict[str, str | bytes]) -> Path:
    """Make `files` (relative path → content) below `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def record_row(path: str, content: bytes) -> str:
    """The row of a RECORD for a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}\n"


def distribution(name: str, version: str, files: dict[str, bytes], *, metadata: str = "", installer: str = "pip") -> dict[str, bytes]:
    """The files of an installed distribution, relative to its site folder, with a RECORD that fits them."""
    info = f"{name}-{version}.dist-info"
    everything = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}\n".encode(),
        f"{info}/INSTALLER": f"{installer}\n".encode(),
    }
    rows = "".join(record_row(path, content) for path, content in everything.items()) + f"{info}/RECORD,,\n"
    return {**everything, f"{info}/RECORD": rows.encode()}


def environment(*distributions: dict[str, bytes], extra: dict[str, bytes] | None = None, site: str = SITE) -> dict[str, bytes]:
    """The files of a virtual environment that holds `distributions` and, in its site folder, `extra`."""
    files = {"pyvenv.cfg": b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n"}
    for one in (*distributions, extra or {}):
        files |= {f"{site}/{path}": content for path, content in one.items()}
    return files


def examples(page: str, section: str) -> dict[str, str]:
    """The files that a section (`Bad`, `Good`) of a rule's page shows."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {
        path: text
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
        if heading == section
        for path, text in _FENCE.findall(body)
    }


def scan_files(root: Path, files: dict[str, str | bytes]) -> Report:
    """Scan `files` as a project, with the policy and the manifest among them if there are any.

    With a lock in the folder `locked`, the environment `venv` is verified against it and the artifacts in `wheels`. With advisories in
    the folder `osv`, what is found is compared with them. With pages of projects in the folder `index`, an index that has them is asked.
    """
    from sbomgate import scan
    from sbomgate.engine import verify
    from sbomgate.manifest import load

    write_tree(root, files)
    if (root / "locked").exists():
        folders = [str(root / "wheels")] if (root / "wheels").exists() else []
        return verify(str(root / "venv"), str(root / "locked" / "requirements.txt"), artifacts=folders)
    own = root / "sbomgate.toml"
    known = root / "sbomgate.cdx.json"
    chosen = policy_file.load_policy(str(own)) if own.exists() else policy.Policy()
    store = ""
    if (root / "osv").exists():
        store = str(advisory_store(root / "osv.sqlite", root / "osv"))
        chosen = replace(chosen, advisories=("osv",))
    if (root / "index").exists():
        from indexes import index_of

        with index_of(root / "index"):
            return scan(str(root), replace(chosen, advisories=("index",)), online=True)
    return scan(str(root), chosen, manifest=load(str(known)) if known.exists() else None, advisory_db=store)


def advisory_store(path: Path, *sources: Path) -> Path:
    """A store at `path` of the records in `sources`, all of which can be read."""
    from sbomgate.advisories.importing import import_records

    assert not import_records([str(source) for source in sources], str(path), jobs=1).problems
    return path


def sbomgate(*arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does; never raises for its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "sbomgate", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def report_of(*arguments: object, cwd: Path | None = None) -> tuple[int, dict]:
    """Exit code and JSON report of a scan."""
    done = sbomgate("scan", *arguments, "-f", "json", cwd=cwd)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@contextmanager
def bounded(seconds: int = 60) -> Iterator[None]:
    """End what would take minutes or forever: `seconds` of our own processor time, fifty times what is needed, so no load matters."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"not done after {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
