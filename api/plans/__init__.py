"""Compiled plans: a validated operation made into one Python function, and the memo of what such functions wrote.

Knows GraphQL's rules of execution and strawberry's fields; must not know a noun of the catalog beyond `pure`.
"""
