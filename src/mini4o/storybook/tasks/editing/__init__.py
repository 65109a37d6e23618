"""Edits of one picture, in one round or many, and pictures made from several."""
