"""The launcher grammar, line by line, and what holds for any command whatever."""

from __future__ import annotations

import os
import shlex
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import DATA, bounded

from sbomgate.collectors.agents.launchers import Launch, read_command
from sbomgate.collectors.agents.launchers.table import LAUNCHERS
from sbomgate.collectors.agents.references import Reference, git_reference, npm_reference, oci_reference, pypi_reference
from sbomgate.collectors.agents.shell import base_name

SHA = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "sha256:" + "a" * 64


def shown(reference: Reference) -> str:
    """`npm:name@1.2.3 exact`, `npm:name (latest) dist-tag`, `local`."""
    if not reference.ecosystem and not reference.name:
        return reference.pin
    version = f"@{reference.version}" if reference.version else f" ({reference.requirement})" if reference.requirement else ""
    return f"{reference.ecosystem}:{reference.name}{version} {reference.pin}"


# command line (split as a POSIX shell would) · launcher · reference
ONE_PACKAGE = [
    # npm and its kin
    ("npx -y foo", "npx", "npm:foo none"),
    ("npx foo@latest", "npx", "npm:foo (latest) dist-tag"),
    ("npx foo@next", "npx", "npm:foo (next) dist-tag"),
    ("npx --yes foo@1.2.3", "npx", "npm:foo@1.2.3 exact"),
    ("npx -y @scope/foo@1.2.3 --port 1 dir", "npx", "npm:@scope/foo@1.2.3 exact"),
    ("npx -y @scope/foo", "npx", "npm:@scope/foo none"),
    ("npx -y foo@^1.2.3", "npx", "npm:foo (^1.2.3) range"),
    ("npx -y foo@~1.2", "npx", "npm:foo (~1.2) range"),
    ("npx -y foo@1", "npx", "npm:foo (1) range"),
    ("npx -y foo@1.2", "npx", "npm:foo (1.2) range"),
    ("npx -y foo@1.x", "npx", "npm:foo (1.x) range"),
    ("npx -y foo@*", "npx", "npm:foo (*) range"),
    ("npx -y 'foo@>=1 <2'", "npx", "npm:foo (>=1 <2) range"),
    ("npx -y 'foo@1.2.3 || 2.0.0'", "npx", "npm:foo (1.2.3 || 2.0.0) range"),
    ("npx -y 'foo@1.0.0 - 2.0.0'", "npx", "npm:foo (1.0.0 - 2.0.0) range"),
    ("npx -y foo@1.0.0-preview.2", "npx", "npm:foo@1.0.0-preview.2 exact"),
    ("npx -y foo@0.0.0-20250101120000", "npx", "npm:foo@0.0.0-20250101120000 exact"),
    ("npx -y foo@1.0.0+build.5", "npx", "npm:foo@1.0.0+build.5 exact"),
    ("npx -y foo@v1.2.3", "npx", "npm:foo@1.2.3 exact"),
    ("npx -y foo@", "npx", "npm:foo none"),
    ("npx -p foo@1.2.3 foo-bin --flag", "npx", "npm:foo@1.2.3 exact"),
    ("npx --package=foo@1.2.3 -- foo-bin", "npx", "npm:foo@1.2.3 exact"),
    ("npx --registry https://npm.acme.example foo@1.2.3", "npx", "npm:foo@1.2.3 exact"),
    ("npx -- foo@1.2.3 -p other", "npx", "npm:foo@1.2.3 exact"),
    ("npx --no-install foo", "npx", ":foo local"),
    ("npx --no foo@1.2.3", "npx", ":foo (1.2.3) local"),
    ("npx .", "npx", "local"),
    ("npx ./server", "npx", "local"),
    ("npx alias@npm:real@2.0.0", "npx", "npm:real@2.0.0 exact"),
    ("npx owner/repo", "npx", "git:owner/repo vcs-ref"),
    (f"npx github:owner/repo#{SHA}", "npx", f"git:owner/repo@{SHA} vcs-commit"),
    ("npx -y git+https://git.example/owner/repo.git#main", "npx", "git:owner/repo (main) vcs-ref"),
    ("npx -y https://files.acme.example/tool-1.0.0.tgz", "npx", "url:tool-1.0.0.tgz url"),
    ("npx -y '${PACKAGE}'", "npx", "npm: n/a"),
    ("npx -y 'foo@${VERSION}'", "npx", "npm:foo (${VERSION}) n/a"),
    ("npx", "npx", "n/a"),
    ("npm exec foo", "npm", "npm:foo none"),
    ("npm exec -y -- foo@1.2.3 --x", "npm", "npm:foo@1.2.3 exact"),
    ("npm exec foo@1.2.3 --yes", "npm", "npm:foo@1.2.3 exact"),
    ("npm x --package=foo@1.2.3 -- bin", "npm", "npm:foo@1.2.3 exact"),
    ("npm run start", "npm", "local"),
    ("npm --prefix /srv/x start", "npm", "local"),
    ("pnpm dlx foo@2.0.0", "pnpm", "npm:foo@2.0.0 exact"),
    ("pnpm --package=foo@2.0.0 dlx bin", "pnpm", "npm:foo@2.0.0 exact"),
    ("pnpm exec foo", "pnpm", "local"),
    ("pnpx foo", "pnpx", "npm:foo none"),
    ("yarn dlx -p foo@1.2.3 bin", "yarn", "npm:foo@1.2.3 exact"),
    ("yarn dlx foo", "yarn", "npm:foo none"),
    ("yarn start", "yarn", "local"),
    ("bunx foo@1.2.3", "bunx", "npm:foo@1.2.3 exact"),
    ("bunx --bun foo", "bunx", "npm:foo none"),
    ("bun x foo@1.2.3", "bun", "npm:foo@1.2.3 exact"),
    ("bun run server.ts", "bun", "local"),
    ("bun server.ts", "bun", "local"),
    ("deno run -A npm:foo@1.2.3/sub", "deno", "npm:foo@1.2.3 exact"),
    ("deno run --allow-net=x.example npm:@scope/foo", "deno", "npm:@scope/foo none"),
    ("deno run -A jsr:@scope/foo@1.2.3", "deno", "jsr:@scope/foo@1.2.3 exact"),
    ("deno run --allow-read jsr:@scope/foo@^1", "deno", "jsr:@scope/foo (^1) range"),
    ("deno run -A https://files.acme.example/mod.ts", "deno", "url:mod.ts url"),
    ("deno run --lock=deno.lock --frozen npm:foo@1.2.3", "deno", "npm:foo@1.2.3 hashed"),
    ("deno run main.ts", "deno", "local"),
    # Python
    ("uvx foo", "uvx", "pypi:foo none"),
    ("uvx foo@latest", "uvx", "pypi:foo (latest) dist-tag"),
    ("uvx foo@1.2.3", "uvx", "pypi:foo@1.2.3 exact"),
    ("uvx Foo_Bar==1.2", "uvx", "pypi:foo-bar@1.2 exact"),
    ("uvx 'foo==1.2.*'", "uvx", "pypi:foo (==1.2.*) range"),
    ("uvx 'foo[x,y]==1.2.3'", "uvx", "pypi:foo@1.2.3 exact"),
    ("uvx 'foo[x]@1.2'", "uvx", "pypi:foo@1.2 exact"),
    ("uvx 'foo>=1,<2'", "uvx", "pypi:foo (>=1,<2) range"),
    ("uvx 'foo~=1.4'", "uvx", "pypi:foo (~=1.4) range"),
    ("uvx 'foo==1.0rc1.post2.dev3+local.1'", "uvx", "pypi:foo@1.0rc1.post2.dev3+local.1 exact"),
    ("uvx 'foo===1.0'", "uvx", "pypi:foo@1.0 exact"),
    ("uvx --python 3.12 foo@1.2.3", "uvx", "pypi:foo@1.2.3 exact"),
    ("uvx -p3.12 foo@1.2.3", "uvx", "pypi:foo@1.2.3 exact"),
    ("uvx --from 'foo==1.2.3' foo-cli run", "uvx", "pypi:foo@1.2.3 exact"),
    ("uvx --from=foo foo-cli", "uvx", "pypi:foo none"),
    ("uvx --index-url https://pypi.acme.example/simple foo==1.0", "uvx", "pypi:foo@1.0 exact"),
    ("uvx --from git+https://git.example/o/r tool", "uvx", "git:o/r vcs-ref"),
    ("uvx --from git+https://git.example/o/r@v1.2 tool", "uvx", "git:o/r (v1.2) vcs-ref"),
    ("uvx --from git+https://git.example/o/r@feature/x#subdirectory=src tool", "uvx", "git:o/r (feature/x) vcs-ref"),
    (f"uvx --from git+https://git.example/o/r.git@{SHA} tool", "uvx", f"git:o/r@{SHA} vcs-commit"),
    (f"uvx --from git+https://git.example/o/r@{SHA[:7]} tool", "uvx", f"git:o/r ({SHA[:7]}) vcs-ref"),
    (f"uvx --from 'foo @ git+ssh://git@git.example/o/r@{SHA}' tool", "uvx", f"pypi:foo@{SHA} vcs-commit"),
    ("uvx --from https://files.acme.example/foo-1.0-py3-none-any.whl foo", "uvx", "url:foo-1.0-py3-none-any.whl url"),
    ("uvx --from https://files.acme.example/f.whl#sha256=" + "b" * 64 + " foo", "uvx", "url:f.whl (sha256=" + "b" * 64 + ") hashed"),
    ("uvx --from . foo", "uvx", "local"),
    ("uvx --from ./dist/foo-1.0-py3-none-any.whl foo", "uvx", "local"),
    ("uvx '${TOOL}'", "uvx", "pypi: n/a"),
    ("uvx 'foo==${VERSION}'", "uvx", "pypi:foo (==${VERSION}) n/a"),
    ("uv tool run foo==1.2.3", "uv", "pypi:foo@1.2.3 exact"),
    ("uv --quiet tool run --from foo bar", "uv", "pypi:foo none"),
    ("uv run server.py", "uv", "local"),
    ("uv --directory /srv/x run foo-mcp", "uv", "local"),
    ("uv run --with foo==1.2 foo", "uv", "pypi:foo@1.2 exact"),
    ("uv run https://files.acme.example/server.py", "uv", "url:server.py url"),
    ("uv run python -m acme.server", "python", "local"),
    ("pipx run foo", "pipx", "pypi:foo none"),
    ("pipx run foo==1.2.3", "pipx", "pypi:foo@1.2.3 exact"),
    ("pipx run --spec foo==1.2.3 bar", "pipx", "pypi:foo@1.2.3 exact"),
    ("pipx run --spec git+https://git.example/o/r@main bar", "pipx", "git:o/r (main) vcs-ref"),
    ("python -m acme_mcp", "python", "local"),
    ("python3.12 -u -m acme_mcp", "python", "local"),
    ("py -3 -m acme_mcp", "python", "local"),
    ("python server.py", "python", "local"),
    ("python -m pipx run foo", "pipx", "pypi:foo none"),
    ("python3 -m uv tool run foo@1.0", "uv", "pypi:foo@1.0 exact"),
    ("npx --token '***' foo", "npx", "npm: none"),
    # containers
    ("docker run -i --rm postgres", "docker", "oci:postgres none"),
    ("docker run -i mcp/github:latest", "docker", "oci:mcp/github (latest) dist-tag"),
    ("docker run -i mcp/github:1.2", "docker", "oci:mcp/github (1.2) tag"),
    ("docker run -it registry.example:5000/team/tool", "docker", "oci:registry.example:5000/team/tool none"),
    ("docker run registry.example:5000/team/tool:2.0", "docker", "oci:registry.example:5000/team/tool (2.0) tag"),
    (f"docker run --rm -e A=b -v /x:/y --name n tool@{DIGEST}", "docker", f"oci:tool@{DIGEST} digest"),
    (f"docker run tool:1@{DIGEST} arg", "docker", f"oci:tool@{DIGEST} digest"),
    ("docker run --pull always -p 80:80 tool:1", "docker", "oci:tool (1) tag"),
    ("docker run -ie TOKEN tool:1", "docker", "oci:tool (1) tag"),
    ("docker run -eTOKEN=x tool:1", "docker", "oci:tool (1) tag"),
    ("docker run --env-file=.env --mount type=bind,src=/a,dst=/b tool:1", "docker", "oci:tool (1) tag"),
    ("docker --context remote container run -i tool:1", "docker", "oci:tool (1) tag"),
    ("docker run 'tool:${TAG}'", "docker", "oci:tool (${TAG}) n/a"),
    ("docker run '${IMAGE}'", "docker", "oci: n/a"),
    ("docker run --rm", "docker", "n/a"),
    ("docker compose run --rm web", "docker", "local"),
    ("podman run --replace --name x tool:1", "podman", "oci:tool (1) tag"),
    ("nerdctl run tool", "nerdctl", "oci:tool none"),
    ("docker exec -i box npx -y foo@1.2.3", "npx", "npm:foo@1.2.3 exact"),
    ("docker mcp gateway run", "docker", "n/a"),
    # the rest
    ("node server.js", "node", "local"),
    ("node --import ./x.mjs dist/index.js", "node", "local"),
    ("node node_modules/@scope/foo/dist/index.js", "node", ":@scope/foo local"),
    ("node_modules/.bin/foo", "foo", "local"),
    ("tsx src/index.ts", "tsx", "local"),
    ("java -jar server.jar", "java", "local"),
    ("dnx Acme.Mcp@1.2.3 --yes", "dnx", "nuget:Acme.Mcp@1.2.3 exact"),
    ("dnx Acme.Mcp --yes", "dnx", "nuget:Acme.Mcp none"),
    ("dotnet tool exec Acme.Mcp --version 1.2.3", "dotnet", "nuget:Acme.Mcp@1.2.3 exact"),
    ("dotnet run --project x", "dotnet", "local"),
    ("go run git.example/o/r/cmd@v1.2.3", "go", "golang:git.example/o/r/cmd@v1.2.3 exact"),
    ("go run git.example/o/r/cmd@latest", "go", "golang:git.example/o/r/cmd (latest) dist-tag"),
    ("go run ./cmd", "go", "local"),
    ("jbang org.acme:server:1.0.0:runner", "jbang", "maven:org.acme/server@1.0.0 exact"),
    ("nix run github:o/r", "nix", "git:o/r vcs-ref"),
    (f"nix run github:o/r/{SHA}#tool", "nix", f"git:o/r@{SHA} vcs-commit"),
    ("nix run nixpkgs#tool", "nix", "nix:tool none"),
    ("make serve", "make", "local"),
    ("cargo run", "cargo", "local"),
    ("context7-mcp", "context7-mcp", "local"),
    ("/opt/acme/bin/server --x", "server", "local"),
    ("'${HOME}/bin/npx' foo", "npx", "npm:foo none"),
    ("'${SERVER}' foo", "${SERVER}", "n/a"),
    ("thv run uvx://foo@1.2", "thv", "pypi:foo@1.2 exact"),
    # one server behind another program
    ("npx -y mcp-remote@0.1.30 https://mcp.acme.example/sse", "npx", "npm:mcp-remote@0.1.30 exact"),
]


