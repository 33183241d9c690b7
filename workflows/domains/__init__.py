"""What a row means: one module per domain, pure functions only."""
