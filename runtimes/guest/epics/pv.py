"""``epics.PV`` and ``epics.get_pv``, over the host's gate.

What it promises: pyepics' PV, with its arguments, attributes and answers. Three things are different:

- ``get`` and ``value`` always read afresh through the gate, with a monitor or without one; ``use_monitor`` decides
  only which metadata come with the value.
- A PV is monitored only once the program wants to hear of it: with a callback, or with ``auto_monitor=True``.
- Callbacks run while the program waits: in ``time.sleep``, ``epics.poll``, ``ca.pend_event``, and the calls of a PV.
"""

import time
from math import log10
from types import SimpleNamespace

from aerie_guest import control
from epics import ca, dbr

_PVcache_ = {}
_LOOK = 0.25


def fmt_time(tstamp=None):
    "A time as pyepics prints it."
    whole, part = divmod(time.time() if tstamp is None else tstamp, 1)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(whole))}.{round(1.0e5 * part):05d}"


def get_pv(
    pvname,
    form="time",
    connect=False,
    context=None,
    timeout=5.0,
    connection_callback=None,
    access_callback=None,
    callback=None,
    verbose=False,
    count=None,
    auto_monitor=None,
    monitor_delta=None,
):
    """The PV of a name: the one that there is already, or a new one."""
    if isinstance(pvname, PV):
        pvname = pvname.pvname
    if form not in ("native", "time", "ctrl"):
        form = "time"
    found = _PVcache_.get((pvname, form))
    if found is None:
        found = _PVcache_[pvname, form] = default_pv_class(
            pvname,
            form=form,
            callback=callback,
            connection_callback=connection_callback,
            access_callback=access_callback,
            connection_timeout=timeout,
            count=count,
            verbose=verbose,
            auto_monitor=auto_monitor,
            monitor_delta=monitor_delta,
        )
    else:
        found._join(connection_callback, access_callback, callback, auto_monitor)
    if connect and not found.wait_for_connection(timeout=timeout):
        ca.write(f"cannot connect to {pvname}")
    return found


def clear_pvcache():
    """Disconnects every PV that get_pv has given."""
    for found in list(_PVcache_.values()):
        found.disconnect()
    _PVcache_.clear()


