"""A bare Jupyter client: ``bare_jupyter.py HOST:PORT TOKEN KERNEL ROUNDS`` prints the median of hellos, in milliseconds.

One kernel, one connection, nothing but the protocol: from sending ``execute_request`` until the kernel is idle again.
"""

import json
import socket
import statistics
import sys
import time
import urllib.request
import uuid

import websocket

address, token, name, rounds = sys.argv[1:]
header = {"Authorization": f"token {token}"}


def rest(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{address}{path}", data, header, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


kernel = rest("POST", "/api/kernels", {"name": name})["id"]
channel = websocket.create_connection(
    f"ws://{address}/api/kernels/{kernel}/channels",
    header=[f"Authorization: token {token}"],
    sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
)
session = uuid.uuid4().hex


def hello(code="print('hello')"):
    message = uuid.uuid4().hex
    channel.send(
        json.dumps(
            {
                "channel": "shell",
                "header": {"msg_id": message, "msg_type": "execute_request", "session": session, "username": "", "version": "5.3"},
                "parent_header": {},
                "metadata": {},
                "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
            }
        )
    )
    said, replied, idle = "", False, False
    while not (replied and idle):
        answer = json.loads(channel.recv())
        if answer["parent_header"].get("msg_id") != message:
            continue
        if answer["msg_type"] == "stream":
            said += answer["content"]["text"]
        replied |= answer["msg_type"] == "execute_reply"
        idle |= answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle"
    assert said == "hello\n", said


try:
    for _ in range(5):
        hello()
    times = []
    for _ in range(int(rounds)):
        begun = time.perf_counter()
        hello()
        times.append(time.perf_counter() - begun)
        time.sleep(0.1)
    print(statistics.median(times) * 1e3)
finally:
    rest("DELETE", f"/api/kernels/{kernel}")
