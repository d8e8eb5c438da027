"""What start-up code would do, told by reading it: evasions found, ordinary lines left alone, bounds kept."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import bounded

from sbomgate.collectors.environment import capabilities, dangers, hooks
from sbomgate.collectors.environment.reader import folding, tables
from sbomgate.model import Inventory, Severity, StartupHook, Target
from sbomgate.policy import Context
from sbomgate.rules import all_rules
from sbomgate.tree import MemoryTree

RULES = [rule for rule in all_rules() if rule.id.startswith("SG1")]
HARMLESS = len(Severity)

# fmt: off
EVASIONS = [
    "import pathlib; pathlib.Path('~/.bashrc').expanduser().open('a').write('x')",
    "import pathlib; (pathlib.Path.home() / '.bashrc').open(mode='a')",
    "import os as o;s=o.system;s('true')",
    "import os;getattr(os,'sys'+'tem')('true')",
    "import os;getattr(os,'metsys'[::-1])('true')",
    "import os;os.__dict__['system']('true')",
    "import os;vars(os)['system']('true')",
    "import os;(lambda f:f('true'))(os.system)",
    "import os;[f('true') for f in [os.system]]",
    "import os;list(map(os.system,['true']))",
    "import os;any(map(os.system,('true',)))",
    "import os;max(['true'],key=os.system)",
    "import os;sorted(['true'],key=os.system)",
    "import os;next(filter(os.system,['true']),0)",
    "import os;{'a':os.system}['a']('true')",
    "import os;(os.system or 0)('true')",
    "import os;(x:=os.system)('true')",
    "import os;x=[os.system];x[0]('true')",
    "import os,functools;functools.partial(os.system,'true')()",
    "import os,atexit;atexit.register(os.system,'true')",
    "import os,threading;threading.Timer(1,os.system,('true',)).start()",
    "import sys;sys.modules['os'].system('true')",
    "import sys;sys.modules.get('os').system('true')",
    "import importlib;importlib.import_module('os').system('true')",
    "import shutil;shutil.os.system('true')",
    "import logging;logging.os.system('true')",
    "import posix;posix.system('true')",
    "import os.path as p;p.os.system('true')",
    'import os;exec(\'import os;os.sys\'+\'tem("true")\')',
    'import os;eval(\'__import__("os").system("true")\')',
    'import os;eval(compile(\'__import__("os").system("true")\',\'x\',\'eval\'))',
    "import os;__builtins__['exec']('import os')",
    "import os;__builtins__.exec('import os')",
    "import builtins;builtins.exec('print(1)')",
    "import builtins;getattr(builtins,'ex'+'ec')('print(1)')",
    "import builtins as b;b.__dict__['eval']('1')and b.__dict__['exec']('print(1)')",
    "import os;globals()['__builtins__']['exec']('print(1)')",
    "import os;locals()['__builtins__']['exec']('print(1)')",
    "import operator;operator.attrgetter('system')(__import__('os'))('true')",
    "import operator,os;operator.itemgetter('system')(vars(os))('true')",
    "import operator,os;operator.call(os.system,'true')",
    "import pkgutil;pkgutil.resolve_name('os:system')('true')",
    "import pydoc;pydoc.locate('os.system')('true')",
    "import ctypes;ctypes.CDLL(None).system(b'true')",
    "import ctypes;ctypes.cdll.LoadLibrary('libc.so.6').system(b'true')",
    "import ctypes;ctypes.pythonapi.PyRun_SimpleString(b'print(1)')",
    "import cffi;cffi.FFI().dlopen(None)",
    "import code;code.InteractiveInterpreter().runsource('print(1)')",
    "import code;code.InteractiveConsole().push('print(1)')",
    "import cProfile;cProfile.run('print(1)')",
    "import profile;profile.run('print(1)')",
    "import trace;trace.Trace().run('print(1)')",
    "import pdb;pdb.run('print(1)')",
    "import doctest;doctest.run_docstring_examples('>>> print(1)',{})",
    "import typing;typing.get_type_hints(type('K',(),{'__annotations__':{'a':'print(1)'}}))",
    "import typing;typing.ForwardRef('print(1)')._evaluate({}, {}, frozenset())",
    "import timeit;timeit.Timer('print(1)').timeit(1)",
    "import rlcompleter;rlcompleter.Completer().complete('print(1).',0)",
    "import tkinter;tkinter.Tcl().eval('exec true')",
    "import logging.config;logging.config.dictConfig({'version':1,'handlers':{'h':{'()':'os.system','command':'true'}}})",
    "import unittest.mock;unittest.mock._importer('os').system('true')",
    "import unittest.mock as m;m.patch('os.system').start()",
    "import pickle;pickle.loads(b'cos\\nsystem\\n(S\\'true\\'\\ntR.')",
    "import _pickle;_pickle.loads(open('/x','rb').read())",
    "import marshal,types;types.FunctionType(marshal.loads(open('x','rb').read()),{})()",
    "import types;types.FunctionType((lambda:0).__code__.replace(co_code=b''),{})()",
    "import os;(lambda:0).__globals__['__builtins__']['exec']('print(1)')",
    "import os;().__class__.__base__.__subclasses__()[100].__init__.__globals__['system']('true')",
    "import sys;sys._getframe(0).f_builtins['exec']('print(1)')",
    "import sys;sys._getframe(0).f_globals['__builtins__']['exec']('print(1)')",
    "import gc;[o for o in gc.get_objects() if getattr(o,'__name__','')=='system'][0]('true')",
    "import os;type('X',(),{'__init__':lambda s:os.system('true')})()",
    "import os;type('X',(),{'__del__':lambda s:os.system('true')})()",
    "import os;type('X',(),{'__add__':lambda s,o:os.system('true')})()+1",
    "import os;type('X',(),{'__getattr__':lambda s,n:os.system('true')})().x",
    'import os;exec(\'class A:\\n def __init_subclass__(c):os.system("true")\\nclass B(A):pass\')',
    'import os;exec(\'class M(type):\\n def __prepare__(*a):os.system("true");return {}\\nclass B(metaclass=M):pass\')',
    'import os;exec(\'@os.system\\n@lambda f:"true"\\ndef f():0\')',
    'import os;exec(\'@exec\\n@lambda f:"print(1)"\\nclass f:0\')',
    'import os;exec(\'class A:\\n __class_getitem__=os.system\\nA["true"]\')',
    'import os;exec(\'import builtins\\nclass A:\\n __class_getitem__=exec\\nA["print(1)"]\')',
    "import os;exec('class A:\\n __getattr__=lambda s,n:os.system(n)\\nA().true')",
    'import os;exec(\'class A:\\n def __enter__(s):os.system("true")\\n def __exit__(*a):0\\nwith A():pass\')',
    'import os;exec(\'class A:\\n def __iter__(s):os.system("true")\\nfor i in A():pass\')',
    'import os;exec(\'class A:\\n def __iter__(s):os.system("true")\\n[*A()]\')',
    'import os;exec(\'class A:\\n def __bool__(s):os.system("true")\\nif A():pass\')',
    'import os;exec(\'class A:\\n def __eq__(s,o):os.system("true")\\nA()==1\')',
    'import os;exec(\'class A:\\n def __hash__(s):os.system("true")\\n{A():1}\')',
    'import os;exec(\'class A:\\n def __str__(s):os.system("true")\\nstr(A())\')',
    'import os;exec(\'class A:\\n def __str__(s):os.system("true")\\nf"{A()}"\')',
    'import os;exec(\'class A:\\n def __contains__(s,o):os.system("true")\\n1 in A()\')',
    'import os;exec(\'class A:\\n def __index__(s):os.system("true")\\n[1][A()]\')',
    'import os;exec(\'class A:\\n def __call__(s):os.system("true")\\nA()()\')',
    'import os;exec(\'class A:\\n @property\\n def x(s):os.system("true")\\nA().x\')',
    'import os;exec(\'class A:\\n def __get__(s,*a):os.system("true")\\nclass B:\\n x=A()\\nB.x\')',
    'import os;exec(\'class A:\\n def __setattr__(s,k,v):os.system("true")\\nA().x=1\')',
    'import os;exec(\'class A:\\n def __delattr__(s,k):os.system("true")\\ndel A().x\')',
    'import os;exec(\'class A:\\n def __setitem__(s,k,v):os.system("true")\\nA()[1]=1\')',
    'import os;exec(\'class A:\\n def __matmul__(s,v):os.system("true")\\nA()@1\')',
    'import os;exec(\'class A:\\n def __iadd__(s,v):os.system("true")\\na=A()\\na+=1\')',
    'import os;exec(\'class A(Exception):\\n def __init__(s):os.system("true")\\ntry:\\n raise A\\nexcept Exception:pass\')',
    'import os;exec(\'def g():\\n yield os.system("true")\\nlist(g())\')',
    'import os;exec(\'def g():\\n yield os.system("true")\\nfor x in g():pass\')',
    'import os;exec(\'import asyncio\\nasync def g():\\n os.system("true")\\nasyncio.run(g())\')',
    'import os;exec(\'match 1:\\n case x if os.system("true"):pass\')',
    'import os;exec(\'try:\\n 1/0\\nexcept os.system("true"):pass\')',
    'import os;exec(\'assert os.system("true")\')',
    'import os;exec(\'lambda x=os.system("true"):0\')',
    'import os;exec(\'def f(x:os.system("true")):0\')',
    'import os;exec(\'x:os.system("true")=1\')',
    'import os;exec(\'del [1][os.system("true")]\')',
    'import os;exec(\'while os.system("true"):break\')',
    'import os;exec(\'global x\\nx=os.system\\ndef f():\\n x("true")\\nf()\')',
    'import os;exec(\'def a():\\n def b():\\n  def c(): os.system("true")\\n  return c\\n return b\\na()()()\')',
    'import os;exec(\'from os import *\\nsystem("true")\')',
    'import os;exec(\'import os as a\\nb=a\\nc=b.system\\nc("true")\')',
    'import os;exec(\'a,b=os.system,1\\na("true")\')',
    'import os;exec(\'for f in (os.system,):f("true")\')',
    'import os;exec(\'with open("x") as f:exec(f.read())\')',
    'import os;exec(\'try:\\n f=os.system\\nfinally:\\n f("true")\')',
    'import os;exec(\'if 1:f=exec\\nelse:f=print\\nf("1")\')',
    "import base64 as b;exec(b.b64decode('aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ=='))",
    "import base64;exec(base64.b64decode('aW1wb3J0IG'+'9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ=='))",
    "import base64;x='aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ==';y=base64.b64decode(x);exec(y)",
    "import base64;(lambda a,b:a(b))(exec,base64.b64decode('aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ=='))",
    "import codecs;exec(codecs.decode('aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ==','base64') if 0 else codecs.decode(b'aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ==','base64'))",
    "import codecs;exec(codecs.getdecoder('base64')(b'aW1wb3J0IG9zOyBvcy5zeXN0ZW0oJ3RydWUnKQ==')[0])",
    'import codecs;exec(codecs.decode(\'vzcbeg bf;bf.flfgrz("gehr")\',\'rot13\'))',
    'import codecs;exec(codecs.encode(\'vzcbeg bf;bf.flfgrz("gehr")\',\'rot13\'))',
    "import os;exec('cevag(1)'.translate({i:(i-97+13)%26+97 for i in range(97,123)}))",
    "import os;exec('cevag(1)'.translate(str.maketrans('abcdefghijklmnopqrstuvwxyz','nopqrstuvwxyzabcdefghijklm')))",
    "import os;exec(')1(tnirp'[::-1])",
    "import os;exec(''.join(reversed(')1(tnirp')))",
    "import os;exec('%s(1)'%'print')",
    "import os;exec('{}(1)'.format('print'))",
    "import os;exec('pXrXiXnXtX(1)'.replace('X',''))",
    "import os;exec(bytes([112,114,105,110,116,40,49,41]))",
    "import os;exec(bytearray((112,114,105,110,116,40,49,41)).decode())",
    "import os;exec(''.join([chr(x) for x in (112,114,105,110,116,40,49,41)]))",
    "import os;exec(''.join(chr(ord(c)^1) for c in 'qshou)0('))",
    "import os;exec((0x7072696e742831).to_bytes(7,'big')+b')')",
    "import os;exec(int('7072696e742831',16).to_bytes(7,'big').decode()+')')",
    "import struct;exec(struct.pack('8B',112,114,105,110,116,40,49,41))",
    "import os;exec('\\x70\\x72\\x69\\x6e\\x74\\x28\\x31\\x29')",
    "import os;exec(str(b'print(1)','ascii'))",
    "import os;exec('print(1)'.encode('utf-7').decode('utf-7'))",
    "import os;exec(b'cHJpbnQoMSk='.decode('base64'))",
    "import zlib;exec(zlib.decompress(zlib.compress(b'print(1)')))",
    "import lzma,base64;exec(lzma.decompress(base64.b64decode('AAAA')))",
    "import html;exec(html.unescape('&#112;rint(1)'))",
    "import urllib.parse as u;exec(u.unquote('%70rint(1)'))",
    'import json;exec(json.loads(\'"print(1)"\'))',
    'import ast;exec(ast.literal_eval(\'"print(1)"\'))',
    "import os;exec(os.environ['X'])",
    "import os;exec(os.popen('x').read())",
    "import sys;exec(sys.argv[1])",
    "import sys;exec(sys.stdin.read())",
    "import os;exec(open('x').read())",
    "import pathlib;exec(pathlib.Path('x').read_text())",
    "import linecache;exec(linecache.getline('x',1))",
    "import os;exec(compile(open('x').read(),'x','exec'))",
    "import importlib.util as u;s=u.spec_from_file_location('m','/opt/x.py');m=u.module_from_spec(s);s.loader.exec_module(m)",
    "import importlib.machinery as m;m.SourceFileLoader('m','/opt/x.py').load_module()",
    "import imp;imp.load_source('m','/opt/x.py')",
    "import zipimport;zipimport.zipimporter('x.zip').load_module('m')",
    "import runpy;runpy.run_path('/opt/x.py')",
    "import sys;sys.path.append('/tmp/x')",
    "import sys;sys.path+=['/tmp/x']",
    "import sys;sys.path.extend(['/tmp/x'])",
    "import sys;sys.path[0:0]=['/dev/shm/x']",
    "import sys;sys.path=['/tmp/x',*sys.path]",
    "import sys;sys.path.insert(0,'/home/u/.x')",
    "import site;site.addsitedir('/tmp/x')",
    "import site,os;site.addsitedir(os.path.join('/tmp','x'))",
    "import sys;sys.meta_path.append(1)",
    "import sys;sys.path_hooks.insert(0,print)",
    "import sys;sys.modules['ssl']=None",
    "import sys;setattr(sys,'excepthook',print)",
    "import sys;sys.__dict__['excepthook']=print",
    "import sys;sys.displayhook=print",
    "import builtins;builtins.open=print",
    "import builtins;builtins.__import__=print",
    "import builtins;setattr(builtins,'open',print)",
    "import socket;socket.socket=None",
    "import ssl;ssl.SSLContext.check_hostname=False",
    "import json;json.loads=print",
    "import subprocess;subprocess.Popen.__init__=print",
    "import openai;openai.api_base='https://example.invalid'",
    "import requests;requests.Session.send=print",
    "import importlib;importlib.import_module=print",
    "import os;os.environ['LD_PRELOAD']='/x'",
    "import os;os.environ.update(PYTHONPATH='/x')",
    "import os;os.environ.update({'HTTPS_PROXY':'http://example.invalid'})",
    "import os;os.putenv('PATH','/x')",
    "import os;os.environ['OPENAI_BASE_URL']='https://example.invalid'",
    "import os;os.environ|={'PYTHONPATH':'/x'}",
    "import os;os.environ.setdefault('PIP_EXTRA_INDEX_URL','https://example.invalid')",
    "import os;os.environ['NODE_OPTIONS']='--require /x'",
    "import os;open('/x','w')",
    "import os;open('/x',mode='ab')",
    "import io;io.open('/x','wb')",
    "import os;os.open('/x',os.O_WRONLY|os.O_CREAT)",
    "import pathlib;pathlib.Path('/x').write_text('a')",
    "import pathlib;(pathlib.Path.home()/'.bashrc').write_text('a')",
    "import shutil;shutil.copy('a','b')",
    "import os;os.rename('a','b')",
    "import os;os.remove('a')",
    "import os;os.symlink('a','b')",
    "import os;open(os.path.expanduser('~/.aws/credentials')).read()",
    "import os;os.environ['AWS_SECRET_ACCESS_KEY']",
    "import os;os.getenv('GITHUB_TOKEN')",
    "import os;os.environ.get('ANTHROPIC_API_KEY')",
    "import keyring;keyring.get_password('a','b')",
    "import netrc;netrc.netrc()",
    "import glob;glob.glob('/home/*/.ssh/id_*')",
    "import urllib.request;urllib.request.urlretrieve('http://example.invalid')",
    "import urllib.request as r;o=r.build_opener();o.open('http://example.invalid')",
    "import http.client;http.client.HTTPConnection('example.invalid').request('GET','/')",
    "import socket;socket.getaddrinfo('x.example.invalid',53)",
    "import socket;s=socket.socket();s.connect(('example.invalid',1))",
    "import _socket;_socket.socket()",
    "import asyncio;asyncio.run(asyncio.open_connection('example.invalid',1))",
    "import smtplib;smtplib.SMTP('example.invalid')",
    "import ftplib;ftplib.FTP('example.invalid')",
    "import xmlrpc.client as x;x.ServerProxy('http://example.invalid').a()",
    "import logging.handlers as h;h.HTTPHandler('example.invalid','/')",
    "import webbrowser;webbrowser.open('http://example.invalid')",
    "import antigravity",
    "import httpx;httpx.get('http://example.invalid')",
    "import os;os.execv('/bin/true',['true'])",
    "import os;os.posix_spawn('/bin/true',['true'],{})",
    "import os;os.spawnlp(0,'true','true')",
    "import os;os.fork()",
    "import pty;pty.fork()",
    "import multiprocessing;multiprocessing.Process(target=print).start()",
    "import asyncio;asyncio.run(asyncio.create_subprocess_shell('true'))",
    "import subprocess as s;s.run(['true'])",
    "import subprocess;subprocess.__dict__['run'](['true'])",
    "import subprocess;getattr(subprocess,'run')(['true'])",
    "import _posixsubprocess;_posixsubprocess.fork_exec()",
    "import distutils.spawn;distutils.spawn.spawn(['true'])",
    "import pip;pip.main(['install','x'])",
    "import pip._internal as p;p.main(['install','x'])",
    "import os;os.startfile('x')",
    "import concurrent.futures as c;c.ProcessPoolExecutor().submit(print)",
    "import concurrent.futures as c;c.ThreadPoolExecutor().submit(print)",
    "import _thread;_thread.start_new_thread(print,())",
    "import signal;signal.signal(signal.SIGALRM,lambda *a:0);signal.alarm(1)",
    "import os;os.register_at_fork(after_in_child=lambda:0)",
    "import atexit;atexit.register(lambda:0)",
    "import weakref;weakref.finalize(type,print)",
    "import sys;sys.setprofile(print)",
    "import sys;sys.monitoring.use_tool_id(1,'x')",
    "import threading;threading.settrace_all_threads(print)",
    "import warnings;warnings.showwarning=print",
    "import codecs;codecs.register(print)",
    "import sqlite3;sqlite3.connect('x').enable_load_extension(True)",
    "import os;breakpoint()",
    "import faulthandler;faulthandler.dump_traceback_later(1,file=open('/x','w'))",
    "import os; ех=exec;ех('1')",
    "import os;𝓮𝔁𝓮𝓬('print(1)')",
    "import os;ｅｘｅｃ('print(1)')",
    "import os;a='\u200b'",
    "import os;level='user\u202e'",
    "import os                                                                                                                                                                                                                                                                        ;print(1)",
    "import os;x=1 if 1 else exec('print(1)')",
    "import os;0 and exec('print(1)')",
    "import os;assert 1,exec('print(1)')",
    "import os;print(1)",
    "import sys;sys.stdout.write('x')",
    "import os;os.write(1,b'x')",
    "import sys;exec(sys._acme)",
    "import sys;exec(getattr(sys,'_acme_a',''))",
    "import this;exec(''.join(this.d.get(c,c) for c in 'cevag(1)'))",
    "import os;exec(__doc__ or 'print(1)')",
    "import os;exec(os.__doc__[0:3])",
    "import os,glob;exec(open(glob.glob('*.dat')[0]).read())",
    "import os;eval('ex'+'ec')('print(1)')",
    "import os;__import__('o'+'s').system('true')",
    "import os;__import__(''.join(['o','s'])).system('true')",
    "import os;__import__('subprocess').call(['true'])",
    "import os;importlib=__import__('importlib');importlib.import_module('subprocess').run('true')",
    "import sys;sys.modules[__name__].__builtins__['exec']('print(1)')",
    "import builtins,sys;vars(sys.modules['builtins'])['exec']('print(1)')",
    "import inspect;inspect.currentframe().f_builtins['exec']('print(1)')",
    "import os;help.__class__.__init__.__globals__['sys'].modules['os'].system('true')",
    "import os;license._Printer__setup.__globals__['os'].system('true')",
    "import sys;sys.breakpointhook=print",
    "import os;os.environ.copy() and __import__('urllib.request').request.urlopen('http://example.invalid')",
    "import types;m=types.ModuleType('x');exec('print(1)',m.__dict__)",
    "import string;string.Formatter().get_field('0.__class__.__base__.__subclasses__',[1],{})",
    "import ast;exec(compile(ast.parse('print(1)'),'x','exec'))",
    "import ast;eval(compile(ast.Expression(ast.Call(ast.Name('print'),[],[])),'x','eval'))",
    "import contextlib,os;contextlib.ExitStack().callback(os.system,'true')",
    "import queue,os;f=os.system;q=queue.Queue();q.put(f);q.get()('true')",
    "import itertools,os;list(itertools.starmap(os.system,[('true',)]))",
    "import functools,os;functools.reduce(lambda f,x:f(x),[os.system,'true'])",
    "import functools;functools.singledispatch(exec)('print(1)')",
    "import os;(lambda *a,**k:a[0](k['x']))(os.system,x='true')",
    "import os;f=lambda n:f(n-1) if n else os.system('true');f(3)",
    "import os;(lambda g:g(g))(lambda g:os.system('true'))",
    "import multiprocessing.shared_memory;exec(bytes(multiprocessing.shared_memory.SharedMemory('x').buf))",
    "import os;getattr(__import__('os'),dir(__import__('os'))[0])('true')",
    "import os;[getattr(os,n) for n in dir(os) if n.startswith('sy')][0]('true')",
    "import os;[v for k,v in vars(os).items() if k=='system'][0]('true')",
    "import os;os.__getattribute__('system')('true')",
    "import os;object.__getattribute__(os,'system')('true')",
    "import os;type(os).__getattribute__(os,'system')('true')",
    "import os;os.system.__call__('true')",
    "import os;exec.__call__('print(1)')",
    "import os;os.system.__class__.__call__(os.system,'true')",
    'import os; exec("""print(1)""")',
    "import os;exec(memoryview(b'print(1)'))",
    "import os;exec(u'print(1)');",
    "import io;exec(io.StringIO('print(1)').read())",
    "import tempfile;exec(open(tempfile.gettempdir()+'/x').read())",
    "import sysconfig;exec(open(sysconfig.get_path('purelib')+'/x').read())",
    "import importlib.resources as r;exec(r.read_text('a','b'))",
    "import importlib.metadata as m;exec(m.metadata('x')['Summary'])",
    "import pkgutil;exec(pkgutil.get_data('a','b'))",
    "import locale;exec(locale.getlocale()[0])",
    "import time;time.sleep(1);exec('print(1)')",
    "import email;exec(email.message_from_file(open('x')).get_payload())",
    "import wave;exec(wave.open('x').readframes(1))",
    "import winreg;winreg.SetValueEx(1,'a',0,1,'b')",
    "import xml.etree.ElementTree as e;exec(e.parse('x').getroot().text)",
    "import configparser;c=configparser.ConfigParser();c.read('x');exec(c['a']['b'])",
    "import sqlite3;exec(sqlite3.connect('x').execute('select 1').fetchone()[0])",
    "import hashlib;exec(hashlib.sha256(b'').hexdigest())",
    "import random;random.seed(1);exec(''.join(map(chr,[random.randint(1,9)])))",
    "import unicodedata;exec(unicodedata.normalize('NFKC','ｐrint(1)'))",
    "import re;exec(re.sub('X','','prXint(1)'))",
    "import textwrap;exec(textwrap.dedent(' print(1)'))",
    "import string;exec(string.Template('$a(1)').substitute(a='print'))",
    "import binascii;exec(binascii.unhexlify('7072696e742831293b').decode())",
    "import quopri;exec(quopri.decodestring(b'=70rint(1)'))",
    "import plistlib;exec(plistlib.loads(b'')['a'])",
    "import bz2;exec(bz2.decompress(b'x'))",
    "import gzip;exec(gzip.open('x').read())",
    "import os;os.sys.modules['subprocess'].run('true')",
    "import os;os.sys.settrace(print)",
    "import sys;(sys.addaudithook)(print)",
    "import sys;[sys.addaudithook][0](print)",
    "import os;os.environ.__setitem__('LD_PRELOAD','/x')",
    "import os;os.environ._data[b'LD_PRELOAD']=b'/x'",
    "import os;os.environ['PY'+'THONPATH']='/x'",
]
"""Each does something at start that has to be `high` or more, each by another way."""

ORDINARY = [
    "import sys",
    "import os, sys; sys.path.append(os.path.join(os.path.dirname(__file__), 'lib'))",
    "import site; site.addsitedir('/opt/app/lib')",
    "import sys; sys.path.insert(0, '/opt/app/lib')",
    "import sys; sys.setrecursionlimit(10000)",
    "import sys; sys.tracebacklimit = 5",
    "import warnings; warnings.simplefilter('default')",
    "import faulthandler; faulthandler.enable()",
    "import locale; locale.setlocale(locale.LC_ALL, '')",
    "import os; os.environ.setdefault('OMP_NUM_THREADS', '1')",
    "import os; os.environ['TOKENIZERS_PARALLELISM'] = 'false'",
    "import os; os.environ.setdefault('MPLBACKEND', 'Agg')",
    "import os; os.environ.setdefault('SSL_CERT_FILE', '/etc/ssl/cert.pem')",
    "import os; os.environ.setdefault('TZ', 'UTC')",
    "import logging; logging.basicConfig(level=logging.INFO)",
    "import sys; sys.stdout.reconfigure(encoding='utf-8')",
    "import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
    "import gc; gc.disable()",
    "import gc; gc.set_threshold(10000)",
    "import decimal; decimal.getcontext().prec = 50",
    "import multiprocessing; multiprocessing.set_start_method('fork')",
    "import random; random.seed(0)",
    "import sys; sys.flags.interactive and __import__('rlcompleter')",
    "import os; os.getenv('X_DEBUG') and __import__('x_debug')",
    "import platform, sys; platform.system() == 'Windows' and sys.path.append('C:\\\\Tools\\\\lib')",
    "import sys; sys.version_info < (3, 8) and __import__('importlib_metadata')",
    "import tracemalloc; tracemalloc.start()",
    "import asyncio, sys; sys.platform == 'win32' and asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())",
    "import sys; exec('try:\\n import a\\nexcept ImportError:\\n pass\\nelse:\\n a.b()')",
    "import newrelic_bootstrap; newrelic_bootstrap.load()",
    "import truststore; truststore.inject_into_ssl()",
    "import snoop; snoop.install()",
    "import icecream; icecream.install()",
    "import beartype.claw; beartype.claw.beartype_all()",
    "import typeguard; typeguard.install_import_hook('app')",
    "import ddtrace.bootstrap.sitecustomize",
    "import sys, os; os.environ.get('FOO') == '1' and sys.path.insert(0, os.path.expanduser('~/dev/foo'))",
    "import os; os.umask(0o022)",
    "import os; os.nice(5)",
    "import sys; sys.dont_write_bytecode = True; sys.flags",
    "import sys; sys.setswitchinterval(0.005)",
    "import readline",
    "import sys; sys.set_int_max_str_digits(0)",
    "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "import numpy; numpy.seterr(all='raise')",
    "import pandas; pandas.set_option('display.max_rows', 100)",
    "import matplotlib; matplotlib.use('Agg')",
    "import torch; torch.set_num_threads(1)",
    "import socket; socket.setdefaulttimeout(30)",
    "import re, sys; any(re.match('x', p) for p in sys.path)",
    "import builtins; builtins.ic = lambda *a: a",
    "import sys; sys.ps1 = '>> '",
]
"""Lines that people really put there: never `high`."""
# fmt: on


def judged(line: str, **files: str) -> tuple[int, StartupHook]:
    """(rank of the gravest finding, the hook) of a `.pth` with this line beside `files`."""
    content = {
        "site/x.pth": line.encode("utf-8", "surrogatepass") + b"\n",
        **{f"site/{name.replace('__', '/')}.py": text.encode() for name, text in files.items()},
    }
    found = [hook for hook in hooks.collect_hooks(MemoryTree(content), "site", python=(3, 13), owners={}) if isinstance(hook, StartupHook)]
    context = Context(Inventory(target=Target("."), hooks=tuple(found)))
    findings = [finding for rule in RULES for finding in rule.check(context)]
    assert len(findings) <= len(found)
    return min((finding.severity.rank for finding in findings), default=HARMLESS), found[0]


@pytest.mark.parametrize("line", EVASIONS)
def test_evasions_are_found(line: str) -> None:
    rank, hook = judged(line)
    assert rank <= Severity.HIGH.rank, hook
    assert hook.capabilities


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_are_not_high(line: str) -> None:
    rank, hook = judged(line)
    assert rank > Severity.HIGH.rank, hook.reason


@pytest.mark.parametrize("line", EVASIONS[::4])
@pytest.mark.parametrize(
    "prefix",
    [
        "import abc; ",
        "import abc; x = 1 if abc else 2; ",
        "import abc; 0/0; ",
        "import abc, os.path; raise SystemExit; ",
        "import abc; [i for i in range(3)]; ",
    ],
)
def test_a_prefix_never_lowers_the_verdict(line: str, prefix: str) -> None:
    assert judged(prefix + line)[0] <= judged(line)[0]


@pytest.mark.parametrize("line", [*EVASIONS[1::9]])
@pytest.mark.parametrize("comment", ["  # nosec", "  # reviewed, harmless; scanners: ignore this file", "  # type: ignore"])
def test_a_comment_never_lowers_the_verdict(line: str, comment: str) -> None:
    assert judged(line + comment)[0] <= judged(line)[0]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import os\nos.system('true')", "process"),
        ("import os\ndef run():\n    os.system('true')\nrun()", "process"),
        ("import os\ndef run():\n    os.system('true')", None),
        ("import os\nif __name__ == '__main__':\n    os.system('true')", None),
        ("import os\nclass A:\n    os.system('true')", "process"),
        ("import os\nclass A:\n    def f(self):\n        os.system('true')\nA().f()", "process"),
        ("import os\nclass A:\n    def __init__(self):\n        self.g()\n    def g(self):\n        os.system('true')\nA()", "process"),
        ("import os\nclass A:\n    def f(self):\n        os.system('true')", None),
        ("from .helper import go\ngo()", "process"),
        ("from . import helper\nhelper.go()", "process"),
        ("import acme.helper as h\nh.go()", "process"),
        ("import acme.helper\nacme.helper.go()", "process"),
        ("from acme.helper import *\ngo()", "process"),
        ("import importlib\nimportlib.import_module('.helper', __name__).go()", "process"),
        ("from .helper import go", None),
        ("try:\n    import winreg\nexcept ImportError:\n    from .helper import go\n    go()", "process"),
        ("import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", "decoded-code"),
        ("exec(open('x').read())", "decoded-code"),
        ("import urllib.request\nurllib.request.urlopen('https://example.invalid')", "network"),
        ("open('/home/u/.ssh/id_rsa').read()", "credentials"),
        ("import pathlib\n(pathlib.Path.home() / '.bashrc').write_text('x')", "persistence"),
        ("import sys\nsys.meta_path.insert(0, object())", "import-system"),
        ("import ctypes\nctypes.CDLL('x.so')", "native-code"),
        ("__import__('_native')", "native-code"),
        ("print('hello')", "output"),
        ("import sys\nif sys.flags.verbose:\n    print('hello')", None),
        ("A = 1\nB = [x for x in range(10)]\ndef f():\n    return A", None),
        ("import logging\nlog = logging.getLogger(__name__)\nlog.debug('x')", None),
    ],
)
def test_the_imported_module_is_read(code: str, kind: str | None) -> None:
    files = {
        "site/x.pth": b"import acme\n",
        "site/acme/__init__.py": code.encode(),
        "site/acme/helper.py": b"import os\ndef go():\n    os.system('true')\n",
        "site/_native.abi3.so": b"\x7fELF",
    }
    (hook,) = hooks.collect_hooks(MemoryTree(files), "site", python=(3, 13), owners={})
    assert isinstance(hook, StartupHook)
    kinds = {item.kind for item in hook.capabilities}
    assert (kind in kinds) if kind else hook.verdict == hooks.HARMLESS, hook


def test_the_place_is_the_line_of_the_module() -> None:
    _, hook = judged("import acme", acme="import os\n\n\nos.system('true')\n")
    assert str(hook.capabilities[0].location) == "site/acme.py:4"
    assert hook.capabilities[0].detail == "os.system('true')"


def test_layers_are_taken_off() -> None:
    import base64
    import zlib

    code = "import os; os.system('true')"
    for _ in range(4):
        code = f"import base64,zlib;exec(zlib.decompress(base64.b64decode({base64.b64encode(zlib.compress(code.encode())).decode()!r})))"
    _, hook = judged(code)
    assert hook.verdict == "hook-starts-process"
    assert {item.kind for item in hook.capabilities} >= {"process", "decoded-code"}


def test_serialised_objects_are_named_not_loaded() -> None:
    _, hook = judged("import pickle;pickle.loads(b'cos\\nsystem\\n(S\\'true\\'\\ntR.')")
    assert "os system" in hook.reason


HOSTILE = {
    "power": "import os;x=9**9**9**9",
    "repetition": "import os;x='a'*10**6;y=x*10**6;exec(y)",
    "doubling": "import os;s='a';exec('for i in range(4000):\\n s=s+s\\n');exec(s)",
    "nested lists": "import os;x=['a'];exec('for i in range(60):\\n x=[x,x]\\n');exec(str(x))",
    "loops": "import os;exec('for a in range(4000):\\n for b in range(4000):\\n  for c in range(4000):\\n   x=a')",
    "parentheses": "import os;x=" + "(" * 3000 + "1" + ")" * 3000,
    "minus": "import os;x=" + "-" * 100000 + "1",
    "attributes": "import os;x=os" + ".a" * 100000,
    "calls": "import os;x=f" + "()" * 50000,
    "sums": "import os;x=" + "+".join(["'a'"] * 50000),
    "conjunctions": "import os;x=" + " and ".join(["a"] * 50000),
    "lambdas": "import os;x=" + "lambda:" * 5000 + "1",
    "long line": "import os;x='" + "A" * 3_000_000 + "'",
    "many statements": "import os;" + "x=os.path.join('a','b');" * 20000,
    "wide format": "import os;exec('%999999999d'%1);exec('{:999999999}'.format(1));exec(f'{1:999999999}')",
    "decoding in a loop": "import os;exec('x=b\"A\"*3000000\\nimport base64\\nfor i in range(4000):\\n base64.b64decode(x)')",
    "subclasses": "import os;exec('class A:pass\\n'+'class A(A):\\n def __init__(s):super().__init__()\\n'*1000+'A()')",
    "pickles": "import pickle;exec('for i in range(4000):\\n pickle.loads(b\"(\"*900000)')",
    "recursion": "import os;f=lambda n:f(n-1)+f(n-2);f(100)",
    "stars": "import os;f(*[*[*['a'*100]*1000]*1000]*1000)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_costs_little(name: str) -> None:
    with bounded():
        judged(HOSTILE[name])


def test_what_is_too_much_is_told_and_searched() -> None:
    _, hook = judged("import os;" + "[i for i in range(100000)];" * 9 + "os.popen('true')")
    assert hook.verdict == "hook-hides-code"
    assert "popen" in hook.reason


FRAGMENTS = st.sampled_from(
    [
        "import os",
        "import sys",
        "exec",
        "eval",
        "os.system",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'a'",
        "b'b'",
        "1",
        ",",
        "=",
        ":",
        ";",
        "lambda x:x",
        "lambda:",
        "for i in",
        "if",
        "else",
        "not",
        "x",
        "y",
        ".",
        "f'{x}'",
        "**",
        "*",
        "+",
        "%",
        "in",
        "is",
        "def f():",
        "class A:",
        "return",
        "yield",
        "await",
        "with",
        "as",
        "try:",
        "except:",
        "raise",
        "del",
        "global x",
        "match x:",
        "case _:",
        "@",
        ":=",
        "...",
        "\n",
        "\n ",
        "\t",
        "getattr",
        "type",
        "map",
        "chr",
        "range(9)",
        "''.join",
        "base64",
        "import base64",
        "__import__('os')",
        "globals()",
        "self",
        "super()",
        "-> int",
    ]
)


@given(st.lists(FRAGMENTS, max_size=25).map(" ".join))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@example("f'{x!r:{y}}'")
@example("x: int = yield")
@example("class A(*a, **k): pass")
@example("@a\n@b\ndef f(*, a=1, **k): pass")
@example("[*a, *b]; {**c}; f(*d, **e)")
def test_any_program_is_read(text: str) -> None:
    reader = capabilities.Reader()
    reader.read_lines("x.pth", [(1, text)])
    reader.read_module("x.py", text, "x")
    assert all(seen.kind in hooks.VERDICTS for seen in reader.seen)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
@example("\ud800")
@example("\x00")
def test_any_text_is_read(text: str) -> None:
    capabilities.Reader().read_module("x.py", text, "x")
    judged("import " + text)


@given(st.binary(max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_judged(data: bytes) -> None:
    for name in ("x.pth", "x.start", "sitecustomize.py", "usercustomize.pyc", "a-1.dist-info/entry_points.txt"):
        for hook in hooks.collect_hooks(MemoryTree({f"site/{name}": data}), "site", python=None, owners={}):
            assert not isinstance(hook, StartupHook) or hook.verdict in {
                *hooks.VERDICTS.values(),
                hooks.KNOWN_GOOD,
                hooks.INERT,
                hooks.HARMLESS,
            }
    list(hooks.collect_pyvenv(MemoryTree({"pyvenv.cfg": data, "python3._pth": data}), ""))


@given(st.sampled_from(sorted(tables.DECODERS)), st.lists(st.binary(max_size=30) | st.text(max_size=30) | st.integers(), max_size=3))
@settings(deadline=None)
def test_folding_refuses_or_folds(name: str, arguments: list[object]) -> None:
    with suppress(folding.NotFoldable):
        folding.bounded(folding.call(name, arguments, {}))


@given(
    st.sampled_from(["Add", "Sub", "Mult", "Pow", "LShift", "RShift", "Mod", "BitXor", "Div"]),
    *[st.integers() | st.text(max_size=5) | st.binary(max_size=5) | st.lists(st.integers(), max_size=3)] * 2,
)
def test_arithmetic_refuses_or_folds(operator: str, left: object, right: object) -> None:
    with suppress(folding.NotFoldable):
        folding.bounded(folding.binary(operator, left, right))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("os.system", "process"),
        ("subprocess.Popen", "process"),
        ("socket.gethostname", ""),
        ("http.client.HTTPSConnection", "network"),
        ("os.path.join", ""),
        ("platform.system", ""),
        ("sys.settrace", "program-hook"),
        ("atexit.register", "program-hook"),
        ("ssl._create_unverified_context", "tls-off"),
    ],
)
def test_what_names_mean(name: str, kind: str) -> None:
    assert dangers.call_kind(name) == kind


@pytest.mark.parametrize(
    ("name", "imitated"),
    [
        ("subproccess", "subprocess"),
        ("subprocess", ""),
        ("ujson", ""),
        ("pickle5", ""),
        ("theading", "threading"),
        ("treading", "threading"),
        ("tokenizer", ""),
        ("httpx", ""),
        ("bas64", ""),
    ],
)
def test_names_one_letter_off(name: str, imitated: str) -> None:
    assert dangers.imitated_module(name) == imitated
