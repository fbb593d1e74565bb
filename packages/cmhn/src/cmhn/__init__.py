"""Cross-Modal Harmonic Networks: text, vision and audio bound in one energy."""
