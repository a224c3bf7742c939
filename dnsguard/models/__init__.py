"""Trained weights, what made them, and the code that applies them."""
