"""What would change: one frozen plan, consumed by the renderers and by the loader.

Called as a function, from a notebook, it is ``workflows.runs.whole.plan``: ``help(workflows.runs.whole.plan)``.
"""
