"""The look of every HTML page: one layout, one style sheet, and text that is safe to show."""
