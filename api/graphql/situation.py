"""Where and of whom eligibility is asked, from a request's view.

Knows what is read for it, and only when some policy asks for it; must not know what the rules say.
"""

from __future__ import annotations

from api.graphql.common import View
from api.graphql.context import Context
from api.recommending import Situation
from catalog.customer import Customer
from catalog.eligibility import Facts
from recommender.insight import store

VALUE_LEVEL = "customer.valueLevel"


async def situation(context: Context, view: View, who: Customer | None) -> Situation:
    """The situation of a view; of a customer their value level too, when a policy depends on it."""
    known: Facts = {}
    if who and VALUE_LEVEL in view.moment.rules.conditions.tables:
        found = await store.levels(context.services.db, [who.id])
        known = {VALUE_LEVEL: found.get(who.id)}
    return Situation(view.channel, view.place, view.market, context.zone, known)
