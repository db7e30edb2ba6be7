"""A slow device and a short time-out."""
import time
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


def answers():
    try:
        return ps.state() is not None
    except tango.DevFailed:
        return False


print(ps.get_timeout_millis(), ps.current)
ps.set_timeout_millis(500)
for what in (lambda: ps.slow, lambda: ps.Wait(), lambda: ps.write_attribute("slow_write", 1.0)):
    try:
        print(what())
    except tango.CommunicationFailed as e:
        print(e.args[0].reason, e.args[-1].reason, e.args[-1].desc)
    until(answers)
ps.set_timeout_millis(20000)
print(ps.slow, ps.Wait(), ps.slow_write)
