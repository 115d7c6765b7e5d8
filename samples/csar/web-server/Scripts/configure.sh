#!/bin/sh
# Write the page; $greeting is an input of the operation.
set -e
printf '<p>%s</p>\n' "$greeting" > /opt/web/index.html
