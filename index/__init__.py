"""Embedding, vector and keyword indexes, and the retriever over them."""

import os

# The embedding engine's OpenMP threads wait for one another by spinning, which makes a query a
# hundred times slower on a busy machine; to sleep at once costs a quarter more on an idle one.
# GNU's runtime may spin for a moment. Must be set before the first library that loads OpenMP.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
