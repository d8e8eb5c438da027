"""A few packages of a lockfile come from another host than they should.

## Why it matters
A lockfile is long and seldom read, and the installer believes its URLs: whoever slips a row with a host of their own into
a pull request has their package installed, hash and all. Which host is the right one is read:

- `registries` of the policy has the last word: what comes from elsewhere is `medium`, `high` in the agent graph.
- The settings of the project, `.npmrc`, `.yarnrc.yml`, `bunfig.toml`, `pip.conf`, `uv.toml`, `pyproject.toml` and their like in
  the folder of the lockfile or above, name hosts. These are right, and so are those that at least three quarters of the file
  use. What comes from neither is `medium`, `high` in the agent graph.
- Otherwise the right host is the one that at least three quarters of the file use, and none is accused when there is no such
  majority. One npm scope from one other host is how private registries work, and uv writes down an index that the project
  chose: both are `low`, `medium` in the agent graph. Any other package of npm is `medium`, `high` in the agent graph.

## Bad
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="},
    "node_modules/middle": {"version": "1.0.0", "resolved": "https://registry.example/middle/-/middle-1.0.0.tgz",
      "integrity": "sha512-GMha29r5c2tMXT7BBZCdIXbFhv9NgsTNMH6J4ZXoAmkb7Mn27JNQS68TRex7uEpPwU9oXXVsRVEFs24KdpSxUQ=="},
    "node_modules/right": {"version": "1.0.0", "resolved": "https://registry.example/right/-/right-1.0.0.tgz",
      "integrity": "sha512-qXsQWJcJJSF72tueDALqzX3962DgaJ/WyG3vCW+GxvOfyRKMAgxrkKTOHIAXbgqvUQW9TyS47hmZ6R5gf+anHQ=="},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://mirror.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## Good
~~~json path=package-lock.json
{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "1.0.0"},
    "node_modules/left": {"version": "1.0.0", "resolved": "https://registry.example/left/-/left-1.0.0.tgz",
      "integrity": "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="},
    "node_modules/middle": {"version": "1.0.0", "resolved": "https://registry.example/middle/-/middle-1.0.0.tgz",
      "integrity": "sha512-GMha29r5c2tMXT7BBZCdIXbFhv9NgsTNMH6J4ZXoAmkb7Mn27JNQS68TRex7uEpPwU9oXXVsRVEFs24KdpSxUQ=="},
    "node_modules/right": {"version": "1.0.0", "resolved": "https://registry.example/right/-/right-1.0.0.tgz",
      "integrity": "sha512-qXsQWJcJJSF72tueDALqzX3962DgaJ/WyG3vCW+GxvOfyRKMAgxrkKTOHIAXbgqvUQW9TyS47hmZ6R5gf+anHQ=="},
    "node_modules/openai": {"version": "4.104.0", "resolved": "https://registry.example/openai/-/openai-4.104.0.tgz",
      "integrity": "sha512-klbDFUsVgGcWXwmFuQeXhqb49haLYvHAgtmiqIChMRRSpLaoCCYhbNlnXyISWhghoectMCPpoNfnL50Sy6UB2g=="}
  }
}
~~~

## How to fix
Delete the rows and lock again with the registry of your configuration. If the host is meant, name it in `registries` of the
policy, with all others that are, or in the settings of the project.

## References
- Liran Tal, "Why npm lockfiles can be a security blindspot for injecting malicious modules", 2019
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from sbomgate.model import Component, Confidence, Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._pinning import governs, host, listed, relock, stated

_ENOUGH = 3  # packages from one host, fewer are no majority
_MAJORITY = 0.75
_SETTINGS: Final = {"npm": ("registry",), "pypi": ("index-url", "extra-index-url")}


def check(context: Context) -> Iterator[Finding]:
    files: defaultdict[tuple[str, str], list[Component]] = defaultdict(list)
    for component in stated(context):
        if component.source is not None and component.source.kind in ("index", "url"):
            files[component.locations[0].path, component.ecosystem].append(component)
    for (path, ecosystem), components in files.items():
        if context.registries:
            yield from _against_policy(context, components)
            continue
        hosts = [_hosts(component) for component in components]
        named = _named(context, path, ecosystem)
        usual = _usual(hosts) | named
        foreign: defaultdict[str, list[Component]] = defaultdict(list)
        scopes = _scopes(context, path) if ecosystem == "npm" else frozenset()
        for component, names in zip(components, hosts, strict=True):
            if scopes and component.name.partition("/")[0] in scopes:
                continue  # SG334 compares it with the registry of its scope
            # what an index that is right serves may lie on another host: PEP 503 lets its anchors be any URLs
            is_served = component.ecosystem == "pypi" and component.source is not None and host(component.source.url) in named
            for name in names - usual if usual and not is_served else ():
                foreign[name].append(component)
        for name, rest in foreign.items():
            message = f"{len(rest)} of {len(components)} packages come from {name}, " + (
                f"which no setting of the project names: {_names(rest)}" if named else f"the others from {min(usual)}: {_names(rest)}"
            )
            yield _finding(context, name, rest, message, is_stated=bool(named))


def _against_policy(context: Context, components: list[Component]) -> Iterator[Finding]:
    """What comes from none of the policy's registries."""
    allowed = tuple(f"{url.rstrip('/')}/" for url in context.registries)
    foreign: defaultdict[str, list[Component]] = defaultdict(list)
    for component in components:
        urls = {component.source.url if component.source else "", *(artifact.url for artifact in component.artifacts)}
        for name in {host(url) for url in urls if not f"{_without_login(url)}/".startswith(allowed)} - {""}:
            foreign[name].append(component)
    for name, rest in foreign.items():
        message = f"{len(rest)} of {len(components)} packages come from {name}, not from a registry of the policy: {_names(rest)}"
        yield _finding(context, name, rest, message, is_stated=True)


