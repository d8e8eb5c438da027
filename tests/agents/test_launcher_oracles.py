"""Our reading of command lines beside the launchers' own: npm's argument parser, and what uv and docker say of their options.

Nothing of a command is started: npm's modules parse it, and the others are asked for their help.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sbomgate.collectors.agents.containers import container_options
from sbomgate.collectors.agents.draft import Draft
from sbomgate.collectors.agents.launchers import read_command
from sbomgate.collectors.agents.launchers.table import LAUNCHERS

pytestmark = pytest.mark.real

# npx rewrites its arguments and hands them to npm's entry point, which is replaced; nopt and npm-package-arg are npm's own copies
ORACLE = r"""
const Module = require('node:module'), path = require('node:path'), root = process.argv[1]
const from = name => require(path.join(root, name))
const nopt = from('node_modules/nopt'), npa = from('node_modules/npm-package-arg')
const { definitions, shorthands } = from('node_modules/@npmcli/config/lib/definitions')
const types = Object.fromEntries(Object.entries(definitions).map(([name, { type }]) => [name, type]))
const cli = path.join(root, 'bin/npx-cli.js')
const load = Module._load
let seen
Module._load = function (name, ...rest) {
  return name.endsWith('lib/cli.js') ? process => { seen = process.argv } : load.call(this, name, ...rest)
}
console.error = () => {}
const out = []
for (const words of JSON.parse(require('node:fs').readFileSync(0))) {
  process.argv = ['node', cli, ...words.slice(1)]
  if (words[0] === 'npx') { delete require.cache[cli]; seen = null; require(cli) } else seen = ['node', 'npm', ...words.slice(1)]
  const parsed = nopt(types, shorthands, [...seen], 2)
  const [, ...args] = parsed.argv.remain
  const spec = parsed.package?.[0] ?? args[0]
  try {
    const found = spec === undefined || parsed.call ? null : npa(spec)
    out.push(found && [found.type, found.subSpec ? found.subSpec.name : found.name, (found.subSpec ?? found).rawSpec, (found.subSpec ?? found).type])
  } catch (error) { out.push(['refused']) }
}
process.stdout.write(JSON.stringify(out))
"""
PINS = {"version": {"exact"}, "range": {"range", "none"}, "tag": {"dist-tag"}, "git": {"vcs-ref", "vcs-commit"}, "remote": {"url"},
        "directory": {"local"}, "file": {"local"}}  # fmt: skip
SPECS = [
    "foo", "foo@1.2.3", "@scope/foo", "@scope/foo@1.2.3", "foo@latest", "foo@^1", "foo@~1.2", "foo@1.x", "foo@>=1 <2", "foo@*", "foo@", "foo@v1.2.3", "foo@=1.2.3",
    "foo@1.2.3-rc.1", "foo@1.2.3+build", "foo@next", "foo@1", "owner/repo", "github:owner/repo#v1", "git+https://git.example/o/r.git", "https://files.example/x.tgz", "./tool",
    "../tool", "file:../x", "alias@npm:real@2.0.0", "alias@npm:@scope/real", ".", "foo@file:../x", "foo@1.2.3 || 2", "foo@git+ssh://git@git.example/o/r.git",
]  # fmt: skip
OPTIONS = [
    ["-y"], ["--yes"], ["-q"], ["--quiet"], ["-s"], ["--silent"], ["--no-audit"], ["--no-fund"], ["--prefer-offline"], ["--registry", "https://npm.example"],
    ["--registry=https://npm.example"], ["--cache", "/tmp/c"], ["--prefix", "tools"], ["-C", "tools"], ["-w", "a"], ["--loglevel", "error"], ["--unknown"], ["--regis", "https://npm.example"], ["--userc", "x"], ["--legacy-peer"],
    ["--node-options", "--inspect"], ["--before", "2026-01-01"], ["--legacy-peer-deps"], ["--ignore-scripts"], ["--foreground-scripts"], ["--location", "global"], ["-g"],
    ["--script-shell", "bash"], ["--userconfig", "x"], ["--include", "dev"], ["--omit=dev"], ["-d"], ["--color", "false"],
]  # fmt: skip


def npm_folder() -> Path:
    found = shutil.which("npm")
    root = Path(found).resolve().parent.parent if found else Path()
    if not found or not shutil.which("node") or not (root / "node_modules" / "nopt").is_dir():
        pytest.skip("npm is not here")
    return root


def npm_says(commands: list[list[str]]) -> list[Any]:
    done = subprocess.run(
        ["node", "-e", ORACLE, "--", str(npm_folder())], input=json.dumps(commands), capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def test_npx_and_npm_exec_are_read_as_npm_reads_them() -> None:
    chance = random.Random(7)
    commands = [["npx", spec] for spec in SPECS]
    for _ in range(1500):
        options = [word for option in chance.sample(OPTIONS, chance.randrange(4)) for word in option]
        packages = [
            word for spec in chance.sample(SPECS, chance.choice((0, 0, 1, 2))) for word in (chance.choice(("-p", "--package")), spec)
        ]
        rest = [chance.choice(SPECS), *chance.choice(([], ["--port", "1"], ["-v"], ["dir"]))]
        rest = ["--", *rest] if chance.random() < 0.3 else rest
        if chance.random() < 0.7:
            commands.append(["npx", *options, *packages, *rest])
        else:
            packages = ["--package" if word == "-p" else word for word in packages]
            commands.append(["npm", "exec", *options, *packages, "--", *[word for word in rest if word != "--"]])
    compared = 0
    for words, said in zip(commands, npm_says(commands), strict=True):
        launch = read_command(words[0], words[1:])
        if said is None or said[0] == "refused":
            continue
        kind, name, spec, inner = said
        kind = inner if kind == "alias" else kind
        assert launch.pin in PINS[kind], (words, said, launch.reference)
        if kind in ("version", "range", "tag"):
            assert launch.package == name, (words, said)
            assert launch.pin != "none" or spec in ("", "*"), (words, said)
        compared += 1
    assert compared > 1000


def test_npm_takes_a_value_where_the_table_says_so() -> None:
    script = (
        "const { definitions } = require(process.argv[1] + '/node_modules/@npmcli/config/lib/definitions');"
        "console.log(JSON.stringify(Object.entries(definitions).map(([k, { type }]) => [k, [type].flat().includes(Boolean)])))"
    )
    done = subprocess.run(["node", "-e", script, str(npm_folder())], capture_output=True, text=True, check=True)
    named = {f"--{name}": is_switch for name, is_switch in json.loads(done.stdout)}
    values = {word for word in LAUNCHERS["npm"].values if word.startswith("--")}
    assert not {word for word in values if named.get(word)}
    matter = {name for name, is_switch in named.items() if not is_switch and "." not in name}
    forms = {
        "--orgs",
        "--scopes",
        "--packages",
        "--packages-and-scopes-permission",
        "--orgs-permission",
        "--password",
        "--token-description",
        "--name",
    }
    assert {name for name in matter - values if not name.startswith(("--diff-", "--expect-", "--lockfile"))} <= forms


@pytest.mark.parametrize(("command", "launcher"), [(["tool", "run"], "uvx"), (["run"], "uv")])
def test_uv_takes_a_value_where_the_table_says_so(command: list[str], launcher: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        pytest.skip("uv is not here")
    text = subprocess.run([str(uv), *command, "--help"], capture_output=True, text=True, check=True).stdout
    values, switches = set(), set()
    for match in re.finditer(r"^ +(?:(-[A-Za-z]), )?(--[a-z-]+)(?:\.\.\.)?( <)?", text, re.MULTILINE):
        (values if match[3] else switches).update(word for word in match.group(1, 2) if word)
    assert len(values) > 40
    assert not values - LAUNCHERS[launcher].values
    assert not switches & LAUNCHERS[launcher].values


def test_docker_takes_a_value_where_we_skip_one() -> None:
    if not shutil.which("docker"):
        pytest.skip("docker is not here")
    done = subprocess.run(["docker", "run", "--help"], capture_output=True, text=True, check=False)
    options = re.findall(r"^ +(?:(-[A-Za-z]), | {4})(--[a-z0-9-]+)(?: ([a-z][a-z0-9-]*))? {2,}", done.stdout, re.MULTILINE)
    if len(options) < 50:
        pytest.skip("docker does not tell its options")
    for short, long, value in options:
        for name in (short, long):
            if name:
                rest = container_options([name, "x", "image"], Draft())[1] if value else container_options([name, "image"], Draft())[1]
                assert rest == ["image"], (name, value)
