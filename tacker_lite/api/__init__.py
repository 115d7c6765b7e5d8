"""The HTTP API: requests in, rows out; what has a status is the conductor's.

``app`` is the middleware stack, ``expose`` the handler decorator, ``v1`` the
controllers and ``schemas`` the bodies, one file per noun.
"""
