"""The rooms of `capabilities.Reader`: what the interpreter would do with code, told without running it.

| module | what is read there |
|---|---|
| `statements` | statements, in the order in which they run |
| `expressions` | expressions, and their values |
| `bindings` | assignments, and what they change elsewhere |
| `members` | `value.name` and `value[key]` |
| `calling` | calls of what the code defines itself |
| `named_calls`, `calls` | calls of named functions; those that say more than their name |
| `protocols` | what iterates over a value, uses it, or may call it |
| `imports` | modules, and what their import does |
| `texts` | text that is run as code |
| `values` | what is known of a value |
| `folding`, `tables` | constants worked out; the names that are known |
| `syntax` | questions about syntax trees |
| `bounds` | how much is read |

Each takes the `Reader` that does the reading. Across rooms a reader is asked (`value`, `block`, `call`); imports between the
rooms have one direction: statements → expressions → calls → bindings → members → the others.
"""
