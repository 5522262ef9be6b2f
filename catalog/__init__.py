"""The catalog room: what is offered, to whom, when, and what customers hold.

It knows tariffs and their rules; it must not know the recommender, GraphQL or HTTP.
"""