@pytest.mark.parametrize(("line", "launcher", "reference"), ONE_PACKAGE, ids=[row[0] for row in ONE_PACKAGE])
def test_names_launcher_and_package(line: str, launcher: str, reference: str) -> None:
    words = shlex.split(line)
    launch = read_command(words[0], words[1:])
    assert (launch.launcher, shown(launch.reference)) == (launcher, reference)
    assert (launch.pinned is None) == (launch.pin in ("local", "n/a"))
    assert (launch.pinned is True) == (launch.pin in ("exact", "digest", "hashed", "vcs-commit"))


TABLE = DATA / "launchers" / "commands.txt"


def summary(line: str) -> str:
    """Everything that matters of the command `line`, on one line."""
    launch = read_command(line)
    parts = [launch.launcher or "-", shown(launch.reference), *(f"+ {shown(extra)}" for extra in launch.extra_packages)]
    parts += [f"in {', '.join(launch.wrappers)}"] if launch.wrappers else []
    parts += [f"url {launch.url}"] if launch.url else []
    local = " ".join(f"{name}={value}" for name, value in launch.local._asdict().items() if value)
    parts += [f"local {local}"] if local else []
    return " | ".join(parts + ["verifies"] * launch.verifies)


ROWS = [line.split(" => ") for line in TABLE.read_text("utf-8").splitlines()]


