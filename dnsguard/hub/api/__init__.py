"""The API below `/api/v1`: one file for each resource, one table of operations (routes.py) that all else is made of."""
