"""cmhn."""
