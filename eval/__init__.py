"""Datasets, metrics and benchmarks that measure the assistant from outside."""
