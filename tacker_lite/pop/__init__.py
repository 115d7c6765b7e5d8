"""Labs: points of presence (PoPs) on this machine, each with OpenStack APIs.

``topology`` says what a lab consists of, ``cloud`` holds a PoP's services, a runtime
makes servers run, faces show the services over HTTP.  It stands alone: nothing else of
``tacker_lite`` is imported.

To add a kind of object: a record in ``records``, a table in the service it belongs to
and its methods there, then its routes in a face.  To add a runtime: see
:mod:`tacker_lite.pop.runtime`.
"""