def test_the_table_is_large_and_meets_every_launcher() -> None:
    if os.environ.get("UPDATE_EXPECTED"):
        TABLE.write_text("".join(f"{line} => {summary(line)}\n" for line, _ in ROWS), "utf-8")
    assert len({line for line, _ in ROWS}) == len(ROWS) >= 300
    words = {base_name(word) for line, _ in ROWS for word in line.replace("'", " ").replace('"', " ").split()}
    words |= {base_name(row[0].split()[0]) for row in ONE_PACKAGE}
    rare = {"yarnpkg", "pip3", "podman-compose", "just", "bundle", "gradle", "mvn", "ruby", "perl", "lua"}
    assert set(LAUNCHERS) - words == rare  # the same line of the table as one that is met


@pytest.mark.parametrize(("line", "expected"), ROWS, ids=[line for line, _ in ROWS])
def test_reads_the_table(line: str, expected: str) -> None:
    assert summary(line) == expected


def test_every_launcher_is_read_by_its_family() -> None:
    for name, launcher in LAUNCHERS.items():
        module = import_module(f"sbomgate.collectors.agents.launchers.{launcher.family}")
        assert name in module.READERS
        assert launcher.own in ("", "named", "always")
        assert launcher.syntax in ("", "npm", "pypi", "oci", "nuget", "golang", "maven", "git")
        assert bool(launcher.package) == bool(launcher.syntax)


