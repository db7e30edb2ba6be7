//! The functions of Python's own library that the analysis follows, by name.

/// What the analysis knows of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    GetAttribute,
    SetAttribute,
    Vars,
    Globals,
    Import,
    ImportModule,
    /// Gives the module that it is given.
    Reload,
    OtherImport,
    Exec,
    /// Executes text, or calls a function, among its arguments.
    ExecutesAny,
    /// Executes text that it finds somewhere.
    ExecutesText,
    Compile,
    Partial,
    AttributeGetter,
    ItemGetter,
    MethodCaller,
    OperatorCall,
    /// Looks at its arguments and calls nothing.
    Looks,
    /// Gives its arguments, or what is in them, on.
    PassesOn,
    /// A list, set or tuple of what is in its first argument.
    Collects,
    Dict,
    Zip,
    Enumerate,
    /// Calls its first argument with what is in the others.
    Maps,
    Starmaps,
    Filters,
    Reduces,
    /// Calls its first argument with the others: `submit`, `run_in_executor` without its first.
    Calls,
    CallsFromSecond,
    CallsFromThird,
    /// `Thread(target=, args=, kwargs=)`.
    Thread,
    Timer,
    Super,
    Type,
    Next,
    /// Text.
    Str,
    Chr,
    Decodes,
    FromHex,
    Joins,
    SimpleNamespace,
    /// Frames, objects of the collector.
    Inside,
    /// Unpickles or unmarshals: code that nobody reads.
    Revives,
    DefaultDict,
    Range,
    Data,
}

