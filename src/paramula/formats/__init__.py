"""Reports as text, JSON and more: pure functions of a report."""