class PV:
    """An EPICS process variable."""

    _fmtsca = "<PV '%(pvname)s', count=%(count)i, type=%(typefull)s, access=%(access)s>"
    _fmtarr = "<PV '%(pvname)s', count=%(count)i/%(nelm)i, type=%(typefull)s, access=%(access)s>"
    _fields = (
        "pvname", "value", "char_value", "status", "ftype", "chid", "host", "count", "access", "write_access",
        "read_access", "severity", "timestamp", "posixseconds", "nanoseconds", "precision", "units", "enum_strs",
        "monitor_delta", "upper_disp_limit", "lower_disp_limit", "upper_alarm_limit", "lower_alarm_limit",
        "lower_warning_limit", "upper_warning_limit", "upper_ctrl_limit", "lower_ctrl_limit",
    )  # fmt: skip

    def __init__(
        self,
        pvname,
        callback=None,
        form="time",
        verbose=False,
        auto_monitor=None,
        count=None,
        connection_callback=None,
        connection_timeout=None,
        access_callback=None,
        monitor_delta=None,
    ):
        self.pvname = pvname.strip()
        self.form = form.lower()
        self.verbose = verbose
        self.connection_timeout = ca.DEFAULT_CONNECTION_TIMEOUT if connection_timeout is None else connection_timeout
        self.connection_callbacks = [] if connection_callback is None else [connection_callback]
        self.access_callbacks = [] if access_callback is None else [access_callback]
        self.callbacks = {}
        self.ftype = None
        self._auto_monitor = auto_monitor
        self._explicit = bool(auto_monitor)
        self._user_max_count = count
        self._put_complete = None
        self._connected = False
        self._monref = None
        self._skip_first = False
        self._channel = ca._channel(self.pvname)
        self.chid = self._channel.chid
        self.context = ca.current_context()
        self._empty(count, monitor_delta)
        given = callback if isinstance(callback, (tuple, list)) else [callback]
        self.callbacks = {index: (one, {}) for index, one in enumerate(given) if callable(one)}
        self._check_auto_monitor()

    def _empty(self, count=None, monitor_delta=None):
        self._args = dict.fromkeys(self._fields)
        self._args.update(
            pvname=self.pvname, chid=self.chid, count=count, monitor_delta=monitor_delta, nelm=-1,
            type="unknown", typefull="unknown", access="unknown",
        )  # fmt: skip

    # --- Connection ---

    def _connect(self, timeout):
        """Asks whether it answers and, the first time it does, takes down what it is."""
        if not self._channel.connect(timeout):
            self._connected = False
            return False
        if not self._connected:
            self._set_connected()
        return True

    def _set_connected(self):
        channel, args = self._channel, self._args
        self.ftype = ca.promote_fieldtype(channel.type, use_ctrl=self.form == "ctrl", use_time=self.form == "time")
        args["nelm"] = channel.nelm
        args["count"] = min(channel.nelm, self._user_max_count or channel.nelm)
        args["type"] = args["typefull"] = dbr.Name(self.ftype).lower()
        args["ftype"] = self.ftype
        args["host"] = channel.about.get("server") or ""
        self.force_read_access_rights()
        if self._auto_monitor is None:
            self._auto_monitor = args["count"] < ca.AUTOMONITOR_MAXLENGTH
        self._connected = True
        for callback in list(self.access_callbacks):
            if callable(callback):
                callback(args["read_access"], args["write_access"], pv=self)
        self._tell_connection(True)
        # Now that its size is known, and where the host had nothing to subscribe to before.
        self._check_auto_monitor()

    def _tell_connection(self, conn):
        for callback in list(self.connection_callbacks):
            if callable(callback):
                callback(pvname=self.pvname, conn=conn, pv=self)

    def force_read_access_rights(self):
        "Takes down the rights as they were described last."
        about = self._channel.about
        read, write = bool(about["readable"]), bool(about["writable"])
        self._args.update(read_access=read, write_access=write, access=ca._ACCESS[read + 2 * write])

    @property
    def connected(self):
        "Whether it answers; asked of the host where that is not known."
        control.pump()
        return self._connected or self._connect(_LOOK)

    def wait_for_connection(self, timeout=None):
        "Waits for it to answer."
        control.pump()
        if self._connected and self._channel.connected:
            return True
        return self._connect(self.connection_timeout if timeout is None else timeout)

    def connect(self, timeout=None):
        "Waits for it to answer."
        return self.wait_for_connection(timeout)

    def reconnect(self):
        "Asks again what it is."
        self._connected = False
        self._channel.connected = False
        return self.wait_for_connection()

    def force_connect(self, pvname=None, chid=None, conn=True, **kws):
        return self.reconnect()

    def disconnect(self, deepclean=True):
        "Ends its monitor, forgets its callbacks, and takes it out of get_pv's cache."
        self._end_monitor()
        _PVcache_.pop((self.pvname, self.form), None)
        self.clear_callbacks(True, True)
        self._connected = False
        self._empty()

    # --- Monitoring ---

    @property
    def auto_monitor(self):
        return self._auto_monitor

    @auto_monitor.setter
    def auto_monitor(self, value):
        self._auto_monitor = value
        self._explicit = bool(value)
        self._check_auto_monitor()

    @property
    def auto_monitor_mask(self):
        if self._monref is None:
            return None
        return ca.DEFAULT_SUBSCRIPTION_MASK if self._auto_monitor in (True, None) else self._auto_monitor

    def clear_auto_monitor(self):
        "Ends its monitor."
        self.auto_monitor = False

    def _check_auto_monitor(self):
        """Starts or ends the monitor, as what is wanted has changed."""
        events = self._explicit or (self.callbacks and self._auto_monitor is not False)
        if not (events or self.connection_callbacks or self.access_callbacks):
            self._end_monitor()
        elif self._monref is None:
            # Who has the value already hears of changes only.
            self._skip_first = self._args["value"] is not None
            self._monref = ca._subscribe(self._channel, self._on_event)

    def _end_monitor(self):
        number, self._monref = self._monref, None
        if number is not None:
            control.unsubscribe(number)

    def _join(self, connection_callback, access_callback, callback, auto_monitor):
        """What get_pv does to a PV that there is already."""
        if connection_callback is not None:
            self.connection_callbacks.append(connection_callback)
            if self._connected:
                connection_callback(pvname=self.pvname, conn=True, pv=self)
        if access_callback is not None:
            self.access_callbacks.append(access_callback)
            if self._connected:
                access_callback(self._args["read_access"], self._args["write_access"], pv=self)
        if callback is not None:
            self.run_callback(self.add_callback(callback))
        if auto_monitor and not self._explicit:
            self.auto_monitor = auto_monitor
        self._check_auto_monitor()

    def _on_event(self, event):
        """What the subscription brings: a change of connection, or a reading."""
        if isinstance(event, control.Reading):
            if not self._connected and not self._connect(_LOOK):
                return
            if self._auto_monitor is False:
                return
            self._take(event)
            if self._skip_first:
                self._skip_first = False
                return
            self._set_charval(self._args["value"], call_ca=False)
            if self.verbose:
                ca.write(f"{self.pvname}: {self._args['char_value']} ({fmt_time(self._args['timestamp'])})")
            self.run_callbacks()
        elif event is True:
            self._connect(self.connection_timeout)
        elif event is False and self._connected:
            self._connected = self._channel.connected = False
            self._tell_connection(False)

    def run_callbacks(self):
        "Runs the callbacks with the data as they are."
        for index in sorted(self.callbacks):
            self.run_callback(index)

    def run_callback(self, index):
        "Runs one callback with the data as they are."
        function, named = self.callbacks.get(index, (None, None))
        if callable(function):
            function(**{**self._args, **named, "cb_info": (index, self)})

    def add_callback(self, callback=None, index=None, run_now=False, with_ctrlvars=True, **kw):
        "Has a function called for each change; gives the index to remove it by."
        if callable(callback):
            if index is None:
                index = 1 + max(self.callbacks, default=0)
            self.callbacks[index] = (callback, kw)
        if with_ctrlvars and self._connected:
            self.get_ctrlvars()
        if run_now:
            self.get(as_string=True)
            if self._connected:
                self.run_callback(index)
        self._check_auto_monitor()
        return index

    def remove_callback(self, index=None):
        "Forgets one callback."
        if self.callbacks.pop(index, None) is not None:
            self._check_auto_monitor()
            control.pump()

    def clear_callbacks(self, with_access_callback=False, with_connect_callback=False):
        "Forgets the callbacks."
        self.callbacks.clear()
        if with_access_callback:
            self.access_callbacks = []
        if with_connect_callback:
            self.connection_callbacks = []
        self._check_auto_monitor()

    # --- Reading ---

    def get(self, count=None, as_string=False, as_numpy=True, timeout=None, with_ctrlvars=False, use_monitor=True):
        "The value now, or None where it does not answer."
        found = self.get_with_metadata(count, as_string, as_numpy, timeout, with_ctrlvars, None, use_monitor)
        return None if found is None else found["value"]

    def get_with_metadata(
        self,
        count=None,
        as_string=False,
        as_numpy=True,
        timeout=None,
        with_ctrlvars=False,
        form=None,
        use_monitor=True,
        as_namespace=False,
    ):
        "The value now and what belongs to it, as a dictionary or a namespace, or None where it does not answer."
        if not self.wait_for_connection(timeout):
            return None
        reading = self._channel.read(timeout)
        if reading is None:
            self._connected = self._channel.connected
            return None
        if with_ctrlvars and self._args["units"] is None:
            self._args.update(ca._control(self._channel.about, self._channel.type))
        found = self._take(reading, form)
        same = form is None or ca.promote_type(self.chid, form == "time", form == "ctrl") == self.ftype
        if with_ctrlvars or (same and use_monitor and self._auto_monitor is not False):
            found = self._args.copy()
        value = self._args["value"]
        if as_string:
            value = self._set_charval(value, force_long_string=as_string)
        elif self._args["nelm"] > 1 and not isinstance(value, str):
            value = self._array(value, count, as_numpy)
        found["value"] = value
        return SimpleNamespace(**found) if as_namespace else found

    def _take(self, reading, form=None):
        """Takes down a reading; gives what came with it in a form."""
        found = ca._metadata(reading, self._channel.about, self._channel.type, form or self.form)
        found["value"] = value = ca._unwrapped(ca._native(reading.value), self._channel, self._user_max_count, True)
        self._args.update(found)
        if self._auto_monitor is not False:
            self._args["count"] = 1 if isinstance(value, (str, int, float)) else len(value)
        return found

    def _array(self, value, count, as_numpy):
        if isinstance(value, (int, float)):
            value = [value]
        if count:
            value = value[:count]
        if as_numpy and ca.HAS_NUMPY:
            return ca.numpy.asarray(value)
        return value.tolist() if hasattr(value, "tolist") else value

    def get_ctrlvars(self, timeout=5, warn=True):
        "Limits, precision, units, states and alarm, asked afresh."
        return self._facts(ca.get_ctrlvars)

    def get_timevars(self, timeout=5, warn=True):
        "Alarm and time, asked afresh."
        return self._facts(ca.get_timevars)

    def _facts(self, ask):
        if not self.wait_for_connection():
            return None
        found = ask(self.chid)
        if found is not None:
            self._args.update(found)
            self.force_read_access_rights()
        return found

    # --- Writing ---

    def put(self, value, wait=False, timeout=30.0, use_complete=False, callback=None, callback_data=None):
        "Writes; gives 1, or -1 where its end was not seen, or None where it does not answer."
        if not self.wait_for_connection():
            return None
        self._put_complete = False if use_complete else None

        def done(pvname=None, **named):
            self._put_complete = True
            if callback is not None:
                callback(pvname=pvname, **named)

        function = done if use_complete or callback else None
        result = ca._put(self._channel, value, wait, timeout, function, callback_data)
        if result is None:
            self._connected = False
        return result

    @property
    def put_complete(self):
        "Whether the last put with use_complete has ended."
        if self._put_complete is False:
            control.pump()
        return self._put_complete

    # --- Text ---

    def _set_charval(self, val, call_ca=True, force_long_string=False):
        """The text of a value."""
        text = self._args["char_value"] = self._text(val, call_ca, force_long_string)
        return text

    def _text(self, val, call_ca, force_long_string):
        if val is None:
            return "None"
        native = self._channel.type
        if native == dbr.STRING:
            return val
        count = self.count
        if native == dbr.CHAR and (count < ca.AUTOMONITOR_MAXLENGTH or force_long_string is True):
            codes = [val] if isinstance(val, int) else list(val)
            codes = codes[: codes.index(0)] if 0 in codes else codes
            try:
                return "".join(map(chr, codes)).rstrip()
            except ValueError:
                return ""
        if count > 1:
            size = len(val) if hasattr(val, "__len__") else 1
            return f"<array size={size}, type={dbr.Name(self.ftype).lower()}>"
        if native in (dbr.FLOAT, dbr.DOUBLE):
            if call_ca and self._args["precision"] is None:
                self._args.update(ca._control(self._channel.about, native))
            try:
                style = "g" if abs(int(log10(abs(val + 1.0e-9)))) > 4 else "f"
                return f"%.{self._args['precision']:d}{style}" % val
            except (ValueError, TypeError, ArithmeticError):
                return str(val)
        if native == dbr.ENUM:
            if call_ca and not self._args["enum_strs"]:
                self._args["enum_strs"] = tuple(self._channel.about.get("labels") or ())
            try:
                return self._args["enum_strs"][val]
            except (TypeError, KeyError, IndexError):
                return str(val)
        return repr(val)

    # --- Attributes ---

    def _getarg(self, arg):
        if self._args["value"] is None:
            self.get()
        elif arg in _CHANGING and self._monref is None and self._auto_monitor is not False:
            # pyepics would have heard of a change by now.
            self.get_timevars()
        if self._args[arg] is None:
            fresh = self.get_timevars if arg in _CHANGING else self.get_ctrlvars
            fresh()
        return self._args.get(arg)

    @property
    def value(self):
        "The value now; setting it writes."
        return None if self.get() is None else self._args["value"]

    @value.setter
    def value(self, val):
        self.put(val)

    @property
    def char_value(self):
        "The value now, as text."
        self.get()
        if self._args["value"] is None:
            return "None"
        if self._args["precision"] is None and self._args["enum_strs"] is None:
            self.get_ctrlvars(timeout=1, warn=False)
        return self._set_charval(self._args["value"])

    @property
    def count(self):
        "The number of elements."
        if self._args["count"] is None:
            self.wait_for_connection()
        if self._args["value"] is None and self._args["nelm"] > 1 and self._auto_monitor is not False:
            self.get()
        return self._args["count"]

    @property
    def nelm(self):
        "The most elements that it can have."
        return ca.element_count(self.chid)

    @property
    def type(self):
        "The type's name, such as time_double."
        if not self._connected:
            self._connect(_LOOK)
        return self._args["type"]

    typefull = type

    @property
    def char_status(self):
        return dbr.AlarmStatus(self.status).name

    @property
    def char_severity(self):
        return dbr.AlarmSeverity(self.severity).name

    @property
    def info(self):
        "All of it, as text."
        return self._getinfo()

    def _getinfo(self):
        if not self.wait_for_connection():
            return None
        self.get()
        self.get_ctrlvars()
        form, _, native = self._args["typefull"].rpartition("_")
        out = [f"== {self.pvname}  ({form or 'native'}_{native}) =="]
        for name, value in self._info_fields(native):
            out.append(f"   {name:{20 if len(name) > 14 else 15}s} = {value}")
        if native == "enum":
            out.append("   enum strings: ")
            out += [f"       {index} = {label}" for index, label in enumerate(self.enum_strs)]
        if self._monref is None:
            out.append("   PV is NOT internally monitored")
        else:
            out.append(f"   PV is internally monitored, with {len(self.callbacks)} user-defined callbacks")
            for index in sorted(self.callbacks):
                function = self.callbacks[index][0]
                file = getattr(getattr(function, "__code__", None), "co_filename", "?")
                out.append(f"      {getattr(function, '__name__', repr(function))} in file '{file}'")
        out.append("=============================")
        return "\n".join(out)

    def _info_fields(self, native):
        value = self._args["value"]
        style = "g" if native in ("float", "double") else "s" if native in ("string", "char") else "d"
        self._set_charval(value, call_ca=False)
        if self.count == 1:
            shown = format(value, style)
        else:
            items = list(value[:5])
            try:
                shown = ",".join(format(item, style) for item in items)
            except ValueError:
                shown = ",".join(map(repr, items))
            shown = f" array  [{shown}{',....' if self.count > 10 else ''}]"
        yield "value", shown
        for name in _INFO:
            found = self._args["typefull"] if name == "type" else getattr(self, name)
            if found is None:
                continue
            if name == "timestamp":
                found = f"{found:.3f} ({fmt_time(found)})"
            yield name, f"'{found}'" if name == "char_value" else found

    def poll(self, evt=1.0e-4, iot=1.0):
        "Waits a little, and runs the callbacks that are due."
        ca.poll(evt=evt, iot=iot)

    def __repr__(self):
        if not self.connected:
            return f"<PV '{self.pvname}': not connected>"
        return (self._fmtsca if self.count == 1 else self._fmtarr) % self._args

    def __eq__(self, other):
        return isinstance(other, PV) and self.chid == other.chid

    __hash__ = None

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"PV has no {name!r} here; the documentation lists what there is of pyepics' PV")


_CHANGING = frozenset(("status", "severity", "timestamp", "posixseconds", "nanoseconds"))
_INFO = (
    "char_value", "count", "nelm", "type", "units", "precision", "host", "access", "monitor_delta", "status",
    "char_status", "severity", "char_severity", "timestamp", "posixseconds", "nanoseconds", "upper_ctrl_limit",
    "lower_ctrl_limit", "upper_disp_limit", "lower_disp_limit", "upper_alarm_limit", "lower_alarm_limit",
    "upper_warning_limit", "lower_warning_limit",
)  # fmt: skip


def _attribute(name):
    return property(lambda self: self._getarg(name), doc=name.replace("_", " "))


for _name in PV._fields:
    if _name not in ("pvname", "value", "char_value", "chid", "count", "ftype"):
        setattr(PV, _name, _attribute(_name))

default_pv_class = PV
