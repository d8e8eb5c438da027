"""A setting of a package tool names code that the tool loads at every start.

## Why it matters
npm, pnpm and Yarn read their settings from the project. `node-options=--require ./x.js` in `.npmrc` runs that file in
every Node.js that npm starts, `script-shell` is what all scripts are handed to, `onload-script` was loaded by npm itself up
to version 6, and `yarnPath` replaces Yarn. None of it is a dependency: no lockfile, no `--ignore-scripts` stops it. `high`
for what is loaded from the project or from a place where others may write; `medium` for a shell that no system has.

Options that load nothing, the usual shells, and what Yarn keeps below `.yarn/releases` and `.yarn/plugins` are no finding.

## Bad
~~~ini path=.npmrc
node-options=--require ./scripts/setup.js
~~~

## Good
~~~ini path=.npmrc
node-options=--max-old-space-size=4096
script-shell=/bin/bash
~~~

## How to fix
Remove the setting, and call what it loaded by name where it is needed.

## References
- npm documentation, "config", `node-options`, `script-shell`
- Node.js documentation, "Command-line API", `NODE_OPTIONS`
- Yarn documentation, "Settings", `yarnPath`, `plugins`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sbomgate.model import Finding, Setting, Severity
from sbomgate.policy import Context, Rule

_LOADING: Final = re.compile(
    r"""(?:\A|[\s"'])(?:-r|--require|--import|(?:--experimental)?-?-?loader|--env-file(?:-if-exists)?|--openssl-config)(?:[\s=]|\Z)"""
)
"""Options of Node.js that name a file to load."""
_SHELL: Final = re.compile(
    r"(?:(?:/usr)?/bin/(?:env +)?|(?:[A-Za-z]:)?[\\/](?:windows[\\/]system32|program files[\\/]git[\\/](?:usr[\\/])?bin)[\\/])?"
    r"(?:(?:ba|da|z|fi|k)?sh|cmd|pwsh|powershell)(?:\.exe)?",
    re.IGNORECASE,
).fullmatch
_YARNS_OWN: Final = {"yarn-path": ".yarn/releases/", "yarn-plugin": ".yarn/plugins/"}
_KINDS: Final = ("node-options", "script-shell", "onload-script", "pnpmfile", *_YARNS_OWN)


def check(context: Context) -> Iterator[Finding]:
    for setting in context.inventory.settings:
        if setting.kind in _KINDS and (severity := _severity(setting)) is not None:
            yield RULE.finding(
                setting.location,
                f"{setting.kind} makes the tool run code at every start: {setting.value}",
                subject=setting.kind,
                key=setting.value,
                severity=severity,
                fix="remove the setting, or read what it loads and accept it with a reason",
            )


def _severity(setting: Setting) -> Severity | None:
    value = setting.value.strip().strip("\"'").removeprefix("./")
    if setting.kind == "node-options":
        return Severity.HIGH if _LOADING.search(setting.value) else None
    if setting.kind == "script-shell":
        if _SHELL(value):
            return None
        is_program = "/" not in value and "\\" not in value and " " not in value
        return Severity.MEDIUM if is_program else Severity.HIGH
    if own := _YARNS_OWN.get(setting.kind):
        return None if value.startswith(own) and "/../" not in value else Severity.MEDIUM
    if setting.kind == "pnpmfile":  # the file itself is read where it has its usual name
        return Severity.MEDIUM
    return Severity.HIGH


RULE = Rule(id="SG125", name="setting-loads-code", severity=Severity.HIGH, check=check, doc=__doc__)
