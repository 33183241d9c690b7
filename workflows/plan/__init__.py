"""What would change: one frozen plan, consumed by the renderers and by the loader."""
