"""Whether the server of this container answers. Ends with 0 if it does."""

import http.client
import os

connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("AERIE_JUPYTER_PORT", "8888")), timeout=4)
connection.request("GET", "/api")
raise SystemExit(connection.getresponse().status != 200)
