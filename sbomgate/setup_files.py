"""What `sbomgate init` writes: a policy, a manifest, a pre-commit block and a CI step. Nothing that exists is touched unasked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from sbomgate import __version__
from sbomgate.errors import UsageError
from sbomgate.text import without_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbomgate.model import Inventory, Server

MANIFEST: Final = "sbomgate.cdx.json"

_POLICY: Final = """\
# What sbomgate holds this project to. `sbomgate rules` lists the rules, `sbomgate explain RULE` shows the page of one.
fail-on = "high"

# Packages of your own that belong to the agent graph, which is held to a stricter default:
# agent-packages = ["pkg:pypi/acme-llm", "pkg:npm/@acme/*"]

# Which MCP servers may be started: those of the list, whatever they are called (`sbomgate explain SG440`).
[agents]
deny-by-default = true
mcp-servers = "allowlists/mcp-servers.toml"

# Whose signature of the manifest is believed (docs/signing.md); without one by them, `scan --manifest` is exit 3:
# [manifest]
# signers = "allowed_signers"

# Findings that are accepted, each with a reason, best with an end; `sbomgate allow FINGERPRINT --reason TEXT` adds one:
# [[allow]]
# fingerprint = "0123456789abcdef"
# reason = "reviewed by Ada, upstream ticket 12"
# expires = 2027-01-31
"""

_SERVERS: Final = """\
# The MCP servers that this project approves, each by what it is; a server that is not here is a finding (SG440).
# An entry has one of
#   package = "pkg:npm/@acme/docs-mcp@1.4.2"       with its version
#   image = "images.example/acme/mcp@sha256:…"     by its digest
#   command-digest = "…"                           SHA-256 of the command with its arguments
#   url = "https://mcp.example/sse"
# and a reason, best with an end; `sbomgate allow --server WHAT --reason TEXT --expires DATE` adds one.
"""

_PRE_COMMIT: Final = """\
  - repo: local
    hooks:
      - id: sbomgate
        name: sbomgate
        entry: sbomgate scan
        language: python
        additional_dependencies: ["sbomgate=={version}"]
        files: (^|/)(package-lock\\.json|npm-shrinkwrap\\.json|uv\\.lock|[^/]*requirements[^/]*\\.txt|\\.?mcp\\.json)$
        require_serial: true
"""

_WORKFLOW: Final = """\
name: sbomgate
on: [push, pull_request]
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      # exit 0 clean, 1 gate failed, 2 wrong usage, 3 something could not be read; [manifest] in the policy has a signature verified
      - run: pipx run --spec 'sbomgate=={version}' sbomgate scan . {manifest}-f github -o sarif=sbomgate.sarif -o markdown=sbomgate.md
      - if: always()
        run: cat sbomgate.md >> "$GITHUB_STEP_SUMMARY"
