// The webhook's door: what it takes, what it refuses and how, and what it lets in at one time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import request from 'supertest';
import type { Admission, Answer } from '../../src/admission/admission.ts';
import type { AdmissionRequest } from '../../src/admission/review.ts';
import { createApp } from '../../src/server/app.ts';
import { defaultServerLimits, type ServerLimits } from '../../src/server/server-limits.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';

const uid = '705ab4f5-6393-11e8-b7cc-42010a800002';
const good = admissionReview(podOf('registry.example.com/shop/api:1'), { uid });

function allow(review: AdmissionRequest): Answer {
  return {
    response: { uid: review.uid, allowed: true },
    decision: { request: review, kind: 'Pod', verdict: 'allow', uses: [], revisions: new Map(), faults: [] },
  };
}

const allowAll: Admission = async (review) => allow(review);

function appWith(options: { readonly admission?: Admission; readonly limits?: Partial<ServerLimits> } = {}) {
  const lines: string[] = [];
  const metrics = createMetrics({ process: false });
  const app = createApp({
    admission: options.admission ?? allowAll,
    log: createLog({ level: 'info', writer: { write: (line) => void lines.push(line) } }),
    metrics,
    limits: { ...defaultServerLimits, ...options.limits },
  });
  return { app, lines, metrics };
}

/** A review whose body has exactly so many bytes. */
function reviewOfSize(bytes: number): string {
  const empty = JSON.stringify({ ...good, padding: '' });
  return JSON.stringify({ ...good, padding: 'x'.repeat(bytes - empty.length) });
}

function post(app: Parameters<typeof request>[0], body: string, path = '/validate') {
  return request(app).post(path).set('Content-Type', 'application/json').send(body);
}

describe('POST /validate', () => {
  it('echoes uid, apiVersion and kind, sends JSON with status 200, and never a patch', async () => {
    const response = await post(appWith().app, JSON.stringify(good));
    assert.equal(response.status, 200);
    assert.match(response.headers['content-type'] ?? '', /^application\/json/);
    assert.deepEqual(response.body, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    });
  });

  it('takes parameters and any case in the content type', async () => {
    const app = appWith().app;
    const response = await request(app)
      .post('/validate')
      .set('Content-Type', 'Application/JSON; charset=utf-8')
      .send(JSON.stringify(good));
    assert.equal(response.status, 200);
  });

  it('tells nothing of what runs here in its headers', async () => {
    const { headers } = await post(appWith().app, JSON.stringify(good));
    assert.deepEqual(
      Object.keys(headers).filter((name) => !['content-type', 'content-length', 'connection', 'date'].includes(name)),
      [],
    );
  });

  const malformed: readonly (readonly [string, string])[] = [
    ['an empty body', ''],
    ['invalid JSON', '{"apiVersion":'],
    ['a review without request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
    ['a v1beta1 review', JSON.stringify({ ...good, apiVersion: 'admission.k8s.io/v1beta1' })],
    ['a list', '[]'],
  ];
  for (const [claim, body] of malformed) {
    it(`answers 400 to ${claim}`, async () => {
      const response = await post(appWith().app, body);
      assert.equal(response.status, 400);
      assert.equal(typeof response.body.error, 'string');
    });
  }

  it('answers 405 to any other method, and says which one it takes', async () => {
    for (const method of ['get', 'put', 'delete', 'patch'] as const) {
      const response = await request(appWith().app)[method]('/validate');
      assert.equal(response.status, 405);
      assert.equal(response.headers['allow'], 'POST');
    }
  });

  it('answers 415 to another content type, none, or an encoded body', async () => {
    const { app } = appWith();
    const yaml = await request(app).post('/validate').set('Content-Type', 'application/yaml').send('a: b');
    const none = await request(app).post('/validate');
    const zipped = await post(app, JSON.stringify(good)).set('Content-Encoding', 'gzip');
    assert.deepEqual([yaml.status, none.status, zipped.status], [415, 415, 415]);
  });

  it('answers 404 to other paths, also to one that cannot be decoded', async () => {
    const { app } = appWith();
    assert.equal((await post(app, '{}', '/mutate')).status, 404);
    assert.equal((await post(app, '{}', '/%ff')).status, 404);
  });

  it('takes 6.9 MiB and answers 413 to 7.1 MiB', async () => {
    const { app } = appWith();
    assert.equal((await post(app, reviewOfSize(6.9 * 1024 * 1024))).status, 200);
    assert.equal((await post(app, reviewOfSize(7.1 * 1024 * 1024))).status, 413);
  });

  it('answers 413 to a body of more values than it takes, whatever they are, and does not parse it', async () => {
    const { app } = appWith({ limits: { maxReviewValues: 80_000 } });
    const padded = (padding: string): string => JSON.stringify(good).replace(/}$/, `,"padding":[${padding}0]}`);
    for (const one of ['{},', '[],', '0,', '"",']) {
      assert.equal((await post(app, padded(one.repeat(39_000)))).status, 200, one);
      assert.equal((await post(app, padded(one.repeat(80_000)))).status, 413, one);
    }
    assert.equal((await post(app, '['.repeat(100_000))).status, 413);
    assert.equal((await post(app, '['.repeat(70_000))).status, 400);
  });

  it('sheds a body that would take more memory than is left once it is parsed', async () => {
    const { app } = appWith({ limits: { maxBodiesBytes: 400_000 } });
    const spacious = reviewOfSize(80_000);
    const dense = spacious.replace('x'.repeat(20_000), ','.repeat(20_000));
    assert.equal(dense.length, spacious.length);
    assert.deepEqual([(await post(app, spacious)).status, (await post(app, dense)).status], [200, 429]);
  });

  it('takes exactly the limit and not a byte more, with or without a declared length', async () => {
    const { app } = appWith({ limits: { maxReviewBytes: 2000 } });
    const statuses: number[] = [];
    for (const size of [2000, 2001]) {
      statuses.push((await post(app, reviewOfSize(size))).status);
      statuses.push(await postInChunks(app, reviewOfSize(size)));
    }
    assert.deepEqual(statuses, [200, 200, 413, 413]);
  });

  it('a failure of the service is a 500 that tells nothing, and is in the log', async () => {
    const { app, lines } = appWith({
      admission: () => Promise.reject(new Error('the inside story')),
    });
    const response = await post(app, JSON.stringify(good));
    assert.equal(response.status, 500);
    assert.doesNotMatch(response.text, /story|at /);
    assert.match(lines.join(''), /the inside story/);
  });

  it('arbitrary JSON never gives a 5xx', async () => {
    const { server, url } = await listening(appWith().app);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (value, object) => {
        const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
        for (const body of [value, { ...envelope, request: value }, admissionReview(podOf('x')), { ...good, object }]) {
          const { status } = await fetch(`${url}/validate`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(body),
          });
          assert.ok(status < 500, `${status} for ${JSON.stringify(body)}`);
        }
      }),
      { numRuns: 50 },
    );
    server.close();
  });
});

