"""The command ``tacker-lite-pop``.

Each module has ``add(commands, common)``, which adds its subcommands to the parser, and
a function for each of them that takes the parsed arguments.
"""
