"""Models that score items from input columns, and the recipes that fit them.

It knows the contract every model keeps; it must not know customers, a database or how models are compared.
"""
