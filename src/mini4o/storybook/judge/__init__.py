"""The judge: says which claims hold in a picture, by analysis with the world's own drawing code; nothing is learnt."""
