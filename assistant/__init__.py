"""From a question to a cited answer, step by step."""
