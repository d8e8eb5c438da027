"""One file a lockfile format: `collect(SourceFile)` yields its components."""
