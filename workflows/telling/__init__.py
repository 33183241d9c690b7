"""Who hears of a run: the summary at its end, bars and log lines while it works, the scheduler's page."""
