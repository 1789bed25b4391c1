"""The API of the sample product "notes"."""

__version__ = "1.0.0"
