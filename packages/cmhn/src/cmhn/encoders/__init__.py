"""Encoders: what turns raw inputs into the features that a memory stores."""
