"""The negative control of ``faults``: says "accepted" first and saves a moment later. Never served."""

import io
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

from config.hot_path import HOT_PATHS  # noqa: TID251 - an application of the benchmark
from config.wsgi import application as honest  # noqa: TID251 - the same

LATER = 0.5  # seconds between the promise and the deed


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if not HOT_PATHS.fullmatch(environ["PATH_INFO"]):
        return honest(environ, start_response)
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    later = {**environ, "wsgi.input": io.BytesIO(body)}
    threading.Timer(LATER, lambda: honest(later, lambda *_: None)).start()
    told = [
        {"item": answer["item"], "seq": answer["seq"], "status": "accepted"}
        for answer in json.loads(body)["answers"]
    ]
    reply = json.dumps({"answers": told}).encode()
    start_response("200 OK", [("Content-Length", str(len(reply)))])
    return [reply]
