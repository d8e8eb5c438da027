"""What the rules about start-up hooks share: one finding for each hook whose verdict is the rule's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sbomgate.model import Finding, Location, Severity, StartupHook
from sbomgate.policy import Rule
from sbomgate.text import printable

_SHOWN = 300


def hook_findings(rule: Rule, hooks: Iterable[StartupHook], *, severity: Severity | None = None, verdict: str = "") -> Iterator[Finding]:
    """A finding of `rule` for each of `hooks` that was judged with its name, or with `verdict`."""
    for hook in hooks:
        if hook.verdict == (verdict or rule.name):
            yield rule.finding(
                _place(hook),
                _message(hook),
                subject=hook.owner or hook.location.path,
                digest=hook.sha256,
                key=hook.sha256,
                severity=severity,
                fix=_fix(hook),
            )


def _place(hook: StartupHook) -> Location:
    first = hook.capabilities[0].location if hook.capabilities else hook.location
    return first if first.path == hook.location.path and first.line else hook.location


def _message(hook: StartupHook) -> str:
    owner = f"owned by {hook.owner}" if hook.owner else "no distribution owns it"
    if not hook.capabilities:
        return f"{hook.location.path} ({hook.kind}, {owner}): {printable(hook.reason, _SHOWN)}"
    first = hook.capabilities[0]
    others = sorted({item.kind for item in hook.capabilities} - {first.kind})
    more = f"; also {', '.join(others)}" if others else ""
    return f"{hook.location.path} ({hook.kind}, {owner}): {first.kind} at {first.location}: {printable(first.detail, _SHOWN)}{more}"


def _fix(hook: StartupHook) -> str:
    remove = f"uninstall {hook.owner}" if hook.owner else f"remove {hook.location.path}"
    accept = f"accept it: sbomgate allow sha256:{hook.sha256} --reason TEXT" if hook.sha256 else "make it a regular file"
    return f"{remove}, or read it and {accept}"
