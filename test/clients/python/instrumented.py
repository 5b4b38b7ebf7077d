"""LLM clients with instrumentation, through the gateway, their own spans sent to the same server: each call is reported
twice. usage: instrumented.py openai-v2|traceloop|openinference|anthropic SERVICE"""

import json
import os
import sys
import traceback

os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_AND_EVENT"

import anthropic
import httpx2
import openai
from opentelemetry import propagate, trace

from otel_setup import setup

BASE = os.environ["TELLTALE_URL"]
MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi there"}]
kind, service = sys.argv[1:]
_, flush = setup(service, "grpc" if kind == "traceloop" else "http")
tracer = trace.get_tracer("app")


def instrument():
    if kind == "openai-v2":
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    elif kind == "traceloop":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    elif kind == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor
    else:
        return  # Anthropic's SDK brings its own
    OpenAIInstrumentor().instrument()


instrument()


def headers(case):
    """What the application tells of its user, as it would for any proxy."""
    return {"X-Session-Id": f"{service}-{case}", "X-User-Id": "user-123", "X-Request-Id": f"{service}-{case}"}


def inject(request):
    propagate.inject(request.headers)


joined = openai.OpenAI(base_url=f"{BASE}/openai/v1", api_key="sk-test-0000000000000000000000",
                       http_client=httpx2.Client(event_hooks={"request": [inject]}))
apart = openai.OpenAI(base_url=f"{BASE}/openai/v1", api_key="sk-test-0000000000000000000000")
claude = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-test-000000000000")


def chat(client):
    def run(case):
        r = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, extra_headers=headers(case))
        return {"id": r.id, "input": r.usage.prompt_tokens, "output": r.usage.completion_tokens}
    return run


def stream(client):
    def run(case):
        chunks = list(client.chat.completions.create(
            model="gpt-4o-mini", messages=MESSAGES, stream=True, stream_options={"include_usage": True}, extra_headers=headers(case)))
        u = chunks[-1].usage
        return {"id": chunks[-1].id, "input": u.prompt_tokens, "output": u.completion_tokens}
    return run


def embeddings(case):
    r = joined.embeddings.create(model="text-embedding-3-small", input=["one", "two"], extra_headers=headers(case))
    return {"input": r.usage.prompt_tokens}


def client_says(case):
    """User and session stand on the client's span alone: the gateway learns of them when both are one call."""
    from openinference.instrumentation import using_attributes

    with using_attributes(session_id=f"{service}-{case}", user_id="user-123"):
        r = joined.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
    return {"id": r.id, "input": r.usage.prompt_tokens, "output": r.usage.completion_tokens}


def error(case):
    try:
        joined.with_options(max_retries=0).chat.completions.create(model="mock-500", messages=MESSAGES, extra_headers=headers(case))
    except openai.InternalServerError:
        return {"failed": True}
    raise AssertionError("no error")


def message(case):
    r = claude.messages.create(model="claude-sonnet-4-5", max_tokens=64, messages=MESSAGES[1:], extra_headers=headers(case))
    return {"id": r.id, "input": r.usage.input_tokens, "output": r.usage.output_tokens}


def message_stream(case):
    with claude.messages.stream(model="claude-sonnet-4-5", max_tokens=64, messages=MESSAGES[1:], extra_headers=headers(case)) as s:
        r = s.get_final_message()
    return {"id": r.id, "input": r.usage.input_tokens, "output": r.usage.output_tokens}


CASES = {
    "chat": chat(joined), "stream": stream(joined), "apart": chat(apart), "apart_stream": stream(apart),
    "embeddings": embeddings, "error": error,
}
if kind == "anthropic":
    CASES = {"message": message, "message_stream": message_stream}
if kind == "openinference":
    CASES["client_says"] = client_says

for case, run in CASES.items():
    try:
        with tracer.start_as_current_span(case) as root:
            facts = run(case)
        facts |= {"trace": format(root.get_span_context().trace_id, "032x"), "apart": case.startswith("apart") and kind != "traceloop"}  # which sends traceparent itself
        print(json.dumps({"case": case, "ok": True, **facts}), flush=True)
    except Exception:
        print(json.dumps({"case": case, "ok": False, "error": traceback.format_exc()}), flush=True)
if not flush():
    sys.exit("the server did not take the spans")
