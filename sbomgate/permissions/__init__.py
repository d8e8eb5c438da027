"""What would run unasked: the rules and modes of an agent's client, evaluated for a fixed list of actions.

    sessions (which rules meet) → clients (how each one decides) → probes (what is asked) → answers

Pure functions over `PermissionRule` and `AgentOption`; nothing is read and nothing is run. An answer is what the client's
documentation promises for the files that were found: hooks that approve or refuse, flags of a command line and what a person
chose in a window are in no file, and say so in the client's note.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sbomgate.agent_model import AgentFile, AgentOption, PermissionRule
from sbomgate.permissions.clients import SEMANTICS, evaluator_for
from sbomgate.permissions.evaluator import Evaluator
from sbomgate.permissions.probes import PROBES, ROUTES, Action, Probe
from sbomgate.permissions.sessions import Session, sessions
from sbomgate.permissions.verdicts import OUTCOMES, Verdict, loosest, said

__all__ = ["OUTCOMES", "PROBES", "SEMANTICS", "Answer", "Outlook", "Probe", "Session", "Verdict", "outlooks", "said"]


class Answer(NamedTuple):
    """What becomes of one probe."""

    probe: Probe
    action: Action
    """The spelling that gets furthest."""
    verdict: Verdict
    direct: Verdict
    """Without the way round through an interpreter."""
    denied: PermissionRule | None
    """The rule that refuses one of the spellings, if there is one."""


class Outlook(NamedTuple):
    """One session with its answers."""

    session: Session
    answers: tuple[Answer, ...]
    broad: tuple[PermissionRule | AgentOption, ...]
    """What by itself lets any command run."""
    routes: tuple[tuple[str, PermissionRule], ...]
    """(command that runs any code, the narrower rule that allows it)."""


@lru_cache(maxsize=4)
def outlooks(
    files: tuple[AgentFile, ...], rules: tuple[PermissionRule, ...], options: tuple[AgentOption, ...], client: str = ""
) -> tuple[Outlook, ...]:
    """The outlook of each session, sorted by client, project and limit."""
    return tuple(_outlook(session) for session in sessions(files, rules, options, client))


def _outlook(session: Session) -> Outlook:
    judge = evaluator_for(session)
    broad = tuple(judge.broad())
    direct = [_direct(judge, probe.actions) for probe in PROBES]
    open_routes = list(_routes(judge)) if any(item.effect == "allow" for item in judge.rules) else []
    answers = []
    for probe, (action, verdict, denied) in zip(PROBES, direct, strict=True):
        best = verdict
        if verdict.outcome in ("asked", "denied", "unknown") and probe.group != "interpreter":
            best = _way_round(judge, action, verdict, open_routes)
        answers.append(Answer(probe, action, best, verdict, denied))
    return Outlook(session, tuple(answers), broad, tuple(open_routes))


def _direct(judge: Evaluator, actions: Iterable[Action]) -> tuple[Action, Verdict, PermissionRule | None]:
    """The spelling that gets furthest, what becomes of it, and what refuses another one."""
    found = [(action, judge.judge(action)) for action in actions]
    verdict = loosest(one for _, one in found)
    causes = (one.cause for _, one in found if one.outcome == "denied")
    return (
        next(action for action, one in found if one is verdict),
        verdict,
        next((cause for cause in causes if isinstance(cause, PermissionRule)), None),
    )


def _routes(judge: Evaluator) -> Iterable[tuple[str, PermissionRule]]:
    """The commands that run any code and that a rule allows."""
    seen = set()
    for route in ROUTES:
        for text in route.texts:
            if "{}" in text:
                continue
            verdict = judge.judge(Action("shell", text))
            if verdict.outcome == "allowed" and isinstance(verdict.cause, PermissionRule) and verdict.cause not in seen:
                seen.add(verdict.cause)
                yield text, verdict.cause


def _way_round(judge: Evaluator, action: Action, verdict: Verdict, open_routes: list[tuple[str, PermissionRule]]) -> Verdict:
    """`verdict`, or how the same is reached through a program that runs anything."""
    for text, rule in open_routes:
        return Verdict("reachable", "a rule allows a program that runs anything", rule, text)
    if action.kind != "shell" or not any(rule.effect == "allow" for rule in judge.rules):
        return verdict
    plain = action.text.partition(" | ")[0] if " | " in action.text else action.text
    if plain != action.text:
        return verdict  # a pipe is no argument of a runner
    for route in ROUTES:
        for text in route.texts:
            if "{}" in text:
                through = judge.judge(Action("shell", text.replace("{}", plain)))
                if through.outcome == "allowed" and isinstance(through.cause, PermissionRule):
                    return Verdict(
                        "reachable", "a rule allows a program that runs the command it is given", through.cause, text.replace("{}", plain)
                    )
    return verdict
