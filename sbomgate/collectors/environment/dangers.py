"""What the functions that start-up code may call would do, by their dotted names.

A name is written as it is reached from the module: `subprocess.Popen`, and `()` after what was called on the way:
`http.client.HTTPSConnection().request`. `*` stands for any characters.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Final, NamedTuple

from sbomgate.collectors.environment.late import Late

_CALLS: Final[dict[str, str]] = {
    "process": """os.system os.popen* os.exec[lv]* os.spawn* os.posix_spawn* os.fork* os.startfile os.unshare subprocess.run subprocess.Popen* subprocess.call subprocess.check_* subprocess.get*
        _posixsubprocess.* _winapi.CreateProcess pty.spawn pty.fork multiprocessing.Process* multiprocessing.Pool* multiprocessing.Manager* multiprocessing.process.* multiprocessing.pool.*
        multiprocessing.context.* multiprocessing.get_context().Process multiprocessing.get_context().Pool multiprocessing.popen_* multiprocessing.util.spawnv_passfds multiprocessing.forkserver.*
        concurrent.futures.ProcessPoolExecutor* concurrent.futures.process.* asyncio.create_subprocess_* asyncio.subprocess.* asyncio.*().subprocess_* platform.popen commands.* popen2.* distutils.spawn.spawn
        distutils.core.run_setup platform._syscmd* uuid._get_command* uuid._popen* webbrowser.* antigravity* pexpect.* sh.* plumbum.* invoke.run fabric.* pip.main pip._internal.* ensurepip.bootstrap* ensurepip._* venv.create venv.EnvBuilder*
        test.support.script_helper.* idlelib.* _xxsubinterpreters.* interpreters.* _interpreters.* concurrent.interpreters.* psutil.Popen* win32process.* win32api.ShellExecute win32api.WinExec
        IPython.utils.process.* IPython.get_ipython().system dulwich.* py_compile.main pipes.Template* mailcap.* cgitb.* nodejs.* nodeenv.*""",
    "network": """socket.socket* socket.create_connection socket.create_server socket.getaddrinfo socket.gethostbyname* socket.gethostbyaddr socket.fromfd socket.SocketType* _socket.socket* _socket.getaddrinfo
        urllib.request.* urllib2.* urllib.urlopen urllib.urlretrieve http.client.HTTP*Connection* httplib.* requests.get requests.post requests.put requests.patch requests.head requests.delete requests.options
        requests.request requests.api.* requests.Session().get requests.Session().p* requests.Session().request requests.Session().send requests.Session().delete requests.Session().head requests.session().* httpx.get httpx.post httpx.put httpx.request httpx.stream httpx.Client* httpx.AsyncClient* aiohttp.ClientSession*
        aiohttp.request urllib3.PoolManager* urllib3.request urllib3.HTTP* urllib3.connection* urllib3.ProxyManager* ftplib.* smtplib.* poplib.* imaplib.* nntplib.* telnetlib.* xmlrpc.* websocket.*
        websockets.* pycurl.* paramiko.* asyncssh.* dns.* asyncio.open_connection asyncio.open_unix_connection asyncio.start_server asyncio.*().create_connection asyncio.*().create_server
        asyncio.*().create_datagram_endpoint asyncio.*().getaddrinfo multiprocessing.connection.* multiprocessing.managers.* socketserver.* http.server.* wsgiref.simple_server.* boto3.* botocore.* tornado.httpclient.*
        twisted.* zmq.* grpc.* logging.handlers.HTTPHandler* logging.handlers.SocketHandler* logging.handlers.DatagramHandler* logging.handlers.SMTPHandler* logging.handlers.SysLogHandler* logging.config.listen
        ssl.wrap_socket ssl.get_server_certificate ssl.SSLSocket* wget.* gdown.* git.Repo* ntplib.* geventwebsocket.* fsspec.* smart_open.* curl_cffi.* pydoc.browse pydoc._start_server* setuptools.package_index.*
        distutils.command.upload.* xdrlib.* slack_sdk.* telegram.* discord.* redis.* pymongo.* psycopg* pymysql.* web3.*""",
    "native-code": """ctypes.CDLL* ctypes.PyDLL* ctypes.WinDLL* ctypes.OleDLL* ctypes.cdll* ctypes.windll* ctypes.oledll* ctypes.pydll* ctypes.pythonapi* ctypes.LibraryLoader* ctypes.memmove ctypes.memset ctypes.cast ctypes.CFUNCTYPE*
        ctypes.PYFUNCTYPE* ctypes.string_at ctypes.wstring_at ctypes.from_address _ctypes.* cffi.* importlib.machinery.ExtensionFileLoader* importlib._bootstrap_external.ExtensionFileLoader* imp.load_dynamic _imp.create_dynamic
        _imp.exec_dynamic mmap.mmap sqlite3.connect().load_extension sqlite3.connect().enable_load_extension numba.* llvmlite.* cppyy.* rpy2.* jpype.* pyximport.* _testcapi.* _testinternalcapi.* readline.read_init_file""",
    "dynamic-code": """runpy.* code.* codeop.* bdb.Bdb* bdb.Bdb().* pdb.run* pdb.Pdb* pdb.main profile.run* profile.Profile* cProfile.run* cProfile.Profile* timeit.timeit timeit.repeat timeit.Timer* timeit.main timeit.default_repeat trace.Trace* trace.main
        doctest.* types.FunctionType types.LambdaType types.CodeType* imp.load_source imp.load_compiled imp.load_module imp.load_package imp.find_module importlib.machinery.SourceFileLoader*
        importlib.machinery.SourcelessFileLoader* importlib.util.spec_from_file_location* importlib.util.spec_from_loader* importlib._bootstrap* importlib.util.module_from_spec().__loader__* importlib.abc.*
        importlib.util.source_from_cache zipimport.* pydoc.importfile pydoc.safeimport pydoc.locate typing.get_type_hints typing.ForwardRef* typing._eval_type inspect.get_annotations annotationlib.*
        builtins.execfile builtins.breakpoint marshal.load* pickle.load* pickle.Unpickler* pickle._load* _pickle.load* _pickle.Unpickler* shelve.* dill.* cloudpickle.* joblib.load pandas.read_pickle numpy.load torch.load
        yaml.load yaml.load_all yaml.unsafe_load* yaml.full_load* yaml.UnsafeLoader* yaml.CUnsafeLoader* yaml.constructor.* unittest.mock.patch* unittest.mock._* mock.patch* logging.config.dictConfig logging.config.fileConfig logging.config.DictConfigurator*
        multiprocessing.spawn.* tkinter.Tcl* tkinter.Tk* rlcompleter.* setuptools.sandbox.* setuptools.build_meta.* pkg_resources.run_script pkg_resources.get_distribution().run_script lib2to3.* jsonpickle.* IPython.* site.execsitecustomize
        site.execusercustomize site.addpackage smtpd.* test.* xml.etree.ElementInclude* sqlite3.connect().create_function compileall.* py_compile.compile sched.scheduler().run ast.NodeTransformer* string.Formatter().vformat
       """,
    "file-write": """os.rename* os.replace os.link os.symlink os.remove* os.unlink os.rmdir os.removedirs os.truncate os.ftruncate os.chmod os.lchmod os.fchmod os.chown os.lchown os.mkfifo os.mknod os.write os.pwrite* os.sendfile
        os.setxattr os.utime os.mkdir os.makedirs shutil.copy* shutil.move shutil.rmtree shutil.chown shutil.unpack_archive shutil.make_archive tempfile.NamedTemporaryFile* tempfile.mkstemp tempfile.mkdtemp tempfile.TemporaryDirectory*
        tempfile.TemporaryFile* tempfile.SpooledTemporaryFile* zipfile.ZipFile().extract* zipfile.ZipFile().write* tarfile.open().extract* tarfile.TarFile*().extract* tarfile.open().add sqlite3.connect* sqlite3.dbapi2.* dbm.* pathlib.*().write_*
        pathlib.*().unlink pathlib.*().rename pathlib.*().replace pathlib.*().symlink_to pathlib.*().hardlink_to pathlib.*().link_to pathlib.*().chmod pathlib.*().touch pathlib.*().mkdir pathlib.*().rmdir pathlib.*().copy* pathlib.*().move*
        logging.FileHandler* logging.handlers.*FileHandler* plistlib.dump configparser.*().write fileinput.input* distutils.file_util.* distutils.dir_util.* zipapp.create_archive cProfile.Profile().dump_stats faulthandler.dump_traceback_later""",
    "persistence": """winreg.SetValue* winreg.CreateKey* winreg.SaveKey _winreg.SetValue* _winreg.CreateKey* crontab.* launchd.* win32service.* win32serviceutil.* servicemanager.* dbus.* systemd.*""",
    "credentials": """keyring.get_* keyring.core.get_* keyrings.* netrc.netrc* browser_cookie3.* win32crypt.* win32cred.* getpass.getpass secretstorage.* spwd.* clipboard.* pyperclip.* tkinter.Tk().clipboard_get pynput.* keyboard.*
        PIL.ImageGrab.* mss.* pyautogui.* boto3.Session().get_credentials* botocore.session.*().get_credentials* hvac.* docker.from_env* kubernetes.*""",
    "program-hook": """sys.settrace sys.setprofile sys.addaudithook sys._settraceallthreads sys._setprofileallthreads sys.monitoring.* sys.set_asyncgen_hooks sys.set_coroutine_wrapper sys.set_coroutine_origin_tracking_depth sys.activate_stack_trampoline
        sys.remote_exec threading.settrace* threading.setprofile* threading.Thread* threading.Timer* threading._start_new_thread threading.start_joinable_thread threading._start_joinable_thread _thread.start_* concurrent.futures.ThreadPoolExecutor*
        concurrent.futures.thread.* multiprocessing.dummy.* multiprocessing.pool.ThreadPool* codecs.register codecs.register_error codecs.unregister weakref.finalize gc.callbacks.* _testcapi.* sys.callstats
        logging.setLoggerClass logging.setLogRecordFactory bdb.set_trace pdb.set_trace faulthandler.register asyncio.set_event_loop_policy().* asyncio.to_thread asyncio.*().run_in_executor asyncio.*().call_soon* asyncio.*().call_later
        asyncio.*().add_reader gevent.monkey.* eventlet.monkey_patch* wrapt.* forbiddenfruit.* gorilla.* pyrasite.* manhole.* inspect.currentframe().f_trace* readline.set_* readline.parse_and_bind tracemalloc._*""",
    "import-system": """sys.meta_path.* sys.path_hooks.* sys.path_importer_cache.* sys.modules.setdefault sys.modules.update sys.modules.__setitem__ sys.modules.pop sys.modules.clear sys.modules.popitem sys.modules.__delitem__ sys.modules.__ior__
        importlib.machinery.BuiltinImporter.* importlib.machinery.FrozenImporter.* importlib.abc.MetaPathFinder.register importlib.util.LazyLoader* imp.new_module imp.init_* builtins.__dict__.* builtins.__import__.__setattr__ pkgutil.ImpImporter* types.ModuleType().__*""",
    "tls-off": """ssl._create_unverified_context ssl._create_stdlib_context urllib3.disable_warnings requests.packages.urllib3.disable_warnings ssl._https_verify_certificates""",
    "hiding": """gc.get_objects gc.get_referrers gc.get_referents gc.is_tracked object.__subclasses__ *.__subclasses__ *.__reduce__ *.__reduce_ex__ sys._getframe().f_back.f_* sys._current_frames inspect.stack sys._getframe().f_builtins* sys._getframe().f_globals*
        inspect.currentframe().f_builtins* *.__getattribute__ dis.* sys.setdlopenflags inspect.getattr_static builtins.__build_class__""",
}

_OWN_ONLY: Final = """atexit.* signal.signal signal.set* signal.alarm os.register_at_fork threading.excepthook threading._register_atexit multiprocessing.util.Finalize multiprocessing.util.register_after_fork asyncio.run
    asyncio.*().run_until_complete asyncio.*().run_forever asyncio.ensure_future asyncio.create_task site.main builtins.globals().update builtins.globals().setdefault builtins.vars().update builtins.locals().update"""
"""Ordinary in a program; in a start-up file, code that waits."""

PASSED_AS_VALUE: Final = frozenset({"process", "network", "dynamic-code", "native-code"})
"""Handing such a function to something else is as good as calling it."""

RESULTS: Final[tuple[tuple[str, str], ...]] = (
    (
        "file",
        (
            r"(?:builtins|io|codecs|tokenize|gzip|bz2|lzma|_io|_pyio|pathlib\.\w+\(\)|zipfile\.ZipFile\(\)|importlib\.resources\.\w+)\.open|os\.(?:read|open|fdopen|listxattr|getxattr|readlink|scandir|listdir)|.*\.(?:read_text|read_bytes|get_data|get_source|get_code)|linecache\..*"
            r"|pkgutil\.(?:get_data|get_loader).*|importlib\.resources\..*|fileinput\..*|zipfile\..*|tarfile\..*|sqlite3\..*|mmap\..*|PIL\.Image\..*|wave\..*|imageio\..*|importlib\.metadata\..*|pkg_resources\.resource_.*|inspect\.getsource.*|configparser\..*|tomllib\..*|json\.load"
            r"|locale\..*|gettext\..*|plistlib\..*|csv\..*|glob\..*|shelve\..*|dbm\..*|array\.array.*"
        ),
    ),
    (
        "network",
        r"(?:socket|urllib\.request|http\.client|requests|httpx|aiohttp|urllib3|ftplib|xmlrpc|asyncio|telnetlib|imaplib|poplib|websockets?|dns|smtplib|urllib2|http)\..*",
    ),
    (
        "env",
        r"os\.(?:environ.*|getenv.*|environb.*|getenvb)|winreg\..*|sys\.(?:argv|orig_argv|stdin|_xoptions|warnoptions).*|dotenv\..*|decouple\..*",
    ),
    (
        "env",
        r"builtins\.input|getpass\..*|platform\..*|pyperclip\..*|clipboard\..*|ctypes\..*|subprocess\..*|os\.popen.*|socket\.gethostname|time\..*|random\..*|uuid\..*",
    ),
    (
        "decoded",
        r"marshal\.loads?|pickle\.loads?|_pickle\.loads?|dill\..*|zlib\..*|bz2\..*|lzma\..*|base64\..*|binascii\..*|gzip\.decompress|codecs\.(?:decode|encode|getdecoder.*|iterdecode|lookup.*)|quopri\..*|uu\..*|cryptography\..*|Crypto\..*|Cryptodome\..*|nacl\..*|hashlib\..*|struct\..*|array\..*",
    ),
)
"""Where a value comes from, for telling what is executed: (tag, pattern)."""


_ALIASES: Final = {
    "posix": "os",
    "nt": "os",
    "_io": "io",
    "__builtin__": "builtins",
    "__builtins__": "builtins",
    "posixpath": "os.path",
    "ntpath": "os.path",
    "_operator": "operator",
    "_functools": "functools",
    "importlib._bootstrap_external": "importlib.machinery",
    "_frozen_importlib_external": "importlib.machinery",
    "_frozen_importlib": "importlib._bootstrap",
    "_signal": "signal",
    "_codecs": "codecs",
    "subprocess32": "subprocess",
    "imp_": "imp",
}


class _Names(NamedTuple):
    """Patterns of one kind, in the forms that are quick to ask."""

    exact: frozenset[str]
    starts: tuple[str, ...]
    others: Late | None

    def has(self, name: str) -> bool:
        return name in self.exact or name.startswith(self.starts) or (self.others is not None and self.others.match(name) is not None)


def _split(text: str) -> list[str]:
    return text.replace("os.exec[lv]*", "os.execl* os.execv*").split()


def patterns(kinds: frozenset[str]) -> list[str]:
    """The names and patterns of `kinds`."""
    return [name for kind in kinds for name in _split(_CALLS[kind])]


def twins(module: str) -> list[str]:
    """Other names under which the top-level `module` may be imported."""
    return [alias for alias, name in _ALIASES.items() if name.partition(".")[0] == module]


def _names(text: str) -> _Names:
    names = _split(text)
    exact = frozenset(name for name in names if "*" not in name)
    starts = tuple(name[:-1] for name in names if name.endswith("*") and "*" not in name[:-1])
    others = [re.escape(name).replace(r"\*", ".*") for name in names if "*" in name and not (name.endswith("*") and "*" not in name[:-1])]
    return _Names(exact, starts, Late(rf"(?:{'|'.join(others)})\Z") if others else None)


@cache
def _kinds() -> tuple[dict[str, _Names], _Names]:
    return {kind: _names(text) for kind, text in _CALLS.items()}, _names(_OWN_ONLY)


@cache
def _origins() -> tuple[tuple[str, Late], ...]:
    return tuple((tag, Late(f"(?:{pattern})\\Z")) for tag, pattern in RESULTS)


@cache
def call_kind(name: str, *, own: bool = True) -> str:
    """What calling `name` would do, as a kind of capability; empty if nothing that matters. `own`: in the start-up file itself."""
    kinds, waiting = _kinds()
    for kind, names in kinds.items():
        if names.has(name):
            return kind
    return "program-hook" if own and waiting.has(name) else ""


@cache
def result_tags(name: str) -> frozenset[str]:
    """Where what `name` gives back comes from: `file`, `network`, `env`, `decoded`."""
    return frozenset(tag for tag, pattern in _origins() if pattern.match(name))


def canonical(name: str) -> str:
    """`name` with the private twins of modules replaced by the public ones: `posix.system` is `os.system`."""
    head, dot, tail = name.partition(".")
    return f"{_ALIASES[head]}{dot}{tail}" if head in _ALIASES else name


REMOVED_MODULES: Final = frozenset(
    [
        "imp",
        "distutils",
        "asyncore",
        "asynchat",
        "smtpd",
        "aifc",
        "audioop",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "imghdr",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "pipes",
        "sndhdr",
        "spwd",
        "sunau",
        "telnetlib",
        "uu",
        "xdrlib",
        "lib2to3",
        "binhex",
        "formatter",
        "parser",
        "symbol",
        "macpath",
        "dummy_threading",
        "_bootlocale",
        "__builtin__",
        "urllib2",
        "httplib",
        "commands",
        "popen2",
        "ConfigParser",
        "Queue",
        "StringIO",
        "cPickle",
        "compression",
        "annotationlib",
        "interpreters",
        "_interpreters",
        "string",
    ]
)
STANDARD: Final = frozenset(sys.stdlib_module_names) | REMOVED_MODULES
"""Top-level modules of the standard library, those of other versions included."""

REACHABLE_MODULES: Final = frozenset(
    [
        "os",
        "sys",
        "subprocess",
        "builtins",
        "socket",
        "importlib",
        "ctypes",
        "shutil",
        "base64",
        "pty",
        "runpy",
        "code",
        "types",
        "marshal",
        "pickle",
        "signal",
        "threading",
        "codecs",
        "io",
    ]
)
"""Modules that others have imported, so that `shutil.os` is a way to `os`."""

_LOOKALIKE_EXCUSED: Final = frozenset(
    ["tokenizer", "tokenizers", "dataclass", "codec", "platforms", "statistic", "decimals", "profiler", "selector", "operators"]
)


def imitated_module(name: str) -> str:
    """The module of the standard library that the name `name` differs from by one letter; empty if none."""
    if name in STANDARD or name in _LOOKALIKE_EXCUSED or len(name) < 6 or name.rstrip("0123456789") in STANDARD:
        return ""
    return next((standard for standard in _long_names() if abs(len(standard) - len(name)) <= 1 and _one_apart(name, standard)), "")


@cache
def _long_names() -> tuple[str, ...]:
    return tuple(sorted(name for name in STANDARD if len(name) >= 6 and not name.startswith("_")))


def _one_apart(a: str, b: str) -> bool:
    if len(a) == len(b):
        different = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        if len(different) == 2 and different[1] == different[0] + 1:
            i, j = different
            return a[i] == b[j] and a[j] == b[i]
        return len(different) == 1
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


# --- what names of variables and files say ---------------------------------------------------------------------------

PRELOADING: Final = Late(
    r"(?:LD_(?:PRELOAD|LIBRARY_PATH|AUDIT|DEBUG\w*)|DYLD_\w+|PYTHON(?:PATH|STARTUP|HOME|BREAKPOINT|HTTPSVERIFY|INSPECT|USERBASE|PLATLIBDIR|EXECUTABLE|WARNINGS_HOOK|SAFEPATH|PYCACHEPREFIX|CASEOK)|NODE_(?:OPTIONS|PATH|TLS_REJECT_UNAUTHORIZED)"
    r"|(?:PIP|UV|POETRY|PDM|CONDA|NPM_CONFIG|npm_config|YARN|TWINE|HATCH|PIPX|CARGO|RUSTC|BUNDLE|GEM)_\w+|GOPROXY|GOFLAGS|GONOSUMDB|GOPRIVATE|BASH_ENV|ENV|PROMPT_COMMAND|PERL5(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH"
    r"|GIT_\w+|SSH_ASKPASS|SUDO_ASKPASS|EDITOR|VISUAL|PAGER|BROWSER|SHELL|COMSPEC|PATH|PATHEXT|IFS|HOME|XDG_CONFIG_HOME|HF_ENDPOINT|(?:\w+_)?(?:BASE_URL|API_BASE|API_HOST|API_URL|ENDPOINT_URL|INDEX_URL|REGISTRY)|AWS_(?:CA_BUNDLE|ENDPOINT_URL\w*|CONFIG_FILE|PROFILE)|KUBECONFIG|DOCKER_HOST"
    r"|SSLKEYLOGFILE|OPENSSL_CONF|OPENSSL_MODULES|GCONV_PATH|LOCPATH|NLSPATH|MALLOC_\w+|TERMINFO|WSLENV|CORECLR_\w+|DOTNET_STARTUP_HOOKS|COMPlus_\w+|COR_\w+|VSCODE_\w+|ELECTRON_\w+|CLAUDE_\w+|DEBUGINFOD_URLS|PYTEST_(?:PLUGINS|ADDOPTS))\Z",
)
PROXIES: Final = Late(r"(?:HTTPS?|ALL|FTP|WSS?|SOCKS)_PROXY\Z", re.IGNORECASE)
CERTIFICATES: Final = Late(
    r"(?:SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|GIT_SSL_CAINFO|AWS_CA_BUNDLE|PIP_CERT|GRPC_DEFAULT_SSL_ROOTS_FILE_PATH)\Z"
)
SWITCHED_OFF: Final = Late(
    r"(?:PYTHONHTTPSVERIFY|GIT_SSL_NO_VERIFY|NODE_TLS_REJECT_UNAUTHORIZED|\w*(?:SSL|TLS)_?(?:NO_)?VERIFY\w*|CURL_INSECURE|HF_HUB_DISABLE_SSL\w*)\Z"
)

SECRET_NAMES: Final = Late(
    r"(?:AWS_(?:SECRET_ACCESS_KEY|ACCESS_KEY_ID|SESSION_TOKEN)|(?:GITHUB|GH|GITLAB|CI_JOB|NPM|NODE_AUTH|PYPI|HF|HUGGING_?FACE\w*|HUGGINGFACEHUB_API|VAULT|SLACK\w*|DISCORD\w*|TELEGRAM\w*|CARGO_REGISTRY|DIGITALOCEAN|CLOUDFLARE_API|VERCEL|NETLIFY\w*|DATABRICKS|SENTRY_AUTH"
    r"|CIRCLE|TRAVIS|ACTIONS_(?:RUNTIME|ID_TOKEN_REQUEST)|SONAR|SNYK|CODECOV|KUBE|PINECONE|NOTION|LINEAR|JIRA\w*|ATLASSIAN\w*)_(?:TOKEN|PAT|API_TOKEN|API_KEY)|GH_PAT|TWINE_PASSWORD|UV_PUBLISH_(?:TOKEN|PASSWORD)|POETRY_PYPI_TOKEN\w*"
    r"|(?:OPENAI|ANTHROPIC|AZURE_OPENAI|GEMINI|GOOGLE|MISTRAL|COHERE|GROQ|DEEPSEEK|OPENROUTER|TOGETHER|REPLICATE|STRIPE\w*|SENDGRID|TWILIO\w*|MAILGUN|HEROKU|LANGCHAIN|LANGSMITH|LANGFUSE\w*|PERPLEXITY|XAI|VOYAGE|WANDB)_(?:API_KEY|SECRET_KEY|AUTH_TOKEN|API_TOKEN|KEY)"
    r"|GOOGLE_APPLICATION_CREDENTIALS|AZURE_(?:CLIENT_SECRET|STORAGE_KEY|STORAGE_CONNECTION_STRING)|DATABASE_URL|DB_PASSWORD|PGPASSWORD|MYSQL_PWD|SSH_AUTH_SOCK|SSH_PRIVATE_KEY|PRIVATE_KEY|MNEMONIC|SEED_PHRASE|SECRET_KEY|DOCKER_(?:AUTH_CONFIG|PASSWORD)|SUDO_PASSWORD)\Z"
)
SECRET_FILES: Final = Late(
    r"(?:\A|[/\\~])(?:\.ssh(?:[/\\]|\Z)|id_(?:rsa|dsa|ecdsa|ed25519)|\.aws(?:[/\\]|\Z)|\.azure(?:[/\\]|\Z)|\.gnupg|\.netrc|_netrc|\.pypirc|\.npmrc|\.yarnrc|\.git-credentials|\.docker[/\\]config\.json|\.kube(?:[/\\]|\Z)|\.config[/\\](?:gcloud|gh|hub|solana|op)(?:[/\\]|\Z)"
    r"|application_default_credentials\.json|\.bash_history|\.zsh_history|\.python_history|\.node_repl_history|\.psql_history|\.mysql_history|\.pgpass|\.my\.cnf|\.vault-token|\.terraform\.d|\.config[/\\]rclone|etc[/\\](?:shadow|passwd|sudoers)|Login Data|Local State|Cookies\Z|key[34]\.db|logins\.json"
    r"|wallet\.dat|\.electrum|\.ethereum|\.bitcoin|\.config[/\\]Exodus|Exodus[/\\]|keystore[/\\]?|Ledger Live|MetaMask|\.claude\.json|\.claude[/\\]\.credentials\.json|\.codex[/\\]auth\.json|\.cargo[/\\]credentials\S*|\.gem[/\\]credentials|\.config[/\\]pypoetry[/\\]auth\.toml"
    r"|serviceaccount[/\\]token|169\.254\.169\.254|metadata\.google\.internal|169\.254\.170\.2|\.env(?:\.\w+)?\Z|secrets\.(?:json|ya?ml|toml)\Z|Keychains|login\.keychain\S*|proc[/\\](?:self|\d+|\*)[/\\](?:environ|mem))"
)
WEAK_SECRETS: Final = Late(
    r"(?:\.env(?:\.\w+)?|[._]netrc|\.npmrc|\.pypirc|\.yarnrc|Cookies|[\w/]*keystore/?|/etc/passwd|\.\w+_history|secrets\.\w+|.{60,})\Z"
)
"""Names that libraries mention for good reasons; in a module that a hook imports they count together with a way out."""
PERSISTENT_FILES: Final = Late(
    r"(?:\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|kshrc|cshrc|tcshrc|xinitrc|xprofile|xsession)\Z|config\.fish|fish[/\\]conf\.d|systemd|\.service\Z|\.timer\Z|LaunchAgents|LaunchDaemons|crontab|cron\.(?:d|daily|hourly|weekly)|etc[/\\]cron"
    r"|autostart|\.desktop\Z|Start Menu|Startup(?:[/\\]|\Z)|CurrentVersion\\+Run|init\.d|rc\.local|profile\.d|ld\.so\.preload|\.pth\Z|\.start\Z|sitecustomize|usercustomize|authorized_keys|\.git[/\\]hooks|hooks[/\\]pre-commit|\.claude(?:[/\\]|\Z)|\.cursor(?:[/\\]|rules|\Z)|CLAUDE\.md|AGENTS\.md|GEMINI\.md|\.gemini(?:[/\\]|\Z)|\.codex(?:[/\\]|\Z)"
    r"|\.windsurf|\.continue[/\\]|copilot-instructions\.md|\.vscode[/\\](?:tasks|settings|mcp)\.json|\.github[/\\]workflows|\.mcp\.json|mcp\.json\Z|claude_desktop_config|\.gitconfig|\.pdbrc|\.pythonrc|pip\.(?:conf|ini)\Z|\.config[/\\]pip|\.ipython|ipython_config|jupyter_\w+_config|kernel\.json|conftest\.py\Z|pyvenv\.cfg|\.direnv|\.envrc|\.vimrc|\.emacs|\.inputrc|\.ssh[/\\](?:rc|config)\Z|schtasks|com\.apple\.\w+)"
)
CI_VARIABLES: Final = Late(
    r"(?:CI|GITHUB_\w+|GITLAB_\w+|JENKINS_\w+|TRAVIS\w*|CIRCLECI|BUILDKITE\w*|TF_BUILD|TEAMCITY_\w+|APPVEYOR|CODEBUILD_\w+|RUNNER_\w+|ACTIONS_\w+|BITBUCKET_\w+|DRONE\w*)\Z"
)

ON_IMPORT: Final[dict[str, str]] = {
    "antigravity": "process",
    "this": "output",
    "__hello__": "output",
    "__phello__": "output",
    "idlelib.idle": "process",
    "test.autotest": "dynamic-code",
    "turtledemo.__main__": "dynamic-code",
    "code.__main__": "dynamic-code",
}
"""Modules of the standard library whose import alone does something."""
