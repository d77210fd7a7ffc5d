// The proxy that the environment names: it is told the names of registries, and those that are excluded never reach it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startHostileRegistry } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type CommandLine, createCommandLine } from './support/command-line.ts';

describe('the proxy of the environment', () => {
  const stack = new AsyncDisposableStack();
  const tunnels: string[] = [];
  let proxy: string;
  let tidewaiter: CommandLine;

  before(async () => {
    const directory = await temporaryDirectory({ after: (remove) => stack.defer(remove) });
    tidewaiter = createCommandLine(directory);
    const server = createServer().on('connect', (request: IncomingMessage, socket) => {
      tunnels.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    });
    stack.defer(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    proxy = `http://127.0.0.1:${address.port}`;
  });
  after(() => stack.disposeAsync());

  async function tunnelsFor(name: string, environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
    tunnels.splice(0);
    await tidewaiter(['check', name], { environment });
    return [...new Set(tunnels)];
  }

  it('is asked for a tunnel to the registry by its name', async () => {
    const name = 'registry.invalid/shop/api:1';
    assert.deepEqual(await tunnelsFor(name, { HTTPS_PROXY: proxy }), ['registry.invalid:443']);
    assert.deepEqual(await tunnelsFor(name, { https_proxy: proxy }), ['registry.invalid:443']);
  });

  it('is left alone for what NO_PROXY excludes', async () => {
    const environment = { HTTPS_PROXY: proxy, NO_PROXY: '.invalid' };
    assert.deepEqual(await tunnelsFor('registry.invalid/shop/api:1', environment), []);
    assert.deepEqual(await tunnelsFor('registry.example.invalid.test/a:1', environment), [
      'registry.example.invalid.test:443',
    ]);
  });

  it('is told what went wrong there', async () => {
    const { code, stdout } = await tidewaiter(['check', 'registry.invalid/a:1'], {
      environment: { HTTPS_PROXY: proxy },
    });
    assert.equal(code, 3);
    assert.match(stdout.replace(/\s+/g, ' '), /undecided\/unavailable .*proxy.*HTTP 502/);
  });

  it('is not asked for a registry on this machine', async () => {
    const registry = await startHostileRegistry();
    stack.defer(() => registry.close());
    registry.put('shop/api', '1', image().config({ User: '10001' }).build());
    const name = `${registry.host}/shop/api:1`;
    assert.deepEqual(await tunnelsFor(name, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy }), []);
    assert.ok(registry.requests.length > 0);
  });
});
