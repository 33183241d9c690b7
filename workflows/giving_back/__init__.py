"""What a provider gets back: a copy of the sheet with every finding marked and listed, and the same as CSV."""
