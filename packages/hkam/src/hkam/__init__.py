"""hkam."""
