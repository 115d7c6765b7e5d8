"""Alarms of a PoP, evaluated on what the lab measures, as Aodh does on Gnocchi's."""
