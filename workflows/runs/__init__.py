"""A run without Luigi: what it decides, does and leaves; the tasks are shells around this."""
