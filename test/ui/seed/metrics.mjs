// Metrics as a service sends them by OTLP: sums, gauges, histograms, exemplars that name traces.
import { attributes, nanos, sendMetrics } from './otlp.mjs';
import { random } from './random.mjs';

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Sends 45 minutes of metrics, one point every 15 s. traces are those that exemplars name. */
export async function seedMetrics(server, now, traces) {
  const r = random(45);
  const start = now - 45 * 60e3;
  let orders = 0,
    failed = 0,
    sum = 0;
  const buckets = new Array(bounds.length + 1).fill(0);
  for (let at = start, n = 0; at <= now; at += 15e3, n++) {
    const time = { startTimeUnixNano: nanos(start), timeUnixNano: nanos(at) };
    orders += 5 + r.below(20);
    failed += r.chance(0.2) ? 1 : 0;
    let last = 0;
    for (let i = 0; i < 12; i++) {
      last = r.exponential(0.2);
      sum += last;
      const slot = bounds.findIndex((b) => last <= b);
      buckets[slot < 0 ? bounds.length : slot]++;
    }
    const total = buckets.reduce((a, b) => a + b, 0);
    const exemplars =
      n % 4 === 0
        ? [
            {
              timeUnixNano: nanos(at),
              asDouble: last,
              traceId: traces[(n * 2) % traces.length].trace,
              spanId: r.hex(16),
            },
          ]
        : [];
    await sendMetrics(server, 'shop-metrics', [
      {
        name: 'shop_orders',
        unit: '1',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [
            ['ok', orders],
            ['failed', failed],
          ].map(([result, v]) => ({
            ...time,
            asDouble: v,
            attributes: attributes({ result }),
          })),
        },
      },
      {
        name: 'shop_basket_size',
        gauge: {
          dataPoints: ['eu', 'us', 'apac'].map((region, i) => ({
            ...time,
            asDouble: 3 + i + Math.sin(n / 9 + i),
            attributes: attributes({ region }),
          })),
        },
      },
      {
        name: 'shop_checkout_duration',
        unit: 's',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...time,
              count: String(total),
              sum,
              bucketCounts: buckets.map(String),
              explicitBounds: bounds,
              exemplars,
            },
          ],
        },
      },
    ]);
  }
}
