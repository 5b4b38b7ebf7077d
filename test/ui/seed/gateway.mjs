// Model calls through the gateway to the mock provider, as a client makes them: answers, streams, failures.

const call = async (server, path, body, headers = {}) => {
  const answer = await fetch(server + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: 'Bearer sk-seed',
      'X-Telltale-Service': 'gateway-client',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
};

export async function seedGateway(server) {
  const ask = (model, text, more = {}) => ({
    model,
    messages: [
      { role: 'system', content: 'Answer briefly.' },
      { role: 'user', content: text },
    ],
    ...more,
  });
  const session = {
    'X-Session-Id': 'gateway-session',
    'X-User-Id': 'user-gateway',
  };
  for (let i = 0; i < 8; i++) {
    await call(
      server,
      '/openai/v1/chat/completions',
      ask('gpt-4o-mini', `Question ${i} of the gateway`, {
        stream: i % 2 === 0,
      }),
      session,
    );
    await call(
      server,
      '/anthropic/v1/messages',
      {
        model: 'claude-sonnet-4-5',
        max_tokens: 64,
        messages: [{ role: 'user', content: `Question ${i} to Claude` }],
      },
      session,
    );
    await call(
      server,
      '/gemini/v1beta/models/gemini-2.5-flash:generateContent',
      {
        contents: [{ role: 'user', parts: [{ text: `Question ${i} to Gemini` }] }],
      },
      session,
    );
  }
  for (const model of ['mock-429', 'mock-500', 'mock-stream-cut'])
    await call(
      server,
      '/openai/v1/chat/completions',
      ask(model, 'This fails', { stream: model.includes('stream') }),
      session,
    ).catch(() => 0); // a stream that is cut is what is wanted
}
