"""Changes to a policy file made by `sbomgate allow`: appended as text, so that comments and order stay."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from typing import Any

from sbomgate.errors import UsageError
from sbomgate.policy import is_date
from sbomgate.policy_file import find_policy, load_policy
from sbomgate.text import without_surrogates

_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})\Z")


def add_allow(finding: str, reason: str, expires: str, path: str | None) -> str:
    """Append an allowlist entry for `finding`; the path of the policy that now has it.

    `finding`: a fingerprint (16 hex digits) or `sha256:` with the digest of what is accused. The file is `path`, else
    the policy in force, else a new `sbomgate.toml`. UsageError for anything that is neither, an empty reason, or a
    date that is none; the file is then unchanged.
    """
    lowered = finding.strip().lower()
    if _FINGERPRINT.match(lowered):
        handle = f'fingerprint = "{lowered}"'
    elif match := _DIGEST.match(lowered):
        handle = f'digest = "sha256:{match[1]}"'
    else:
        raise UsageError(f"{finding!r} is neither a fingerprint nor a SHA-256 digest", fix="copy the fingerprint from the report")
    why = _why(reason, expires)
    path = path or find_policy(".") or "sbomgate.toml"
    if os.path.lexists(path):
        load_policy(path)
    _append(path, [_head(path, "allow"), handle, *why], _is_policy)
    return path


def add_server(what: str, reason: str, expires: str, path: str | None) -> str:
    """Append an entry for the server `what` to the project's list of approved servers; the path of the file that now has it.

    `what`: a package with its version (`pkg:npm/…@1.4.2`), an image with its digest (`NAME@sha256:…`), the digest of a
    command (`sha256:…`), or an address. The file is the list that the policy names, else the policy itself: `path`, the one
    in force, or a new `sbomgate.toml`. UsageError for a name, and for whatever a list cannot hold; the file is then unchanged.
    """
    from sbomgate.server_allowlist import file_path, parse_entry

    text = what.strip()
    if _DIGEST.match(text.lower()):
        kind, text = "command-digest", text.lower().removeprefix("sha256:")
    elif text.startswith("pkg:"):
        kind = "package"
    elif re.match(r"(?:https?|wss?)://", text, re.IGNORECASE):
        kind = "url"
    elif "@sha256:" in text:
        kind = "image"
    else:
        fix = "a package with its version, an image with its digest, sha256: and the digest of the command, or an address"
        raise UsageError(f"{what!r} does not say what the server is; its name approves nothing", fix=fix)
    why = _why(reason, expires)
    entry = parse_entry({kind: text, "reason": reason}, "--server")
    if entry.is_loose:
        raise UsageError(f"{what!r} names no version", fix="name the release that was looked at: pkg:npm/@acme/docs-mcp@1.4.2")
    path = path or find_policy(".") or "sbomgate.toml"
    agents = load_policy(path).agents if os.path.lexists(path) else None
    line = f"{kind} = {toml_string(text)}"
    if agents is not None and agents.file:
        path = file_path(agents.file, path)
        _append(path, ["[[server]]", line, *why], _is_list)
    else:
        _append(path, [_head(path, "agents.mcp-servers"), line, *why], _is_policy)
    return path


def _head(path: str, table: str) -> str:
    return f"[[tool.sbomgate.{table}]]" if os.path.basename(path) == "pyproject.toml" else f"[[{table}]]"


def _why(reason: str, expires: str) -> list[str]:
    """The lines of an entry that say why it is there, and until when."""
    if not reason.strip():
        raise UsageError("the reason is empty", fix="say why this is accepted")
    if expires and not is_date(expires):
        raise UsageError(f"{expires!r} is no date", fix="write it as 2027-01-31")
    return [f"reason = {toml_string(reason.strip())}", *([f"expires = {expires}"] if expires else [])]


def _append(path: str, lines: list[str], check: Callable[[dict[str, Any], str], object]) -> None:
    """Append `lines` to the file at `path`, in its own line ends, if `check` takes the result."""
    old = ""
    if os.path.lexists(path):
        with open(path, encoding="utf-8", newline="") as file:
            old = file.read()
    newline = "\r\n" if "\r\n" in old else "\n"
    kept = old.rstrip("\r\n")
    _replace_checked(path, (kept + 2 * newline if kept else "") + newline.join(lines) + newline, check)


def _is_policy(document: dict[str, Any], path: str) -> object:
    from sbomgate.policy_file import parse_policy

    return parse_policy(document.get("tool", {}).get("sbomgate", {}) if os.path.basename(path) == "pyproject.toml" else document, path)


def _is_list(document: dict[str, Any], path: str) -> object:
    from sbomgate.server_allowlist import parse_servers

    return parse_servers(document, path, path)


def _replace_checked(path: str, text: str, check: Callable[[dict[str, Any], str], object]) -> None:
    """Put `text` in place of the file at `path` if `check` takes it; leave the file as it was if not."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise UsageError(
            f"the entry cannot be appended ({error})", path, fix="write `allow` as [[allow]] tables, or add the entry by hand"
        ) from error
    check(document, path)
    real = os.path.realpath(path)  # a link stays a link
    scratch = f"{real}.{os.getpid()}.tmp"
    try:
        with open(scratch, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if os.path.exists(real):
            os.chmod(scratch, stat.S_IMODE(os.stat(real).st_mode))
        os.replace(scratch, real)
    except OSError as error:
        if os.path.exists(scratch):
            os.unlink(scratch)
        raise UsageError(f"cannot be written ({error.strerror})", path) from error


def toml_string(text: str) -> str:
    """`text` as a basic TOML string: JSON's escapes are a subset of TOML's, which also wants DEL escaped."""
    import json

    return json.dumps(without_surrogates(text), ensure_ascii=False).replace("\x7f", "\\u007f")
