"""Stand-in for the ra-hcp front end: the documented outside of it, made anew."""
