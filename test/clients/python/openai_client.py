import openai

from cases import BASE, TOOL, run

client = openai.OpenAI(base_url=f"{BASE}/openai/v1", api_key="sk-test-0000000000000000000000", max_retries=2)
MODEL = "gpt-4o-mini"
MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi there"}]


def usage(u):
    return {"input": u.prompt_tokens, "output": u.completion_tokens}


def chat(headers):
    r = client.chat.completions.create(model=MODEL, messages=MESSAGES, extra_headers=headers)
    assert r.choices[0].message.content
    return {"id": r.id, **usage(r.usage)}


def stream(headers):
    text, last = "", None
    for c in client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, extra_headers=headers):
        assert c.choices, "a chunk the client did not ask for came through"
        assert c.usage is None
        text += c.choices[0].delta.content or ""
        last = c
    assert text
    return {"id": last.id}


def stream_usage(headers):
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options=options, extra_headers=headers))
    return {"id": chunks[-1].id, **usage(chunks[-1].usage)}


def tools(headers):
    function = {"type": "function", "function": {"name": "get_weather", "parameters": TOOL}}
    r = client.chat.completions.create(model=MODEL, messages=MESSAGES, tools=[function], extra_headers=headers)
    assert r.choices[0].message.tool_calls[0].function.name == "get_weather"
    return {"id": r.id, "finish": "tool_call", **usage(r.usage)}


def responses(headers):
    r = client.responses.create(model=MODEL, input="hi there", extra_headers=headers)
    assert r.output_text
    return {"id": r.id, "input": r.usage.input_tokens, "output": r.usage.output_tokens}


def responses_stream(headers):
    final = None
    for e in client.responses.create(model=MODEL, input="hi there", stream=True, extra_headers=headers):
        if e.type == "response.completed":
            final = e.response
    return {"id": final.id, "input": final.usage.input_tokens, "output": final.usage.output_tokens}


def embeddings(headers):
    r = client.embeddings.create(model="text-embedding-3-small", input=["one", "two"], extra_headers=headers)
    assert len(r.data) == 2
    return {"input": r.usage.prompt_tokens}


def error(headers):
    try:
        client.with_options(max_retries=0).chat.completions.create(model="mock-500", messages=MESSAGES, extra_headers=headers)
    except openai.InternalServerError:
        return {"failed": True}
    raise AssertionError("no error")


def retry(headers):
    assert client.chat.completions.create(model="mock-429-once", messages=MESSAGES, extra_headers=headers).choices
    return {"calls": 2}


def long_stream(headers):
    n = sum(1 for _ in client.chat.completions.create(model="mock-slow-stream", messages=MESSAGES, stream=True, extra_headers=headers))
    assert n > 1
    return {}


run("openai-python", [chat, stream, stream_usage, tools, responses, responses_stream, embeddings, error, retry, long_stream])
