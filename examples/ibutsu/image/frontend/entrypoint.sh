#!/bin/bash
# Tells the pages where the API is; where that can't be written, nothing starts.
set -euo pipefail
python - > /opt/app-root/src/build/settings.js <<'EOF'
import json, os
settings = {
    "serverUrl": os.environ.get("REACT_APP_SERVER_URL") or "http://localhost:8080/api",
    "environment": os.environ.get("NODE_ENV") or "development",
}
print(f"window.settings = {json.dumps(settings)};")
EOF
exec "$@"
