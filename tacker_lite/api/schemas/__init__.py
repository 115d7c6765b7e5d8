"""JSON schemas of bodies and answers, one module per noun.

They are the source of the OpenAPI document.  Two keywords are ours:
``x-error-type`` is the public type of the error when that part is wrong, and
``x-reason`` says what would be right where the schema alone cannot.

The module of a noun has ``ANSWER`` (the object in an answer), ``CREATE`` and
``UPDATE`` (the object in a request, where there is one) and ``COLUMNS``: the
attributes that callers may filter and sort by, with the columns behind them.
"""
