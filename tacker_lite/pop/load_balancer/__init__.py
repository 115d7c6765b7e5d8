"""Load balancers of a PoP, as Octavia has them.

A load balancer has an address on a network, listeners on it, pools, and members that
answer.  :mod:`.service` keeps what is wanted; :mod:`.lifecycle` has the runtime follow,
and :mod:`.health` says how it goes.
"""
