"""Volumes of a PoP, as Cinder has them, on every runtime as records only.

They have sizes, types and attachments, count against the PoP's disk, and hold no data:
their type by default is called ``simulated``.
"""
