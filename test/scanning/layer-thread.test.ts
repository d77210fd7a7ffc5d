// What a thread says of a layer, and in which order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { foldContent } from '../../src/inspection/fold-content.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { answerLayerWork } from '../../src/scanning/layer-thread.ts';
import type { FromThread, ToThread } from '../../src/scanning/thread-messages.ts';
import { layerOf, readAtMs } from './layer-tasks.ts';

suite('a thread', () => {
  test('says how much of a layer came before it says that it failed, also when more is waited for', async (t) => {
    const { port1, port2 } = new MessageChannel();
    t.after(() => port1.close());
    answerLayerWork(
      port2,
      { layerLimits: defaultLayerLimits, channels: undefined },
      {
        async inspect(chunks) {
          const pieces = chunks[Symbol.asyncIterator]();
          await pieces.next();
          pieces.next().catch(() => undefined);
          throw new TypeError('a bug');
        },
        readChannel: () => Promise.reject(new TypeError('no channel is given')),
        fold: foldContent,
      },
    );
    const said: FromThread[] = [];
    port1.on('message', (message: FromThread) => said.push(message));
    const tell = (message: ToThread): void => port1.postMessage(message);
    const { descriptor, diffId } = layerOf([]);
    tell({ kind: 'read', id: 1, layer: { descriptor, diffId, readAt: new Date(readAtMs).toISOString() } });
    tell({ kind: 'bytes', id: 1, bytes: new Uint8Array(1000) });
    while (!said.some(({ kind }) => kind === 'failed')) await once(port1, 'message');
    assert.deepEqual(
      said.filter(({ kind }) => kind !== 'used').map((message) => [message.kind, 'bytes' in message && message.bytes]),
      [
        ['came', 1000],
        ['failed', false],
      ],
    );
  });
});
