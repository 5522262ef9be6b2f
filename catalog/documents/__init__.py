"""The catalog as a document: read with every wrong place named, landed, written back without loss.

Knows the shape of a file; must not know tables of customers.
"""
