"""Files of a project whose code npm, pnpm and node-gyp run at every installation, asked or not.

`.pnpmfile.cjs` is loaded by pnpm before it resolves anything; `binding.gyp` in the folder of a package makes npm run
node-gyp, which runs the commands in `<!(…)`, although no script is written anywhere. Ordinary ones change the manifests
of packages, and ask for compiler flags: they start, fetch and decode nothing. The text is matched, not interpreted.
Sources: pnpm documentation, ".pnpmfile.mjs"; npm documentation, "scripts", `install`; GYP "Input Format Reference",
"Command Expansions".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from sbomgate.errors import CollectError
from sbomgate.model import Capability, Location, StartupHook
from sbomgate.tree import SourceFile

MAX_TEXT: Final = 4 * 2**20
MAX_TOLD: Final = 20
RISKY: Final = "install-hook-is-risky"
_SCRIPT: Final = (
    ("process", re.compile(r"\bchild_process\b|\bexecSync\b|\bspawnSync?\b|\bBun\.spawn\b|\bexeca\b|\bworker_threads\b")),
    ("network", re.compile(r"\bfetch[ \t]*\(|[\"'`](?:node:)?(?:https?|net|dgram|tls|dns|http2)[\"'`]|\bXMLHttpRequest\b|\bWebSocket\b|\baxios\b|\bundici\b")),
    ("decoded-code", re.compile(r"\beval[ \t]*\(|\bnew[ \t]+Function\b|[\"'`](?:node:)?vm[\"'`]|\batob[ \t]*\(|[\"'`](?:base64|hex)[\"'`]|\bfromCharCode\b|\\x[0-9a-fA-F]{2}\\x")),
    ("native-code", re.compile(r"\bprocess\.(?:binding|dlopen)\b")),
    ("credentials", re.compile(r"\.npmrc\b|\.ssh\b|\.aws\b|JSON\.stringify[ \t]*\([ \t]*process\.env[ \t]*[,)]|\b(?:NPM|GITHUB|GH|AWS)_\w{0,40}(?:TOKEN|SECRET|KEY)\b")),
)  # fmt: skip
"""What a hook of pnpm has no need of."""
_EXPANSION: Final = re.compile(r"<[!|]@?\(")
_COMMAND: Final = (
    ("network", re.compile(r"\b(?:curl|wget|ncat|nc|socat|aria2c)\b|/dev/(?:tcp|udp)/|\bhttps?:/|\bfetch[ \t]*\(|Invoke-WebRequest|require\([\\\"' ]*(?:node:)?(?:https?|net|dns)\b", re.IGNORECASE)),
    ("decoded-code", re.compile(r"\bbase64\b|\beval\b|\batob\b|\bfromCharCode\b|\bxxd\b|\bnew Function\b", re.IGNORECASE)),
    ("process", re.compile(r"\bchild_process\b|\|[ \t]*(?:ba|z|da)?sh\b|\b(?:ba|z|da)?sh[ \t]+-c\b|\bnohup\b|\bsetsid\b|\bbun[ \t]|\bdeno[ \t]|&[ \t]*(?:[\"')]|\Z)")),
)  # fmt: skip
"""What asking for compiler flags has no need of."""
_MAX_LINE: Final = 20_000
"""Characters of a line that are looked at; longer ones are told."""


def collect(file: SourceFile) -> Iterator[StartupHook]:
    """Yield the file as a hook, with a verdict."""
    data = file.read(MAX_TEXT)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CollectError("not valid UTF-8", file.path, fix="save it as UTF-8") from error
    gyp = file.path.rpartition("/")[2] == "binding.gyp"
    seen = list(_seen(text, file.path, gyp=gyp))
    first = seen[0] if seen else None
    yield StartupHook(
        kind="binding-gyp" if gyp else "pnpmfile",
        location=first.location if first else Location(file.path),
        sha256=hashlib.sha256(data).hexdigest(),
        verdict=RISKY if first else "harmless",
        reason=f"{first.kind} at {first.location}: {first.detail}" if first else "starts, fetches and decodes nothing",
        capabilities=tuple(seen),
    )


def _seen(text: str, path: str, *, gyp: bool) -> Iterator[Capability]:
    told = 0
    unclosed = False
    for number, whole in enumerate(text.split("\n"), 1):
        if told >= MAX_TOLD:
            return
        line = whole[:_MAX_LINE]
        if len(whole) > _MAX_LINE:
            told += 1
            yield Capability("hiding", f"a line of {len(whole)} characters", Location(path, number))
        if line.lstrip().startswith("#" if gyp else "//"):
            continue
        if gyp:
            start = _EXPANSION.search(line)
            if start is None and not unclosed:
                continue
            line = line[start.start() :] if start is not None and not unclosed else line
            unclosed = ")" not in line  # strings that stand beside each other are one, also over several lines
        for kind, pattern in _COMMAND if gyp else _SCRIPT:
            if found := pattern.search(line):
                told += 1
                yield Capability(kind, " ".join(found[0].split())[:80], Location(path, number))
