"""The launchers of JavaScript: npx and its kin, bun, deno, node.

Sources: npm documentation, "npm exec", and `libnpmexec`; `npm-package-arg`; pnpm documentation, "pnpm dlx"; Yarn documentation,
"yarn dlx"; Bun documentation, "bunx"; Deno documentation, "npm: specifiers", "jsr: specifiers" and "Lock file".
"""

from __future__ import annotations

import re
from typing import Final

from sbomgate.collectors.agents.draft import Draft, joined_folder
from sbomgate.collectors.agents.launchers import grammar
from sbomgate.collectors.agents.launchers.grammar import Reader, Result
from sbomgate.collectors.agents.launchers.table import LAUNCHERS
from sbomgate.collectors.agents.references import LOCAL, UNKNOWN, Reference, npm_reference, replaced, url_reference
from sbomgate.collectors.agents.shell import MAX_TEXT, Words, options_of, positional, subcommand, values_of, word_set

_NO_FETCH: Final = word_set("--no-install --no --no-yes")
"""What makes npx and bunx start only what is installed."""


_SWITCHES: Final = word_set(
    """--all --allow-same-version --audit --bin-links --browser --bypass-2fa --color --commit-hooks --dangerously-allow-all-scripts --description --desc --dev
    --diff-ignore-all-space --diff-name-only --diff-no-prefix --diff-text --dry-run --engine-strict --expect-results --force --foreground-scripts --format-package-lock
    --fund --git-tag-version --global --global-style --if-present --ignore-scripts --include-staged --include-workspace-root --iwr --include-attestations
    --init-private --install-links --json --legacy-bundling --legacy-peer-deps --link --long --offline --omit-lockfile-registry-resolved --optional --package-lock
    --package-lock-only --parseable --porcelain --allow-scripts-pending --allow-scripts-pin --prefer-dedupe --prefer-offline --prefer-online --production --progress
    --provenance --read-only --readonly --rebuild-bundle --save --save-bundle --save-dev --save-exact --save-optional --save-peer --save-prod --packages-all
    --shrinkwrap --sign-git-commit --sign-git-tag --strict-peer-deps --strict-allow-scripts --strict-ssl --timing --unicode --update-notifier --usage --version
    --versions --workspaces --ws --workspaces-update --yes -y -a -f -g -l -S -B -D -E -O -P -H -h -v -? --help -q --quiet -s --silent -d -dd -ddd --verbose
    --no-install --always-spawn --ignore-existing --shell-auto-fallback"""
)
"""What npx knows to take no value. It passes over the word behind any other option, but npm may take that word for the package."""


