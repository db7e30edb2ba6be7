"""What this server offers: kernels, over the REST interface and WebSockets, to whoever has the token. Nothing else.

From the environment:

    AERIE_TOKEN_DIGEST_FILE   a file with the token's SHA-256 in hexadecimal (/run/secrets/aerie_token_digest). The
                              token itself is nowhere in this server: what a kernel can read opens nothing.
    AERIE_JUPYTER_PORT        the port (8888)
    AERIE_JUPYTER_IP          the address to listen on (all of the container's)
"""

import ctypes
import hashlib
import hmac
import os
import re
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_server.auth import Authorizer, IdentityProvider, User

KERNELSPECS = {"python3-epics-readonly", "python3-epics-write"}

# Another process of the same user can neither read this one's memory nor trace it (PR_SET_DUMPABLE).
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)

digest = Path(os.environ.get("AERIE_TOKEN_DIGEST_FILE", "/run/secrets/aerie_token_digest")).read_text().split()
if len(digest) < 1 or not re.fullmatch("[0-9a-f]{64}", digest[0]):
    raise SystemExit("AERIE_TOKEN_DIGEST_FILE must hold a SHA-256 in hexadecimal: see README.md")


class TokenInHeader(IdentityProvider):
    """One token, in the Authorization header alone: no cookies, no login page, nothing in addresses that are logged."""

    login_available = False
    logout_available = False

    def get_token(self, handler):
        match = self.auth_header_pat.fullmatch(handler.request.headers.get("Authorization", ""))
        return match.group(2) if match else None

    async def get_user_token(self, handler):
        token = self.get_token(handler) or ""
        given = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
        return User("aerie") if hmac.compare_digest(given, digest[0]) else None

    def get_user_cookie(self, handler):
        return None

    def set_login_cookie(self, handler, user):
        pass


class KernelsOnly(Authorizer):
    """Kernels and their sessions may be read, started and used; names of kernelspecs and the server's state may be read."""

    def is_authorized(self, handler, user, action, resource):
        return resource in {"kernels", "sessions"} or (resource in {"api", "kernelspecs"} and action == "read")


class SupervisedOnly(KernelSpecManager):
    """The two kernelspecs. `allowed_kernelspecs` hides others from the list, but would still start them."""

    def get_kernel_spec(self, kernel_name):
        if kernel_name not in self.allowed_kernelspecs:
            raise NoSuchKernel(kernel_name)
        return super().get_kernel_spec(kernel_name)


c = get_config()  # noqa: F821

c.ServerApp.identity_provider_class = TokenInHeader
c.ServerApp.authorizer_class = KernelsOnly
c.ServerApp.allow_unauthenticated_access = False
c.IdentityProvider.token = ""
c.ServerApp.ip = os.environ.get("AERIE_JUPYTER_IP", "0.0.0.0")
c.ServerApp.port = int(os.environ.get("AERIE_JUPYTER_PORT", "8888"))
c.ServerApp.port_retries = 0
c.ServerApp.allow_remote_access = True
c.ServerApp.open_browser = False
c.ServerApp.terminals_enabled = False
c.ServerApp.jpserver_extensions = {"jupyter_server_terminals": False}
c.ServerApp.root_dir = os.environ.get("AERIE_KERNEL_ROOT", "/tmp")
# A frame of the door has at most 64 MiB; tornado takes 10 MiB of a WebSocket's message by itself.
c.ServerApp.tornado_settings = {
    "websocket_max_message_size": 72 * 1024 * 1024,
    # Milliseconds. A client that is silent for so long has gone.
    "ws_ping_interval": 30_000,
    "ws_ping_timeout": 30_000,
}

c.ServerApp.kernel_spec_manager_class = SupervisedOnly
c.KernelSpecManager.ensure_native_kernel = False
c.KernelSpecManager.allowed_kernelspecs = KERNELSPECS
c.MappingKernelManager.default_kernel_name = min(KERNELSPECS)

# A kernel that died stays dead, and its client hears so at once.
c.KernelRestarter.restart_limit = 0
c.KernelRestarter.time_to_dead = 0.5
# A busy kernel is given half of these seconds to leave by itself when it is deleted. Then its supervisor ends it, and
# has the other half to be done before the answer.
c.KernelManager.shutdown_wait_time = 3.0
# Unix sockets need no port, which another process may have taken meanwhile, and no network.
c.KernelManager.transport = "ipc"
# Who knows a socket's name still cannot listen on it or speak: that takes the connection file.
c.MappingKernelManager.transport_encryption = "required"

# Every message arrives, also after a connection was lost for a while.
c.ZMQChannelsWebsocketConnection.limit_rate = False
# Kernels are told, and need not print slowly.
os.environ["AERIE_IOPUB_UNLIMITED"] = "1"
c.MappingKernelManager.buffer_offline_messages = True
# Kernels whose client is gone for a quarter of an hour, busy or not.
c.MappingKernelManager.cull_idle_timeout = int(os.environ.get("AERIE_CULL_SECONDS", "900"))
c.MappingKernelManager.cull_interval = max(1, c.MappingKernelManager.cull_idle_timeout // 15)
c.MappingKernelManager.cull_busy = True
c.MappingKernelManager.cull_connected = False
