"""Servers, flavors and key pairs of a PoP, as Nova has them."""