def _npx(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    if launcher != "npx":
        options, rest = options_of(words, values)
        return _run(launcher, options, rest, draft, depth)
    at = 0
    while at < len(words) and words[at] != "--" and words[at].startswith("-"):
        following = words[at + 1] if at + 1 < len(words) else "-"
        takes = "=" not in words[at] and words[at] not in _SWITCHES and not following.startswith("-")
        at += 1 + (takes or words[at] in ("-p", "--package", "-c", "--call", "--cache", "--userconfig", "-n", "--node-arg"))
    options, own = _npm_words(words[:at], values)
    return _run(launcher, options, own + words[at + (words[at : at + 1] == ["--"]) :], draft, depth)


def _npm_words(words: Words, values: frozenset[str]) -> tuple[list[tuple[str, str]], Words]:
    """Options and other words, in any order, as npm takes them. Source: nopt."""
    options: list[tuple[str, str]] = []
    own: Words = []
    pending = [_unabridged(word, values) for word in words]
    while pending:
        found, pending = options_of(pending, values)
        options += found
        if not (pending[:1] in (["true"], ["false"]) and found and not found[-1][1]):  # `--yes true`
            own += pending[:1]
        pending = pending[1:]
    return options, own


def _unabridged(word: str, values: frozenset[str]) -> str:
    """`word`, or the one option that begins so: `--regis` is `--registry` to npm."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or len(name) < 4 or name in values or name in _SWITCHES:
        return word
    known = [option for option in (*values, *_SWITCHES) if option.startswith(name)]
    return known[0] + equals + value if len(known) == 1 else word


def _run(launcher: str, options: list[tuple[str, str]], rest: Words, draft: Draft, depth: int) -> Result:
    """What is fetched and run for the options and words of any of them."""
    if folder := values_of(options, "--prefix", "-C", "--dir", "--cwd"):
        draft.folder = joined_folder(draft.folder, folder[-1])
    packages = [npm_reference(spec) for spec in values_of(options, "--package", *(() if launcher in _PNPM else ("-p",)))]
    names = {option for option, _ in options}
    text = rest[0] if launcher in _PNPM and names & {"-c", "--shell-mode"} and rest else "".join(values_of(options, "-c", "--call")[:1])
    if text:
        child = Draft(draft.steps, draft.folder)
        _, inner = grammar.script(text, child, depth + 1)
        draft.absorb(child, inner)
        return grammar.fetched(launcher, packages, [], draft, depth) if packages else (launcher, LOCAL)
    if not packages:
        if not rest:
            return launcher, UNKNOWN
        packages = [npm_reference(rest[0])]
    asked = packages[0]
    if (names & _NO_FETCH or ("--yes", "false") in options) and LAUNCHERS[launcher].own and asked.ecosystem == "npm":
        draft.note("runs only what the project has installed")
        draft.start("program", asked.name, "")
        return launcher, Reference(name=asked.name, requirement=asked.requirement)
    return grammar.fetched(launcher, packages, rest, draft, depth)


_PNPM: Final = ("pnpm", "pnpx", "pnx")
_INSTALLS: Final = word_set("install i add in ins inst isntall ci clean-install install-test it")


def _npm(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    command, rest, options = subcommand(words, values)
    if command in ("exec", "x"):
        cut = rest.index("--") if "--" in rest else len(rest)
        more, own = _npm_words(rest[:cut], values)
        return _run(launcher, options + more, own + rest[cut + 1 :], draft, depth)
    if command in _INSTALLS:
        draft.add(map(npm_reference, positional(rest, values)))
        draft.note("installs packages when it starts")
    return launcher, LOCAL


def _pnpm(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    command, rest, options = subcommand(words, values)
    if command == "dlx":
        more, rest = options_of(rest, values)
        return _run(launcher, options + more, rest, draft, depth)
    if command == "exec":
        return _installed(launcher, options, rest, draft)
    return _npm(launcher, words, draft, depth) if command in _INSTALLS else (launcher, LOCAL)


def _installed(launcher: str, options: list[tuple[str, str]], rest: Words, draft: Draft) -> Result:
    """A command of a package that is installed: nothing is fetched."""
    if folder := values_of(options, "--prefix", "-C", "--dir", "--cwd"):
        draft.folder = joined_folder(draft.folder, folder[-1])
    _, rest = options_of(rest, frozenset())
    if rest and re.match(r"[\w.-]+\Z", rest[0]):
        draft.start("program", rest[0], "")
    return launcher, LOCAL


def _yarn(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, options = subcommand(words, LAUNCHERS[launcher].values)
    if command == "dlx":
        more, rest = options_of(rest, LAUNCHERS[launcher].values)
        return _run(launcher, options + more, rest, draft, depth)
    if command == "exec":
        return _installed(launcher, options, rest, draft)
    if command == "add" or (command == "global" and rest[:1] == ["add"]):
        draft.add(map(npm_reference, positional(rest[command == "global" :], frozenset())))
    return launcher, LOCAL


def _bun(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    command, rest, options = subcommand(words, LAUNCHERS[launcher].values)
    if command == "x":
        more, rest = options_of(rest, LAUNCHERS["bunx"].values)
        return _run(launcher, options + more, rest, draft, depth)
    if command in ("add", "install", "i"):
        draft.add(map(npm_reference, positional(rest, frozenset())))
    if command == "run":
        _, rest = options_of(rest, LAUNCHERS[launcher].values)
    return launcher, grammar.script_file(rest[0] if command == "run" and rest else command, draft)


def _deno(launcher: str, words: Words, draft: Draft, depth: int) -> Result:
    values = LAUNCHERS[launcher].values
    command, rest, options = subcommand(words, values)
    if command in ("run", "x", "serve"):
        more, rest = options_of(rest, values)
        options += more
    elif command:
        rest = [command, *rest]
    flags = {option for option, _ in options}
    if flags & {"-A", "--allow-all"}:
        draft.note("all permissions granted (-A)")
    spec = rest[0] if rest else ""
    if command == "x" and not re.match(r"[a-z]+:|\.|/", spec):
        spec = f"npm:{spec}"
    if match := re.match(r"(npm|jsr):/?((?:@[^/]+/)?[^/@]+)(?:@([^/]+))?", spec):
        reference = npm_reference(f"{match[2]}@{match[3]}" if match[3] else match[2])
        if match[1] == "jsr":
            reference = replaced(reference, ecosystem="jsr")
    elif spec.startswith(("https:", "http:")):
        reference = url_reference(spec)
    else:
        return launcher, grammar.script_file(spec, draft)
    if "--no-lock" in flags:
        draft.folder = "?"
    if "--lock" in flags and "--frozen" in flags:
        draft.verifies = True
        reference = replaced(reference, pin="hashed" if reference.version else reference.pin, pinned=True)
    return grammar.fetched(launcher, [reference], rest, draft, depth)


def _node(launcher: str, words: Words, draft: Draft, _depth: int) -> Result:
    options, rest = options_of(words, LAUNCHERS[launcher].values)
    code = " ".join(values_of(options, "-e", "--eval", "-p", "--print"))[:MAX_TEXT]
    if code:
        if re.search(r"\b(?:eval|Function)\s*\(", code) and re.search(r"\bfetch\s*\(|https?\.get|require\(['\"]https?['\"]\)", code):
            draft.fetches.append("download, then eval")
        draft.note("code in the arguments")
        return launcher, LOCAL
    if launcher == "tsx" and rest[:1] == ["watch"]:
        _, rest = options_of(rest[1:], LAUNCHERS[launcher].values)
    return launcher, grammar.script_file(rest[0] if rest else "", draft)


READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(("npx", "pnpx", "pnx", "bunx"), _npx),
    "npm": _npm,
    "pnpm": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "deno": _deno,
    **dict.fromkeys(("node", "nodejs", "tsx", "ts-node"), _node),
}
