// The inside of a worker thread: reads several layers at a time, as their bytes arrive, and folds layers into images.
import type { MessagePort } from 'node:worker_threads';
import { messageFromThrown } from '../base/fault-message.ts';
import type { ContentFacts } from '../inspection/content-facts.ts';
import type { FoldOptions } from '../inspection/fold-content.ts';
import type { InspectLayerOptions } from '../inspection/inspect-layer.ts';
import { decodeLayers, encodeLayer, type LayerRecord } from '../inspection/layer-record.ts';
import type { FoldOutcome, FoldTask } from '../inspection/layer-work.ts';
import { IncomingBlob } from './incoming-blob.ts';
import type { FromThread, LayerToRead, ThreadAnswer, ThreadSettings, ToThread } from './thread-messages.ts';

interface ReadChannelOptions {
  readonly size: number;
  readonly signal: AbortSignal;
}

/** Progress is told in steps of this. */
const progressBytes = 1024 * 1024;

/** What is done with layers. */
export interface LayerFunctions {
  readonly inspect: (chunks: AsyncIterable<Uint8Array>, options: InspectLayerOptions) => Promise<LayerRecord>;
  /** The bytes at the other end of a channel; `size` is the layer's. */
  readonly readChannel: (channel: MessagePort, options: ReadChannelOptions) => Promise<AsyncIterable<Uint8Array>>;
  readonly fold: (records: readonly LayerRecord[], options: FoldOptions) => ContentFacts;
}

/** Answers every message of the port until it is closed. Nothing that a layer does is thrown here. */
export function answerLayerWork(
  port: MessagePort,
  { layerLimits, searchLimits }: ThreadSettings,
  functions: LayerFunctions,
): void {
  const readings = new Map<number, { readonly blob: IncomingBlob; readonly size: number }>();

  function say(message: FromThread, ...transfer: ArrayBuffer[]): void {
    port.postMessage(message, transfer);
  }

  async function read(id: number, layer: LayerToRead): Promise<void> {
    const blob = new IncomingBlob((memory) => say({ kind: 'used', id, memory }, memory));
    const progress = new Progress((bytes) => say({ kind: 'came', id, bytes }));
    readings.set(id, { blob, size: layer.descriptor.size });
    const { answer, transfer } = await answered(id, async () => {
      const record = await functions.inspect(progress.counted(blob), {
        ...layer,
        limits: layerLimits,
        signal: blob.signal,
        ...(searchLimits === undefined ? {} : { searchLimits }),
      });
      const encoded = encodeLayer(record);
      const bytes = ownBytes(encoded.bytes);
      return { answer: { kind: 'read', id, layer: { ...encoded, bytes } }, transfer: [bytes.buffer] };
    });
    readings.delete(id);
    // A channel that leads on is of no use any more.
    blob.stop();
    progress.tell();
    say(answer, ...transfer);
  }

  function connect(id: number, channel: MessagePort): void {
    const reading = readings.get(id);
    if (reading === undefined) channel.close();
    else reading.blob.follow(functions.readChannel(channel, { size: reading.size, signal: reading.blob.signal }));
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
      case 'channel':
        return connect(message.id, message.channel);
      case 'bytes':
        return readings.get(message.id)?.blob.push(message.bytes);
      case 'end':
        return readings.get(message.id)?.blob.end();
      case 'stop':
        return readings.get(message.id)?.blob.stop();
      default:
        return message satisfies never;
    }
  });
}

/** Counts the bytes of a blob as they are taken, and tells of them in steps. */
class Progress {
  readonly #came: (bytes: number) => void;
  #untold = 0;

  constructor(came: (bytes: number) => void) {
    this.#came = came;
  }

  async *counted(blob: IncomingBlob): AsyncGenerator<Uint8Array> {
    for await (const piece of blob) {
      this.#untold += piece.length;
      if (this.#untold >= progressBytes) this.tell();
      yield piece;
    }
  }

  tell(): void {
    if (this.#untold > 0) this.#came(this.#untold);
    this.#untold = 0;
  }
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
