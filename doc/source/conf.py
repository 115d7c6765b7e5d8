extensions = ["openstackdocstheme", "oslo_config.sphinxext", "oslo_policy.sphinxext"]
project = "tacker-lite"
copyright = "tacker-lite contributors"  # noqa: A001
master_doc = "index"
html_theme = "openstackdocs"
openstackdocs_auto_name = False
openstackdocs_auto_version = False
release = version = ""
