"""A service with plain OpenTelemetry: a request with a step that fails and logs about it. usage: otel_sdk.py SERVICE grpc|http"""

import json
import sys

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from otel_setup import setup

service, protocol = sys.argv[1:]
logger, flush = setup(service, protocol)
tracer = trace.get_tracer("shop", "1.2.3")
meter = metrics.get_meter("shop", "1.2.3")
meter.create_counter("orders").add(3, {"region": "eu"})
meter.create_histogram("charge.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 10]).record(0.5)

with tracer.start_as_current_span("GET /orders/{id}", kind=SpanKind.SERVER) as root:
    root.set_attributes({
        "http.request.method": "GET", "http.route": "/orders/{id}", "http.response.status_code": 500,
        "user.id": "user-123", "session.id": "session-1", "cart.items": 3, "cart.total": 1.5, "cart.gift": True, "cart.tags": ["a", "b"],
    })
    logger.info("order %d asked for", 7, extra={"order": 7})
    with tracer.start_as_current_span("charge card") as child:
        child.add_event("retry", {"attempt": 2})
        try:
            raise ValueError("card declined")
        except ValueError as e:
            child.record_exception(e)
            child.set_status(Status(StatusCode.ERROR, "card declined"))
            logger.exception("charge failed")
    trace_id = format(root.get_span_context().trace_id, "032x")

print(json.dumps({"case": "request", "ok": flush(), "trace": trace_id}), flush=True)
