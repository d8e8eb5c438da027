"""The families of start-up files, a module each, and what they share.

| module | what it reads |
|---|---|
| `site_folder` | A site folder: what is known about it, and the way from a module's name to its file. |
| `cases` | One hook on its way to a verdict: what was seen of it, and what that makes of it. |
| `source_text` | What the text of source code gives away before it is read as code: encodings, gaps, letters, and the bytecode beside it. |
| `judging` | Reading the code of a hook: which modules are followed, and which of the things seen count. |
| `pth_files` | `.pth` files: their import lines are executed, their other lines are put on the import path. |
| `start_files` | `.start` files, the entry points that Python 3.15 calls at every start. Source: PEP 829. |
| `egg_links` | `.egg-link` files of development installs. |
| `customize` | `sitecustomize` and `usercustomize`: module, package, bytecode, or native code. |
| `entry_points` | Entry points that tools load unasked, and commands that stand in front of the system's. |
| `pyvenv_cfg` | `pyvenv.cfg` and `python*._pth`: where the interpreter of an environment and its library come from. |
"""
