"""mailings."""