impl Special {
    /// By the dotted path.
    pub(super) fn of(dotted: &str) -> Option<Self> {
        Some(match dotted {
            "builtins.getattr" | "inspect.getattr_static" | "builtins.object.__getattribute__" => Self::GetAttribute,
            "builtins.setattr" | "builtins.object.__setattr__" | "builtins.type.__setattr__" => Self::SetAttribute,
            "builtins.vars" => Self::Vars,
            "builtins.globals" | "builtins.locals" => Self::Globals,
            "builtins.__import__" | "importlib.__import__" => Self::Import,
            "importlib.import_module" | "pkgutil.resolve_name" | "pydoc.locate" => Self::ImportModule,
            "importlib.reload" => Self::Reload,
            "pydoc.resolve"
            | "pydoc.safeimport"
            | "pydoc.importfile"
            | "importlib.metadata.EntryPoint().load"
            | "importlib.metadata.entry_points().load"
            | "logging.config.dictConfig"
            | "logging.config.fileConfig"
            | "pkgutil.get_loader"
            | "pkgutil.find_loader"
            | "importlib.find_loader" => Self::OtherImport,
            "importlib.util.module_from_spec"
            | "importlib.util.spec_from_loader"
            | "importlib.util.find_spec"
            | "importlib.machinery.SourceFileLoader"
            | "runpy.run_module"
            | "runpy.run_path"
            | "imp.load_module"
            | "imp.load_source"
            | "zipimport.zipimporter" => Self::OtherImport,
            "builtins.exec" | "builtins.eval" => Self::Exec,
            "timeit.timeit"
            | "timeit.repeat"
            | "timeit.Timer"
            | "cProfile.run"
            | "cProfile.runctx"
            | "profile.run"
            | "pdb.run"
            | "pdb.runeval"
            | "pdb.runcall"
            | "code.InteractiveInterpreter().runsource"
            | "code.InteractiveInterpreter().runcode"
            | "code.InteractiveConsole().push"
            | "code.InteractiveConsole().runsource"
            | "code.InteractiveConsole().runcode"
            | "trace.Trace().run"
            | "trace.Trace().runfunc"
            | "cProfile.Profile().run"
            | "cProfile.Profile().runcall"
            | "bdb.Bdb().run" => Self::ExecutesAny,
            "typing.get_type_hints"
            | "inspect.get_annotations"
            | "annotationlib.get_annotations"
            | "_interpreters.run_string"
            | "_interpreters.exec"
            | "_xxsubinterpreters.run_string"
            | "interpreters.create().exec"
            | "concurrent.interpreters.create().exec"
            | "inspect.signature().eval"
            | "ctypes.pythonapi.PyRun_SimpleString"
            | "typing.ForwardRef()._evaluate"
            | "typing.evaluate_forward_ref"
            | "annotationlib.ForwardRef().evaluate"
            | "_testcapi.run_in_subinterp" => Self::ExecutesText,
            "doctest.testmod"
            | "doctest.testfile"
            | "doctest.run_docstring_examples"
            | "doctest.DocTestRunner().run"
            | "code.interact"
            | "pdb.set_trace"
            | "builtins.breakpoint" => Self::ExecutesText,
            "builtins.compile" | "codeop.compile_command" => Self::Compile,
            "functools.partial" | "functools.partialmethod" => Self::Partial,
            "operator.attrgetter" => Self::AttributeGetter,
            "operator.itemgetter" => Self::ItemGetter,
            "operator.methodcaller" => Self::MethodCaller,
            "operator.call" => Self::OperatorCall,
            "builtins.print"
            | "builtins.repr"
            | "builtins.isinstance"
            | "builtins.issubclass"
            | "builtins.hasattr"
            | "builtins.id"
            | "builtins.len"
            | "builtins.bool"
            | "builtins.callable"
            | "builtins.help"
            | "builtins.dir"
            | "builtins.hash"
            | "builtins.ascii"
            | "pprint.pprint"
            | "inspect.signature"
            | "inspect.getsource"
            | "inspect.getdoc"
            | "inspect.isfunction"
            | "inspect.ismodule"
            | "inspect.isclass"
            | "inspect.getfile"
            | "builtins.format"
            | "sys.getsizeof"
            | "sys.getrefcount"
            | "warnings.warn" => Self::Looks,
            "copy.copy"
            | "copy.deepcopy"
            | "asyncio.run"
            | "asyncio.create_task"
            | "asyncio.ensure_future"
            | "asyncio.wait_for"
            | "asyncio.shield"
            | "functools.wraps"
            | "functools.lru_cache"
            | "functools.cache"
            | "contextlib.closing"
            | "contextlib.nullcontext"
            | "functools.singledispatch"
            | "typing.cast"
            | "asyncio.get_event_loop().run_until_complete"
            | "asyncio.new_event_loop().run_until_complete"
            | "weakref.ref"
            | "weakref.proxy"
            | "builtins.staticmethod"
            | "builtins.classmethod"
            | "contextlib.contextmanager"
            | "contextlib.asynccontextmanager"
            | "types.coroutine"
            | "dataclasses.dataclass"
            | "dataclasses.replace"
            | "functools.total_ordering"
            | "typing.NewType"
            | "abc.abstractmethod"
            | "contextlib.ExitStack().enter_context"
            | "anyio.run"
            | "contextlib.aclosing"
            | "dataclasses.field"
            | "enum.unique"
            | "typing.final"
            | "typing.overload"
            | "builtins.memoryview" => Self::PassesOn,
            "builtins.list"
            | "builtins.tuple"
            | "builtins.set"
            | "builtins.frozenset"
            | "builtins.sorted"
            | "builtins.reversed"
            | "builtins.iter"
            | "collections.deque"
            | "itertools.cycle"
            | "itertools.chain"
            | "itertools.islice"
            | "itertools.chain.from_iterable"
            | "asyncio.gather"
            | "asyncio.wait"
            | "asyncio.as_completed"
            | "itertools.repeat"
            | "random.sample"
            | "random.choices"
            | "random.choice"
            | "builtins.max"
            | "builtins.min"
            | "itertools.takewhile"
            | "itertools.dropwhile"
            | "itertools.tee"
            | "itertools.product"
            | "itertools.permutations"
            | "itertools.combinations"
            | "itertools.zip_longest"
            | "builtins.aiter"
            | "heapq.nlargest"
            | "heapq.nsmallest"
            | "builtins.sum" => Self::Collects,
            "builtins.dict" | "collections.OrderedDict" | "collections.ChainMap" | "types.MappingProxyType" => {
                Self::Dict
            }
            "collections.defaultdict" => Self::DefaultDict,
            "builtins.zip" => Self::Zip,
            "builtins.enumerate" => Self::Enumerate,
            "builtins.map"
            | "concurrent.futures.ThreadPoolExecutor().map"
            | "concurrent.futures.ProcessPoolExecutor().map"
            | "concurrent.futures.thread.ThreadPoolExecutor().map"
            | "multiprocessing.Pool().map"
            | "multiprocessing.Pool().imap"
            | "multiprocessing.Pool().imap_unordered"
            | "multiprocessing.Pool().map_async"
            | "multiprocessing.pool.ThreadPool().map"
            | "multiprocessing.pool.ThreadPool().imap"
            | "multiprocessing.pool.ThreadPool().map_async"
            | "multiprocessing.pool.Pool().map"
            | "multiprocessing.dummy.Pool().map" => Self::Maps,
            "itertools.starmap"
            | "multiprocessing.Pool().starmap"
            | "multiprocessing.pool.ThreadPool().starmap"
            | "multiprocessing.pool.Pool().starmap"
            | "multiprocessing.dummy.Pool().starmap" => Self::Starmaps,
            "builtins.filter" | "itertools.filterfalse" => Self::Filters,
            "functools.reduce" | "itertools.accumulate" => Self::Reduces,
            "concurrent.futures.ThreadPoolExecutor().submit"
            | "concurrent.futures.ProcessPoolExecutor().submit"
            | "concurrent.futures.thread.ThreadPoolExecutor().submit"
            | "asyncio.to_thread"
            | "atexit.register"
            | "_thread.start_new_thread"
            | "asyncio.get_event_loop().call_soon"
            | "asyncio.get_running_loop().call_soon"
            | "asyncio.get_event_loop().call_soon_threadsafe"
            | "contextlib.ExitStack().callback"
            | "contextvars.copy_context().run"
            | "contextvars.Context().run" => Self::Calls,
            "asyncio.get_event_loop().run_in_executor"
            | "asyncio.get_running_loop().run_in_executor"
            | "asyncio.get_event_loop().call_later"
            | "asyncio.get_running_loop().call_later"
            | "weakref.finalize"
            | "signal.signal" => Self::CallsFromSecond,
            "sched.scheduler().enter" | "sched.scheduler().enterabs" => Self::CallsFromThird,
            "threading.Thread"
            | "multiprocessing.Process"
            | "multiprocessing.context.Process"
            | "multiprocessing.Pool().apply"
            | "multiprocessing.Pool().apply_async"
            | "multiprocessing.pool.ThreadPool().apply"
            | "multiprocessing.pool.ThreadPool().apply_async" => Self::Thread,
            "threading.Timer" => Self::Timer,
            "builtins.super" => Self::Super,
            "builtins.type" | "types.new_class" => Self::Type,
            "builtins.next" | "builtins.anext" => Self::Next,
            "builtins.str" => Self::Str,
            "builtins.chr" => Self::Chr,
            "base64.b64decode"
            | "base64.urlsafe_b64decode"
            | "base64.standard_b64decode"
            | "base64.b32decode"
            | "base64.b16decode"
            | "base64.decodebytes"
            | "base64.b85decode"
            | "base64.a85decode"
            | "codecs.decode"
            | "codecs.encode"
            | "zlib.decompress"
            | "bz2.decompress"
            | "gzip.decompress"
            | "lzma.decompress"
            | "binascii.a2b_base64"
            | "binascii.a2b_hex" => Self::Decodes,
            "builtins.bytes.fromhex" | "builtins.bytearray.fromhex" | "binascii.unhexlify" => Self::FromHex,
            "builtins.str.join" => Self::Joins,
            "builtins.bytes" => Self::Joins,
            "types.SimpleNamespace" | "argparse.Namespace" => Self::SimpleNamespace,
            "sys._getframe"
            | "inspect.currentframe"
            | "inspect.stack"
            | "gc.get_objects"
            | "gc.get_referrers"
            | "gc.get_referents"
            | "sys._current_frames"
            | "inspect.getmembers"
            | "sys.exc_info"
            | "inspect.trace"
            | "types.FunctionType"
            | "types.CodeType"
            | "sys.settrace"
            | "sys.setprofile"
            | "inspect.getouterframes" => Self::Inside,
            "pickle.loads" | "pickle.load" | "pickle.Unpickler" | "_pickle.loads" | "marshal.loads"
            | "marshal.load" | "dill.loads" | "dill.load" | "cloudpickle.loads" | "cloudpickle.load"
            | "shelve.open" | "joblib.load" | "jsonpickle.decode" => Self::Revives,
            "builtins.range" => Self::Range,
            "builtins.int" | "builtins.float" | "builtins.complex" | "builtins.abs" | "builtins.bytearray"
            | "builtins.round" | "builtins.any" | "builtins.all" | "builtins.ord" | "builtins.hex" | "builtins.oct"
            | "builtins.bin" | "builtins.divmod" | "builtins.pow" | "builtins.slice" | "builtins.input"
            | "builtins.object" => Self::Data,
            _ => return None,
        })
    }
}
