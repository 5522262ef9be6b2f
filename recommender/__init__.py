"""Matrices: what customers hold, what they are likely to take next, and why.

It knows item codes, arrays and models; it never learns what an offering costs, means, or to whom it may be sold.
"""
