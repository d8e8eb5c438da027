"""What agents start, as services; start-up hooks, as files."""

from __future__ import annotations

from typing import Any

from sbomgate import manifest
from sbomgate.model import Server, StartupHook
from sbomgate.reporters.cyclonedx.layout import MAX_VERSION, prop
from sbomgate.reporters.cyclonedx.urls import iri


def hook_ref(hook: StartupHook) -> str:
    return f"hook:{hook.location.path}"


def hook_row(ref: str, hook: StartupHook) -> dict[str, Any]:
    facts = [(f"{manifest.HOOK}{name}", value) for name, value in manifest.hook_facts(hook)]
    facts += [(f"{manifest.HOOK}{name}", value) for name, value in (("verdict", hook.verdict), ("owner", hook.owner)) if value]
    row: dict[str, Any] = {"bom-ref": ref, "type": "file", "name": manifest.hook_key(hook.location.path)}
    if manifest.is_digest(hook.sha256):
        row["hashes"] = [{"alg": "SHA-256", "content": hook.sha256}]
    place = {"location": hook.location.path, "line": hook.location.line} if hook.location.line else {"location": hook.location.path}
    return {**row, "evidence": {"occurrences": [place]}, "properties": [prop(name, value) for name, value in sorted(facts)]}


def server_ref(server: Server) -> str:
    return f"server:{manifest.server_key(server.client, server.location.path, server.name)}"


def service(ref: str, server: Server) -> dict[str, Any]:
    facts = [(f"{manifest.SERVER}{name}", value) for name, value in manifest.server_facts(server)]
    facts += [
        (f"{manifest.SERVER}key", manifest.server_key(server.client, server.location.path, server.name)),
        (f"{manifest.SERVER}client", server.client),
        (f"{manifest.SERVER}scope", server.scope),
    ]
    facts += [(f"{manifest.SERVER}env-name", name) for name in server.env_names]
    row: dict[str, Any] = {"bom-ref": ref, "name": server.name or "unnamed"}
    if server.version:
        row["version"] = server.version[:MAX_VERSION]
    if server.url:
        row["endpoints"] = [iri(server.url)]
        row["x-trust-boundary"] = True
    return {**row, "properties": [prop(name, value) for name, value in sorted(facts)]}
