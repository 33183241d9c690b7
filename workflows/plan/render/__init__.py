"""How a plan is shown: one function per form."""
