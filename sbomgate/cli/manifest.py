"""`sbomgate manifest`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of, own_notes_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, show, tell_problems, terminal, write
from sbomgate.cli.trust import trust_of, trusting
from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sbomgate.model import Inventory
    from sbomgate.reporters.cyclonedx import Making


@click.group()
def manifest() -> None:
    """The known-good manifest."""


@manifest.command("write")
@takes_targets
@click.option("-o", "output", required=True, metavar="FILE", help="The manifest: CycloneDX JSON, made to be committed.")
@click.option("--update", is_flag=True, help="Show what changed since FILE was written, and keep what people added to it.")
@click.option("--accept", multiple=True, metavar="SUBJECT", help="With --update: a change that needs somebody's word; repeatable.")
@click.option("--accept-all", is_flag=True, help="With --update: every change.")
@click.option("--reason", metavar="TEXT", help="Why; kept in FILE with what was accepted.")
@click.option(
    "--sign", "key", metavar="KEY", default="", help="Sign it with this SSH key, or, in CI, with `sigstore`: the identity of the job."
)
@collecting
def manifest_write(
    targets: tuple[str, ...],
    output: str,
    update: bool,
    accept: tuple[str, ...],
    accept_all: bool,
    reason: str | None,
    key: str,
    policy_file: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Record what TARGETs hold now as known-good.

    Open findings at or above `high` are told: a manifest of a bad environment calls it good.

    \b
    sbomgate manifest write .venv -o sbomgate.cdx.json
    sbomgate manifest write .venv -o sbomgate.cdx.json --update
    sbomgate manifest write .venv -o sbomgate.cdx.json --update --accept boot.pth --reason "read it, Ada"

    With --update: exit 1, and nothing written, if a content changed at the same version, if a start-up hook or an MCP server
    is new or changed, or an agent may do more or runs something else unasked, and nobody accepted it.
    """
    from sbomgate import engine
    from sbomgate.reporters import cyclonedx
    from sbomgate.reporters.summary import counted

    if (accept or accept_all or reason is not None) and not update:
        raise UsageError("--accept, --accept-all and --reason need --update")
    if bool(accept or accept_all) != bool(reason and reason.strip()):
        raise UsageError("--accept or --accept-all and --reason TEXT go together", fix="say what is accepted, and why")
    if update and not os.path.isfile(output):
        raise UsageError("nothing to update", output, fix="leave --update out to write it for the first time")
    policy = policy_for(policy_file)
    inventories = inventories_of(targets, policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories):
        leave(3)
    if update and problems:
        click.echo(f"{printable(output)}: not written, since not everything could be read", err=True)
        leave(3)
    findings = [finding for inventory in inventories for finding in engine.audit(inventory, policy)]
    making = cyclonedx.Making(reproducible=True, parties=policy.parties)
    text: str | Iterable[str] = (
        _updated(inventories, making, output, accept, accept_all, reason or "") if update else cyclonedx.pieces(inventories, making)
    )
    signature = b""
    if key:
        from sbomgate.signatures import sign

        text = "".join(text)
        signature = sign(text.encode(), key)  # first: who cannot sign leaves both files as they were
    write(output, text)
    _write_signature(output, key, signature)
    grave = [finding for finding in findings if finding.accepted is None and finding.severity.rank <= 1]
    if not quiet:
        components = len({item.purl for inventory in inventories for item in inventory.components})
        hooks, servers = (sum(len(getattr(inventory, name)) for inventory in inventories) for name in ("hooks", "servers"))
        told = ", ".join((counted(components, "component"), counted(hooks, "start-up hook"), counted(servers, "server")))
        click.echo(f"{printable(output)}: {told} recorded as known-good", err=True)
        for note in (note for inventory in inventories for note in own_notes_of(inventory)):
            click.echo(f"note: {printable(note)}", err=True)
    for finding in grave:
        click.echo(
            printable(f"warning: recorded although {finding.severity}: {finding.rule} {finding.location}: {finding.message}"), err=True
        )
    leave(3 if problems else 0)


@manifest.command("verify")
@click.argument("file")
@trusting
@click.option(
    "--policy", "policy_file", metavar="FILE", help="Policy file; default: sbomgate.toml or pyproject.toml of the working directory."
)
def manifest_verify(file: str, signers: str, identity: str, issuer: str, signature: str, policy_file: str | None) -> None:
    """Whether FILE is signed by somebody whom the options name, or else the policy.

    \b
    sbomgate manifest verify sbomgate.cdx.json --signers allowed_signers

    Exit: 0 it is, 1 it is not, 2 it cannot be found out.
    """
    from sbomgate.signatures import read_signed

    trust = trust_of(policy_for(policy_file), signers, identity, issuer)
    if trust is None:
        raise UsageError("whose signature?", fix="give --signers, or --identity and --issuer, or have [manifest] in the policy")
    try:
        _, signer = read_signed(file, trust, signature)
    except CollectError as error:
        click.echo(printable(str(error)))
        leave(1)
    else:
        click.echo(f"{printable(file)}: signed by {signer}")


def _write_signature(path: str, key: str, signature: bytes) -> None:
    """Put the signature of the manifest beside it; one that is there and was not made now is told: it does not fit any more."""
    from sbomgate.signatures import SIGSTORE, signature_path

    if key:
        write(signature_path(path, sigstore=key == SIGSTORE), signature.decode("ascii"))
    for sigstore in (False, True):
        old = signature_path(path, sigstore=sigstore)
        if os.path.isfile(old) and not (key and (key == SIGSTORE) == sigstore):
            click.echo(f"warning: {printable(old)} is of what was there before: sign again, or delete it", err=True)


def _updated(
    inventories: Sequence[Inventory], making: Making, path: str, accept: tuple[str, ...], accept_all: bool, reason: str
) -> Iterable[str]:
    """The new text of the manifest at `path`; leaves with 1 if a change needs somebody's word. Shows the review of both."""
    from sbomgate.manifest import from_inventories, load
    from sbomgate.manifest.update import GUARDED, refused, updated
    from sbomgate.reporters import cyclonedx
    from sbomgate.reporters.changes import review, show_changes
    from sbomgate.tree import parse_json, read_regular

    try:
        known = load(path)
        if not known.native:
            raise UsageError("not written by sbomgate", path, fix="leave --update out to write it anew")
        old = parse_json(read_regular(os.path.realpath(path), 2**28).decode("utf-8-sig"), path)
    except (CollectError, UnicodeDecodeError) as error:
        what = error if isinstance(error, CollectError) else CollectError("not JSON", path)
        raise UsageError(what.what, path, what.where, what.fix) from error
    found = review(known, from_inventories(inventories))
    color, width = terminal(no_color=False)
    show(show_changes("table", found, color=color, width=width))
    open_ = refused(found.changes, accept, everything=accept_all)
    if open_:
        click.echo(f"{printable(path)}: not written: {len(open_)} of these changes need somebody's word", err=True)
        for subject in dict.fromkeys(change.subject for change in open_):
            click.echo(printable(f"  read it, then: --accept {_quoted(subject)} --reason TEXT"), err=True)
        leave(1)
    reasons = {
        change.holder or change.subject: reason
        for change in found.changes
        if change.subject in accept or (accept_all and change.kind in GUARDED)
    }
    result = updated(old, cyclonedx.document(inventories, making), reasons)
    for sentence in result.lost:
        click.echo(printable(f"not kept: {sentence}"), err=True)
    return [cyclonedx.formatted(result.document)]


def _quoted(text: str) -> str:
    from shlex import quote

    return quote(text)