WRAPPED = [
    ("cmd", ["/c", "npx", "-y", "foo@1.2.3"], ["cmd"], "npm:foo@1.2.3 exact"),
    ("cmd.exe", ["/d", "/s", "/c", "npx -y foo@1.2.3"], ["cmd"], "npm:foo@1.2.3 exact"),
    (r"C:\Windows\System32\cmd.exe", ["/C", r"C:\nodejs\npx.cmd", "foo"], ["cmd"], "npm:foo none"),
    ("cmd", ["/c", "cd", "x", "&&", "npx", "foo"], ["cmd"], "npm:foo none"),
    ("powershell", ["-NoProfile", "-ExecutionPolicy", "Bypass", "-Command", "npx -y foo"], ["powershell"], "npm:foo none"),
    ("pwsh", ["-c", "& npx -y foo@1.2.3"], ["pwsh"], "npm:foo@1.2.3 exact"),
    ("sh", ["-c", "cd /srv && exec npx -y foo@1.2.3 2>&1 | tee log"], ["sh"], "npm:foo@1.2.3 exact"),
    ("bash", ["-lc", 'export A="b c"; uvx "foo==1.2" --x'], ["bash"], "pypi:foo@1.2 exact"),
    ("bash", ["-euo", "pipefail", "-c", "uvx foo"], ["bash"], "pypi:foo none"),
    ("zsh", ["-ic", "npx foo"], ["zsh"], "npm:foo none"),
    ("sh", ["-c", "sh -c 'npx foo@1.2.3'"], ["sh", "sh"], "npm:foo@1.2.3 exact"),
    ("env", ["A=b", "-u", "C", "npx", "foo"], ["env"], "npm:foo none"),
    ("/usr/bin/env", ["-S", "A=b npx foo"], ["env"], "npm:foo none"),
    ("sudo", ["-E", "-u", "me", "npx", "foo"], ["sudo"], "npm:foo none"),
    ("timeout", ["-k", "5", "30s", "uvx", "foo"], ["timeout"], "pypi:foo none"),
    ("nice", ["-n", "10", "nohup", "npx", "foo"], ["nice", "nohup"], "npm:foo none"),
    ("stdbuf", ["-oL", "npx", "foo"], ["stdbuf"], "npm:foo none"),
    ("xvfb-run", ["-a", "npx", "foo"], ["xvfb-run"], "npm:foo none"),
    ("wsl", ["-d", "Ubuntu", "--", "npx", "foo"], ["wsl"], "npm:foo none"),
    ("wsl.exe", ["bash", "-lc", "npx foo"], ["wsl", "bash"], "npm:foo none"),
    ("mise", ["x", "node@20", "--", "npx", "foo"], ["mise"], "npm:foo none"),
    ("asdf", ["exec", "npx", "foo"], ["asdf"], "npm:foo none"),
    ("volta", ["run", "--node", "20", "npx", "foo"], ["volta"], "npm:foo none"),
    ("fnm", ["exec", "--using", "20", "npx", "foo"], ["fnm"], "npm:foo none"),
    ("nvm", ["exec", "20", "npx", "foo"], ["nvm"], "npm:foo none"),
    ("direnv", ["exec", ".", "npx", "foo"], ["direnv"], "npm:foo none"),
    ("devbox", ["run", "--", "npx", "foo"], ["devbox"], "npm:foo none"),
    ("dotenv", ["-e", ".env", "--", "npx", "foo"], ["dotenv"], "npm:foo none"),
    ("dotenvx", ["run", "-f", ".env", "--", "npx", "foo"], ["dotenvx"], "npm:foo none"),
    ("op", ["run", "--env-file", ".env", "--", "npx", "foo"], ["op"], "npm:foo none"),
    ("doppler", ["run", "-p", "x", "--", "uvx", "foo"], ["doppler"], "pypi:foo none"),
    ("doppler", ["run", "--command", "npx foo; true"], ["doppler"], "npm:foo none"),
    ("infisical", ["run", "--env=dev", "--", "npx", "foo"], ["infisical"], "npm:foo none"),
    ("aws-vault", ["exec", "prod", "--", "npx", "foo"], ["aws-vault"], "npm:foo none"),
    ("cross-env", ["A=b", "npx", "foo"], ["cross-env"], "npm:foo none"),
    ("flox", ["activate", "--", "npx", "foo"], ["flox"], "npm:foo none"),
    ("ssh", ["-p", "22", "host.example", "npx", "-y", "foo"], ["ssh"], "npm:foo none"),
    ("uv", ["run", "npx", "foo"], ["uv run"], "npm:foo none"),
    ("conda", ["run", "-n", "x", "python", "-m", "y"], ["conda"], "local"),
    ("npx", ["-y", "supergateway@3.0.0", "--stdio", "uvx foo==1.2"], ["supergateway"], "pypi:foo@1.2 exact"),
    ("supergateway", ["--stdio", "npx -y foo"], ["supergateway"], "npm:foo none"),
    ("mcp-proxy", ["--port", "80", "--", "uvx", "foo"], ["mcp-proxy"], "pypi:foo none"),
    ("uvx", ["mcp-proxy", "uvx", "foo"], ["mcp-proxy"], "pypi:foo none"),
    ("mcp-context-protector", ["--command", "npx -y foo"], ["mcp-context-protector"], "npm:foo none"),
    ("tirith", ["gateway", "run", "--upstream-bin", "npx", "--upstream-arg", "-y", "--upstream-arg", "foo"], ["tirith"], "npm:foo none"),
    ("npx", ["@modelcontextprotocol/inspector@0.15.0", "-e", "A=b", "npx", "foo"], ["@modelcontextprotocol/inspector"], "npm:foo none"),
]


