"""A chat server of our own in a thread, for tests of judges, and a judge that asks it without long pauses."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pluralstats.alignment.scoring.judges.requests import Endpoint
from pluralstats.alignment.scoring.judges.scorer import JudgeScorer


@contextmanager
def judge(answer):
    """A chat server that says ``answer(body, number of the request)``: a text, or (state, text, headers)."""
    seen = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                seen.append((self.path, dict(self.headers), body))
                said = answer(body, len(seen))
            state, text, headers = said if isinstance(said, tuple) else (200, reply(said), {})
            self.send_response(state)
            for name, value in {"Content-Length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that did not wait is what one test is about
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(text):
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage})


def scorer(url, **options):
    timing = {"attempts": 3, "pause": 0.001, "time_limit": 200}
    timing |= {name: options.pop(name) for name in timing if name in options}
    endpoint = Endpoint(url, **timing)
    return JudgeScorer(endpoint, "a-judge", **options)


def by_length(body, _):
    """Rates a response of n letters n."""
    question = body["messages"][0]["content"]
    return f"Rating: {len(question.split('<response>')[1].split('</response>')[0].strip())}"
