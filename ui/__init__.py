"""Command line, HTTP server and chat."""
