"""Components as versions before 1.6 can say them."""

from __future__ import annotations

from typing import Any


def before_1_6(component: dict[str, Any]) -> dict[str, Any]:
    """`component` with the people who made it as the one text `author`, and one identity, the first: that of its purl.

    Version 1.5 has room for one identity and none for `authors`; cyclonedx-python-lib would choose the identity by its own order.
    """
    found = dict(component)
    people = [one.get("name") or one.get("email", "") for one in found.get("authors", ())]
    if people:
        found["author"] = ", ".join(people)
    evidence = found.get("evidence", {})
    if len(evidence.get("identity", ())) > 1:
        found["evidence"] = {**evidence, "identity": evidence["identity"][:1]}
    if "components" in found:
        found["components"] = [before_1_6(part) for part in found["components"]]
    return found
