"""The settings of package tools that lie in a project: where packages come from, whose scripts may run."""
