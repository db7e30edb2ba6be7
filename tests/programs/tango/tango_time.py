"""Times of reads."""
import datetime
import time
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
r = ps.read_attribute("current")
print(abs(r.time.totime() - time.time()) < 60, isinstance(r.time.todatetime(), datetime.datetime), r.time.tv_sec > 1e9)
print(r.get_date() is not None, r.time.strftime("%Y") >= "2024", tango.TimeVal.fromtimestamp(2.5).tv_usec)
print(ps.ping() > 0, tango.TimeVal(datetime.datetime(2020, 1, 1)).todatetime())
