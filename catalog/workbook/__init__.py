"""The catalog as an Excel workbook for product managers, there and back.

Knows sheets, columns and cells; must not know PostgreSQL, nor what a change in a cell leads to.
"""