@pytest.mark.parametrize(("command", "args", "wrappers", "reference"), WRAPPED)
def test_peels_wrappers(command: str, args: list[str], wrappers: list[str], reference: str) -> None:
    launch = read_command(command, args)
    assert (list(launch.wrappers), shown(launch.reference)) == (wrappers, reference)


WHOLE_LINES = [
    ("npx -y foo@1.2.3", "npx", "npm:foo@1.2.3 exact"),
    ("docker run -i --rm mcp/x:1", "docker", "oci:mcp/x (1) tag"),
    ("cd /srv && uvx foo", "uvx", "pypi:foo none"),
    ("A=b npx foo", "npx", "npm:foo none"),
    (r"C:\Program Files\nodejs\npx.cmd -y foo", "npx", "npm:foo none"),
    (r"C:\Program Files\nodejs\node.exe", "node", "local"),
    ("/Applications/Acme Tool.app/Contents/MacOS/server", "server", "local"),
    ("/usr/local/bin/npx -y foo", "npx", "npm:foo none"),
    ('"/opt/with space/npx" foo', "npx", "npm:foo none"),
]


@pytest.mark.parametrize(("line", "launcher", "reference"), WHOLE_LINES)
def test_reads_a_command_line_in_one_string(line: str, launcher: str, reference: str) -> None:
    for launch in (read_command(line), read_command([line])):
        assert (launch.launcher, shown(launch.reference)) == (launcher, reference)


