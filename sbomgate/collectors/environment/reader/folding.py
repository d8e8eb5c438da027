"""Constant folding: what an expression of constants is, worked out without running any of the code that is read.

Only the functions in the tables here are ever called, on values that are constants themselves, each with a limit on
what comes out. They are the pure ones that hide text: codecs, decompressors, joins, slices, arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sbomgate.collectors.environment.reader.tables import METHODS, TEXT_CODECS

MAX_TEXT: Final = 4 * 2**20
"""Longest text or bytes that a step may make."""
MAX_ITEMS: Final = 200_000
"""Longest sequence of a step."""
MAX_BITS: Final = 4096
SIMPLE: Final = (str, bytes, int, float, bool, type(None), complex)


class NotFoldable(Exception):  # noqa: N818 - no error: the usual case
    """The value is not known, or would be too large."""


def bounded(value: Any) -> Any:
    """`value` if its size is within the limits; NotFoldable otherwise."""
    if isinstance(value, (str, bytes, bytearray)):
        if len(value) > MAX_TEXT:
            raise NotFoldable
        return bytes(value) if isinstance(value, bytearray) else value
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        if len(value) > MAX_ITEMS:
            raise NotFoldable
        return value
    if isinstance(value, bool) or value is None or isinstance(value, (float, complex)):
        return value
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise NotFoldable
        return value
    raise NotFoldable


def binary(operator: str, left: Any, right: Any) -> Any:
    """`left <operator> right` for constants; `operator` is the name of the `ast` class."""
    if not _is_small(operator, left, right):
        raise NotFoldable
    try:
        result = _BINARY[operator](left, right)
    except Exception as error:
        raise NotFoldable from error
    return bounded(result)


def _is_small(operator: str, left: Any, right: Any) -> bool:
    """Whether the result cannot be out of proportion: checked before it is made."""
    sequences = (str, bytes, list, tuple)
    if operator == "Mult" and (isinstance(left, sequences) or isinstance(right, sequences)):
        sequence, count = (right, left) if isinstance(left, int) else (left, right)
        limit = MAX_ITEMS if isinstance(sequence, (list, tuple)) else MAX_TEXT
        return isinstance(count, int) and len(sequence) * max(count, 0) <= limit
    if operator in ("Pow", "LShift"):
        return (
            isinstance(right, int)
            and isinstance(left, int)
            and 0 <= right <= MAX_BITS
            and abs(left).bit_length() * max(right, 1) <= MAX_BITS * 2
        )
    return not (operator == "Mod" and isinstance(left, (str, bytes)) and _wide(left))


def unary(operator: str, value: float) -> Any:
    """`<operator> value` for a number; `operator` is the name of the `ast` class."""
    try:
        return bounded(_UNARY[operator](value))
    except (TypeError, ValueError) as error:  # ~1.5
        raise NotFoldable from error


def _wide(template: str | bytes) -> bool:
    """Whether a format may ask for more padding than text."""
    digits = 0
    for c in template if isinstance(template, str) else template.decode("latin-1"):
        digits = digits + 1 if c.isdigit() else 0
        if digits > 4:
            return True
    return False


def call(name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """The result of the pure function `name` on constants; NotFoldable if there is none such."""
    function = _functions().get(name)
    if function is None:
        raise NotFoldable
    try:
        return bounded(function(*arguments, **keywords))
    except NotFoldable:
        raise
    except Exception as error:
        raise NotFoldable from error


def method(value: Any, name: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """The result of a pure method of a constant; NotFoldable if it is none, or too large."""
    allowed = next((names for kind, names in METHODS.items() if type(value) is kind), frozenset())
    if name not in allowed:
        raise NotFoldable
    try:
        if not _stays_small(value, name, arguments):
            return _refuse()
        if name in ("decode", "encode") and arguments and str(arguments[0]).replace("-", "_").lower() not in TEXT_CODECS:
            return call(f"codecs.{name}", [value, *arguments], keywords)
        result = getattr(value, name)(*arguments, **keywords)
    except Exception as error:
        raise NotFoldable from error
    return bounded(list(result) if type(result).__name__ in ("dict_items", "dict_keys", "dict_values") else result)


def _stays_small(value: Any, name: str, arguments: list[Any]) -> bool:
    """Whether the method cannot make something out of proportion, nor reach an attribute."""
    if name in ("ljust", "rjust", "center", "zfill", "expandtabs") and any(
        isinstance(argument, int) and argument > MAX_TEXT for argument in arguments
    ):
        return False
    if name in ("format", "format_map") and (_wide(value) or "." in value or "[" in value or "!" in value):
        return False  # attributes of the arguments are nothing to do with constants
    return name not in ("replace", "join", "translate", "expandtabs") or _growth(value, name, arguments) <= MAX_TEXT


def _growth(value: str | bytes, name: str, arguments: list[Any]) -> int:
    if name == "replace" and len(arguments) >= 2:
        return len(value) + (value.count(arguments[0]) + 1) * len(arguments[1])
    if name == "join":
        items = list(arguments[0])
        return sum(len(item) for item in items) + len(value) * len(items)
    if name == "translate":
        table = arguments[0]
        longest = max((len(v) for v in table.values() if isinstance(v, str)), default=1) if isinstance(table, dict) else 1
        return int(len(value) * max(longest, 1))
    return len(value) * 8


def _division(left: Any, right: Any) -> Any:
    return left / right


_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "Div": _division,
    "FloorDiv": lambda a, b: a // b,
    "Mod": lambda a, b: a % b,
    "Pow": lambda a, b: a**b,
    "LShift": lambda a, b: a << b,
    "RShift": lambda a, b: a >> b,
    "BitOr": lambda a, b: a | b,
    "BitXor": lambda a, b: a ^ b,
    "BitAnd": lambda a, b: a & b,
}

_UNARY: Final[Mapping[str, Callable[[Any], Any]]] = {
    "USub": lambda value: -value,
    "UAdd": lambda value: +value,
    "Invert": lambda value: ~value,
    "Not": lambda value: not value,
}

_CACHE: dict[str, Callable[..., Any]] = {}


def _functions() -> Mapping[str, Callable[..., Any]]:
    if _CACHE:
        return _CACHE
    import ast
    import base64
    import binascii
    import html
    import json
    import posixpath
    import quopri
    import struct
    import textwrap
    import urllib.parse

    def listed(values: Any) -> list[Any]:
        items = list(values)
        if len(items) > MAX_ITEMS:
            raise NotFoldable
        return items

    def ranged(*arguments: int) -> list[int]:
        numbers = range(*arguments)
        if len(numbers) > MAX_ITEMS:
            raise NotFoldable
        return list(numbers)

    def to_bytes(value: Any = b"", *rest: Any) -> bytes:
        if isinstance(value, int) and value > MAX_TEXT:
            raise NotFoldable
        return bytes(value, *rest)

    def to_int(value: Any = 0, *rest: Any) -> int:
        if isinstance(value, (str, bytes)) and len(value) > MAX_BITS:
            raise NotFoldable
        return int(value, *rest)

    def to_text(value: Any = "", *rest: Any) -> str:
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            raise NotFoldable
        return str(value, *rest)

    def zipped(*sequences: Any) -> list[Any]:
        return listed(zip(*sequences, strict=False))

    def cycled(values: Any) -> list[Any]:
        items = listed(values)  # as long as anything that it is zipped with
        return (items * (65536 // max(len(items), 1) + 1))[:65536] if items else []

    def json_loads(text: Any) -> Any:
        if len(text) > 2**16:
            raise NotFoldable
        return json.loads(text)

    def literal(text: Any) -> Any:
        if not isinstance(text, str) or len(text) > 2**16:
            raise NotFoldable
        return ast.literal_eval(text)

    def decode(value: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
        return _codec(value, encoding, errors, encode=False)

    def encode(value: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
        return _codec(value, encoding, errors, encode=True)

    def a85(value: Any, **options: Any) -> bytes:
        return base64.a85decode(value, **options)

    both: dict[str, Callable[..., Any]] = {
        "base64.b64decode": base64.b64decode,
        "base64.standard_b64decode": base64.standard_b64decode,
        "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
        "base64.b32decode": base64.b32decode,
        "base64.b32hexdecode": base64.b32hexdecode,
        "base64.b16decode": base64.b16decode,
        "base64.b85decode": base64.b85decode,
        "base64.a85decode": a85,
        "base64.decodebytes": base64.decodebytes,
        "base64.b64encode": base64.b64encode,
        "binascii.a2b_base64": binascii.a2b_base64,
        "binascii.unhexlify": binascii.unhexlify,
        "binascii.a2b_hex": binascii.a2b_hex,
        "binascii.a2b_qp": binascii.a2b_qp,
        "binascii.a2b_uu": binascii.a2b_uu,
        "quopri.decodestring": quopri.decodestring,
        "html.unescape": html.unescape,
        "urllib.parse.unquote": urllib.parse.unquote,
        "urllib.parse.unquote_plus": urllib.parse.unquote_plus,
        "urllib.parse.unquote_to_bytes": urllib.parse.unquote_to_bytes,
        "zlib.decompress": _zlib,
        "gzip.decompress": lambda data: _zlib(data, 31),
        "bz2.decompress": _bz2,
        "lzma.decompress": _lzma,
        "codecs.decode": decode,
        "codecs.encode": encode,
        "json.loads": json_loads,
        "ast.literal_eval": literal,
        "bytes.fromhex": bytes.fromhex,
        "bytearray.fromhex": bytes.fromhex,
        "builtins.bytes.fromhex": bytes.fromhex,
        "builtins.bytearray.fromhex": bytes.fromhex,
        "int.from_bytes": int.from_bytes,
        "builtins.int.from_bytes": int.from_bytes,
        "builtins.chr": chr,
        "builtins.ord": ord,
        "builtins.int": to_int,
        "builtins.str": to_text,
        "builtins.bytes": to_bytes,
        "builtins.bytearray": to_bytes,
        "builtins.memoryview": to_bytes,
        "builtins.len": len,
        "builtins.list": listed,
        "builtins.tuple": lambda values=(): tuple(listed(values)),
        "builtins.dict": dict,
        "builtins.set": listed,
        "builtins.reversed": lambda values: listed(reversed(listed(values))),
        "builtins.sorted": lambda values, reverse=False: sorted(listed(values), reverse=reverse),
        "builtins.range": ranged,
        "builtins.zip": zipped,
        "builtins.enumerate": lambda values, start=0: list(enumerate(listed(values), start)),
        "builtins.sum": lambda values, start=0: sum(listed(values), start),
        "builtins.min": min,
        "builtins.max": max,
        "builtins.abs": abs,
        "builtins.hex": hex,
        "builtins.iter": listed,
        "builtins.next": lambda values, *_: listed(values)[0],
        "builtins.slice": lambda *a: ("slice", *a),
        "builtins.repr": lambda value: to_text(repr(value)),
        "builtins.ascii": lambda value: to_text(ascii(value)),
        "builtins.bool": bool,
        "builtins.format": lambda value, spec="": format(value, spec) if len(spec) < 5 else _refuse(),
        "itertools.cycle": cycled,
        "itertools.chain": lambda *sequences: [item for sequence in sequences for item in listed(sequence)],
        "itertools.chain.from_iterable": lambda sequences: [item for sequence in listed(sequences) for item in listed(sequence)],
        "itertools.islice": lambda values, *a: listed(values)[slice(*a)],
        "itertools.repeat": lambda value, times=4096: [value] * min(times, 65536),
        "operator.add": lambda a, b: binary("Add", a, b),
        "operator.concat": lambda a, b: binary("Add", a, b),
        "operator.xor": lambda a, b: a ^ b,
        "operator.sub": lambda a, b: a - b,
        "operator.mod": lambda a, b: binary("Mod", a, b),
        "operator.mul": lambda a, b: binary("Mult", a, b),
        "operator.getitem": lambda a, b: a[b],
        "str.join": lambda separator, values: method(separator, "join", [values], {}),
        "builtins.str.join": lambda separator, values: method(separator, "join", [values], {}),
        "builtins.str.maketrans": str.maketrans,
        "builtins.bytes.maketrans": bytes.maketrans,
        "builtins.str.lower": str.lower,
        "os.path.join": posixpath.join,
        "os.path.expanduser": lambda path: path,
        "os.path.expandvars": lambda path: path,
        "os.path.abspath": lambda path: path,
        "os.path.realpath": lambda path: path,
        "os.path.normpath": lambda path: path,
        "os.path.dirname": posixpath.dirname,
        "os.path.basename": posixpath.basename,
        "os.fspath": lambda path: path,
        "os.fsdecode": lambda path: path if isinstance(path, str) else path.decode(),
        "pathlib.Path.home": lambda: "~",
        "textwrap.dedent": textwrap.dedent,
        "struct.pack": lambda form, *a: struct.pack(form, *a) if len(form) < 256 and not _wide(form) else _refuse(),
        "struct.unpack": lambda form, data: struct.unpack(form, data) if not _wide(form) else _refuse(),
    }
    _CACHE.update(both)
    return _CACHE


def _refuse() -> Any:
    raise NotFoldable


def _codec(value: Any, encoding: str, errors: str, *, encode: bool) -> Any:
    """`codecs.decode` or `encode`, for the codecs of the standard library that are pure."""
    name = encoding.replace("-", "_").replace(" ", "_").lower()
    if name in ("rot13", "rot_13"):
        import codecs

        return codecs.encode(value, "rot13")
    if encode:
        if isinstance(value, str) and name in TEXT_CODECS | {"utf_7", "unicode_escape", "raw_unicode_escape", "punycode", "idna"}:
            return value.encode(name, errors)
        raise NotFoldable
    functions = _functions()
    if name in ("base64", "base_64", "base64_codec"):
        return functions["base64.decodebytes"](value)
    if name in ("hex", "hex_codec"):
        return functions["binascii.unhexlify"](value)
    if name in ("zlib", "zip", "zlib_codec"):
        return _zlib(value)
    if name in ("bz2", "bz2_codec"):
        return _bz2(value)
    if name in ("quopri", "quoted_printable", "quotedprintable", "quopri_codec"):
        return functions["quopri.decodestring"](value)
    if name in ("uu", "uu_codec"):
        return _uu(value)
    if isinstance(value, bytes):
        return value.decode(name, errors)
    raise NotFoldable


def _uu(value: bytes) -> bytes:
    import binascii

    parts = []
    for line in value.split(b"\n"):
        if line.startswith((b"begin ", b"end")) or not line.strip(b" \r`"):
            continue
        try:
            parts.append(binascii.a2b_uu(line))
        except binascii.Error:
            count = (((line[0] - 32) & 63) * 4 + 5) // 3  # what the codec does for broken encoders
            parts.append(binascii.a2b_uu(line[:count]))
    return b"".join(parts)


def _zlib(data: Any, wbits: int = 15, *_: Any) -> bytes:
    import zlib

    machine = zlib.decompressobj(wbits)
    result = machine.decompress(data, MAX_TEXT)
    if machine.unconsumed_tail:
        raise NotFoldable
    return result


def _bz2(data: bytes) -> bytes:
    import bz2

    machine = bz2.BZ2Decompressor()
    result = machine.decompress(data, MAX_TEXT)
    if not machine.eof:
        raise NotFoldable
    return result


def _lzma(data: bytes, *_: Any, **__: Any) -> bytes:
    import lzma

    machine = lzma.LZMADecompressor(memlimit=2**27)
    result = machine.decompress(data, MAX_TEXT)
    if not machine.eof:
        raise NotFoldable
    return result
