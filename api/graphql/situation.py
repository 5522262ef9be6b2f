"""Where and of whom eligibility is asked, from a request's view.

Knows what is read for it, and only when some policy asks for it; must not know what the rules say.
"""

from __future__ import annotations

from api.graphql.common import View
from api.graphql.context import Context
from api.recommending import Situation
from catalog.customer import Customer
from catalog.eligibility import Facts, facts_of
from catalog.eligibility.facts import TODAY
from catalog.qualifying.qualification import Asked
from recommender.insight import store

KIND, VALUE_LEVEL = "customer.kind", "customer.valueLevel"


async def situation(context: Context, view: View, who: Customer | None) -> Situation:
    """The situation of a view; of a customer their value level too, when a policy depends on it."""
    known: Facts = {}
    if who and VALUE_LEVEL in view.moment.rules.conditions.tables:
        found = await store.levels(context.services.db, [who.id])
        known = {VALUE_LEVEL: found.get(who.id)}
    return Situation(view.channel, view.place, view.market, context.zone, known)


async def question(
    context: Context, view: View, who: Customer | None, *, is_internal: bool, kind: str | None = None
) -> Asked:
    """What `who` asks for; what they refused lately does not count, for they ask.

    None: nobody in particular, of whom at most the kind is known.
    """
    here, at = await situation(context, view, who), view.at.astimezone(context.zone)
    names = view.moment.snapshot.codes_by_id
    return Asked(
        moment=view.moment,
        at=at,
        held=tuple(names[one.offering_id] for one in who.held if one.offering_id in names) if who else None,
        facts=facts_of(who, at, here.known) if who else {TODAY: at.date(), KIND: kind},
        channel=here.channel,
        place=here.place,
        market=here.market,
        is_internal=is_internal,
    )
