"""The machinery under the cases: how to run, watch and compare; nothing of what is tested."""
