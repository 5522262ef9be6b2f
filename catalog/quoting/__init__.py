"""The exact bill for use under plans: fees, rating, allowances, commitments, discounts, tax, line by line.

Knows prices and use; must not know customers by name, or where anything is kept.
"""
