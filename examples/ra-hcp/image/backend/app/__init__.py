"""Stand-in for the ra-hcp backend: the documented outside of it, made anew."""
