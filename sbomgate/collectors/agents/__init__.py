"""One file a client or family of clients: `collect(SourceFile)` yields servers and what they fetch."""
