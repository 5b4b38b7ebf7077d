// Fills a server with what the browser tests look at, through the same doors as any client: seed.mjs URL
import { pathToFileURL } from 'node:url';
import { seedGateway } from './gateway.mjs';
import { seedHostile } from './hostile.mjs';
import { seedLarge } from './large.mjs';
import { seedMetrics } from './metrics.mjs';
import { seedShop } from './shop.mjs';

export const large = {
  spans10k: 'beef0000000000000000000000010000',
  spans30k: 'beef0000000000000000000000030000',
};

/** Fills a server and returns the visits: { trace, request, session, kind, failed }. */
export async function seed(server, now = Date.now()) {
  const visits = await seedShop(server, now);
  await seedMetrics(server, now, visits);
  await seedGateway(server);
  await seedLarge(server, now, 10_000, large.spans10k);
  await seedLarge(server, now, 30_000, large.spans30k);
  await seedHostile(server, now);
  return visits;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const began = Date.now();
  const visits = await seed(process.argv[2] ?? 'http://127.0.0.1:8080');
  console.log(`${visits.length} visits, two large traces and the hostile set in ${Date.now() - began} ms`);
}
