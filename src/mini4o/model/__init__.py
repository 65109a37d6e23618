"""What the net is: a multimodal language model, queries that read out what to draw, a connector, a diffusion transformer."""
