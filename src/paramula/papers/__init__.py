"""What a paper takes, as data: tables and figures."""
