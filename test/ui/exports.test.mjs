// Files that tables are saved as hold what the tables show.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { withPage } from './lib/browser.mjs';
import { site } from './lib/site.mjs';

// parse reads RFC 4180.
function parse(csv) {
  const rows = [[]];
  let at = 0;
  while (at < csv.length) {
    let cell = '';
    if (csv[at] === '"') {
      for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
        if (csv[at] === '"') at++;
        cell += csv[at];
      }
      at++;
    } else while (at < csv.length && csv[at] !== ',' && csv[at] !== '\r') cell += csv[at++];
    rows.at(-1).push(cell);
    if (csv[at] === ',') at++;
    else if (csv.startsWith('\r\n', at)) {
      at += 2;
      if (at < csv.length) rows.push([]);
    } else assert.equal(at, csv.length, `row ${rows.length} ends as CSV does`);
  }
  return rows;
}

// texts are the texts and numbers of a record, as CSV writes them.
const texts = (value) =>
  value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [String(value)];

async function save(visit, kind) {
  await visit.page.getByRole('button', { name: 'Export what is shown' }).click();
  const [download] = await Promise.all([
    visit.page.waitForEvent('download'),
    visit.page.getByRole('menuitem', { name: kind }).click(),
  ]);
  return {
    name: download.suggestedFilename(),
    text: await readFile(await download.path(), 'utf8'),
  };
}

const range = () => `from=${new Date(Date.now() - 7200e3).toISOString()}&to=${new Date().toISOString()}`;

describe('exports', { concurrency: 3 }, () => {
  for (const [path, api, list] of [
    ['/calls?q=service:chat-api+status:error', '/api/v1/calls?q=service:chat-api+status:error', 'spans'],
    ['/traces?q=service:research-agent', '/api/v1/traces?q=service:research-agent', 'traces'],
    ['/logs?q=service:rag-api+level:warn', '/api/v1/logs?q=service:rag-api+level:warn', 'logs'],
    ['/sessions?q=service:chat-api', '/api/v1/sessions?q=service:chat-api', 'sessions'],
    ['/errors?q=service:chat-api', '/api/v1/errors?q=service:chat-api', 'errors'],
  ]) {
    test(
      path,
      withPage(site, {}, async (visit) => {
        const time = range();
        await visit.go(`${path}&${time}`);
        const records = (await site.server.get(`${api}&${time}&limit=100`))[list];
        const shown = records.length;
        assert.ok(shown > 0 && shown < 100, `all of ${shown} fit on the page`);
        const json = await save(visit, /JSON/);
        assert.match(json.name, /\.json$/);
        const rows = JSON.parse(json.text);
        assert.equal(rows.length, shown);
        const id = (r) => r.span_id ?? r.session_id ?? r.fingerprint ?? r.trace_id ?? r.body;
        assert.deepEqual(new Set(rows.map(id)), new Set(records.map(id)));
        const csv = await save(visit, /CSV/);
        assert.match(csv.name, /\.csv$/);
        const [head, ...cells] = parse(csv.text);
        assert.equal(cells.length, shown);
        assert.ok(head.length > 3 && cells.every((c) => c.length === head.length), `as many cells as names: ${head}`);
        rows.slice(0, 20).forEach((record, i) => {
          const there = texts(record).filter((text) => cells[i].includes(text));
          assert.ok(there.length >= 2, `row ${i} of the CSV, ${cells[i]}, is of ${JSON.stringify(record)}`);
        });
        await visit.clean();
      }),
    );
  }

  test(
    'a text that a spreadsheet would run is none',
    withPage(site, { path: '/logs?from=-1h&q=service:hostile' }, async (visit) => {
      const { text } = await save(visit, /CSV/);
      for (const row of parse(text)) for (const cell of row) assert.doesNotMatch(cell, /^[=@\t]/);
    }),
  );
});
