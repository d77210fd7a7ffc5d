// Measures layer reading on a real layer of several hundred megabytes: what each stage adds to decompression alone, in wall and CPU time.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { inspectLayer } from '../src/inspection/inspect-layer.ts';
import { defaultScanLimits } from '../src/inspection/scan-limits.ts';
import { decompress } from '../src/layers/decompress.ts';
import { defaultLayerLimits } from '../src/layers/layer-limits.ts';
import { readLayer } from '../src/layers/read-layer.ts';
import { StackedTree } from '../src/layers/stacked-tree.ts';
import { TarReader } from '../src/layers/tar-reader.ts';
import { type Digest, parseDigest } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { createLayerWork } from '../src/scanning/layer-work.ts';
import { benchLayer } from './bench-layer.ts';

const forms = ['gzip', 'zstd'] as const;
type Form = (typeof forms)[number];
const files = await benchLayer(say);

interface Layer {
  readonly form: Form;
  readonly size: number;
  readonly digest: Digest;
  readonly diffId: Digest;
}

interface Measured {
  readonly bytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssMiB: number;
}

const signal = new AbortController().signal;

/** The blob as it comes from a socket: in small pieces. */
function source(form: Form): AsyncIterable<Uint8Array> {
  return createReadStream(files[form], { highWaterMark: 64 * 1024 });
}

function decompressed(layer: Layer): ReturnType<typeof decompress> {
  return decompress(source(layer.form), { size: layer.size, limits: defaultLayerLimits, signal });
}

const nobody = { entry() {}, content() {}, end() {} };

/** Each stage says how many bytes of archive it went through. The first is what the others are compared with. */
const stages: Readonly<Record<string, (layer: Layer) => Promise<number>>> = {
  async 'node:zlib alone'({ form }) {
    const decoder =
      form === 'gzip' ? createGunzip({ chunkSize: 2 ** 20 }) : createZstdDecompress({ chunkSize: 2 ** 20 });
    let bytes = 0;
    decoder.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await pipeline(source(form), decoder);
    return bytes;
  },
  async decompress(layer) {
    let bytes = 0;
    for await (const chunk of (await decompressed(layer)).chunks) bytes += chunk.length;
    return bytes;
  },
  async '+ both digests'(layer) {
    const [blob, archive] = [createHash('sha256'), createHash('sha256')];
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of source(layer.form)) {
        blob.update(chunk);
        yield chunk;
      }
    }
    let bytes = 0;
    const options = { size: layer.size, limits: defaultLayerLimits, signal };
    for await (const chunk of (await decompress(hashed(), options)).chunks) {
      bytes += chunk.length;
      archive.update(chunk);
    }
    blob.digest();
    archive.digest();
    return bytes;
  },
  async '+ tar, no digests'(layer) {
    const reader = new TarReader(nobody, defaultLayerLimits);
    let bytes = 0;
    for await (const chunk of (await decompressed(layer)).chunks) {
      bytes += chunk.length;
      reader.push(chunk);
    }
    reader.end();
    return bytes;
  },
  async '+ tar and digests: facts'(layer) {
    return (await read(layer)).plainBytes;
  },
  async '+ secrets: whole scan'({ form, size, digest, diffId }) {
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [] };
    const options = { descriptor, diffId, limits: defaultLayerLimits, signal, readAt: new Date().toISOString() };
    return (await inspectLayer(source(form), options)).layer.plainBytes;
  },
  async 'the same in one worker'({ form, size, digest, diffId }) {
    const work = createLayerWork({ workers: 1, limits: defaultScanLimits, now: Date.now });
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [], annotations: {} };
    const open = async () => source(form);
    const task = { descriptor, diffId, open, priority: 'waiting', host: 'bench', tenant: 'bench' } as const;
    await work.read(task).result;
    await work.close();
    return (await stat(files.tar)).size;
  },
};

function read({ form, size, digest, diffId }: Layer): ReturnType<typeof readLayer> {
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [] };
  return readLayer(source(form), { descriptor, diffId, limits: defaultLayerLimits, signal });
}

async function measure(work: () => Promise<number>): Promise<Measured> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const bytes = await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { bytes, wallMs, cpuMs: (user + system) / 1000, maxRssMiB: process.resourceUsage().maxRSS / 1024 };
}

async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return parseDigest(`sha256:${hash.digest('hex')}`);
}

/** In a process of its own, so that one stage's garbage is not another's. */
function measureApart(stage: string, layer: Layer): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [stage, JSON.stringify(layer)]);
    child.once('message', (message: Measured) => resolve(message));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`${stage} ended with ${code}`));
    });
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Stages take turns, so that what else the machine does falls on all of them; the best of the rounds counts. */
async function compare(layer: Layer, rounds: number): Promise<void> {
  const best = new Map<string, Measured>();
  for (let round = 0; round < rounds; round += 1) {
    for (const stage of Object.keys(stages)) {
      const now = await measureApart(stage, layer);
      const before = best.get(stage) ?? now;
      best.set(stage, {
        bytes: now.bytes,
        wallMs: Math.min(now.wallMs, before.wallMs),
        cpuMs: Math.min(now.cpuMs, before.cpuMs),
        maxRssMiB: Math.max(now.maxRssMiB, before.maxRssMiB),
      });
    }
  }
  const alone = [...best.values()][0];
  say(`\n${layer.form}, ${(layer.size / 1e6).toFixed(0)} MB to ${((alone?.bytes ?? 0) / 1e6).toFixed(0)} MB`);
  say('stage                    wall MB/s  of alone   CPU s  of alone   RSS MiB');
  for (const [stage, one] of best) {
    const speed = (one.bytes / one.wallMs / 1000).toFixed(0).padStart(9);
    const wall = ((alone?.wallMs ?? 0) / one.wallMs).toFixed(2).padStart(8);
    const cpu = (one.cpuMs / (alone?.cpuMs ?? 1)).toFixed(2).padStart(8);
    const seconds = (one.cpuMs / 1000).toFixed(2).padStart(7);
    say(`${stage.padEnd(24)} ${speed}  ${wall} ${seconds}  ${cpu}  ${one.maxRssMiB.toFixed(0).padStart(8)}`);
  }
}

async function measureTree(layer: Layer): Promise<void> {
  const { entries } = await read(layer);
  const measured = await measure(async () => {
    new StackedTree(defaultLayerLimits).apply(entries);
    return entries.types.length;
  });
  say(
    `\nstacking ${measured.bytes} entries: ${measured.wallMs.toFixed(0)} ms; as JSON ${JSON.stringify(entries).length} bytes`,
  );
}

async function main(): Promise<void> {
  const diffId = await digestOfFile(files.tar);
  const rounds = Number(process.argv[2] ?? 3);
  for (const form of forms) {
    const { size } = await stat(files[form]);
    const layer: Layer = { form, size, digest: await digestOfFile(files[form]), diffId };
    await compare(layer, rounds);
    if (form === 'gzip') await measureTree(layer);
  }
}

const [, , stage, layer] = process.argv;
const work = stage === undefined ? undefined : stages[stage];
if (work !== undefined && layer !== undefined) {
  process.send?.(await measure(() => work(JSON.parse(layer))));
  process.disconnect?.();
} else {
  await main();
}
