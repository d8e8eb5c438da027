"""What is known of each launcher: one line each.

A command is read by the module `family`; what that does not have to decide stands here. Sources: the documentation that the
modules name. For npm the options with a value are those of `@npmcli/config` that are not boolean: an option that npm does not
know is a switch to it, and the word behind it the package.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sbomgate.collectors.agents.shell import word_set


class Launcher(NamedTuple):
    """One program that starts others, most of them by fetching a package."""

    family: str
    """The module of this package that reads its commands."""
    package: str = ""
    """Where the package stands, for people; empty where none is named."""
    syntax: str = ""
    """How its version is written: `npm` · `pypi` · `oci` · `nuget` · `golang` · `maven` · `git`."""
    values: frozenset[str] = frozenset()
    """Options that take the next word."""
    verifies: str = ""
    """When what is fetched is compared with a hash; empty where it never is."""
    own: str = ""
    """When what the project has installed is started instead: `named` (a package named without a version, or by a range that the
    installed one fits) · `always`; empty where it never is."""


_NPM: Final = word_set(
    """--_auth --access --allow-directory --allow-file --allow-git --allow-remote --allow-scripts --also --audit-level --auth-type --before --enjoy-by --ca --cache
    --cache-max --cache-min --cafile --call -c --cert --cidr --cpu --depth --diff --editor --expires --fetch-retries --fetch-retry-factor --fetch-retry-maxtimeout
    --fetch-retry-mintimeout --fetch-timeout --git --globalconfig --heading --https-proxy --include --init-author-email --init-author-name --init-author-url
    --init-license --init-module --init-type --init-version --install-strategy --key --libc --local-address --location -L --loglevel --logs-dir --logs-max
    --maxsockets --message -m --min-release-age --min-release-age-exclude --node-gyp --node-options --noproxy --omit --only --os --otp --package
    --pack-destination --prefix -C --preid --provenance-file --proxy --registry --reg --replace-registry-host --save-prefix --sbom-format --sbom-type --scope
    --script-shell --searchexclude --searchlimit --searchopts --searchstaleness --shell --tag --tag-version-prefix --umask --user-agent --userconfig --viewer
    --which --workspace -w"""
)
_PNPM: Final = word_set(
    "--package --allow-build --registry --reg -C --dir --prefix --reporter --loglevel --filter -F --cpu --os --libc --config --node-options"
)
_DENO: Final = word_set(
    "-c --config --import-map --cert --location --seed --ext --env-file-path -L --log-level --strace-ops --unsafely-ignore-certificate-errors-for"
)
_NODE: Final = word_set(
    """-r --require --import --loader --experimental-loader -e --eval -p --print -C --conditions --env-file --env-file-if-exists --tsconfig -P --project --title
    --inspect-port --input-type --icu-data-dir --openssl-config --redirect-warnings --trace-event-categories --watch-path --test-reporter --stack-trace-limit"""
)
_UV: Final = word_set(
    """--with -w --with-editable --with-requirements -c --constraints --constraint -b --build-constraints --build-constraint --overrides --override --env-file --index
    --default-index -i --index-url --extra-index-url -f --find-links --index-strategy --keyring-provider -P --upgrade-package --upgrade-group --resolution
    --prerelease --prerelease-package --fork-strategy --exclude-newer --exclude-newer-package --no-sources-package --reinstall-package --link-mode -C
    --config-setting --config-settings --config-settings-package --no-build-isolation-package --no-build-package --no-binary-package --cache-dir
    --refresh-package -p --python --python-platform --torch-backend --color --allow-insecure-host --trusted-host --directory --project --config-file
    --preview-features --python-fetch"""
)
_UVX: Final = _UV | {"--from"}
_UV_RUN: Final = _UV | word_set("--extra --no-extra --group --no-group --only-group --package --no-editable-package --max-recursion-depth")
_PIPX: Final = word_set("--spec --python --pip-args --index-url -i --with --suffix --path --fetch-missing-python --backend")
_PIP: Final = word_set(
    "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix --root --python --trusted-host --proxy -e --editable"
)
_ENGINE: Final = word_set(
    "-c --context -H --host --config -l --log-level --tlscacert --tlscert --tlskey --connection --url --identity --namespace -n --address -a"
)
_COMPOSE: Final = word_set("-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress")
_DOTNET: Final = word_set("--version --source --add-source --framework --configfile --verbosity -v --arch -a")
_NIX: Final = word_set(
    "--option --extra-experimental-features --experimental-features -I --include --override-input --inputs-from --profile -f --file --expr"
)
_JBANG: Final = word_set("--java -j --main -m --deps --repos --cp -D --catalog")

_NPM_LOCK: Final = "installed with npm ci and started with --no-install"
_ENGINE_LINE: Final = Launcher("images", "the first word after run", "oci", _ENGINE, "the image is named by its digest")
_PROJECT: Final = Launcher("others", own="always")
_PYTHON_PROJECT: Final = Launcher("python", own="always")

# fmt: off
LAUNCHERS: Final[dict[str, Launcher]] = {
    # name             family        where the package stands                      syntax     options with a value   verifies              own
    "npx":    Launcher("javascript", "--package, else the first word",             "npm",     _NPM | {"-p", "-n", "--node-arg", "--npm"}, _NPM_LOCK, "named"),
    "npm":    Launcher("javascript", "exec: --package, else the first word",       "npm",     _NPM,                  _NPM_LOCK,            "named"),
    "pnpx":   Launcher("javascript", "--package, else the first word",             "npm",     _PNPM),
    "pnx":    Launcher("javascript", "--package, else the first word",             "npm",     _PNPM),
    "pnpm":   Launcher("javascript", "dlx: --package, else the first word",        "npm",     _PNPM),
    "yarn":   Launcher("javascript", "dlx: -p, else the first word",               "npm",     word_set("-p --package --cwd")),
    "yarnpkg": Launcher("javascript", "dlx: -p, else the first word",              "npm",     word_set("-p --package --cwd")),
    "bunx":   Launcher("javascript", "--package, else the first word",             "npm",     word_set("-p --package"), "",                "named"),
    "bun":    Launcher("javascript", "x: --package, else the first word",          "npm",     word_set("-p --package --cwd -c --config --env-file -r --preload --import --require --define -d --conditions --main-fields --port --inspect-port"), "", "named"),
    "deno":   Launcher("javascript", "npm:, jsr: or a URL after run",              "npm",     _DENO,                 "--lock and --frozen", "named"),
    **dict.fromkeys(("node", "nodejs", "tsx", "ts-node"), Launcher("javascript", values=_NODE, own="always")),
    "uvx":    Launcher("python",     "--from, else the first word",                "pypi",    _UVX),
    "uv":     Launcher("python",     "tool run: as uvx; run: --with",              "pypi",    _UV_RUN,               "run --frozen, with uv.lock", "always"),
    "pipx":   Launcher("python",     "run: --spec, else the first word",           "pypi",    _PIPX),
    **dict.fromkeys(("pip", "pip3"), Launcher("python", "install: every word",     "pypi",    _PIP,                  "install --require-hashes")),
    "python": Launcher("python", own="always"),
    **dict.fromkeys(("poetry", "pdm", "hatch", "rye", "pixi", "pipenv"), _PYTHON_PROJECT),
    **dict.fromkeys(("docker", "podman", "nerdctl", "finch"), _ENGINE_LINE),
    **dict.fromkeys(("docker-compose", "podman-compose"), Launcher("images", values=_COMPOSE)),
    "dnx":    Launcher("others",     "the first word",                             "nuget",   _DOTNET),
    "dotnet": Launcher("others",     "tool exec: the first word",                  "nuget",   _DOTNET),
    "go":     Launcher("others",     "run: the first word",                        "golang",  word_set("-exec -C -tags -mod -modfile -ldflags -gcflags"), "the checksum database knows it"),
    "jbang":  Launcher("others",     "the first word",                             "maven",   _JBANG),
    "nix":    Launcher("others",     "run: the first word",                        "git",     _NIX,                  "a commit is named, and the flake has a lock"),
    "thv":    Launcher("others",     "run: the first word",                        "oci",     word_set("--name --transport --port --target-port --secret -e --env -v --volume --permission-profile --proxy-port --host")),
    **dict.fromkeys(("make", "just", "task", "cargo", "bundle", "gradle", "mvn"), _PROJECT),
    **dict.fromkeys(("java", "php", "ruby", "perl", "lua"), Launcher("others", own="always")),
}
# fmt: on
GATEWAYS: Final = frozenset(
    {
        "supergateway",
        "mcp-proxy",
        "mcp-context-protector",
        "tirith",
        "@modelcontextprotocol/inspector",
        "mcp-inspector",
        "mcpo",
        "mcp-remote",
        "fastmcp-proxy",
    }
)
"""Programs that put themselves between a client and a server: the server is in their arguments."""
