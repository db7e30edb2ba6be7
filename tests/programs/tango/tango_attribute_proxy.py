"""One attribute."""
import tango

a = tango.AttributeProxy("tango://127.0.0.1:25450/test/ps/1/current#dbase=no")
print(a, a.name(), a.read().value)
a.write(3)
print(a.read().value, a.write_read(4).value, a.get_config().unit, a.state(), a.status(), a.ping() > 0)
print(a.get_device_proxy().dev_name())
for name in ("test/ps/1", "tango://127.0.0.1:25450/test/ps/1/nope#dbase=no"):
    try:
        tango.AttributeProxy(name)
    except tango.WrongNameSyntax as e:
        print(e.args[0].reason, e.args[0].desc)
