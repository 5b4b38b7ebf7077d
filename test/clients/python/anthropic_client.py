import anthropic

from cases import BASE, TOOL, run

client = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-test-000000000000", max_retries=2)
ASK = {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi there"}]}


def usage(u):
    return {"input": u.input_tokens + (u.cache_read_input_tokens or 0) + (u.cache_creation_input_tokens or 0), "output": u.output_tokens}


def messages(headers):
    r = client.messages.create(**ASK, extra_headers=headers)
    assert r.content[0].text
    return {"id": r.id, **usage(r.usage)}


def stream(headers):
    with client.messages.stream(**ASK, extra_headers=headers) as s:
        assert "".join(s.text_stream)
        r = s.get_final_message()
    return {"id": r.id, **usage(r.usage)}


def tools(headers):
    r = client.messages.create(**ASK, tools=[{"name": "get_weather", "description": "w", "input_schema": TOOL}], extra_headers=headers)
    assert r.stop_reason == "tool_use"
    return {"id": r.id, "finish": "tool_call", **usage(r.usage)}


def count_tokens(headers):
    assert client.messages.count_tokens(model=ASK["model"], messages=ASK["messages"], extra_headers=headers).input_tokens > 0
    return {"uncounted": True}


def error(headers):
    try:
        client.with_options(max_retries=0).messages.create(**{**ASK, "model": "mock-500"}, extra_headers=headers)
    except anthropic.InternalServerError:
        return {"failed": True}
    raise AssertionError("no error")


run("anthropic-python", [messages, stream, tools, count_tokens, error])
