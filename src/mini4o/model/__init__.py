"""What the net is: a language model that sees, queries that read out what to draw, a connector, a DiT."""
