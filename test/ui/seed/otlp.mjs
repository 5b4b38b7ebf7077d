// OTLP over HTTP as JSON, the way an exporter writes it.

const value = (v) => {
  if (typeof v === 'string') return { stringValue: v };
  if (typeof v === 'boolean') return { boolValue: v };
  if (Array.isArray(v)) return { arrayValue: { values: v.map(value) } };
  return Number.isInteger(v) ? { intValue: String(v) } : { doubleValue: v };
};

export const attributes = (fields) => Object.entries(fields).map(([key, v]) => ({ key, value: value(v) }));

/** Milliseconds since 1970 as OTLP writes a moment. Fractions count: a span may last microseconds. */
export const nanos = (ms) => String(BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6)));

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** A span; begin and end are in milliseconds since 1970. */
export function span({
  trace,
  id,
  parent,
  name,
  kind = 'internal',
  begin,
  end,
  fields = {},
  error,
  events = [],
  links = [],
}) {
  return {
    traceId: trace,
    spanId: id,
    parentSpanId: parent,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanos(begin),
    endTimeUnixNano: nanos(end),
    attributes: attributes(fields),
    links,
    events: events.map((e) => ({
      timeUnixNano: nanos(e.at),
      name: e.name,
      attributes: attributes(e.fields ?? {}),
    })),
    status: error === undefined ? {} : { code: 2, message: error },
  };
}

async function post(url, body, type = 'application/json') {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return text === '' ? {} : JSON.parse(text);
}

const most = 4000; // spans in a request

/** Sends the spans of a service; what is partly refused fails. */
export async function sendSpans(server, service, spans, environment = 'production') {
  const resource = {
    attributes: attributes({
      'service.name': service,
      'deployment.environment.name': environment,
      'service.version': '2.4.1',
      'host.name': 'node-7',
    }),
  };
  for (let at = 0; at < spans.length; at += most) {
    const batch = {
      resourceSpans: [
        {
          resource,
          scopeSpans: [{ scope: { name: 'shop' }, spans: spans.slice(at, at + most) }],
        },
      ],
    };
    const { partialSuccess } = await post(`${server}/v1/traces`, JSON.stringify(batch));
    if (Number(partialSuccess?.rejectedSpans ?? 0) > 0)
      throw new Error(`spans of ${service}: ${partialSuccess.errorMessage}`);
  }
}

/** Sends metrics of a service, as a list of OTLP metrics. */
export async function sendMetrics(server, service, metrics) {
  const resource = {
    attributes: attributes({
      'service.name': service,
      'service.instance.id': 'a',
    }),
  };
  const { partialSuccess } = await post(
    `${server}/v1/metrics`,
    JSON.stringify({
      resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'shop' }, metrics }] }],
    }),
  );
  if (Number(partialSuccess?.rejectedDataPoints ?? 0) > 0)
    throw new Error(`metrics of ${service}: ${partialSuccess.errorMessage}`);
}

/** Sends log lines as JSON. */
export async function sendLines(server, lines) {
  for (let at = 0; at < lines.length; at += 2000) {
    const answer = await post(
      `${server}/api/v1/logs`,
      lines
        .slice(at, at + 2000)
        .map((l) => JSON.stringify(l))
        .join('\n') + '\n',
      'application/x-ndjson',
    );
    if (answer.rejected > 0) throw new Error(`log lines: ${JSON.stringify(answer)}`);
  }
}
