#!/bin/sh
# Serve the pages on $port, an input of the operation.
set -e
cd /opt/web
nohup python3 -m http.server "$port" > /var/log/web.log 2>&1 &
