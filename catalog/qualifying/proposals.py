"""What could be sold instead, or where: by the catalog's relations, then what stands next to it.

Knows what qualifies; must not know how likely it is to be taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from catalog.eligibility import Qualification, Rule
from catalog.eligibility.rules import ANY_OTHER
from catalog.offering import Offering, RelationshipType
from catalog.qualifying.qualification import Asked, Proposal, ProposalKind, Reason
from catalog.qualifying.reasons import targets, unmet

MOST = 5
# Who has it, or has said no, is not offered the next best thing.
FINAL = frozenset({Rule.HELD, Rule.INSIDE_HELD_BUNDLE, Rule.REFUSED_RECENTLY, Rule.SHOWN_OFTEN})


@dataclass(slots=True)
class Instead:
    """Alternatives for one who asks; what qualifies in a channel is worked out once for all that they ask for."""

    asked: Asked
    _known: dict[str | None, Qualification] = field(default_factory=dict)

    def of(self, code: str, why: Sequence[Reason]) -> tuple[Proposal, ...]:
        """At most MOST that qualify, the closest first, each offering once; none for who has it or has said no."""
        offering = self.asked.moment.snapshot.latest(code)
        if offering is None or code not in self.asked.moment.rules.index or any(one.rule in FINAL for one in why):
            return ()
        found: dict[str, Proposal] = {}
        for one in self._near(offering):
            found.setdefault(one.offering.code, one)
        return (*self.elsewhere(offering), *self._changed(offering, why), *found.values())[:MOST]

    def elsewhere(self, offering: Offering) -> tuple[Proposal, ...]:
        """The channels where the same offering may be had, those that sell it on the spot alone if there are any."""
        moment = self.asked.moment
        names = {*moment.rules.closed, *moment.snapshot.channels} - {ANY_OTHER, self.asked.channel or ""}
        found = [
            Proposal(ProposalKind.CHANNEL, offering, name, offering.code in there.leads)
            for name in sorted(names)
            if offering.code in (there := self._found(name)).qualified
        ]
        direct = [one for one in found if not one.is_lead]
        return tuple(direct or found) if self.asked.channel else ()

    def _changed(self, offering: Offering, why: Sequence[Reason]) -> Iterator[Proposal]:
        """The same in the place of the one thing that excludes it."""
        shut = {one.offending for one in why if one.rule is Rule.EXCLUDED and one.offending}
        if len(shut) != 1 or any(one.rule is not Rule.EXCLUDED for one in why):
            return
        found = self.asked.qualify(frozenset(shut))
        if offering.code in found.qualified:
            held = self.asked.moment.snapshot.latest(shut.pop())
            yield Proposal(ProposalKind.CHANGE, offering, None, offering.code in found.leads, held)

    def _found(self, channel: str | None) -> Qualification:
        if channel not in self._known:
            self._known[channel] = self.asked.qualify(channel=channel)
        return self._known[channel]

    def _near(self, offering: Offering) -> Iterator[Proposal]:
        found = self._found(self.asked.channel)
        for kind, codes in self._candidates(offering):
            for code in codes:
                if code != offering.code and code in found.qualified:
                    yield Proposal(kind, self.asked.moment.offerings[code], None, code in found.leads)

    def _candidates(self, offering: Offering) -> Iterator[tuple[ProposalKind, Iterable[str]]]:
        moment, step = self.asked.moment, offering.step or 0
        needs = unmet(self.asked, offering) if offering.code in moment.offerings else []
        yield ProposalKind.PREREQUISITE, [code for _, others in needs for code in sorted(others)]
        yield ProposalKind.REPLACEMENT, sorted(moment.rules.replaced_by.get(offering.code, ()))
        yield ProposalKind.EXCHANGE, targets(offering, RelationshipType.EXCHANGEABLE_TO)
        family = [moment.offerings[code] for code in sorted(moment.rules.by_family.get(offering.family or "", ()))]
        yield (
            ProposalKind.SAME_FAMILY,
            [one.code for one in sorted(family, key=lambda one: abs((one.step or 0) - step))],
        )
        near = [one for category in offering.category for one in moment.by_category.get(category, ())]
        yield ProposalKind.SAME_CATEGORY, [one.code for one in near if one.is_bundle == offering.is_bundle]
