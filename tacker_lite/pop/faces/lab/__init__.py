"""The lab's own API: what no OpenStack service has a word for."""