def test_an_operator_among_arguments_is_an_argument() -> None:
    launch = read_command("npx", ["-y", "foo", "&&", "node", "x.js"])
    assert shown(launch.reference) == "npm:foo none"


EXTRAS = [
    ("npx", ["-p", "foo@1.0.0", "-p", "bar", "foo"], ["npm:bar none"]),
    ("uvx", ["--with", "a==1,b>=2,<3", "--with", "c[x,y]", "foo"], ["pypi:a@1 exact", "pypi:b (>=2,<3) range", "pypi:c none"]),
    ("uv", ["run", "--with", "mcp[cli]", "mcp", "run", "server.py"], []),
    ("uv", ["run", "--with", "httpx", "server.py"], ["pypi:httpx none"]),
    ("npx", ["-y", "supergateway", "--stdio", "uvx foo"], ["npm:supergateway none"]),
    ("sh", ["-c", "npm i -g foo@latest && foo"], ["npm:foo (latest) dist-tag"]),
    ("sh", ["-c", "pip install -q foo bar==1 -r x.txt && python -m foo"], ["pypi:foo none", "pypi:bar@1 exact"]),
    ("sh", ["-c", "if x; then npx a@1.0.0; else npx b; fi"], ["npm:a@1.0.0 exact"]),
    ("docker", ["run", "node:20", "npx", "-y", "foo@latest"], ["npm:foo (latest) dist-tag"]),
    ("docker", ["run", "--entrypoint", "uvx", "python:3.12", "foo"], ["pypi:foo none"]),
    ("npx", ["-p", "foo@1.0.0", "-c", "foo && npx bar"], ["npm:bar none"]),
    ("sh", ["-c", "X=$(npx a) npx b"], ["npm:a none"]),
]


