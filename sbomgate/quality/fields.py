"""A field of a rule book, and how it is judged."""

from __future__ import annotations

from dataclasses import dataclass

from sbomgate.quality.facts import Facts
from sbomgate.quality.results import Result, Verdict

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a rule book: of each component, or of the document."""

    id: str
    name: str
    rule: str
    better: str
    of_component: int = 0
    """Facts of a component; any of them will do. 0: a field of the document."""
    of_document: tuple[str, ...] = ()
    """Facts of the document; any of them will do."""
    unknown: int = 0
    """What a component says that stands for this field being unknown."""
    unknown_here: str = ""
    """The same for the document."""
    group: str = ""
    optional: bool = False
    """A rule book that names it, and does not ask for it."""


def judge(field: Field, facts: Facts, *, unknowns: bool) -> Result:
    """The result of `field`. `unknowns`: the rule book accepts that something is stated to be unknown."""
    if not field.of_component:
        met = not facts.document.isdisjoint(field.of_document)
        stated = not met and bool(field.unknown_here) and field.unknown_here in facts.unknown
        return _result(field, int(met), 1, int(stated), (), unknowns)
    have, unknown, examples = count(facts, field.of_component, field.unknown)
    return _result(field, have, facts.total, unknown, examples, unknowns)


def count(facts: Facts, flags: int, unknown: int = 0) -> tuple[int, int, tuple[str, ...]]:
    """(components with any of `flags`, others that say `unknown`, the first of the rest by name)."""
    have = stated = 0
    examples: list[str] = []
    for mask, kind in facts.kinds.items():
        if mask & flags:
            have += kind.count
        elif mask & unknown:
            stated += kind.count
        elif len(examples) < _EXAMPLES:
            examples += kind.examples
    return have, stated, tuple(examples[:_EXAMPLES])


def verdict_of(have: int, of: int, stated: int, *, unknowns: bool) -> Verdict:
    if not of:
        return Verdict.NOT_APPLICABLE
    if have >= of:
        return Verdict.MET
    if unknowns and have + stated >= of:
        return Verdict.STATED_UNKNOWN
    return Verdict.PARTLY if have or (unknowns and stated) else Verdict.MISSING


def _result(field: Field, have: int, of: int, stated: int, examples: tuple[str, ...], unknowns: bool) -> Result:
    verdict = verdict_of(have, of, stated, unknowns=unknowns)
    if field.optional and verdict is Verdict.MISSING:
        verdict = Verdict.NOT_APPLICABLE
    return Result(
        id=field.id,
        name=field.name,
        group=field.group or ("component" if field.of_component else "document"),
        rule=field.rule,
        verdict=verdict,
        have=have,
        of=of,
        stated_unknown=stated,
        better="" if verdict is Verdict.MET else field.better,
        examples=examples if verdict in (Verdict.PARTLY, Verdict.MISSING) else (),
    )
