"""The known-good manifest: what an inventory is compared with.

A manifest is a CycloneDX document like any other; `reporters.cyclonedx` writes it. What CycloneDX has no field for
stands in properties whose names are listed in `names`. A document of another tool is compared as far as it goes, and
what it cannot tell is told.
"""

from __future__ import annotations

from sbomgate.manifest.comparison import diff, incomparable
from sbomgate.manifest.inventories import from_inventories, from_inventory
from sbomgate.manifest.names import (
    AGENT,
    AUTHOR_SOURCE,
    COMPLETE,
    CONTENT,
    GROUP,
    HASH_NAMES,
    HOOK,
    INSTALLER,
    LICENCE_CONCLUDED,
    LICENCE_FILE,
    ORIGIN,
    PIN,
    PROBLEM,
    REASON,
    REQUIREMENT,
    SERVER,
    SETTING,
    UNKNOWN,
    hook_facts,
    hook_key,
    is_digest,
    server_facts,
    server_key,
    setting_facts,
)
from sbomgate.manifest.nouns import Change, Known, Manifest, Package
from sbomgate.manifest.reading import from_document, load, parse, read

__all__ = [
    "AGENT",
    "AUTHOR_SOURCE",
    "COMPLETE",
    "CONTENT",
    "GROUP",
    "HASH_NAMES",
    "HOOK",
    "INSTALLER",
    "LICENCE_CONCLUDED",
    "LICENCE_FILE",
    "ORIGIN",
    "PIN",
    "PROBLEM",
    "REASON",
    "REQUIREMENT",
    "SERVER",
    "SETTING",
    "UNKNOWN",
    "Change",
    "Known",
    "Manifest",
    "Package",
    "diff",
    "from_document",
    "from_inventories",
    "from_inventory",
    "hook_facts",
    "hook_key",
    "incomparable",
    "is_digest",
    "load",
    "parse",
    "read",
    "server_facts",
    "server_key",
    "setting_facts",
]
