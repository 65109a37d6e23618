"""Hand-written phrasings, one file for each group of tasks and language."""
