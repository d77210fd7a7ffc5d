// Searches the files of a layer for credentials while the layer streams by.
import type { LayerObserver, ObservedEntry } from '../layers/layer-collector.ts';
import type { FileScanLimits } from '../secrets/file-scan-limits.ts';
import { createFileScanner, type FileScanner } from '../secrets/file-scanner.ts';
import type { LayerRecord, LayerSecret } from './layer-record.ts';

export class LayerSearch implements LayerObserver {
  readonly #scanner: FileScanner;
  readonly #secrets: LayerSecret[] = [];
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
    if (this.#file === undefined) return;
    for (const secret of this.#scanner.end()) this.#secrets.push({ ...secret, entry: this.#file });
    this.#file = undefined;
  }

  found(): Pick<LayerRecord, 'secrets' | 'searched'> {
    return { secrets: this.#secrets, searched: this.#scanner.coverage() };
  }
}
