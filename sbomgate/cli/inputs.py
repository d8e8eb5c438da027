"""What the options name, read: policy, targets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sbomgate.cli.progress import Progress
from sbomgate.errors import UsageError

if TYPE_CHECKING:
    from sbomgate.model import Inventory, Target
    from sbomgate.policy import Policy


def policy_for(
    path: str | None,
    fail_on: str | None = None,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    strict: bool = False,
    advisories: tuple[str, ...] = (),
    osv_url: str = "",
) -> Policy:
    """The policy in force, with what the options say instead of it. `advisories`: sources; `none` for none."""
    from dataclasses import replace

    from sbomgate.policy import Policy
    from sbomgate.policy_file import find_policy, is_service, load_policy

    if osv_url and not is_service(osv_url):
        raise UsageError(f"{osv_url!r} is no URL of a service", where="--osv-url", fix="write it as https://host, without a login")

    path = path or find_policy(".")
    policy = load_policy(path) if path else Policy()
    if policy.path:
        policy = replace(policy, path=os.path.relpath(policy.path))
    chosen, dropped = _rule_names(select), _rule_names(ignore)
    _check_rule_names((*policy.select, *policy.ignore, *(rule for rule, _ in policy.severities)), policy.path)
    return replace(
        policy,
        fail_on=fail_on or policy.fail_on,
        select=chosen or policy.select,
        ignore=(*policy.ignore, *dropped),
        strict=strict or policy.strict,
        advisories=tuple(name for name in dict.fromkeys(advisories) if name != "none") if advisories else policy.advisories,
        osv_url=osv_url or policy.osv_url,
    )


def vex_documents(paths: tuple[str, ...], policy: Policy) -> tuple[Any, ...]:
    """The VEX documents at `paths`, each once."""
    if not paths:
        return ()
    if not policy.advisories:
        raise UsageError(
            "goes with a source of advisories: there is nothing to say anything about", where="--vex", fix="add --advisories osv"
        )
    from sbomgate.advisories.vex import load

    return tuple(load(path) for path in dict.fromkeys(paths))


def _rule_names(values: tuple[str, ...]) -> tuple[str, ...]:
    """The rules that the options name; UsageError for a name that fits none, since it would silently select nothing."""
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    _check_rule_names(names)
    return names


def _check_rule_names(names: tuple[str, ...], path: str = "") -> None:
    if names:
        from sbomgate.policy import selects
        from sbomgate.rules import all_rules

        for name in names:
            if not any(selects((name,), rule) for rule in all_rules()):
                raise UsageError(f"no rule fits {name!r}", path, fix="`sbomgate rules` lists them")


def inventories_of(
    targets: tuple[str, ...], policy_file: str | None, *, verify: bool, licences: bool = False, jobs: int, quiet: bool, verbose: bool
) -> list[Inventory]:
    from sbomgate.engine import collect

    policy = policy_for(policy_file)
    with Progress(quiet, verbose) as progress:
        return [
            collect(target, policy=policy, files=verify, verify=verify, licences=licences, jobs=jobs, progress=progress)
            for target in unique(targets)
        ]


def own_notes_of(inventory: Inventory) -> tuple[str, ...]:
    """Notes for environments of `inventory` in which this program itself runs."""
    if not inventory.environments:
        return ()
    from sbomgate.own_environment import own_notes

    return own_notes(inventory)


def unique(targets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(targets)) or (".",)


def homes(user: bool, other: str | None) -> tuple[Target, ...]:
    """The targets that `--user` and `--user-home` name."""
    from sbomgate.model import Target

    own = os.path.expanduser("~") if user else ""
    if user and not os.path.isabs(own):
        raise UsageError("the home folder is not known", where="--user", fix="name it with --user-home DIR")
    if other is not None and not os.path.isdir(other):
        raise UsageError("no such folder", other, "--user-home")
    return (*((Target(own, "user"),) if user else ()), *((Target(other, "home"),) if other is not None else ()))
