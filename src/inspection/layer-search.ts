// Searches the files of a layer for credentials while the layer streams by.
import type { LayerObserver, ObservedEntry } from '../layers/layer-collector.ts';
import type { FileScanLimits } from '../secrets/file-scan-limits.ts';
import { createFileScanner, type FileScanner } from '../secrets/file-scanner.ts';
import { type LayerRecord, type LayerSecret, maxSecretsKept } from './layer-record.ts';

export class LayerSearch implements LayerObserver {
  readonly #scanner: FileScanner;
  readonly #secrets: LayerSecret[] = [];
  #leftOut = 0;
  /** Index of the file that streams by; undefined for all that is no file. */
  #file: number | undefined;

  constructor(limits: FileScanLimits) {
    this.#scanner = createFileScanner(limits);
  }

  entry({ index, type, path, size }: ObservedEntry): void {
    this.#file = type === 'file' ? index : undefined;
    if (this.#file !== undefined) this.#scanner.begin({ path, size });
  }

  content(bytes: Buffer, offset: number): void {
    if (this.#file !== undefined) this.#scanner.write(bytes, offset);
  }

  end(): void {
    const entry = this.#file;
    if (entry === undefined) return;
    this.#file = undefined;
    const found = this.#scanner.end();
    const kept = found.slice(0, maxSecretsKept - this.#secrets.length);
    this.#leftOut += found.length - kept.length;
    for (const secret of kept) this.#secrets.push({ ...secret, entry });
  }

  found(): Pick<LayerRecord, 'secrets' | 'searched'> {
    const searched = this.#scanner.coverage();
    const secretsLeftOut = searched.secretsLeftOut + this.#leftOut;
    return { secrets: this.#secrets, searched: { ...searched, secretsLeftOut } };
  }
}
