"""Answers to who may buy what (TMF679), with reasons, alternatives, and what a change would lose.

Knows the compiled rules; must not know how likely anybody is to buy.
"""
