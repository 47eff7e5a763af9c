"""The machinery under the compatibility cases: it knows how to run, watch and compare, and nothing of what is tested."""
