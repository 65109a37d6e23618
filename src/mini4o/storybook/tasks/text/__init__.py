"""Conversations without pictures, so that the language half keeps talking."""
