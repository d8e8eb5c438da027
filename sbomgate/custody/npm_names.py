"""What npm, pnpm, Yarn and Node.js make of names: where a member of a tarball lies, what a file could be loaded as.

Sources: pacote, `lib/fetcher.js`; Node.js documentation, "Loading from node_modules folders"; npm 6,
`lib/install/update-package-json.js`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sbomgate.custody.tarball import Tarball
from sbomgate.tree import normalised

MODULES: Final = "node_modules"
STORES: Final = frozenset({".pnpm", ".store", ".bun"})
_COSMETIC: Final = frozenset(
    {"author", "bugs", "bundleDependencies", "contributors", "deprecated", "description", "homepage", "keywords", "license", "licenses"}
    | {"maintainers", "man", "readme", "readmeFilename", "repository"}
)
"""Members of package.json that npm before version 7 put into one form, and that nothing runs by."""
_PROGRAMS: Final = re.compile(r"^(?:\./)?node_modules/\.bin/")
"""What npm took off the beginning of a script: its folder is searched first all the same."""


def loaded_name(path: str, kind: str) -> str:
    """The name under which Node.js would load the file at `path`, which belongs to no package; empty if under none.

    `path` is relative to a node_modules. `require("x")` tries a file before a folder: `x.js` there stands in the place of `x`.
    """
    parts = path.split("/")
    if parts[0].startswith(".") and parts[0] not in STORES:
        return ""
    if MODULES in parts:
        at = len(parts) - parts[::-1].index(MODULES)
        parts = parts[at:]
    elif parts[0] in STORES:
        return ""
    if not parts or parts[0].startswith("."):
        return ""
    name = "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]
    stem, dot, suffix = name.rpartition(".")
    is_file = kind == "file" and len(parts) == name.count("/") + 1
    return stem if is_file and dot and stem and suffix in ("js", "json", "node") else name


def is_extensionless(name: str) -> bool:
    """Whether Node.js would take the file for code, having no ending; licences and their like are no code all the same."""
    base = name.rpartition("/")[2]
    return "." not in base and not base.isupper()


def renamed(name: str, tarball: Tarball, files: dict[str, str]) -> str:
    """Where the member `name` lies: npm makes a `.gitignore` an `.npmignore`, where there is none. Other installers do not."""
    if name.rpartition("/")[2] != ".gitignore" or name in files:
        return name
    other = f"{name[: -len('.gitignore')]}.npmignore"
    return other if other not in tarball.files else name


def may_be_absent(name: str, tarball: Tarball, folders: set[str]) -> bool:
    """Whether the member `name` is one that not all installers write. `folders`: of the package's node_modules, with files."""
    folder, _, base = name.rpartition("/")
    if base == ".gitignore" and f"{folder}/.npmignore".lstrip("/") in tarball.files:
        return True
    if not name.startswith(f"{MODULES}/"):
        return False
    # what a package brings but does not call bundled is not installed: all of it, or nothing
    parts = name.split("/")
    return "/".join(parts[: 3 if parts[1].startswith("@") else 2]) not in folders


def plain(manifest: dict[str, Any]) -> dict[str, Any]:
    """What runs by a package.json, in the form that npm before version 7 gave it."""
    found = {key: value for key, value in manifest.items() if not key.startswith("_") and key not in _COSMETIC}
    programs = found.get("bin")
    if isinstance(programs, str):
        found["bin"] = {str(found.get("name", "")).rpartition("/")[2]: programs}
    if isinstance(programs := found.get("bin"), dict):
        found["bin"] = {key: normalised(value) if isinstance(value, str) else value for key, value in programs.items()}
    scripts = found.get("scripts")
    if isinstance(scripts, dict):
        found["scripts"] = {key: _PROGRAMS.sub("", value, count=1) if isinstance(value, str) else value for key, value in scripts.items()}
    for key in ("dependencies", "scripts", "optionalDependencies"):
        if not found.get(key):
            found.pop(key, None)
    optional = found.get("optionalDependencies")
    if isinstance(optional, dict):  # they are merged into the others
        needs = found.get("dependencies")
        found["dependencies"] = {**(needs if isinstance(needs, dict) else {}), **optional}
    return found
