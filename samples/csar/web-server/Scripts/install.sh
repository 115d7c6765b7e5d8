#!/bin/sh
# Make room for the pages.
set -e
mkdir -p /opt/web
