"""Start-up files that do something by a roundabout way: each is inert text here, and has to be `high` or more when it is read."""

from __future__ import annotations

# fmt: off
EVASIONS: dict[str, dict[str, str | bytes]] = {
    "thread subclass": {
        "sitecustomize.py": "import os, threading\nclass T(threading.Thread):\n    def run(self):\n        os.system('true')\nT().start()\n",
    },
    "ns getattr": {
        "x.pth": "import acme.sub\n",
        "acme/__init__.py": "def __getattr__(n):\n    import os\n    os.system('true')\nfrom . import sub\n",
    },
    "from getattr": {
        "x.pth": "import boot\n",
        "boot.py": "from acme import thing\n",
        "acme.py": "import os\ndef __getattr__(n):\n    os.system('true')\n",
    },
    "init_subclass imported": {
        "sitecustomize.py": "import base\nclass A(base.B): pass\n",
        "base.py": "import os\nclass B:\n    def __init_subclass__(cls, **k):\n        os.system('true')\n",
    },
    "metaclass call": {
        "sitecustomize.py": "import os\nclass M(type):\n    def __call__(cls, *a):\n        os.system('true')\nclass A(metaclass=M): pass\nA()\n",
    },
    "metaclass new inherited": {
        "sitecustomize.py": "import os\nclass M(type):\n    def __new__(m, n, b, d):\n        os.system('true')\n        return type.__new__(m, n, b, d)\nclass A(metaclass=M): pass\n",
    },
    "format spec": {
        "sitecustomize.py": "import os\nclass A:\n    def __format__(self, s):\n        os.system(s)\n        return ''\nf'{A():true}'\n",
    },
    "str.format obj": {
        "sitecustomize.py": "import os\nclass A:\n    def __format__(self, s):\n        os.system('true')\n        return ''\n'{:x}'.format(A())\n",
    },
    "percent str": {
        "sitecustomize.py": "import os\nclass A:\n    def __str__(self):\n        os.system('true')\n        return ''\n'%s' % A()\n",
    },
    "percent tuple": {
        "sitecustomize.py": "import os\nclass A:\n    def __str__(self):\n        os.system('true')\n        return ''\n'%s' % (A(),)\n",
    },
    "sum add": {
        "sitecustomize.py": "import os\nclass A:\n    def __radd__(self, o):\n        os.system('true')\n        return 0\nsum([A()])\n",
    },
    "sorted lt": {
        "sitecustomize.py": "import os\nclass A:\n    def __lt__(self, o):\n        os.system('true')\n        return True\nsorted([A(), A()])\n",
    },
    "list.sort key": {
        "sitecustomize.py": "import os\nx = ['true']\nx.sort(key=os.system)\n",
    },
    "defaultdict missing": {
        "sitecustomize.py": "import os, collections\nd = collections.defaultdict(lambda: os.system('true'))\nd['x']\n",
    },
    "dict missing": {
        "sitecustomize.py": "import os\nclass D(dict):\n    def __missing__(self, k):\n        os.system(k)\nD()['true']\n",
    },
    "iter sentinel": {
        "sitecustomize.py": "import os\nlist(iter(lambda: os.system('true'), 0))\n",
    },
    "for iter callable": {
        "sitecustomize.py": "import os\nfor _ in iter(lambda: os.system('true'), 0): pass\n",
    },
    "generator next": {
        "sitecustomize.py": "import os\ndef g():\n    yield os.system('true')\nnext(g())\n",
    },
    "contextmanager": {
        "sitecustomize.py": "import os, contextlib\n@contextlib.contextmanager\ndef c():\n    os.system('true')\n    yield\nwith c(): pass\n",
    },
    "exit stack enter": {
        "sitecustomize.py": "import os, contextlib\nclass C:\n    def __enter__(self): os.system('true')\n    def __exit__(self, *a): pass\ncontextlib.ExitStack().enter_context(C())\n",
    },
    "exit only": {
        "sitecustomize.py": "import os\nclass C:\n    def __enter__(self): return self\n    def __exit__(self, *a): os.system('true')\nwith C() as c: pass\n",
    },
    "cached_property": {
        "sitecustomize.py": "import os, functools\nclass A:\n    @functools.cached_property\n    def x(self): return os.system('true')\nA().x\n",
    },
    "property call": {
        "sitecustomize.py": "import os\nclass A:\n    x = property(lambda self: os.system('true'))\nA().x\n",
    },
    "descriptor get": {
        "sitecustomize.py": "import os\nclass D:\n    def __get__(self, o, t): os.system('true')\nclass A:\n    x = D()\nA().x\n",
    },
    "dataclass factory": {
        "sitecustomize.py": "import os, dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = dataclasses.field(default_factory=lambda: os.system('true'))\nA()\n",
    },
    "enum missing": {
        "sitecustomize.py": "import os, enum\nclass E(enum.Enum):\n    A = 1\n    @classmethod\n    def _missing_(cls, v): os.system('true')\nE(2)\n",
    },
    "abc subclasshook": {
        "sitecustomize.py": "import os, abc\nclass A(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, c): os.system('true'); return True\nissubclass(int, A)\n",
    },
    "instancecheck": {
        "sitecustomize.py": "import os\nclass M(type):\n    def __instancecheck__(cls, o): os.system('true')\nclass A(metaclass=M): pass\nisinstance(1, A)\n",
    },
    "lru cache call": {
        "sitecustomize.py": "import os, functools\n@functools.lru_cache\ndef f(): os.system('true')\nf()\n",
    },
    "wraps decorator": {
        "sitecustomize.py": "import os, functools\ndef d(f):\n    @functools.wraps(f)\n    def w(*a): os.system('true')\n    return w\n@d\ndef g(): pass\ng()\n",
    },
    "default arg call": {
        "sitecustomize.py": "import os\ndef f(x=os.system):\n    x('true')\nf()\n",
    },
    "kw default": {
        "sitecustomize.py": "import os\ndef f(*, x=[os.system]):\n    x[0]('true')\nf()\n",
    },
    "default list": {
        "sitecustomize.py": "import os\ndef f(x=(os.system,)):\n    x[0]('true')\nf()\n",
    },
    "closure nonlocal": {
        "sitecustomize.py": "import os\ndef a():\n    f = None\n    def b():\n        nonlocal f\n        f = os.system\n    b()\n    f('true')\na()\n",
    },
    "global attr set": {
        "sitecustomize.py": "import os\nclass N: pass\nn = N()\nn.f = os.system\nn.f('true')\n",
    },
    "simplenamespace": {
        "sitecustomize.py": "import os, types\nn = types.SimpleNamespace(f=os.system)\nn.f('true')\n",
    },
    "namedtuple": {
        "sitecustomize.py": "import os, collections\nN = collections.namedtuple('N', 'f')\nN(os.system).f('true')\n",
    },
    "deque": {
        "sitecustomize.py": "import os, collections\ncollections.deque([os.system]).pop()('true')\n",
    },
    "chainmap": {
        "sitecustomize.py": "import os, collections\ncollections.ChainMap({'a': os.system})['a']('true')\n",
    },
    "partialmethod": {
        "sitecustomize.py": "import os, functools\nclass A:\n    go = functools.partialmethod(lambda s, c: os.system(c), 'true')\nA().go()\n",
    },
    "singledispatch": {
        "sitecustomize.py": "import os, functools\n@functools.singledispatch\ndef f(x): os.system(x)\nf('true')\n",
    },
    "starmap lambda": {
        "sitecustomize.py": "import os, itertools\nlist(itertools.starmap(lambda c: os.system(c), [('true',)]))\n",
    },
    "dictcomp": {
        "x.pth": "import os;{f('true'):0 for f in [os.system]}\n",
    },
    "reduce": {
        "x.pth": "import os, functools;functools.reduce(lambda a,b:os.system(b),['','true'])\n",
    },
    "groupby key": {
        "x.pth": "import os, itertools;list(itertools.groupby(['true'],os.system))\n",
    },
    "bisect key": {
        "x.pth": "import os, bisect;bisect.bisect(['true'],1,key=os.system)\n",
    },
    "heapq key": {
        "x.pth": "import os, heapq;heapq.nsmallest(1,['true'],os.system)\n",
    },
    "re.sub function": {
        "x.pth": "import os, re;re.sub('.+',lambda m:os.system(m[0]),'true')\n",
    },
    "re.Scanner": {
        "x.pth": "import os, re;re.Scanner([('.+',lambda s,t:os.system(t))]).scan('true')\n",
    },
    "json hook": {
        "x.pth": "import os, json;json.loads('{}',object_hook=lambda d:os.system('true'))\n",
    },
    "csv/ConfigParser converters": {
        "x.pth": "import os, configparser;configparser.ConfigParser(converters={'x':os.system})\n",
    },
    "argparse type": {
        "x.pth": "import os, argparse;p=argparse.ArgumentParser();p.add_argument('x',type=os.system);p.parse_args(['true'])\n",
    },
    "deepcopy reduce": {
        "sitecustomize.py": "import os, copy\nclass A:\n    def __reduce_ex__(self, p): return os.system, ('true',)\ncopy.copy(A())\n",
    },
    "string.Template subclass": {
        "sitecustomize.py": "import os\nclass D:\n    def __getitem__(self, k): os.system(k)\n'%(true)s' % D()\n",
    },
    "format_map": {
        "sitecustomize.py": "import os\nclass D:\n    def __getitem__(self, k): os.system(k)\n'{true}'.format_map(D())\n",
    },
    "sys.modules setattr class": {
        "sitecustomize.py": "import sys, types, os\nclass M(types.ModuleType):\n    def __getattr__(self, n): os.system('true')\nsys.modules[__name__].__class__ = M\n",
    },
    "excepthook via threading": {
        "x.pth": "import threading;threading.excepthook=print\n",
    },
    "unraisable": {
        "x.pth": "import sys;sys.unraisablehook=print\n",
    },
    "interactivehook": {
        "x.pth": "import sys;sys.__interactivehook__=lambda:__import__('os').system('true')\n",
    },
    "lazy pty": {
        "x.pth": "import pty;pty.spawn('/bin/true')\n",
    },
    "platform _syscmd": {
        "x.pth": "import platform;platform._syscmd_file('true')\n",
    },
    "uuid _popen": {
        "x.pth": "import uuid;uuid._get_command_stdout('true')\n",
    },
    "asyncio loop exec": {
        "x.pth": "import asyncio;asyncio.new_event_loop().subprocess_shell(None,'true')\n",
    },
    "multiproc util spawnv": {
        "x.pth": "import multiprocessing.util as u;u.spawnv_passfds(b'/bin/true',[b'true'],[])\n",
    },
    "shelve": {
        "x.pth": "import shelve;shelve.open('/opt/x')['a']\n",
    },
    "yaml": {
        "x.pth": "import yaml;yaml.load(open('/opt/x.yaml'),yaml.UnsafeLoader)\n",
    },
    "yaml loader": {
        "x.pth": "import yaml;yaml.UnsafeLoader(open('/opt/x.yaml')).get_data()\n",
    },
    "numpy load": {
        "x.pth": "import numpy;numpy.load('/opt/x.npy',allow_pickle=True)\n",
    },
    "pickle Unpickler": {
        "x.pth": "import pickle,io;pickle.Unpickler(io.BytesIO(b'cos\\nsystem\\n(S\\'true\\'\\ntR.')).load()\n",
    },
    "optree getsource": {
        "sitecustomize.py": "import inspect, sys\nexec(inspect.getsource(sys.modules[__name__]).split('#!')[1])\n",
    },
    "own file tail": {
        "sitecustomize.py": "exec(open(__file__).read().split('#PAY')[-1])\n#PAY\n#import os\n",
    },
    "doc payload": {
        "sitecustomize.py": '\'\'\'import os; os.system("true")\'\'\'\nexec(__doc__)\n',
    },
    "func doc": {
        "sitecustomize.py": 'def f():\n    \'\'\'import os; os.system("true")\'\'\'\nexec(f.__doc__)\n',
    },
    "annotations payload": {
        "sitecustomize.py": "def f(x: 'import os'): pass\nexec(f.__annotations__['x'])\n",
    },
    "filename payload": {
        "sitecustomize.py": "import os\nexec(os.listdir('/opt/x')[0])\n",
    },
    "mtime": {
        "sitecustomize.py": "import os\nexec(chr(int(os.stat('/opt/x').st_mtime)))\n",
    },
    "metadata summary": {
        "sitecustomize.py": "from importlib.metadata import metadata\nexec(metadata('acme')['Summary'])\n",
    },
    "metadata dist read_text": {
        "sitecustomize.py": "import importlib.metadata as m\nexec(m.distribution('acme').read_text('payload'))\n",
    },
    "resources files": {
        "sitecustomize.py": "import importlib.resources as r\nexec(r.files('acme').joinpath('x.dat').read_text())\n",
    },
    "env payload": {
        "sitecustomize.py": "import os\nf = eval\nf(os.environ.get('X', '0'))\n",
    },
    "gettext": {
        "sitecustomize.py": "import gettext\neval(gettext.c2py('n'))\n",
    },
    "meta find_spec": {
        "sitecustomize.py": "import sys\nclass F:\n    @staticmethod\n    def find_spec(n, p=None, t=None): pass\nsys.meta_path += [F]\n",
    },
    "meta slice": {
        "sitecustomize.py": "import sys\nsys.meta_path[:0] = [object()]\n",
    },
    "meta alias": {
        "sitecustomize.py": "import sys\nm = sys.meta_path\nm.insert(0, object())\n",
    },
    "meta extend from": {
        "sitecustomize.py": "from sys import meta_path as m\nm.append(object())\n",
    },
    "path hooks alias": {
        "sitecustomize.py": "from sys import path_hooks\npath_hooks[0:0] = [print]\n",
    },
    "builtins import via dict": {
        "x.pth": "import builtins;builtins.__dict__.update(__import__=print)\n",
    },
    "builtins ior": {
        "x.pth": "import builtins;vars(builtins).update({'open':print})\n",
    },
    "types coroutine frame": {
        "x.pth": "import sys;(lambda f:f.f_builtins['exec']('1'))(sys._getframe())\n",
    },
    "environ alias": {
        "sitecustomize.py": "import os\ne = os.environ\ne['LD_PRELOAD'] = '/x'\n",
    },
    "environ from": {
        "sitecustomize.py": "from os import environ as e\ne.update(PYTHONSTARTUP='/x')\n",
    },
    "environ loop": {
        "sitecustomize.py": "import os\nfor k in ('LD_PRELOAD',):\n    os.environ[k] = '/x'\n",
    },
    "environ join op": {
        "sitecustomize.py": "import os, operator\noperator.setitem(os.environ, 'LD_PRELOAD', '/x')\n",
    },
    "operator.setitem modules": {
        "x.pth": "import sys,operator;operator.setitem(sys.modules,'ssl',None)\n",
    },
    "operator iconcat path": {
        "x.pth": "import sys,operator;operator.iconcat(sys.path,['/tmp/x'])\n",
    },
    "list.insert unbound": {
        "x.pth": "import sys;list.insert(sys.path,0,'/tmp/x')\n",
    },
    "list.append meta": {
        "x.pth": "import sys;list.append(sys.meta_path,print)\n",
    },
    "dict.update modules": {
        "x.pth": "import sys;dict.update(sys.modules,ssl=None)\n",
    },
    "dict.__setitem__ modules": {
        "x.pth": "import sys;dict.__setitem__(sys.modules,'ssl',None)\n",
    },
    "object.__setattr__": {
        "x.pth": "import sys;type(sys).__setattr__(sys,'excepthook',print)\n",
    },
    "object setattr2": {
        "x.pth": "import sys;object.__setattr__(sys,'excepthook',print)\n",
    },
    "sys setattr method": {
        "x.pth": "import sys;sys.__setattr__('excepthook',print)\n",
    },
    "os.putenv from environb": {
        "x.pth": "import os;os.environb[b'LD_PRELOAD']=b'/x'\n",
    },
    "nested pth": {
        "x.pth": "import site;site.addsitedir(site.getsitepackages()[0]+'/data')\n",
        "data/y.pth": "import os;os.system('true')\n",
    },
    "nested pth const": {
        "x.pth": "data\nimport site;site.addsitedir('data')\n",
        "data/y.pth": "import os;os.system('true')\n",
    },
    "addpackage": {
        "x.pth": "import site;site.addpackage('/opt','x.pth',None)\n",
    },
    "webbrowser": {
        "x.pth": "import webbrowser;webbrowser.get('true %s').open('x')\n",
    },
    "shutil.which run": {
        "sitecustomize.py": "import shutil, subprocess\nsubprocess.Popen(shutil.which('true'))\n",
    },
    "gen any": {
        "x.pth": "import os;any(f('true') for f in (os.system,))\n",
    },
    "walrus": {
        "x.pth": "import os;(f:=getattr(os,(n:='sys')+'tem'))('true')\n",
    },
    "nested f-string exec": {
        "x.pth": 'import os;n=\'tem\';exec(f"os.sys{n}(\'true\')")\n',
    },
    "nfkc attr": {
        "x.pth": "import os;os.ｓystem('true')\n",
    },
    "form feed": {
        "sitecustomize.py": "\x0cimport os\n\x0cos.system('true')\n",
    },
    "continuation": {
        "sitecustomize.py": "import \\\n os\nos.\\\nsystem('true')\n",
    },
    "if 0 else": {
        "sitecustomize.py": "import os\nif 0: pass\nelif os.system('true'): pass\n",
    },
    "while else": {
        "sitecustomize.py": "import os\nwhile 0: pass\nelse: os.system('true')\n",
    },
    "except star": {
        "sitecustomize.py": "import os\ntry:\n    raise ExceptionGroup('x', [ValueError()])\nexcept* ValueError:\n    os.system('true')\n",
    },
    "match class": {
        "sitecustomize.py": "import os\nclass P:\n    @property\n    def x(self): os.system('true')\nmatch P():\n    case P(x=1): pass\n",
    },
    "async comp": {
        "sitecustomize.py": "import os, asyncio\nasync def f(): os.system('true')\nasyncio.new_event_loop().run_until_complete(f())\n",
    },
    "coroutine send": {
        "sitecustomize.py": "import os\nasync def f(): os.system('true')\ntry:\n    f().send(None)\nexcept StopIteration: pass\n",
    },
    "del special": {
        "sitecustomize.py": "import os\nclass A:\n    def __del__(self): os.system('true')\nA()\n",
    },
    "super chain": {
        "sitecustomize.py": "import os\nclass A:\n    def go(self): os.system('true')\nclass B(A):\n    def go(self): super().go()\nB().go()\n",
    },
    "classmethod alt": {
        "sitecustomize.py": "import os\nclass A:\n    @classmethod\n    def make(cls): return cls()\n    def __init__(self): os.system('true')\nA.make()\n",
    },
    "return tuple": {
        "sitecustomize.py": "import os\ndef f(): return 1, os.system\na, b = f()\nb('true')\n",
    },
    "star unpack": {
        "sitecustomize.py": "import os\n*a, f = 1, 2, os.system\nf('true')\n",
    },
    "zip": {
        "x.pth": "import os;[f(a) for f,a in zip([os.system],['true'])]\n",
    },
    "enumerate": {
        "x.pth": "import os;[f('true') for _,f in enumerate([os.system])]\n",
    },
    "dict items": {
        "x.pth": "import os;[f(c) for c,f in {'true':os.system}.items()]\n",
    },
    "setdefault": {
        "x.pth": "import os;{}.setdefault('a',os.system)('true')\n",
    },
    "ctx var": {
        "x.pth": "import os,contextvars;contextvars.copy_context().run(os.system,'true')\n",
    },
    "mimetypes guess": {
        "x.pth": "import importlib;importlib.reload(__import__('antigravity'))\n",
    },
    "types.MethodType": {
        "x.pth": "import os,types;types.MethodType(os.system,'true')()\n",
    },
    "weakref.ref callback": {
        "x.pth": "import os,weakref;weakref.ref(type('A',(),{})(),lambda r:os.system('true'))\n",
    },
    "sched": {
        "x.pth": "import os,sched;s=sched.scheduler();s.enter(0,0,os.system,('true',));s.run()\n",
    },
    "timer mp dummy": {
        "x.pth": "import os,multiprocessing.dummy as d;d.Pool().map(os.system,['true'])\n",
    },
    "ThreadPool submit": {
        "sitecustomize.py": "import os, concurrent.futures as c\nwith c.ThreadPoolExecutor() as p:\n    p.submit(os.system, 'true')\n",
    },
    "selectors/functools cache": {
        "x.pth": "import os,functools;functools.cache(os.system)('true')\n",
    },
    "codec module": {
        "x.pth": "import encodings;encodings.search_function=print\n",
    },
    "encodings alias": {
        "x.pth": "import encodings.aliases;encodings.aliases.aliases['x']='acme'\n",
    },
    "coding comment": {
        "sitecustomize.py": b"# coding: utf-7\n+AGk-mport os\n",
    },
    "coding unicode_escape": {
        "sitecustomize.py": b"# coding: unicode_escape\n# \\u000aimport os; os.system('true')\n",
    },
    "coding raw 2": {
        "sitecustomize.py": b"#!/x\n# vim: set fileencoding=raw_unicode_escape :\n# \\u000aimport os; os.system('true')\n",
    },
    "zipimport path": {
        "x.pth": "import sys;sys.path.append('acme.whl')\n",
    },
    "plugin parent": {
        "acme-1.dist-info/entry_points.txt": "[pytest11]\na = acme.plugin\n",
        "acme/__init__.py": "import os\nos.system('true')\n",
        "acme/plugin.py": "x=1\n",
    },
    "plugin getattr": {
        "acme-1.dist-info/entry_points.txt": "[pytest11]\na = acme.plugin\n",
        "acme/__init__.py": "",
        "acme/plugin.py": "import os\ngetattr(os,'sys'+'tem')('true')\n",
    },
    "plugin tools name": {
        "acme-1.dist-info/entry_points.txt": "[pytest11]\na = setuptools.evil\n",
        "setuptools/__init__.py": "",
        "setuptools/evil.py": "import os\nos.system('true')\n",
    },
    "stale site": {
        "x.pth": "import usercustom\n",
        "usercustom.py": "import sys\nsys.path.insert(0, '/dev/shm/x')\n",
    },
}
"""Name of the way → files of a site folder."""

