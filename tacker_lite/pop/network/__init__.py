"""Networks, subnets, ports and security groups of a PoP, as Neutron has them."""
