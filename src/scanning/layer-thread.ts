// The inside of a worker thread: reads several layers at a time, as their bytes arrive, and folds layers into images.
import type { MessagePort } from 'node:worker_threads';
import type { ContentFacts } from '../inspection/content-facts.ts';
import type { FoldOptions } from '../inspection/fold-content.ts';
import type { InspectLayerOptions } from '../inspection/inspect-layer.ts';
import { decodeLayers, encodeLayer, type LayerRecord } from '../inspection/layer-record.ts';
import type { FoldOutcome, FoldTask } from '../inspection/layer-work.ts';
import { IncomingBlob } from './incoming-blob.ts';
import {
  type FromThread,
  type LayerToRead,
  messageFromThrown,
  type ThreadAnswer,
  type ThreadSettings,
  type ToThread,
} from './thread-messages.ts';

/** What is done with layers. */
export interface LayerFunctions {
  readonly inspect: (chunks: AsyncIterable<Uint8Array>, options: InspectLayerOptions) => Promise<LayerRecord>;
  readonly fold: (records: readonly LayerRecord[], options: FoldOptions) => ContentFacts;
}

/** Answers every message of the port until it is closed. Nothing that a layer does is thrown here. */
export function answerLayerWork(
  port: MessagePort,
  { layerLimits, searchLimits }: ThreadSettings,
  functions: LayerFunctions,
): void {
  const blobs = new Map<number, IncomingBlob>();

  function say(message: FromThread, ...transfer: ArrayBuffer[]): void {
    port.postMessage(message, transfer);
  }

  async function read(id: number, layer: LayerToRead): Promise<void> {
    const blob = new IncomingBlob((memory) => say({ kind: 'used', id, memory }, memory));
    blobs.set(id, blob);
    const { answer, transfer } = await answered(id, async () => {
      const record = await functions.inspect(blob, {
        ...layer,
        limits: layerLimits,
        signal: blob.signal,
        ...(searchLimits === undefined ? {} : { searchLimits }),
      });
      const encoded = encodeLayer(record);
      const bytes = ownBytes(encoded.bytes);
      return { answer: { kind: 'read', id, layer: { ...encoded, bytes } }, transfer: [bytes.buffer] };
    });
    blobs.delete(id);
    say(answer, ...transfer);
  }

  async function fold(id: number, { layers, user, bases }: FoldTask): Promise<void> {
    const { answer } = await answered(id, async () => {
      const decoded = decodeLayers(layers, layerLimits);
      const outcome: FoldOutcome =
        decoded.kind === 'unreadable'
          ? decoded
          : { kind: 'folded', content: functions.fold(decoded.records, { user, bases, limits: layerLimits }) };
      return { answer: { kind: 'folded', id, outcome }, transfer: [] };
    });
    say(answer);
  }

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'read':
        return void read(message.id, message.layer);
      case 'fold':
        return void fold(message.id, message.task);
      case 'bytes':
        return blobs.get(message.id)?.push(message.bytes);
      case 'end':
        return blobs.get(message.id)?.end();
      case 'stop':
        return blobs.get(message.id)?.stop();
      default:
        return message satisfies never;
    }
  });
}

interface Answered {
  readonly answer: ThreadAnswer;
  readonly transfer: readonly ArrayBuffer[];
}

async function answered(id: number, work: () => Promise<Answered>): Promise<Answered> {
  try {
    return await work();
  } catch (thrown) {
    return { answer: { kind: 'failed', id, fault: messageFromThrown(thrown) }, transfer: [] };
  }
}

/** In memory that belongs to nothing else, so that it can be handed over. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
