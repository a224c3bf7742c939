"""Names that look like a brand's: which brand, and what was done to its name."""
