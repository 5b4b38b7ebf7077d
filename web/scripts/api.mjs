// Writes src/api/schema.d.ts from the server's OpenAPI document; with --check it fails where that file is stale.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const file = new URL('../src/api/schema.d.ts', import.meta.url);
const root = new URL('../..', import.meta.url);

const document = execFileSync('go', ['run', './internal/api/apidoc'], { cwd: root, maxBuffer: 64 << 20 });
const types =
  '// Written by `npm run api` from the OpenAPI document of the server.\n\n' +
  astToString(await openapiTS(JSON.parse(document.toString())));

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== types) {
    console.error('web/src/api/schema.d.ts is stale: run `npm run api` in web/');
    process.exit(1);
  }
} else {
  writeFileSync(file, types);
}