@pytest.mark.parametrize(("command", "args", "extras"), EXTRAS)
def test_names_further_packages(command: str, args: list[str], extras: list[str]) -> None:
    assert [shown(extra) for extra in read_command(command, args).extra_packages] == extras


FETCHES = [
    ("sh", ["-c", "curl -fsSL https://x.example/i.sh | sh"], "curl | sh"),
    ("bash", ["-c", "wget -qO- https://x.example/i.sh | sudo -E bash -s -- -y && foo"], "wget | bash"),
    ("bash", ["-c", 'bash -c "$(curl -fsSL https://x.example/i.sh)"'], "bash $(curl)"),
    ("bash", ["-c", "$(curl -fsSL https://x.example/cmd)"], "$(curl)"),
    ("bash", ["-c", "bash <(curl -s https://x.example/i.sh)"], "bash $(curl)"),
    ("bash", ["-c", 'eval "$(wget -qO- https://x.example/i.sh)"'], "eval $(wget)"),
    ("sh", ["-c", "curl -o /tmp/s https://x.example/s && chmod +x /tmp/s && /tmp/s"], "curl, then run"),
    ("sh", ["-c", "curl -O https://x.example/s.py; python3 s.py"], "curl, then python3"),
    ("sh", ["-c", "curl https://x.example/s.py > s.py; python3 s.py"], "curl, then python3"),
    ("curl https://x.example/a | python3 -", [], "curl | python3"),
    ("powershell", ["-c", "irm https://x.example/i.ps1 | iex"], "irm | iex"),
    ("powershell", ["-Command", "iex (New-Object Net.WebClient).DownloadString('https://x.example/i.ps1')"], "downloadstring | iex"),
    ("python", ["-c", "import urllib.request as u; exec(u.urlopen('https://x.example').read())"], "download, then exec"),
    ("node", ["-e", "fetch('https://x.example').then(r => r.text()).then(t => eval(t))"], "download, then eval"),
    ("cmd", ["/c", "curl https://x.example/a.bat -o a.bat && a.bat"], "curl, then run"),
]


@pytest.mark.parametrize(("command", "args", "shape"), FETCHES)
def test_tells_what_is_fetched_and_run(command: str, args: list[str], shape: str) -> None:
    assert shape in read_command(command, args).fetches_and_runs


@pytest.mark.parametrize(
    "script",
    [
        "curl -s https://x.example/health; npx foo",
        "curl https://x.example/data | jq . ; uvx foo",
        "echo curl | sh -c 'true'",
        "npx foo | tee out",
        "curl -o data.json https://x.example/d; node server.js",
    ],
)
def test_a_download_that_is_not_run_is_none(script: str) -> None:
    assert read_command("sh", ["-c", script]).fetches_and_runs == ()


HOST_ACCESS = [
    ("--privileged", "privileged"),
    ("-v /var/run/docker.sock:/var/run/docker.sock", "container socket mounted"),
    ("--volume=/:/host:ro", "root of the host mounted"),
    ("--mount type=bind,source=/,target=/host", "root of the host mounted"),
    ("-v ${HOME}:/home", "home folder mounted"),
    ("-v /home/ada:/x", "home folder mounted"),
    (r"-v C:\Users\ada:/x", "home folder mounted"),
    ("-v ~/.ssh:/root/.ssh:ro", "credentials folder mounted"),
    ("-v /etc:/etc", "system folder mounted"),
    ("--pid=host", "pid namespace of the host"),
    ("--network host", "net namespace of the host"),
    ("--cap-add SYS_ADMIN", "capability SYS_ADMIN"),
    ("--cap-add=CAP_ALL", "capability ALL"),
    ("--security-opt seccomp=unconfined", "confinement switched off"),
    ("--device /dev/kvm", "device of the host"),
]


@pytest.mark.parametrize(("option", "detail"), HOST_ACCESS)
def test_tells_what_a_container_reaches(option: str, detail: str) -> None:
    launch = read_command("docker", ["run", "-i", *option.split(), "tool:1"])
    assert launch.host_access == (detail,)
    assert launch.package == "tool"


