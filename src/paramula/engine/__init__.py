"""From a program to a traced network: names, values, expressions, calls, copies."""
