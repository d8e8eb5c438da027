"""Programs that only start another one, and how the command behind them is found."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.fetches import SUBSTITUTED_FETCH
from sbomgate.collectors.agents.shell import MAX_TEXT, SEPARATORS, Operator, Words, assigned, only_words, subcommand


class Wrapper(NamedTuple):
    """How a program that only starts another one is called."""

    values: str = ""
    """Options that take the next word."""
    before: int = 0
    """Words of its own before the command."""
    subcommands: str = ""
    """It wraps only behind one of these."""
    text: str = ""
    """Options whose value is a shell text."""
    dashes: bool = False
    """The command stands behind `--`, whatever comes before it."""
    joined: bool = False
    """The command is a shell text in the remaining words."""


_SHELL: Final = Wrapper()  # read by `_shell_text`
WRAPPERS: Final[dict[str, Wrapper]] = {
    **dict.fromkeys(("sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "nu", "csh", "tcsh", "cmd", "powershell", "pwsh", "su"), _SHELL),
    "sudo": Wrapper("-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --chroot --close-from"),
    "doas": Wrapper("-u -C"),
    "env": Wrapper("-u --unset -C --chdir", text="-S --split-string"),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "nice": Wrapper("-n --adjustment"),
    "ionice": Wrapper("-c -n --class --classdata"),
    "chrt": Wrapper(before=1),
    "taskset": Wrapper(before=1),
    "time": Wrapper("-f -o --format --output"),
    "timeout": Wrapper("-k -s --kill-after --signal", before=1),
    "gtimeout": Wrapper("-k -s --kill-after --signal", before=1),
    "stdbuf": Wrapper("-i -o -e --input --output --error"),
    "unbuffer": Wrapper(),
    "script": Wrapper(text="-c --command"),
    "xvfb-run": Wrapper("-n -s -e -f -p -w --server-num --server-args --error-file --auth-file"),
    "caffeinate": Wrapper("-t -w"),
    "command": Wrapper(),
    "exec": Wrapper("-a"),
    "chronic": Wrapper(),
    "corepack": Wrapper(),
    "tini": Wrapper("-p -e"),
    "dumb-init": Wrapper("-r --rewrite"),
    "gosu": Wrapper(before=1),
    "su-exec": Wrapper(before=1),
    "proxychains": Wrapper("-f"),
    "proxychains4": Wrapper("-f"),
    "nodemon": Wrapper("-w --watch -e --ext -i --ignore --delay --signal", text="-x --exec"),
    "varlock": Wrapper(subcommands="run"),
    "bws": Wrapper("--project-id --shell -t --access-token -c --config-file -p --profile", subcommands="run", joined=True),
    "winpty": Wrapper(),
    "arch": Wrapper(),
    "flock": Wrapper("-w -E --timeout --conflict-exit-code", before=1, text="-c --command"),
    "firejail": Wrapper(),
    "sandbox-exec": Wrapper("-f -p -n -D"),
    "systemd-run": Wrapper("-p -E -u --property --setenv --unit --slice --uid --gid --description"),
    "chroot": Wrapper(before=1),
    "xargs": Wrapper("-I -n -P -d -L -s -a"),
    "wsl": Wrapper("-d --distribution -u --user --cd --shell-type"),
    "ssh": Wrapper("-p -i -l -o -F -J -L -R -D -b -c -e -m -S -W -w", before=1, joined=True),
    "mise": Wrapper("-C --cd", subcommands="x exec", text="-c --command", dashes=True),
    "rtx": Wrapper(subcommands="x exec", dashes=True),
    "asdf": Wrapper(subcommands="exec"),
    "volta": Wrapper("--node --npm --pnpm --yarn", subcommands="run"),
    "fnm": Wrapper("--using --fnm-dir --node-dist-mirror", subcommands="exec"),
    "nvm": Wrapper(subcommands="exec", before=1),
    "n": Wrapper(subcommands="exec run", before=1),
    "nodenv": Wrapper(subcommands="exec"),
    "pyenv": Wrapper(subcommands="exec"),
    "rbenv": Wrapper(subcommands="exec"),
    "direnv": Wrapper(subcommands="exec", before=1),
    "devbox": Wrapper("-c --config -e --env --env-file", subcommands="run"),
    "dotenv": Wrapper("-e -f -v -c -p --file --env"),
    "dotenvx": Wrapper("-f --env-file -fv -fk -e --env", subcommands="run"),
    "dotenv-cli": Wrapper("-e -v -c -p"),
    "env-cmd": Wrapper("-f -e -r --file --environments --rc-file"),
    "cross-env": Wrapper(),
    "cross-env-shell": Wrapper(joined=True),
    "op": Wrapper("--env-file --account --session --environment", subcommands="run"),
    "doppler": Wrapper("-p -c -t --project --config --token --mount --fallback --scope", subcommands="run", text="--command"),
    "infisical": Wrapper("--env --path --projectId --token --tags --domain", subcommands="run", text="--command"),
    "aws-vault": Wrapper("-d --duration --backend --region --mfa-token", subcommands="exec", before=1),
    "chamber": Wrapper(subcommands="exec", dashes=True),
    "teller": Wrapper("-c --config", subcommands="run"),
    "sops": Wrapper(subcommands="exec-env", before=1, joined=True),
    "envchain": Wrapper(before=1),
    "keyring": Wrapper(subcommands="run"),
    "flox": Wrapper("-d --dir -r --remote", subcommands="activate", text="-c --command"),
    "nix-shell": Wrapper("-p -A -I", text="--run --command"),
    "conda": Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "mamba": Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "micromamba": Wrapper("-n -p --name --prefix --cwd", subcommands="run"),
    "kubectl": Wrapper("-n --namespace -c --container --context", subcommands="exec", dashes=True),
}
ELSEWHERE: Final = frozenset({"ssh", "kubectl", "wsl", "chroot", "systemd-run"})
"""Wrappers behind which a command does not run in the folder of the project."""


def peel(program: str, rest: Words, draft: Draft) -> Words | str:
    """What the wrapper starts: words, or a shell text; empty if it wraps nothing here."""
    wrapper = WRAPPERS[program]
    if wrapper is _SHELL:
        return _shell_text(program, rest, draft)
    values, texts = frozenset(wrapper.values.split()), frozenset(wrapper.text.split())
    if wrapper.subcommands:
        name, rest, _ = subcommand(rest, values)
        if name not in wrapper.subcommands.split():
            return []
    elif program in ("dotenv", "teller") and rest[:1] == ["run"]:
        rest = rest[1:]
    left = wrapper.before
    at = 0
    while at < len(rest):
        word = rest[at]
        option, equals, value = word.partition("=")
        if word == "--":
            at += 1
            break
        if option in texts and option.startswith("-"):
            text = value if equals else " ".join(rest[at + 1 :]) if program == "env" else (rest[at + 1] if at + 1 < len(rest) else "")
            return text or []
        if word.startswith("-") and len(word) > 1:
            at += 1 if equals or option not in values else 2
        elif name := assigned(word):
            draft.env.add(name)
            at += 1
        elif left:
            left -= 1
            at += 1
        elif wrapper.dashes and "--" in rest[at:]:
            at = rest.index("--", at) + 1
            break
        else:
            break
    return " ".join(rest[at:]) if wrapper.joined else rest[at:]


def _shell_text(program: str, rest: Words, draft: Draft) -> Words | str:
    """The text or the words that a shell runs; empty if it runs a file or nothing."""
    windows = program in ("cmd", "powershell", "pwsh")
    for at, word in enumerate(rest):
        lower = word.lower()
        following = rest[at + 1 :]
        if program == "cmd":
            if lower in ("/c", "/k", "/r", "-c") or re.fullmatch(r"/[a-z/]*[ck]", lower):
                return _windows_line(following)
            if not lower.startswith("/"):
                return []
        elif windows:
            if lower in ("-c", "-command", "/c", "-com", "-commandwithargs") or lower.startswith("-comm"):
                return _windows_line(following)
            if re.fullmatch(r"-e(?:c|n\w*)?", lower) and lower != "-executionpolicy" and following:
                draft.note("encoded command")
                return _decoded(following[0])
            if not lower.startswith("-"):
                if rest[at - 1 : at] and rest[at - 1].lower() in _POWERSHELL_VALUES:
                    continue
                return _windows_line(rest[at:]) if not lower.endswith(".ps1") else []
            if lower in ("-f", "-file"):
                return []
        elif lower.startswith("-") and not lower.startswith("--") and "c" in lower[1:]:
            while following and following[0].startswith("-"):
                following = following[1:]
            return following[0] if following else []
        elif lower in ("--command", "--commands"):
            return following[0] if following else []
        elif word.startswith(("<(", "$(", "`")):
            return f"{program} {word}" if not word.startswith("<(") else _noted_process(program, word, draft)
        elif not word.startswith(("-", "+")) and not (at and re.fullmatch(r"[-+][A-Za-z]*[oO]|--rcfile|--init-file", rest[at - 1])):
            return []
    return []


_POWERSHELL_VALUES: Final = frozenset(
    {
        "-executionpolicy",
        "-ep",
        "-ex",
        "-exec",
        "-version",
        "-windowstyle",
        "-w",
        "-inputformat",
        "-outputformat",
        "-psconsolefile",
        "-configurationname",
        "-workingdirectory",
        "-wd",
    }
)


def _noted_process(program: str, word: str, draft: Draft) -> Words:
    if match := re.search(SUBSTITUTED_FETCH, word):
        draft.fetches.append(f"{program} <({match[1]})")
    return []


def _windows_line(words: Words) -> Words | str:
    """One string is split by Windows' rules, several are words already (joining them would lose their borders)."""
    if len(words) == 1:
        return only_words(words[0], windows=True)
    return [Operator(word) if word in SEPARATORS else word for word in words]


def _decoded(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text[:MAX_TEXT], validate=True).decode("utf-16-le", "replace")
    except ValueError:
        return ""
