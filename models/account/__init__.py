"""The evidence about accounts and rings: the model, its prior, and what reviewers taught."""
