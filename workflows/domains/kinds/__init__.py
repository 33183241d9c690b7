"""The kinds of column: one module per kind, its class beside the cleaning of its cells (pure)."""
