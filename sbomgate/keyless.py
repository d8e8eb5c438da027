"""Signatures without a key of one's own: Sigstore's client, of the extra `sigstore`.

Signing reaches the network: the CI vouches for its identity, a certificate for some minutes is issued for it, and the
signature is entered in a public log. Only what asks for it does that. Verifying does not: the root of trust that the
client ships, or has fetched before, is used.

Source: sigstore 4, `sigstore.sign`, `sigstore.verify`, `sigstore.oidc`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sbomgate.errors import CollectError, UsageError
from sbomgate.text import printable

if TYPE_CHECKING:
    from sbomgate.signatures import Signer

_MISSING: Final = ("Sigstore's client is not installed", "", "", 'pip install "sbomgate[sigstore]"')
_OPTION: Final = "--sign sigstore"
_PERMISSION: Final = "on GitHub the job needs `permissions: id-token: write`; elsewhere sign with a key"


def sign(data: bytes) -> bytes:
    """The bundle that says that the identity of this CI signed `data`; UsageError if it has none, or the services do not answer."""
    try:
        from sigstore.models import ClientTrustConfig  # type: ignore[import-not-found, unused-ignore]
        from sigstore.oidc import IdentityToken, detect_credential  # type: ignore[import-not-found, unused-ignore]
        from sigstore.sign import SigningContext  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise UsageError(*_MISSING) from error
    try:
        credential = detect_credential()
    except Exception as error:  # the client raises its own, those of requests, of tuf and of cryptography
        raise UsageError(f"the CI gives no identity ({_reason(error)})", where=_OPTION, fix=_PERMISSION) from error
    if credential is None:
        raise UsageError("no identity to sign with: this is no CI that Sigstore's client knows", where=_OPTION, fix=_PERMISSION)
    try:
        with SigningContext.from_trust_config(ClientTrustConfig.production()).signer(IdentityToken(credential)) as signer:
            bundle: str = signer.sign_artifact(data).to_json()
    except Exception as error:
        raise UsageError(f"Sigstore did not sign ({_reason(error)})", where=_OPTION) from error
    return bundle.encode() + b"\n"


def verify(data: bytes, bundle: bytes, identity: str, issuer: str) -> Signer:
    """Who signed `data`, which is `identity` as `issuer` vouches for it; CollectError if it is not."""
    from sbomgate.signatures import Signer

    try:
        from sigstore.models import Bundle
        from sigstore.verify import Verifier  # type: ignore[import-not-found, unused-ignore]
        from sigstore.verify.policy import Identity  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise UsageError(*_MISSING) from error
    try:
        verifier = Verifier.production(offline=True)
    except Exception as error:
        raise UsageError(f"Sigstore's root of trust cannot be had ({_reason(error)})") from error
    try:
        verifier.verify_artifact(data, Bundle.from_json(bundle), Identity(identity=identity, issuer=issuer))
    except Exception as error:  # whatever it says no with, it is a no
        raise CollectError(f"not a signature of {printable(identity, 200)} ({_reason(error)})") from error
    return Signer(identity, f"as {issuer} says, through Sigstore")


def _reason(error: Any) -> str:
    return printable(" ".join(str(error).split()) or type(error).__name__, 240)
