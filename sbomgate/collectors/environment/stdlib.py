"""Which top-level modules the standard library of a version of Python has.

Source: `sys.stdlib_module_names` of each version; 3.8 and 3.9, which have no such list, are told from their folders.
Modules of every platform count; those that test Python itself do not.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_ALWAYS: Final = """
    __future__ _abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw
    _collections _collections_abc _compat_pickle _compression _contextvars _csv _ctypes _curses _curses_panel _datetime _dbm _decimal
    _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io _json _locale _lsprof _lzma
    _markupbase _md5 _multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess
    _py_abc _pydecimal _pyio _queue _random _scproxy _sha1 _sha3 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics
    _string _strptime _struct _symtable _thread _threading_local _tkinter _tracemalloc _uuid _warnings _weakref _weakrefset _winapi abc
    antigravity argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop
    collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime
    dbm decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib
    functools gc genericpath getopt getpass gettext glob grp gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io
    ipaddress itertools json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder msvcrt
    multiprocessing netrc nt ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform
    plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re
    readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket
    socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess symtable sys
    sysconfig syslog tabnanny tarfile tempfile termios textwrap this threading time timeit tkinter token tokenize trace traceback
    tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg
    winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib
"""
"""In 3.8 and in every version since."""
_SOME: Final[tuple[tuple[int, int, str], ...]] = (
    # first minor version (0: 3.8 or older), last one (0: still there), modules
    (0, 8, "_dummy_thread dummy_threading"),
    (0, 9, "_bootlocale formatter parser symbol"),
    (0, 10, "binhex"),
    (0, 11, "_sha256 _sha512 asynchat asyncore distutils imp smtpd"),
    (
        0,
        12,
        "_crypt _msi aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
    ),
    (9, 0, "_aix_support _zoneinfo graphlib zoneinfo"),
    (9, 9, "_peg_parser"),
    (9, 11, "_bootsubprocess"),
    (11, 0, "_tokenize _typing tomllib"),
    (12, 0, "_pydatetime _pylong _sha2"),
    (
        13,
        0,
        "_android_support _colorize _interpchannels _interpqueues _interpreters _ios_support _opcode_metadata _pyrepl _suggestions _sysconfig _wmi",
    ),
    (14, 0, "_ast_unparse _hmac _py_warnings _remote_debugging _types _zstd annotationlib compression"),
)

_LOADED_FIRST: Final = """
    _abc _ast _codecs _collections _collections_abc _frozen_importlib _frozen_importlib_external _functools _imp _io _locale _operator
    _signal _sitebuiltins _sre _stat _string _symtable _thread _tracemalloc _warnings _weakref abc atexit builtins codecs encodings
    errno faulthandler gc genericpath io itertools marshal nt ntpath os posix posixpath pwd site stat sys time zipimport
"""
_BACKPORTS: Final = """
    audioop-lts crypt-r imghdr-lts legacy-cgi legacycrypt pyasynchat pyasyncore standard-aifc standard-asynchat standard-asyncore standard-cgi
    standard-cgitb standard-chunk standard-crypt standard-distutils standard-imghdr standard-mailcap standard-nntplib standard-pipes
    standard-smtpd standard-sndhdr standard-sunau standard-telnetlib standard-uu standard-xdrlib telnetlib-313-and-up zombie-imp
"""


@cache
def names(python: tuple[int, int]) -> frozenset[str]:
    """The top-level modules that `python` has itself."""
    minor = python[1]
    some = (name for first, last, text in _SOME if first <= minor and (not last or minor <= last) for name in text.split())
    return frozenset((*_ALWAYS.split(), *some))


@cache
def removed(python: tuple[int, int]) -> frozenset[str]:
    """The modules that 3.11 still had and `python` has no more: who supplies one is imported by code that is not that old."""
    return frozenset(name for _, last, text in _SOME if 11 <= last < python[1] for name in text.split() if not name.startswith("_"))


@cache
def in_every_version() -> frozenset[str]:
    """The modules that no version since 3.8 lacks: what is known where the version is not."""
    return frozenset(_ALWAYS.split())


@cache
def loaded_first() -> frozenset[str]:
    """Built in, frozen, or imported before any program: a file of this name is never looked for. Source: CPython, `Modules/Setup`."""
    return frozenset(_LOADED_FIRST.split())


@cache
def backports() -> frozenset[str]:
    """Distributions whose purpose is to bring back modules that were removed."""
    return frozenset(_BACKPORTS.split())
