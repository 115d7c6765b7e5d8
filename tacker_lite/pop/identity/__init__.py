"""Who may use a PoP: projects, users, roles and tokens, as Keystone has them."""
