"""What both memories in PyTorch need. The only part of the core that imports a framework: needs the extra ``torch``."""
