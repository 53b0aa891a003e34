"""Embedding, vector and keyword indexes, and the retriever over them."""
