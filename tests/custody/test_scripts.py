"""Generated scripts are recognised by structure; one that does anything else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wheels import wheel

from sbomgate.custody.scripts import interpreter_of, is_rewritten, is_wrapper
from sbomgate.custody.wheel import read_wheel

HEAD = "#!/srv/env/bin/python3.12\n"
PIP = (
    HEAD
    + "# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom demo.cli import main\nif __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit(main())\n"
)
UV = (
    HEAD
    + '# -*- coding: utf-8 -*-\nimport sys\nfrom demo.cli import main\nif __name__ == "__main__":\n    if sys.argv[0].endswith("-script.pyw"):\n        sys.argv[0] = sys.argv[0][:-11]\n    elif sys.argv[0].endswith(".exe"):\n        sys.argv[0] = sys.argv[0][:-4]\n    sys.exit(main())\n'
)
VIRTUALENV = (
    HEAD
    + "# -*- coding: utf-8 -*-\nimport re\nimport sys\nif __name__ == '__main__':\n    from demo.cli import main\n    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit(main())\n"
)
NEW_PIP = (
    HEAD
    + "import sys\nfrom demo.cli import main\nif __name__ == '__main__':\n    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit(main())\n"
)
SHELL = "#!/bin/sh\n'''exec' \"/srv/my env/bin/python\" \"$0\" \"$@\"\n' '''\n" + PIP.removeprefix(HEAD)
RELOCATABLE = "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"\n' '''\n" + UV.removeprefix(HEAD)


@pytest.mark.parametrize("text", [PIP, UV, VIRTUALENV, NEW_PIP, SHELL, RELOCATABLE])
def test_what_installers_write(text: str) -> None:
    assert is_wrapper(text.encode(), "demo.cli", "main")


def test_an_attribute_of_an_attribute() -> None:
    text = PIP.replace("import main", "import App").replace("main()", "App.launch()")
    assert is_wrapper(text.encode(), "demo.cli", "App.launch")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("demo.cli", "evil.cli"),
        ("import main", "import other as main"),
        ("import main", "import main, other"),
        ("sys.exit(main())", "sys.exit(main(1))"),
        ("    sys.exit(main())", "    main()\n    sys.exit(main())"),
        ("import sys\n", "import sys\nimport evil\n"),
        ("import sys\n", "import sys, evil\n"),
        ("import sys\n", "import sys\nexec('1')\n"),
        ("import sys\n", "import evil as sys\n"),
        ("utf-8", "utf-7"),
        ("utf-8 -*-", "utf-8 -*- coding: utf-7"),
        ("#!/srv/env/bin/python3.12\n", "#!/bin/sh\n"),
        ("#!/srv/env/bin/python3.12\n", "#!/srv/env/bin/python3.12 -c evil\n"),
        ("#!/srv/env/bin/python3.12\n", "#!/usr/bin/env -S LD_PRELOAD=x python\n".replace("python", "sh")),
        ("''", "evil()"),
        ("r'(-script\\.pyw|\\.exe)?$', ''", "r'(-script\\.pyw|\\.exe)?$', evil"),
        ("sys.exit(main())\n", "sys.exit(main())\nevil()\n"),
        ("'__main__'", "'__main__' or evil()"),
        ("from demo.cli import main", "from .demo.cli import main"),
        ("sys.exit(main())\n", "sys.exit(main())\n" + "#" * 2**15),
        ("sys.exit(main())\n", "sys.exit(main())\n\0"),
    ],
)
def test_what_does_something_else(old: str, new: str) -> None:
    assert old in PIP
    assert not is_wrapper(PIP.replace(old, new).encode(), "demo.cli", "main")


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: HEAD.encode() + rest))
def test_any_bytes_are_judged(content: bytes) -> None:
    assert not is_wrapper(content, "demo.cli", "main")


SCRIPT = b"#!python\nimport demo\n" + b"x = 1\n" * 1000
(READ,) = read_wheel(wheel("demo", "1.0", {"demo-1.0.data/scripts/run": SCRIPT})).scripts


@pytest.mark.parametrize("head", [b"#!/srv/env/bin/python\n", b"#!/srv/env/bin/pypy3.10\n", b'#!"C:/my env/Scripts/python.exe"\r\n'])
def test_a_first_line_that_was_rewritten(head: bytes) -> None:
    assert READ.rewritten
    rest = SCRIPT.partition(b"\n")[2]
    assert is_rewritten(head + rest, READ)
    assert not is_rewritten(head + rest.replace(b"1", b"2", 1), READ)
    assert not is_rewritten(head + b"import evil\n" + rest, READ)
    assert not is_rewritten(b"#!/bin/sh\n" + rest, READ)
    assert not is_rewritten(b"", READ)


def test_the_interpreter_is_told() -> None:
    assert interpreter_of(PIP.encode()) == "/srv/env/bin/python3.12"
    assert interpreter_of(SHELL.encode()) == "/srv/my env/bin/python"
    assert interpreter_of(RELOCATABLE.encode()) == ""
    assert interpreter_of(b"#!" + b"python" * 10_000) is None
