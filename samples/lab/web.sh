#!/bin/sh
# A start script (user_data): a web server that answers with its own name.
mkdir -p /srv/web && cd /srv/web
hostname > index.html
echo "answering as $INSTANCE_NAME"
exec python3 -m http.server 80
