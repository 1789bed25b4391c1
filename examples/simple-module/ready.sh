#!/bin/sh
# Whether web may get requests. /health/ready answers 200 even without a database: its words count. And while /setup isn't
# gone, anybody could become administrator there: until then nobody gets through.
ready=$(curl -s localhost:8000/health/ready)
setup=$(curl -s -o /dev/null -H 'Accept: application/json' -w '%{http_code}' localhost:8000/setup)
case "$ready $setup" in
  '{"status":"healthy",'*' 404') ;;
  *) echo "readiness: $ready; /setup: $setup" && exit 1 ;;
esac
