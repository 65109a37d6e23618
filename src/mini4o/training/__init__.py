"""How a model learns: a recipe is a list of stages, a stage says which groups train on what."""
