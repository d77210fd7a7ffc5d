// A worker thread's program that does, for layers of certain media types, what no layer should make it do.
import { setImmediate } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { foldContent } from '../../src/inspection/fold-content.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import { answerLayerWork } from '../../src/scanning/layer-thread.ts';
import { type Odd, oddType } from './odd-types.ts';

const hoard: unknown[] = [];

function hang(): void {
  for (;;);
}

const oddities: Readonly<Record<Odd, () => void>> = {
  exit: () => process.exit(3),
  crash: () =>
    setImmediate(() => {
      throw new TypeError('a bug');
    }),
  heap: () => {
    for (;;) hoard.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
  },
  hang,
  /** Takes nothing of its blob, but can be talked to. */
  idle: () => undefined,
  bug: () => {
    throw new TypeError('a bug');
  },
};

if (parentPort !== null) {
  answerLayerWork(parentPort, workerData, {
    async inspect(chunks, options) {
      for (const [odd, act] of Object.entries(oddities)) {
        if (options.descriptor.mediaType !== oddType(odd)) continue;
        act();
        await new Promise((_, reject) => {
          options.signal.addEventListener('abort', () => reject(options.signal.reason));
        });
      }
      return inspectLayer(chunks, options);
    },
    readChannel: () => Promise.reject(new TypeError('no test has a channel')),
    fold(records, options) {
      if (options.user.kind === 'malformed') hang();
      return foldContent(records, options);
    },
  });
}
