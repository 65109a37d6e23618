"""How a model is kept: a folder that loads by itself."""
