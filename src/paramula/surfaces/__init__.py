"""Where people ask: the command line, the prompt, the notebook, completion, highlighting, help."""
