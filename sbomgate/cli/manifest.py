"""`sbomgate manifest`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from sbomgate.cli.inputs import inventories_of, own_notes_of, policy_for
from sbomgate.cli.options import collecting, takes_targets
from sbomgate.cli.output import leave, tell_problems, write
from sbomgate.cli.trust import trust_of, trusting
from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.group()
def manifest() -> None:
    """The known-good manifest."""


@manifest.command("write")
@takes_targets
@click.option("-o", "output", required=True, metavar="FILE", help="The manifest: CycloneDX JSON, made to be committed.")
@click.option(
    "--sign", "key", metavar="KEY", default="", help="Sign it with this SSH key, or, in CI, with `sigstore`: the identity of the job."
)
@collecting
def manifest_write(targets: tuple[str, ...], output: str, key: str, policy_file: str | None, jobs: int, quiet: bool, verbose: bool) -> None:
    """Record what TARGETs hold now as known-good.

    Open findings at or above `high` are told: a manifest of a bad environment calls it good.
    """
    from sbomgate import engine
    from sbomgate.reporters import cyclonedx

    policy = policy_for(policy_file)
    inventories = inventories_of(targets, policy_file, verify=True, jobs=jobs, quiet=quiet, verbose=verbose)
    problems = [problem for inventory in inventories for problem in inventory.problems]
    if not quiet:
        tell_problems(problems)
    if not any(inventory.sources for inventory in inventories):
        leave(3)
    findings = [finding for inventory in inventories for finding in engine.audit(inventory, policy)]
    text: str | Iterable[str] = cyclonedx.pieces(inventories, cyclonedx.Making(reproducible=True, parties=policy.parties))
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
        click.echo(
            f"{printable(output)}: {components} components, {hooks} start-up hooks, {servers} servers recorded as known-good", err=True
        )
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
