// The thread of the database of facts: it alone touches the file, so that no disk holds up an admission.
import { parentPort, workerData } from 'node:worker_threads';
import type { Digest } from '../oci/digest.ts';
import { DatabaseKeeper } from './database-keeper.ts';
import type {
  MessageFromThread,
  MessageToThread,
  StoreAnswer,
  StoreRead,
  StoreWrite,
  ThreadSettings,
} from './store-messages.ts';

interface WaitingWrite {
  readonly id: number;
  readonly write: StoreWrite;
}

function serve(settings: ThreadSettings, port: NonNullable<typeof parentPort>): void {
  const post = (message: MessageFromThread): void => port.postMessage(message);
  const answer = (id: number, given: StoreAnswer): void => post({ kind: 'answer', id, answer: given });
  const keeper = new DatabaseKeeper(settings, (trouble) => post({ kind: 'trouble', trouble }));
  let waiting: WaitingWrite[] = [];
  let latestMs = 0;

  function read(request: StoreRead): StoreAnswer {
    const found = keeper.use(latestMs, (database): StoreAnswer => {
      if (request.kind === 'get-layer') {
        const stored = database.layer(request.digest, latestMs);
        return stored === undefined ? { kind: 'nothing' } : { kind: 'layer', stored };
      }
      const text = database.document(request.digest, latestMs);
      return text === undefined ? { kind: 'nothing' } : { kind: 'document', text };
    });
    return found ?? { kind: 'nothing' };
  }

  /** Everything that came while the last ones were written goes into one transaction. */
  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const writes = batch.map(({ write }) => write);
    const effects = keeper.use(latestMs, (database) => database.write(writes, latestMs));
    for (const [index, { id, write }] of batch.entries()) answer(id, answerToWrite(write, effects?.[index]));
  }

  port.on('message', (message: MessageToThread) => {
    if (message.kind === 'end') {
      flush();
      keeper.close();
      port.close();
      return;
    }
    const { id, nowMs, request } = message;
    latestMs = nowMs;
    if (request.kind === 'get' || request.kind === 'get-layer') {
      if (waiting.some(({ write }) => digestOfWrite(write) === request.digest)) flush();
      answer(id, read(request));
      return;
    }
    if (waiting.push({ id, write: request }) === 1) setImmediate(flush);
  });
}

function digestOfWrite(write: StoreWrite): Digest | undefined {
  if (write.kind === 'put' || write.kind === 'forget-layer') return write.digest;
  return write.kind === 'put-layer' ? write.stored.layer.digest : undefined;
}

function answerToWrite({ kind }: StoreWrite, effect: boolean | undefined): StoreAnswer {
  if (effect === undefined) return { kind: 'nothing' };
  return kind === 'claim' ? { kind: 'claimed', granted: effect } : { kind: 'done' };
}

if (parentPort !== null) serve(workerData, parentPort);
