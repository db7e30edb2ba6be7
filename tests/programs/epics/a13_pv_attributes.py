from epics import PV

P = "BI:"
pv = PV(P + "SET")
pv.wait_for_connection(timeout=10)
print(pv.pvname, pv.connected, pv.value, pv.char_value, pv.units, pv.precision)
print(pv.type, pv.count, pv.nelm, pv.access, pv.read_access, pv.write_access)
print(pv.lower_ctrl_limit, pv.upper_ctrl_limit, pv.lower_disp_limit, pv.upper_disp_limit)
print(pv.lower_alarm_limit, pv.lower_warning_limit, pv.upper_warning_limit, pv.upper_alarm_limit)
print(pv.severity, pv.status, pv.char_severity, pv.char_status)
print(pv.timestamp > 1e9, pv.posixseconds > 1e9, 0 <= pv.nanoseconds < 1e9)
print(pv.enum_strs, pv.host.partition(":")[2] != "")
rbv = PV(P + "RBV")
rbv.wait_for_connection()
print(rbv.access, rbv.write_access, rbv.precision)
print(pv, rbv)
