"""Policies as data: conditions read from documents, written back, and said in words.

Knows conditions; must not know how they are compiled, or which offerings name them.
"""
