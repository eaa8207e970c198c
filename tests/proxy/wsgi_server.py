"""A WSGI application behind gunicorn or waitress that says what it has seen: `wsgi_server.py gunicorn|waitress`.

Prints its port. A request is noted as "METHOD /path?query BYTES" once its body has been read whole.
"""

import socket
import sys
import threading

seen = []
lock = threading.Lock()


def application(environ, start_response):
    path = environ.get("RAW_URI") or environ["PATH_INFO"]
    if path == "/what-was-seen":
        with lock:
            body = "".join(line + "\n" for line in seen).encode("latin-1")
            seen.clear()
    else:
        content = environ["wsgi.input"].read()
        wanted = environ.get("CONTENT_LENGTH")
        if not wanted or int(wanted) == len(content):
            query = environ.get("QUERY_STRING")
            if "RAW_URI" not in environ and query:
                path += "?" + query
            with lock:
                seen.append(f"{environ['REQUEST_METHOD']} {path} {len(content)}")
        body = b""
    start_response("200 OK", [("Content-Length", str(len(body))), ("X-Application", "yes"),
                              ("Cache-Control", "no-store")])
    return [body]


def run_gunicorn(listener):
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self):
            self.cfg.set("bind", f"fd://{listener.fileno()}")
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", 4)
            self.cfg.set("keepalive", 5)
            self.cfg.set("loglevel", "critical")

        def load(self):
            return application

    Server().run()


def run_waitress(listener):
    from waitress import serve

    serve(application, sockets=[listener], _quiet=True)


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(listener.getsockname()[1], flush=True)
{"gunicorn": run_gunicorn, "waitress": run_waitress}[sys.argv[1]](listener)
