// A service with plain OpenTelemetry, as python/otel_sdk.py. usage: otel_sdk.mjs SERVICE json|proto|grpc
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { setup } from './otel_setup.mjs'

const [service, protocol] = process.argv.slice(2)
const { logger, flush } = setup(service, protocol)
const tracer = trace.getTracer('shop', '1.2.3')
const meter = metrics.getMeter('shop', '1.2.3')
meter.createCounter('orders').add(3, { region: 'eu' })
meter.createHistogram('charge.duration', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1, 10] } }).record(0.5)

const id = tracer.startActiveSpan('GET /orders/{id}', { kind: SpanKind.SERVER }, (root) => {
  root.setAttributes({
    'http.request.method': 'GET', 'http.route': '/orders/{id}', 'http.response.status_code': 500,
    'user.id': 'user-123', 'session.id': 'session-1', 'cart.items': 3, 'cart.total': 1.5, 'cart.gift': true, 'cart.tags': ['a', 'b'],
  })
  logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body: 'order 7 asked for', attributes: { order: 7 } })
  tracer.startActiveSpan('charge card', (child) => {
    child.addEvent('retry', { attempt: 2 })
    class ValueError extends Error { name = 'ValueError' }
    child.recordException(new ValueError('card declined'))
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' })
    logger.emit({
      severityNumber: SeverityNumber.ERROR, severityText: 'ERROR', body: 'charge failed',
      attributes: { 'exception.type': 'ValueError', 'exception.message': 'card declined' },
    })
    child.end()
  })
  root.end()
  return root.spanContext().traceId
})
await flush()
console.log(JSON.stringify({ case: 'request', ok: true, trace: id }))
