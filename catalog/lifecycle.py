"""The life cycle of an offering, as TMF620 names it, in one table.

Knows which step may follow which; must not know who asks.
"""

from __future__ import annotations

from enum import StrEnum


class LifecycleStatus(StrEnum):
    IN_STUDY = "IN_STUDY"
    IN_DESIGN = "IN_DESIGN"
    IN_TEST = "IN_TEST"
    ACTIVE = "ACTIVE"
    LAUNCHED = "LAUNCHED"
    RETIRED = "RETIRED"
    OBSOLETE = "OBSOLETE"
    REJECTED = "REJECTED"


_S = LifecycleStatus
TRANSITIONS: dict[LifecycleStatus, frozenset[LifecycleStatus]] = {
    _S.IN_STUDY: frozenset({_S.IN_DESIGN}),
    _S.IN_DESIGN: frozenset({_S.IN_TEST}),
    _S.IN_TEST: frozenset({_S.IN_DESIGN, _S.ACTIVE, _S.REJECTED}),
    _S.ACTIVE: frozenset({_S.LAUNCHED, _S.RETIRED}),
    _S.LAUNCHED: frozenset({_S.RETIRED}),
    _S.RETIRED: frozenset({_S.OBSOLETE}),
    _S.REJECTED: frozenset(),
    _S.OBSOLETE: frozenset(),
}

# The way to the customers, step by step.
FORWARD = (_S.IN_STUDY, _S.IN_DESIGN, _S.IN_TEST, _S.ACTIVE, _S.LAUNCHED)
# Stages at which an offering may still be changed in place; later, a change makes the next version.
EDITABLE = frozenset({_S.IN_STUDY, _S.IN_DESIGN, _S.IN_TEST})
# Stages that a customer's channel may see; the others belong to product managers.
PUBLIC = frozenset({_S.LAUNCHED})
