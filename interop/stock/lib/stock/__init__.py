"""Runs unmodified nodes of another implementation against a coordinator of ours, in network namespaces."""