"""


def write_setup(folder: str, *, force: bool = False) -> list[str]:
    """Write the files into `folder`; one line for each, saying what was done and what is left to do.

    UsageError if a file cannot be written. A file that exists stays as it is unless `force`; an existing
    `.pre-commit-config.yaml` always does, since a block belongs inside it.
    """
    from sbomgate.engine import collect
    from sbomgate.reporters import cyclonedx

    lines = []
    has_policy = os.path.exists(os.path.join(folder, "pyproject.toml")) and _has_table(os.path.join(folder, "pyproject.toml"))
    if has_policy:
        lines.append("pyproject.toml: has [tool.sbomgate] already; no sbomgate.toml written")
    else:
        lines.append(_put(folder, "sbomgate.toml", _POLICY, force=force))
    inventory = collect(folder)
    if lines[-1] == "sbomgate.toml: written":
        lines += _put_servers(folder, inventory, force=force)
    if inventory.sources:
        text = cyclonedx.text([inventory], reproducible=True)
        lines.append(_put(folder, MANIFEST, text, force=force))
        if inventory.problems:
            lines.append(f"{MANIFEST}: incomplete, {len(inventory.problems)} inputs could not be read; `sbomgate scan` names them")
        lines.append(f"{MANIFEST}: review it before you commit it: it calls known-good what is here now")
        lines.append(
            f"{MANIFEST}: not signed; `ssh-keygen -Y sign -n sbomgate -f KEY {MANIFEST}` signs it, then see [manifest] in the policy"
        )
    else:
        lines.append(f"{MANIFEST}: not written, there is nothing to scan here yet")
    block = _PRE_COMMIT.format(version=__version__)
    config = ".pre-commit-config.yaml"
    if os.path.exists(os.path.join(folder, config)):
        lines.append(f"{config}: exists; add this below `repos:`")
        lines += block.rstrip("\n").split("\n")
    else:
        lines.append(_put(folder, config, "repos:\n" + block, force=force))
    workflow = os.path.join(".github", "workflows", "sbomgate.yml")
    manifest = f"--manifest {MANIFEST} " if inventory.sources else ""
    lines.append(_put(folder, workflow, _WORKFLOW.format(version=__version__, manifest=manifest), force=force))
    return lines


def _put_servers(folder: str, inventory: Inventory, *, force: bool) -> list[str]:
    """Write the list of approved servers that the policy names; what was done, and what keeps a list that is there from being one."""
    from sbomgate.server_allowlist import FILE, load_servers

    text, loose = approved_servers(inventory.servers)
    lines = [_put(folder, FILE, text, force=force)]
    if not lines[0].endswith(": written"):
        try:
            load_servers(FILE, os.path.join(folder, "sbomgate.toml"))
        except UsageError as error:
            lines.append(f"{FILE}: {error.what}; name another file in sbomgate.toml, agents.mcp-servers")
    elif inventory.servers:
        lines.append(f"{FILE}: review it before you commit it: it approves the servers that are here now")
        if loose:
            lines.append(f"{FILE}: {loose} servers were left out, since nothing fixes what they are; `sbomgate scan` names them")
    return lines


def approved_servers(servers: Iterable[Server]) -> tuple[str, int]:
    """A list that approves each of `servers` that is fixed, and as comments those that are not; how many these are."""
    from sbomgate.policy_edits import toml_string
    from sbomgate.server_allowlist import judge, parse_entry, proposals

    wanted: dict[tuple[str, str], set[str]] = {}
    loose = []
    for server in servers:
        found = list(proposals(server))
        try:
            entries = tuple(parse_entry({key: value, "reason": "here"}, "") for key, value in found)
        except UsageError:
            entries = ()
        if entries and not judge(server, entries).missing:
            for one in found:
                wanted.setdefault(one, set()).add(f"{server.location.path}: {server.name}")
        else:
            digest = f"; its command is sha256:{server.command_digest}" if server.command_digest else ""
            loose.append(f"{server.location.path}: {server.name}: {server.package or server.launcher or server.url}{digest}")
    blocks = [_SERVERS]
    for (key, value), places in sorted(wanted.items()):
        comment = "".join(f"# {_comment(place)}\n" for place in sorted(places))
        blocks.append(f'{comment}[[server]]\n{key} = {toml_string(value)}\nreason = "was here when the list was made; not reviewed"\n')
    if loose:
        head = "# Left out: what these start is not fixed, or has to be read first. Pin them, then approve them.\n"
        blocks.append(head + "".join(f"#   {_comment(item)}\n" for item in sorted(set(loose))))
    return "\n".join(blocks), len(set(loose))


def _comment(text: str) -> str:
    """`text` as it can stand in a comment of TOML, whoever wrote it."""
    return "".join(character if character.isprintable() else "?" for character in without_surrogates(text))[:300]


def _has_table(path: str) -> bool:
    with open(path, "rb") as handle:
        return b"[tool.sbomgate" in handle.read()


def _put(folder: str, name: str, text: str, *, force: bool) -> str:
    path = os.path.join(folder, name)
    if os.path.lexists(path) and not force:
        return f"{name}: exists, left as it is (--force overwrites)"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", name) from error
    return f"{name}: written"
