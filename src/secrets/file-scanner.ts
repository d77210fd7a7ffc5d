// Finds credentials in files as their bytes stream by.
import { type ByteMatch, ByteSearch } from './byte-search.ts';
import type { FileScanLimits } from './file-scan-limits.ts';
import type { FileSecret, SearchCoverage } from './file-secret.ts';
import { withoutOverlaps } from './overlaps.ts';

export interface ScannedFile {
  /** As it is in the layer; says which format the content is in, and never that it is of no interest. */
  readonly path: string;
  /** Bytes, with holes. */
  readonly size: number;
}

/** Reused for all files of a layer, one after the other: `begin`, `write` as often as there is some, `end`. */
export interface FileScanner {
  begin(file: ScannedFile): void;
  /** Bytes in order, and where in the file they lie; holes may be left out. The bytes are read during the call only. */
  write(bytes: Buffer, offset: number): void;
  /** What was found in the file, in order of position. */
  end(): readonly FileSecret[];
  /** Of all files so far. */
  coverage(): SearchCoverage;
}

export function createFileScanner(limits: FileScanLimits): FileScanner {
  const search = new ByteSearch(limits.maxSecretsPerFile);
  let files = 0;
  let bytes = 0;

  return {
    begin() {
      files += 1;
    },
    write(chunk, offset) {
      bytes += chunk.length;
      search.write(chunk, offset);
    },
    end() {
      return withoutRepetition(withoutOverlaps(search.end()).map(secretFrom));
    },
    coverage: () => ({ files, bytes, secretsLeftOut: search.leftOut }),
  };
}

function secretFrom({ detector, title, certainty, publicPrefix, line, start }: ByteMatch): FileSecret {
  return {
    detector,
    title,
    certainty,
    ...(publicPrefix === undefined ? {} : { publicPrefix }),
    position: line === undefined ? { kind: 'offset', offset: start } : { kind: 'line', line },
  };
}

/** Two tokens of one kind in one line are one place to look at. */
function withoutRepetition(secrets: readonly FileSecret[]): readonly FileSecret[] {
  return [...new Map(secrets.map((secret) => [JSON.stringify([secret.detector, secret.position]), secret])).values()];
}
