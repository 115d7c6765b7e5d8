"""Commands of the ``openstack`` client.

To add a command: a class in the noun's file with ``get_parser`` and
``take_action``, and one line under ``openstack.nfv_orchestration.v1`` in
``setup.cfg``.
"""
