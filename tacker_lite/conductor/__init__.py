"""The conductor: everything that has a status is written, and moved on, here."""

# First, so that the RPC library is imported the way that it prepares.
from tacker_lite import rpc as rpc
