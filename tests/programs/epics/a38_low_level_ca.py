from epics import ca, dbr

P = "BI:"
chid = ca.create_channel(P + "SET")
print(ca.connect_channel(chid, timeout=10), ca.isConnected(chid), ca.state(chid) == dbr.CS_CONN)
print(ca.name(chid), ca.element_count(chid), ca.field_type(chid) == dbr.DOUBLE, ca.access(chid))
print(ca.get(chid), ca.put(chid, 2.5, wait=True), ca.get(chid))
print(ca.get_precision(chid), ca.get_severity(chid), ca.get_ctrlvars(chid)["units"])
mode = ca.create_channel(P + "MODE", connect=True)
print(ca.get(mode), ca.get(mode, as_string=True), ca.get_enum_strings(mode))
ca.get(chid, wait=False)
ca.pend_io(1.0)
print(ca.get_complete(chid))
missing = ca.create_channel(P + "MISSING")
print(ca.connect_channel(missing, timeout=0.2))
print(dbr.Name(dbr.TIME_DOUBLE), dbr.Name("ctrl_enum", reverse=True), ca.message(1))
