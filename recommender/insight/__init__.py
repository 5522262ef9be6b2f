"""What is known of customers and products as a whole: value, risk, stage, segment, moments, plays, health, portfolio.

It knows arrays and a definition given as data; it must not know what is recommended to whom.
"""