UNSEEN: dict[str, dict[str, str | bytes]] = {
    "ctypes.util": {
        "x.pth": "import ctypes.util;ctypes.util.find_library('c; true')\n",
    },
    "entry point load": {
        "sitecustomize.py": "import importlib.metadata as m\nfor e in m.entry_points(group='x'):\n    e.load()()\n",
    },
    "decode custom": {
        "x.pth": "import codecs;b''.decode('acme_codec')\n",
    },
    "plugin helper": {
        "acme-1.dist-info/entry_points.txt": "[pytest11]\na = acme.plugin\n",
        "acme/__init__.py": "",
        "acme/plugin.py": "from acme import helper\n",
        "acme/helper.py": "import os\nos.system('true')\n",
    },
    "plugin object": {
        "acme-1.dist-info/entry_points.txt": "[distutils.setup_keywords]\na = acme:go\n",
        "acme.py": "import os\ndef go(d, k, v):\n    os.system('true')\n",
    },
}
"""What stays below `high`, as README.md says under "What it cannot see"."""

ORDINARY: dict[str, dict[str, str | bytes]] = {
    "copyreg": {
        "sitecustomize.py": "import copyreg, re\ndef f(p):\n    return re.compile, (p.pattern,)\ncopyreg.pickle(re.Pattern, f)\n",
    },
    "enum missing": {
        "sitecustomize.py": "import enum\nclass E(enum.Enum):\n    A = 1\n    @classmethod\n    def _missing_(cls, value):\n        return cls.A\nE(2)\n",
    },
    "super chain": {
        "sitecustomize.py": "import logging\nclass Quiet(logging.Filter):\n    def filter(self, record):\n        return super().filter(record)\nlogging.getLogger('x').addFilter(Quiet())\n",
    },
    "defaults": {
        "sitecustomize.py": "import os\ndef home(*, path=os.path.expanduser('~'), names=('a', 'b')):\n    return [os.path.join(path, name) for name in names]\nhome()\n",
    },
    "module getattr": {
        "x.pth": "import acme\n",
        "acme/__init__.py": "def __getattr__(name):\n    import importlib\n    return importlib.import_module('acme.' + name)\nfrom . import parts\n",
        "acme/parts.py": "x = 1\n",
    },
    "property": {
        "sitecustomize.py": "class A:\n    x = property(lambda self: 1)\nA().x\n",
    },
    "copy": {
        "sitecustomize.py": "import copy\nclass A:\n    def __reduce__(self):\n        return A, ()\ncopy.copy(A())\n",
    },
    "sorted": {
        "sitecustomize.py": "import functools\n@functools.total_ordering\nclass V:\n    def __init__(self, n):\n        self.n = n\n    def __lt__(self, other):\n        return self.n < other.n\nsorted([V(2), V(1)])\n",
    },
    "types map": {
        "sitecustomize.py": "import mimetypes, operator\nmimetypes.types_map['.wasm'] = 'application/wasm'\nx = {}\noperator.setitem(x, 'a', 1)\nlist.append([], 1)\n",
    },
    "setattr": {
        "sitecustomize.py": "class A:\n    def __init__(self):\n        object.__setattr__(self, 'x', 1)\nA()\n",
    },
    "nested site": {
        "x.pth": "import site, os; site.addsitedir(os.path.join('/opt/app', 'lib'))\n",
        "acme/x.pth": "lib\n",
    },
    "plugin": {
        "acme-1.dist-info/entry_points.txt": "[pytest11]\na = acme.plugin\n",
        "acme/__init__.py": "import os\nHOME = getattr(os, 'environ', {}).get('HOME')\n",
        "acme/plugin.py": "import pytest, subprocess, socket\n@pytest.fixture\ndef server():\n    return subprocess.Popen(['server'])\n",
    },
}
"""What honest code does in the same ways: never `high`."""
# fmt: on
