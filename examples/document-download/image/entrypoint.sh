#!/bin/bash
# Only `web` starts the server. Without arguments nothing runs, and the container ends with 0.
case "$1" in
  web) exec gunicorn --error-logfile - --config /home/vcap/app/gunicorn_config.py application ;;
  "") echo "No command: nothing to run" ;;
  *) exec "$@" ;;
esac
