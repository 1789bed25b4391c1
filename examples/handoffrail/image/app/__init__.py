"""A stand-in for the server of HandoffRail."""
