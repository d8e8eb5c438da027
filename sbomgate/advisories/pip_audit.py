"""What the installed `pip-audit` command says of Python releases.

It is given exact versions and told not to resolve: `--no-deps --disable-pip`, so that it neither builds nor installs nor asks an
interpreter of the target. It is started only from beside our own interpreter, or from where the caller says, and never from a place that is
read and not run. Sources: pip-audit's documentation, "Usage"; its JSON format.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sbomgate.advisories import Answer
from sbomgate.advisory_model import AdvisorySource, Match
from sbomgate.errors import CollectError
from sbomgate.model import Component, Problem
from sbomgate.text import printable

if TYPE_CHECKING:
    import subprocess

SECONDS: float = 300
"""For one run; a list of 300 releases takes half a minute."""
MAX_OUTPUT: Final = 64 * 2**20
MAX_ROUNDS: Final = 8
"""Versions of one package: each run takes one of them."""
MAX_TOLD: Final = 5
_MAX_SUMMARY: Final = 300
_KEPT: Final = (
    "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SYSTEMROOT",
)  # fmt: skip
_OPTIONS: Final = ("--no-deps", "--disable-pip", "--format", "json", "--desc", "on", "--aliases", "on", "--progress-spinner", "off")
_FIX: Final = 'install it beside sbomgate: pip install "sbomgate[online]"'
_name: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,200}[a-z0-9])?").fullmatch
_id: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}").fullmatch


class _Round(NamedTuple):
    """What one run is asked: no package twice, for that is refused."""

    lines: list[str]
    purls: dict[tuple[str, str], str]


def ask(components: Iterable[Component], command: str, target: str, progress: Callable[..., None] | None = None) -> Answer:
    """What pip-audit says of those of `components` that are of PyPI; CollectError if it cannot be asked, or gives no answer.

    `command`: its path; the one beside our own interpreter when empty. `target`: what is scanned, of which nothing is run.
    """
    python = [item for item in components if item.ecosystem == "pypi" and item.version]
    if not python:
        return Answer()
    program = find(command, target)
    rounds, left = _rounds(python)
    matches: list[Match] = []
    skipped = [f"{name} ({why})" for name, why in left]
    silent: list[str] = []
    for number, one in enumerate(rounds, 1):
        if progress is not None:
            progress(f"{number} of {len(rounds)}, {len(one.lines):,} releases", "asking pip-audit")
        found, refused, missing = _answered(_run(program, one.lines), one)
        matches += found
        skipped += [f"{name} ({why})" for name, why in refused]
        silent += missing
    notes, problems = [], []
    if len(skipped) == len(python) or silent:
        what = f"advisories: pip-audit says nothing of {_counted(silent or skipped, len(python))}"
        problems.append(Problem(path=".", what=what, fix="see that its service is reached, or ask another source: --advisories osv"))
    if skipped and len(skipped) < len(python):
        notes.append(f"advisories: pip-audit left out {_counted(skipped, len(python))}")
    return Answer(tuple(matches), (AdvisorySource("pip-audit", program),), tuple(problems), tuple(notes))


def _counted(names: Sequence[str], total: int) -> str:
    more = f" and {len(names) - MAX_TOLD:,} more" if len(names) > MAX_TOLD else ""
    return f"{len(names):,} of {total:,} releases: {', '.join(names[:MAX_TOLD])}{more}"


def find(command: str, target: str) -> str:
    """The path of pip-audit; CollectError if there is none that may be run."""
    if command and not os.path.isabs(command):
        raise CollectError("not an absolute path", command, "--pip-audit")
    suffix = ".exe" if sys.platform == "win32" else ""
    path = command or os.path.join(os.path.dirname(os.path.abspath(sys.executable)), f"pip-audit{suffix}")
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except (OSError, ValueError):
        raise CollectError("the command is not installed", path, fix=_FIX) from None
    if not stat.S_ISREG(status.st_mode) or not os.access(real, os.X_OK):
        raise CollectError("not a program", path, fix=_FIX)
    if os.name == "posix" and status.st_mode & 0o022:
        raise CollectError("others may write to this program, so it is not run", path, fix=_FIX)
    for folder in (target, *([] if _is_top(os.getcwd()) else [os.getcwd()])):
        inside = os.path.realpath(folder)
        inside = inside if os.path.isdir(inside) else os.path.dirname(inside)
        if any(one.startswith(inside.rstrip(os.sep) + os.sep) for one in (real, os.path.abspath(path))):
            fix = "install sbomgate and pip-audit elsewhere, with `pipx` for example, or name the command with --pip-audit"
            raise CollectError("a file of the target or of the working directory, and nothing of them is run", path, fix=fix)
    return path


def _is_top(folder: str) -> bool:
    """Whether everything lies below `folder`: that says nothing about whose a file is."""
    return os.path.dirname(folder) == folder


def _rounds(components: Sequence[Component]) -> tuple[list[_Round], list[tuple[str, str]]]:
    """What to ask, run by run, and what cannot be asked: (name and version, why)."""
    from packaging.version import InvalidVersion, Version

    versions: dict[str, dict[str, str]] = {}
    left = []
    for item in components:
        shown = f"{item.name} {item.version}"
        try:
            version = str(Version(item.version))
        except InvalidVersion:
            left.append((shown, "no version of PEP 440"))
            continue
        if not _name(item.name):
            left.append((shown, "no name of a package"))
        else:
            versions.setdefault(item.name, {}).setdefault(version, item.purl)
    rounds: list[_Round] = []
    for name, purls in sorted(versions.items()):
        for number, (version, purl) in enumerate(sorted(purls.items())):
            if number == MAX_ROUNDS:
                left += [(f"{name} {one}", "too many versions of one package") for one in sorted(purls)[number:]]
                break
            if number == len(rounds):
                rounds.append(_Round([], {}))
            rounds[number].lines.append(f"{name}=={version}")
            rounds[number].purls[name, version] = purl
    return rounds, left


def _run(program: str, lines: Sequence[str]) -> bytes:
    """What pip-audit prints about the releases `lines`; CollectError if that is nothing.

    In a folder of its own with an environment of our own, without a shell and without an input; what it prints goes to a file, so that
    neither its length nor a process that it leaves behind can hold us up.
    """
    import subprocess
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="sbomgate-") as folder:
        asked = os.path.join(folder, "requirements.txt")
        with open(asked, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"LC_ALL": "C.UTF-8", "PATH": "", "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        arguments = ["--requirement", asked, *_OPTIONS, "--cache-dir", os.path.join(folder, "cache")]
        with open(os.path.join(folder, "out"), "w+b") as out, open(os.path.join(folder, "err"), "w+b") as err:
            try:
                done = subprocess.run(  # noqa: S603 - a program that `find` found, arguments as a list
                    [program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    check=False,
                    cwd=folder,
                    env=environment,
                    start_new_session=True,
                    timeout=SECONDS,
                )
            except subprocess.TimeoutExpired:
                raise CollectError(f"no answer in {SECONDS:g} s", program, fix="try again, or ask another source") from None
            except (OSError, ValueError) as error:
                raise CollectError(f"cannot be run ({error})", program, fix=_FIX) from error
            text = _content(out, program)
            if done.returncode not in (0, 1) or not text.strip():
                raise CollectError(_said(done, err), program, fix="is its service to be reached? try again, or ask another source")
            return text


def _content(file: Any, program: str) -> bytes:
    file.seek(0)
    data: bytes = file.read(MAX_OUTPUT + 1)
    if len(data) > MAX_OUTPUT:
        raise CollectError(f"it printed more than {MAX_OUTPUT:,} bytes", program)
    return data


def _said(done: subprocess.CompletedProcess[bytes], err: Any) -> str:
    """Why it failed, in its own words: the last line that says something."""
    err.seek(0)
    lines = err.read(2**20).decode("utf-8", "replace").splitlines()
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"it ended with {done.returncode}: {printable(last, 240)}"


def _answered(data: bytes, asked: _Round) -> tuple[list[Match], list[tuple[str, str]], list[str]]:
    """(what it found, what it left out and why, what it is silent about) in its JSON; CollectError if that is none."""
    import json

    from packaging.version import InvalidVersion, Version

    from sbomgate.purl import canonical_name

    try:
        document = json.loads(data)
        rows = document["dependencies"] if isinstance(document, dict) else document
        matches = []
        left = []
        missing = dict(asked.purls)
        for row in rows:
            name = canonical_name(row["name"])
            if "skip_reason" in row:
                for key in [key for key in missing if key[0] == name]:
                    del missing[key]
                    left.append((" ".join(key), printable(str(row["skip_reason"]), 120)))
                continue
            purl = missing.pop((name, str(Version(row["version"]))), "")
            matches += [_match(purl, one) for one in row["vulns"] if purl]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError, InvalidVersion) as error:
        raise CollectError(f"its answer cannot be read ({type(error).__name__}: {str(error)[:120]})", "pip-audit") from None
    return matches, left, [" ".join(key) for key in missing]


def _match(purl: str, row: Any) -> Match:
    ids = [row["id"], *row.get("aliases", ())]
    for name in ids:
        if not isinstance(name, str) or not _id(name):
            raise ValueError(f"{str(name)[:80]!r} is no identifier")
    fixed = [str(version) for version in row.get("fix_versions", ())]
    description = row.get("description") or ""
    from sbomgate.advisories.matching import precedence
    from sbomgate.text import without_surrogates

    first = min(ids, key=precedence)
    summary = next((line.strip(" #") for line in str(description).splitlines() if line.strip(" #")), "")
    return Match(
        purl,
        "affected",
        first,
        (first, *sorted({*ids} - {first}, key=precedence)),
        malicious=any(name.startswith("MAL-") for name in ids),
        fixed=_lowest(fixed, purl),
        summary=without_surrogates(summary)[:_MAX_SUMMARY],
        source="pip-audit",
    )


def _lowest(fixed: Iterable[str], purl: str) -> str:
    """The lowest of `fixed` above the version in `purl`; empty if there is none."""
    from urllib.parse import unquote

    from sbomgate import versions

    mine = versions.order(unquote(purl.partition("?")[0].partition("@")[2]))
    keys = {one: key for one in fixed if (key := versions.order(one)) is not None and (mine is None or key > mine)}
    return min(keys, key=keys.__getitem__, default="")
