"""The options about signatures of a manifest, and the manifest that they let pass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbomgate.policy import Policy, Trust


def trusting(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--signers", metavar="FILE", default="", help="SSH keys that may have signed the manifest: an allowed_signers file."),
        click.option("--identity", metavar="NAME", default="", help="Who must have signed it through Sigstore; goes with --issuer."),
        click.option("--issuer", metavar="URL", default="", help="Who vouches for --identity."),
        click.option("--signature", metavar="FILE", default="", help="Its signature.  [default: its name and .sig, or .sigstore.json]"),
    )
    for option in reversed(options):
        function = option(function)
    return function


def trust_of(policy: Policy, signers: str, identity: str, issuer: str) -> Trust | None:
    """Whose signature counts: what the options say, else the policy, whose paths begin at its folder."""
    from dataclasses import replace

    from sbomgate.policy import Trust

    if signers or identity or issuer:
        if bool(signers) == bool(identity or issuer) or bool(identity) != bool(issuer):
            raise UsageError("expected --signers alone, or --identity and --issuer")
        return Trust(signers=signers, identity=identity, issuer=issuer)
    if policy.trust is None or not policy.trust.signers:
        return policy.trust
    return replace(policy.trust, signers=os.path.join(os.path.dirname(policy.path), policy.trust.signers))


def believed(path: str, trust: Trust, signature: str, targets: tuple[str, ...], *, quiet: bool) -> Any:
    """The manifest at `path`, parsed from the very bytes whose signature was verified; CollectError if that is not to be believed."""
    from sbomgate.manifest import parse
    from sbomgate.signatures import read_signed

    data, signer = read_signed(path, trust, signature, targets)
    if not quiet:
        click.echo(f"manifest: {printable(path)}: signed by {signer}", err=True)
    try:
        return parse(data, path)
    except CollectError as error:
        raise UsageError(error.what, error.path, error.where, error.fix) from error
