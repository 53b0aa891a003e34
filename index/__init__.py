"""Embedding, vector and keyword indexes, and the retriever over them."""

import os

# The embedding engine's OpenMP threads wait for one another by spinning, which makes a query a
# hundred times slower on a busy machine. Must be set before the first library that loads OpenMP.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
