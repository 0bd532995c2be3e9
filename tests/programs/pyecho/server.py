# SPDX-License-Identifier: MIT
"""An echo server on socketserver.ThreadingTCPServer.

SIGTERM ends it through the whole way down: the handler in the main thread
raises, every connection's thread is joined, atexit runs; the status is the
number of threads that are left over plus 3.
"""
import signal
import socketserver
import sys
import threading


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 1024


class Stop(Exception):
    pass


def stop(signum, frame):
    raise Stop


signal.signal(signal.SIGTERM, stop)
with Server(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    try:
        server.serve_forever()
    except Stop:
        pass
sys.exit(3 + threading.active_count() - 1)
