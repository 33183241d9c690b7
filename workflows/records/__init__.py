"""What we keep: validated records and rejects, as files that Luigi tasks hand on."""