describe('the deadline', () => {
  const budgets: readonly (readonly [string, string, number])[] = [
    ['comes from the query', '/validate?timeout=2s', 1500],
    ['is the default without one', '/validate', 9000],
    ['is the default for garbage', '/validate?timeout=garbage', 9000],
    ['is the default when given twice', '/validate?timeout=2s&timeout=3s', 9000],
  ];
  for (const [claim, path, expected] of budgets) {
    it(claim, async () => {
      const seen: number[] = [];
      const { app } = appWith({
        admission: async (review, deadline) => {
          seen.push(deadline.budgetMs);
          return allow(review);
        },
      });
      await post(app, JSON.stringify(good), path);
      assert.deepEqual(seen, [expected]);
    });
  }

  it('a client that leaves aborts the work', async () => {
    const aborted = Promise.withResolvers<string>();
    const started = Promise.withResolvers<void>();
    const { server, port } = await listening(
      appWith({
        admission: (review, { signal }) => {
          started.resolve();
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(signal.reason.name);
              resolve(allow(review));
            });
          });
        },
      }).app,
    );
    const socket = connect(port, '127.0.0.1');
    const body = JSON.stringify(good);
    socket.write(
      `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await started.promise;
    socket.destroy();
    assert.equal(await aborted.promise, 'AbortError');
    server.close();
  });

  it('a body that does not come in time is given up, and its place is free again', async () => {
    const { app } = appWith({ limits: { maxReviews: 1 } });
    const { server, port } = await listening(app);
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /validate?timeout=20ms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 408 [\s\S]*Connection: close/i);
    assert.equal((await post(app, JSON.stringify(good))).status, 200);
    socket.destroy();
    server.close();
  });
});

describe('what is in at one time', () => {
  /** An admission that answers only when it is told to. */
  function held() {
    const waiting: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    const admission: Admission = (review) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(allow(review)));
        arrived.resolve();
      });
    const release = (): void => {
      for (const answer of waiting.splice(0)) answer();
    };
    return { admission, arrived: arrived.promise, release };
  }

  it('more reviews than fit are answered 429 with Retry-After, and fit again later', async () => {
    const { admission, arrived, release } = held();
    const { server, url } = await listening(appWith({ admission, limits: { maxReviews: 1 } }).app);
    const first = post(url, JSON.stringify(good)).then(({ status }) => status);
    await arrived;
    const second = await post(url, JSON.stringify(good));
    assert.equal(second.status, 429);
    assert.equal(second.headers['retry-after'], '1');
    release();
    assert.equal(await first, 200);
    const third = post(url, JSON.stringify(good)).then(({ status }) => status);
    setTimeout(release, 50);
    assert.equal(await third, 200);
    server.close();
  });

  it('more bytes of bodies than fit are answered 429', async () => {
    const { admission, arrived, release } = held();
    const { server, url } = await listening(appWith({ admission, limits: { maxBodiesBytes: 5000 } }).app);
    const first = post(url, reviewOfSize(3000)).then(({ status }) => status);
    await arrived;
    assert.equal((await post(url, reviewOfSize(3000))).status, 429);
    release();
    assert.equal(await first, 200);
    const third = post(url, reviewOfSize(3000)).then(({ status }) => status);
    setTimeout(release, 50);
    assert.equal(await third, 200);
    server.close();
  });
});

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.closeAllConnections();
});

async function listening(app: Parameters<typeof createServer>[1]) {
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { server, port: address.port, url: `http://127.0.0.1:${address.port}` };
}

/** Sends without a Content-Length, in pieces. */
async function postInChunks(app: Parameters<typeof createServer>[1], body: string): Promise<number> {
  const { server, url } = await listening(app);
  const pieces = body.match(/[\s\S]{1,700}/g) ?? [];
  const stream = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const { status } = await fetch(`${url}/validate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: stream,
    duplex: 'half',
  });
  server.close();
  return status;
}