@pytest.mark.parametrize(
    "option",
    [
        "-v ${PWD}/docs:/docs",
        "-v data:/data",
        "-v /home/ada/project:/x",
        "--network none",
        "--cap-drop ALL",
        "--cap-add NET_BIND_SERVICE",
        "--privileged=false",
        "--mount type=volume,source=x,target=/y",
    ],
)
def test_a_narrow_container_is_fine(option: str) -> None:
    assert read_command("docker", ["run", *option.split(), "tool:1"]).host_access == ()


def test_collects_names_of_variables() -> None:
    launch = read_command("env", ["B=1", "docker", "run", "-e", "A=x", "--env=C", "-eD=y", "tool"])
    assert launch.env_names == ("A", "B", "C", "D")


def test_a_bridge_has_a_url() -> None:
    launch = read_command("npx", ["-y", "mcp-remote", "https://u:p@mcp.acme.example/sse?key=v", "--header", "A:b"])
    assert (launch.url, launch.package) == ("https://***@mcp.acme.example/sse?key=***", "mcp-remote")
    assert read_command("mcp-proxy", ["https://mcp.acme.example/sse"]).url == "https://mcp.acme.example/sse"


@pytest.mark.parametrize(
    ("function", "spec", "expected"),
    [
        (npm_reference, "jsr:@scope/foo@1.2.3", "jsr:@scope/foo@1.2.3 exact"),
        (npm_reference, "foo@file:../x", "local"),
        (npm_reference, "@scope", "npm:@scope none"),
        (npm_reference, "foo@https://files.acme.example/x.tgz", "npm:foo url"),
        (pypi_reference, "foo (==1.2)", "pypi:foo@1.2 exact"),
        (pypi_reference, "foo==1.2; python_version > '3'", "pypi:foo@1.2 exact"),
        (pypi_reference, "foo!=1.2", "pypi:foo (!=1.2) range"),
        (oci_reference, "tool@sha256:abc", "oci:tool none"),
        (oci_reference, "localhost:5000/tool", "oci:localhost:5000/tool none"),
        (git_reference, "git@git.example:o/r.git#v1", "git:o/r (v1) vcs-ref"),
        (git_reference, "git+ssh://git@git.example/o/r", "git:o/r vcs-ref"),
    ],
)
def test_reads_references(function: object, spec: str, expected: str) -> None:
    assert callable(function)
    assert shown(function(spec)) == expected


WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "npx",
            "npm",
            "exec",
            "uvx",
            "uv",
            "tool",
            "run",
            "docker",
            "sh",
            "-c",
            "bash",
            "cmd",
            "/c",
            "env",
            "-S",
            "sudo",
            "python",
            "-m",
            "node",
            "-y",
            "-p",
            "--from",
            "--with",
            "--",
            "&&",
            "|",
            ";",
            "(",
            ")",
            "$(",
            "`",
            "'",
            '"',
            ">",
            "supergateway",
            "--stdio",
            "mcp-proxy",
            "foo@latest",
        ]
    ),
)


@given(command=WORDS | st.lists(WORDS, max_size=5), args=st.lists(WORDS, max_size=12))
def test_any_command_is_read(command: str | list[str], args: list[str]) -> None:
    launch = read_command(command, args)
    assert isinstance(launch, Launch)
    assert launch == read_command(command, args)
    assert (launch.pinned is None) == (launch.pin in ("local", "n/a"))


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", "$(" * 30000],
        ["sh", "-c", "`" * 60000],
        ["sh", "-c", "a;" * 30000],
        ["sh", "-c", "npx " + "-" * 60000],
        ["sh", "-c", "sh -c '" * 5000],
        ["sudo"] * 100000,
        ["env", "-S", "env -S " * 8000],
        ["uvx", "a" * 60000],
        ["uvx", "a,".join("b" for _ in range(20000))],
        ["npx", "@" * 60000],
        ["npx", "1." * 30000],
        ["npx", "foo@" + "1-" * 30000],
        ["docker", "run", *["-v", "/:/x"] * 500, "a" * 50000],
        ["python", "-c", "exec(" * 12000],
        ["a/" * 30000],
        ["\\" * 60000],
        ["C:\\" + "a " * 30000],
        ["npx", "${" * 30000],
        ["npx", "{" * 60000],
        ["sh", "-c", "curl -o a x;" * 5000],
        ["mcp-proxy"] * 1000,
        ["uv", "run"] * 500,
        ["docker", "exec", "a"] * 300,
        ["docker", "run", "bash", "-c", "docker run bash -c " * 3000],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_hostile_commands_take_bounded_time(command: list[str]) -> None:
    with bounded():
        read_command(command)
