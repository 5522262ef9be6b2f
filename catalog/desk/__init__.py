"""The desk of product managers: edits, versions, stages, approval, bulk edits, registers, moves of holders.

Knows who may change what and in which order; must not know HTTP or GraphQL.
"""
