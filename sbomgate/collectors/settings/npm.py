"""The settings of npm's ecosystem that lie in a project: where packages come from, whose scripts may run, what code the tools load.

Format: npm documentation, ".npmrc"; Yarn documentation, "Settings" (`.yarnrc.yml`) and, for Yarn 1, "yarnrc"; Bun
documentation, "bunfig.toml"; pnpm documentation, "pnpm-workspace.yaml". Everything that is not about these is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sbomgate.collectors.fields import type_name
from sbomgate.collectors.lockfiles.declared import Lines
from sbomgate.collectors.lockfiles.plain_yaml import load
from sbomgate.collectors.lockfiles.provenance import credentials, is_placeholder
from sbomgate.errors import CollectError
from sbomgate.model import Location, Problem, Setting
from sbomgate.text import redacted_url
from sbomgate.tree import SourceFile, conflict_marker

_MAX: Final = 10_000
"""Settings of one file that are taken; real files have ten."""
_SECRETS: Final = ("_authtoken", "_auth", "_password", "key")
_YARN_SECRETS: Final = ("npmAuthToken", "npmAuthIdent")
_CODE: Final = {
    "node-options": "node-options", "nodeoptions": "node-options", "script-shell": "script-shell", "scriptshell": "script-shell",
    "onload-script": "onload-script", "yarn-path": "yarn-path", "pnpmfile": "pnpmfile", "global-pnpmfile": "pnpmfile", "globalpnpmfile": "pnpmfile",
}  # fmt: skip
"""What names code that the tool loads or hands its work to, as each tool spells it in lower case → kind."""
_MAX_VALUE: Final = 500
_words: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*(?:"((?:[^"\\]|\\.)*)"|(.*))').fullmatch

Noun = Setting | Problem | str


def collect(file: SourceFile) -> Iterator[Noun]:
    """Yield a Setting per setting that matters; CollectError if `file` cannot be read."""
    name = file.path.rpartition("/")[2]
    reader = _Reader(file)
    text = file.text()
    if name.endswith((".yml", ".yaml")):
        documents = load(text, file.path)
        value = documents[0].value if documents else None
        if value is not None and not isinstance(value, dict):
            raise CollectError(f"expected table, found {type_name(value)}", file.path)
        for number, row in enumerate(text.split("\n"), 1):
            reader.keys.setdefault(row.partition(":")[0].strip("\"' "), number)
        (reader.yarn if name == ".yarnrc.yml" else reader.pnpm)(value or {})
    elif name == "bunfig.toml":
        reader.bun(file.toml(), Lines(text))
    else:
        if marker := conflict_marker(text):
            reader.problem("merge-conflict marker", marker.partition(":")[0], "resolve the conflict")
        reader.lines(text, classic=name == ".yarnrc")
    return iter(reader.nouns)


class _Reader:
    """One pass over one file."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.nouns: list[Noun] = []
        self.keys: dict[str, int] = {}
        """Of YAML: what stands before a colon, and the first line where it does."""

    def problem(self, what: str, where: str, fix: str = "") -> None:
        self.nouns.append(
            Problem(path=self.file.path, what=what, where=where[:200], fix=fix or "write it as the tool's documentation says")
        )

    def add(self, kind: str, value: str, line: int) -> None:
        if len(self.nouns) < _MAX:
            self.nouns.append(Setting(kind, value, Location(self.file.path, line)))
        elif len(self.nouns) == _MAX:
            self.problem(f"more than {_MAX} settings; the rest was not read", "", "look at it by hand")

    def url(self, kind: str, value: Any, line: int, scope: str = "") -> None:
        """A registry; with `scope`, the one for its packages alone."""
        if not isinstance(value, str):
            if value is not None:
                self.problem(f"expected string, found {type_name(value)}", kind)
            return
        if secret := credentials(value):
            self.add("credentials", secret, line)
        self.add(kind, f"{scope} {redacted_url(value)}".strip(), line)

    def secret(self, name: str, value: Any, line: int) -> None:
        """A token or a password that stands there itself: not its value, but that it does."""
        if isinstance(value, str) and value and not is_placeholder(value) and "${" not in value:
            self.add("token", f"{name} ({len(value)} characters)", line)

    def lines(self, text: str, *, classic: bool) -> None:
        """`key=value` of npm, or `key value` of Yarn 1, line by line."""
        for number, row in enumerate(text.split("\n"), 1):
            written = row.strip()
            if not written or written[0] in "#;[":
                continue
            if classic:
                match = _words(written)
                key, value = (match[1] or match[2] or "", match[3] or match[4] or "") if match else ("", "")
                key = key.removeprefix("--install.").removeprefix("--")
            else:
                key, _, value = written.partition("=")
            self.setting(key.strip().strip("\"'"), value.strip().strip("\"'"), number)

    def setting(self, key: str, value: str, line: int) -> None:
        base = key.rpartition(":")[2] if key.startswith(("//", "@")) else key
        if key == "registry":
            self.url("registry", value, line)
        elif key.startswith("@") and base == "registry":
            self.url("scope-registry", value, line, key.partition(":")[0])
        elif base.lower() in _SECRETS:
            self.secret(base, value, line)
        elif key == "strict-ssl" and value.lower() == "false":
            self.add("strict-ssl", "false", line)
        elif key == "ignore-scripts" and value.lower() in ("", "true"):
            self.add("ignore-scripts", "true", line)
        else:
            self.code(key, value, line)

    def code(self, key: str, value: Any, line: int) -> None:
        """A setting that names code, if `key` is one."""
        if (kind := _CODE.get(key.lower())) and isinstance(value, str) and value:
            self.add(kind, value[:_MAX_VALUE], line)

    def yarn(self, table: dict[str, Any]) -> None:
        self._flags(table, "npmRegistryServer", "enableScripts", "enableStrictSsl", ignores=False)
        self._yarn_secrets(table)
        self.code("yarn-path", table.get("yarnPath"), self.keys.get("yarnPath", 0))
        plugins = table.get("plugins")
        for plugin in plugins[:_MAX] if isinstance(plugins, list) else ():
            path = plugin.get("path") if isinstance(plugin, dict) else plugin
            if isinstance(path, str) and path:
                self.add("yarn-plugin", path[:_MAX_VALUE], self.keys.get("plugins", 0))
        for key in ("npmScopes", "npmRegistries"):
            inner = table.get(key)
            for name, entry in inner.items() if isinstance(inner, dict) else ():
                if isinstance(entry, dict):
                    if key == "npmScopes":
                        self.url("scope-registry", entry.get("npmRegistryServer"), self.keys.get(name, 0), f"@{name}")
                    self._yarn_secrets(entry)

    def _yarn_secrets(self, table: dict[str, Any]) -> None:
        for key in _YARN_SECRETS:
            self.secret(key, table.get(key), self.keys.get(key, 0))

    def _flags(self, table: dict[str, Any], registry: str, scripts: str, certificates: str, *, ignores: bool) -> None:
        """`ignores`: the value of `scripts` that lets none run."""
        self.url("registry", table.get(registry), self.keys.get(registry, 0))
        if table.get(scripts) is ignores:
            self.add("ignore-scripts", "true", self.keys.get(scripts, 0))
        if table.get(certificates) is False:
            self.add("strict-ssl", "false", self.keys.get(certificates, 0))

    def pnpm(self, table: dict[str, Any]) -> None:
        self._flags(table, "registry", "ignoreScripts", "strictSsl", ignores=True)
        registries = table.get("registries")
        for name, url in registries.items() if isinstance(registries, dict) else ():
            if name == "default":
                self.url("registry", url, self.keys.get(name, 0))
            else:
                self.url("scope-registry", url, self.keys.get(name, 0), name)
        for key, value in table.items():
            self.code(key, value, self.keys.get(key, 0))
        for name in trusted_scripts(table):
            self.add("trusted-scripts", name, self.keys.get(name, 0) or self.keys.get(f"- {name}", 0))

    def bun(self, document: dict[str, Any], lines: Lines) -> None:
        install = document.get("install")
        if not isinstance(install, dict):
            return
        self._bun_registry("registry", install.get("registry"), lines.key("install", "registry"))
        if install.get("ignoreScripts") is True:
            self.add("ignore-scripts", "true", lines.key("install", "ignoreScripts"))
        scopes = install.get("scopes")
        for name, entry in scopes.items() if isinstance(scopes, dict) else ():
            self._bun_registry("scope-registry", entry, lines.key("install.scopes", name), f"@{name.removeprefix('@')}")

    def _bun_registry(self, kind: str, entry: Any, line: int, scope: str = "") -> None:
        if isinstance(entry, dict):
            for key in ("token", "password"):
                self.secret(key, entry.get(key), line)
            entry = entry.get("url")
        self.url(kind, entry, line, scope)


def trusted_scripts(table: dict[str, Any]) -> Iterator[str]:
    """The packages, some with a version, whose scripts `table` lets run: of package.json, its `pnpm`, or pnpm-workspace.yaml.

    Source: Bun, `trustedDependencies`; pnpm, `onlyBuiltDependencies` and `allowBuilds`; npm, `allowScripts`.
    """
    for key in ("trustedDependencies", "onlyBuiltDependencies"):
        listed = table.get(key)
        yield from (name for name in listed[:_MAX] if isinstance(name, str) and name) if isinstance(listed, list) else ()
    for key in ("allowBuilds", "allowScripts"):
        allowed = table.get(key)
        yield from (name for name, value in allowed.items() if value is True and name) if isinstance(allowed, dict) else ()
