"""Labs: points of presence (PoPs) on this machine, each with OpenStack APIs.

It stands alone: nothing else of ``tacker_lite`` is imported.  The map, from what a user
calls to what the kernel does:

- ``__main__``: the command ``tacker-lite-pop``, flags and printing only;
- :mod:`.lab`: a lab's process, directory, HTTP server and reports;
- :mod:`.topology`, :mod:`.topology_file`: what a lab consists of, and reading that;
- :mod:`.faces`: the APIs, one module (with its ``<service>_*`` parts) per service;
- :mod:`.cloud`: a PoP's services over one lock, which are :mod:`.identity`,
  :mod:`.compute`, :mod:`.network`, :mod:`.image`, :mod:`.load_balancer`,
  :mod:`.volume` and :mod:`.stack`;
- :mod:`.records`, :mod:`.store`: what the services keep, and where;
- :mod:`.runtime`: what makes servers run, or says that it only pretends.

A request goes down this list and never up.  Services know no HTTP, runtimes know no
services.  :mod:`.errors`, :mod:`.attributes` and :mod:`.identifiers` are for all.

To add a kind of object: a record in ``records``, a table in the service it belongs to
and its methods there, then its routes in a face.  To add a runtime: see
:mod:`tacker_lite.pop.runtime`.  To add a resource type of stacks: see
:mod:`tacker_lite.pop.stack`.
"""
