"""The tasks. They are acknowledged when they begin: one that is killed is lost."""