def _without_login(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{place.rpartition('@')[2].lower()}{slash}{path}"


def _named(context: Context, path: str, ecosystem: str) -> frozenset[str]:
    """The hosts that the project's settings name for the lockfile at `path`; empty where a name is filled in elsewhere."""
    kinds = _SETTINGS.get(ecosystem, ())
    settings = [setting for setting in context.inventory.settings if setting.kind in kinds and governs(setting, path)]
    hosts = frozenset(host(setting.value) for setting in settings) - {""}
    return frozenset() if any("$" in name for name in hosts) else hosts


def _scopes(context: Context, path: str) -> frozenset[str]:
    """The scopes of npm that the project's settings name a registry for."""
    settings = [setting for setting in context.inventory.settings if setting.kind == "scope-registry" and governs(setting, path)]
    return frozenset(setting.value.partition(" ")[0] for setting in settings)


def _names(components: list[Component]) -> str:
    return listed(sorted({component.name for component in components}))


def _hosts(component: Component) -> frozenset[str]:
    """The hosts that are asked for the component: of its index, and of its artifacts."""
    index = component.source.url if component.source else ""
    names = _index_hosts(index)
    for artifact in component.artifacts:
        if not artifact.url.startswith(index) and (name := host(artifact.url)):
            names |= {name}
    return names


@lru_cache(maxsize=256)
def _index_hosts(url: str) -> frozenset[str]:
    return frozenset(filter(None, (host(url),)))


def _usual(hosts: list[frozenset[str]]) -> frozenset[str]:
    """The hosts that nearly all components use; empty if there is no such majority."""
    counts: Counter[str] = Counter()
    for names, count in Counter(hosts).items():
        for name in names:
            counts[name] += count
    total = sum(1 for names in hosts if names)
    return frozenset(name for name, count in counts.items() if count >= _ENOUGH and count >= _MAJORITY * total)


def _finding(context: Context, name: str, rest: list[Component], message: str, *, is_stated: bool) -> Finding:
    """`is_stated`: it is written down which hosts are right."""
    names = sorted({component.name for component in rest})
    scopes = {component.name.partition("/")[0] if component.name.startswith("@") else "" for component in rest}
    if is_stated:  # a project file names the URL of what comes from a URL
        is_chosen = (
            not context.registries and rest[0].ecosystem == "pypi" and all(item.source and item.source.kind == "url" for item in rest)
        )
    else:
        is_chosen = rest[0].ecosystem == "pypi" or (len(scopes) == 1 and "" not in scopes)
    agent = any(context.is_agent(component.purl) for component in rest)
    severity = (Severity.MEDIUM if agent else Severity.LOW) if is_chosen else (Severity.HIGH if agent else Severity.MEDIUM)
    return RULE.finding(
        min((component.locations[0] for component in rest), key=lambda place: place.line),
        message,
        subject=rest[0].purl if len(rest) == 1 else name,
        key="\n".join((name, *names)),
        severity=severity,
        confidence=Confidence.MEDIUM if is_chosen else Confidence.HIGH,
        fix=relock(rest[0]),
    )


RULE = Rule(id="SG320", name="foreign-host", severity=Severity.MEDIUM, check=check, doc=__doc__)
