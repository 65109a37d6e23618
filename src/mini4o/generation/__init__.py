"""How a model answers: an engine owns the weights and a cache, a session owns a conversation."""
