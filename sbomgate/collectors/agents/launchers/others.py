"""The launchers of everything else: .NET, Go, Java, Nix, ToolHive, and programs that only run what lies in the project."""

from __future__ import annotations

import re
from typing import Final

from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.launchers import grammar
from sbomgate.collectors.agents.launchers.grammar import Reader, Result
from sbomgate.collectors.agents.launchers.table import LAUNCHERS
from sbomgate.collectors.agents.references import (
    LOCAL,
    MAX_NAME,
    UNKNOWN,
    Reference,
    commit_reference,
    git_reference,
    is_placeholder,
    npm_reference,
    oci_reference,
    pypi_reference,
    url_reference,
    versioned,
)
from sbomgate.collectors.agents.shell import Words, options_of, subcommand, values_of


def _local(launcher: str, _words: Words, _draft: Draft, _depth: int) -> Result:
    """Programs that run what lies in the project."""
    return launcher, LOCAL


def _local_file(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    return launcher, grammar.script_file(next((word for word in words if not word.startswith("-")), ""), draft)


def _dotnet(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    if launcher == "dotnet":
        command, rest, _ = subcommand(words)
        if command == "tool" and rest[:1] == ["exec"]:
            words = rest[1:]
        elif command == "dnx":
            words = rest
        else:
            return launcher, grammar.script_file(command, draft)
    options, rest = options_of(words, values)
    if not rest:
        return launcher, UNKNOWN
    more, _ = options_of(rest[1:], values)
    name, at, version = rest[0].partition("@")
    version = version if at else (values_of(options + more, "--version") or [""])[0]
    return launcher, versioned("nuget", name, version, re.fullmatch(r"[0-9]+(?:\.[0-9]+){1,3}(?:-[0-9A-Za-z.-]+)?", version) is not None)


def _go(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    command, rest, _ = subcommand(words)
    if command not in ("run", "install"):
        return launcher, LOCAL
    _, rest = options_of(rest, LAUNCHERS[launcher].values)
    if not rest or rest[0].startswith((".", "/")) or "@" not in rest[0]:
        return launcher, LOCAL
    name, _, version = rest[0].rpartition("@")
    exact = re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?", version) is not None
    reference = versioned("golang", name, version, exact)
    if command == "install":
        draft.add([reference])
        return launcher, LOCAL
    return launcher, reference


def _jbang(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    _, rest = options_of(words, LAUNCHERS[launcher].values)
    if rest[:1] == ["run"]:
        _, rest = options_of(rest[1:], frozenset())
    if not rest:
        return launcher, UNKNOWN
    parts = rest[0].split(":")
    if rest[0].startswith(("http://", "https://")):
        return launcher, url_reference(rest[0])
    if len(parts) < 3:
        alias, at, catalog = rest[0].partition("@")
        return launcher, commit_reference(
            "git", catalog, "", ""
        ) if at and alias and catalog else LOCAL  # whatever the catalogue says today
    version = parts[2]
    exact = re.fullmatch(r"[0-9][\w.-]*", version) is not None and "SNAPSHOT" not in version
    return launcher, versioned("maven", f"{parts[0]}/{parts[1]}", version, exact)


def _nix(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, _ = subcommand(words, LAUNCHERS[launcher].values)
    if command in ("develop", "shell"):
        for flag in ("-c", "--command"):
            if flag in rest:
                draft.wrappers.append("nix")
                return grammar.read(rest[rest.index(flag) + 1 :], draft, depth + 1)
        return launcher, LOCAL
    if command != "run":
        return launcher, LOCAL
    _, rest = options_of(rest, LAUNCHERS[launcher].values)
    spec = (rest[0] if rest else "").partition("#")[0]
    if not spec or spec.startswith((".", "/", "path:")):
        return launcher, LOCAL
    if is_placeholder(spec):
        return launcher, UNKNOWN
    forge = re.match(r"(?:github|gitlab|sourcehut):([^/?]+/[^/?]+)(?:/([^?]+))?", spec)
    if forge:
        return launcher, commit_reference("git", forge[1], forge[2] or "", spec.partition("?")[0])
    if spec.startswith(("git+", "https:")):
        return launcher, git_reference(spec)
    return launcher, Reference(ecosystem="nix", name=(rest[0].partition("#")[2] or spec)[:MAX_NAME], pin="none", pinned=False)


def _thv(launcher: str, words: Words, _draft: Draft, _depth: int) -> Result:
    """ToolHive: `thv run uvx://pkg`, `thv run image`, `thv run name-in-its-registry`."""
    command, rest, _ = subcommand(words)
    if command != "run":
        return launcher, LOCAL
    _, rest = options_of(rest, LAUNCHERS[launcher].values)
    spec = rest[0] if rest else ""
    scheme, separator, inner = spec.partition("://")
    if separator and scheme in ("npx", "uvx", "go"):
        reference = (
            npm_reference(inner)
            if scheme == "npx"
            else pypi_reference(inner)
            if scheme == "uvx"
            else versioned("golang", *inner.partition("@")[::2], exact=False)
        )
        return launcher, reference
    return launcher, oci_reference(spec) if "/" in spec or ":" in spec else UNKNOWN


READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(("make", "just", "task", "cargo", "bundle", "gradle", "mvn"), _local),
    **dict.fromkeys(("java", "php", "ruby", "perl", "lua"), _local_file),
    "dnx": _dotnet,
    "dotnet": _dotnet,
    "go": _go,
    "jbang": _jbang,
    "nix": _nix,
    "thv": _thv,
}
