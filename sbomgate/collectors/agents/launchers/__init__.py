"""The command line that starts a server, read as its launcher would read it: which package, how firmly pinned.

`table` says what is known of each launcher, `grammar` takes a command apart, and one module for each family reads what is
left: it is loaded when a command of that family is met.
"""

from sbomgate.collectors.agents.launchers.grammar import Launch, command_words, read_command

__all__ = ["Launch", "command_words", "read_command"]
