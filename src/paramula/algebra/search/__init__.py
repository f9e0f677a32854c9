"""For which sizes a claim holds, and which is best: intervals, regions, closed forms."""
