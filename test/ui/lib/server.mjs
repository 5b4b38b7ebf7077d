// The real binary, started as a user would.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const binary = process.env.E2E_BIN ?? new URL('../../../bin/telltale', import.meta.url).pathname;

/** A process of the binary. Its data is removed at the end unless the caller brought the folder. */
export class Server {
  constructor({ command = 'serve', args = [], env = {}, data } = {}) {
    if (!existsSync(binary)) throw new Error(`no ${binary}: run \`make build\` first`);
    Object.assign(this, { command, args, env });
    this.home = mkdtempSync(join(tmpdir(), 'telltale-ui-'));
    this.data = data ?? join(this.home, 'data');
    this.addresses = ['127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0'];
  }

  /** Starts and waits until it is ready. A second start is at the same addresses with the same data. */
  async start() {
    const [web, grpc, otlp] = this.addresses;
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('TELLTALE_')),
    );
    this.output = '';
    this.process = spawn(
      binary,
      [this.command, '--listen', web, '--otlp-grpc', grpc, '--otlp-http', otlp, '--data', this.data, ...this.args],
      { cwd: this.home, env: { ...environment, ...this.env } },
    );
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (d) => {
        this.output += d;
      });
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
      const found = Object.fromEntries(
        [...this.output.matchAll(/^\s+(API|OTLP gRPC|OTLP HTTP)\s+(\S+)$/gm)].map(([, name, at]) => [name, at]),
      );
      if (found.API) {
        this.url = found.API;
        this.addresses = [
          new URL(found.API).host,
          found['OTLP gRPC'],
          found['OTLP HTTP'] && new URL(found['OTLP HTTP']).host,
        ];
        if (await ready(this.url)) return this;
      }
      if (this.process.exitCode !== null || Date.now() > deadline)
        throw new Error(`telltale ${this.command} did not come up:\n${this.output}`);
    }
  }

  /** Ends as a service manager ends it, and waits. */
  async stop() {
    this.process.kill('SIGTERM');
    await this.exited;
  }

  async end() {
    if (this.process?.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await this.exited;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  /** GET of the API. */
  async get(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
    return answer.json();
  }
}

async function ready(url) {
  try {
    const answer = await fetch(`${url}/readyz`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Starts the mock provider; stop ends it. */
export async function startMock() {
  const mock = spawn(binary, ['mock', '--listen', '127.0.0.1:0']);
  let output = '';
  mock.stdout.on('data', (d) => {
    output += d;
  });
  for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
    if (url) return { url, stop: () => mock.kill('SIGKILL') };
    if (mock.exitCode !== null || Date.now() > deadline) throw new Error(`telltale mock did not come up: ${output}`);
  }
}

/** The environment that points the three built-in providers at a mock. */
export const providersAt = (url) => ({
  TELLTALE_PROVIDERS_OPENAI_BASE_URL: url,
  TELLTALE_PROVIDERS_ANTHROPIC_BASE_URL: url,
  TELLTALE_PROVIDERS_GEMINI_BASE_URL: url,
});

/** Polls until check returns something true, and returns that; fails with what it last returned or threw. */
export async function eventually(check, within = 60_000, every = 50) {
  for (const deadline = Date.now() + within; ; await sleep(every)) {
    let last;
    try {
      last = await check();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    if (Date.now() > deadline)
      throw last instanceof Error ? last : new Error(`still ${JSON.stringify(last)} after ${within} ms: ${check}`);
  }
}
