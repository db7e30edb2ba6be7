import asyncio, epics
async def w(c, v):
    for _ in range(10):
        await asyncio.sleep(0)
        try: epics.caput(c, v)
        except BaseException as x: pass
async def main():
    ts = [asyncio.ensure_future(w("BI:" + c, v)) for c in ("STEP", "SET", "MODE", "BULK0") for v in (1.0, 2.0)]
    await asyncio.sleep(0); [t.cancel() for t in ts[::2]]
    await asyncio.gather(*ts, return_exceptions=True)
try: asyncio.run(main())
except BaseException as e: print(repr(e))
