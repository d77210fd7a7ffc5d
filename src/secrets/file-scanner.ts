// Finds credentials in files as their bytes stream by, and in archives that those files are.
import { type ArchiveMember, UnreadArchive, type UnreadReason } from './archive-member.ts';
import { archiveMembers } from './archive-members.ts';
import type { ByteMatch } from './byte-search.ts';
import { ContentSearch } from './content-search.ts';
import { type ArchiveForm, fileHeadBytes, fileHeadOf, type WideEncoding } from './file-head.ts';
import type { FileScanLimits } from './file-scan-limits.ts';
import type { FileSecret } from './file-secret.ts';
import type { SearchCoverage } from './search-coverage.ts';

interface ScannedFile {
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
  return new StreamingFileScanner(limits);
}

/** What becomes of the bytes of a file once its first ones are there. */
type Route = 'undecided' | 'search' | 'keep';

class StreamingFileScanner implements FileScanner {
  readonly #limits: FileScanLimits;
  readonly #search: ContentSearch;
  readonly #head = Buffer.alloc(fileHeadBytes);
  #headBytes = 0;
  #route: Route = 'undecided';
  #file: ScannedFile = { path: '', size: 0 };
  #encoding: WideEncoding | undefined;
  #form: ArchiveForm = 'gzip';
  /** Holds archives, one after the other; made as large as the largest so far. */
  #archive = Buffer.alloc(0);
  #contentBytes = 0;
  #files = 0;
  #bytes = 0;
  #nestedArchives = 0;
  readonly #unread = new Map<UnreadReason, number>();

  constructor(limits: FileScanLimits) {
    this.#limits = limits;
    this.#search = new ContentSearch(limits);
  }

  begin(file: ScannedFile): void {
    this.#files += 1;
    this.#file = file;
    this.#headBytes = 0;
    this.#route = 'undecided';
  }

  write(bytes: Buffer, offset: number): void {
    this.#bytes += bytes.length;
    if (this.#route !== 'undecided') {
      this.#take(bytes, offset);
      return;
    }
    const whole = this.#headBytes === 0 && (bytes.length >= fileHeadBytes || bytes.length === this.#file.size);
    if (whole || offset !== this.#headBytes) {
      this.#decide(offset === this.#headBytes ? bytes.subarray(0, fileHeadBytes) : undefined);
      this.#take(bytes, offset);
      return;
    }
    const part = bytes.subarray(0, fileHeadBytes - this.#headBytes);
    this.#head.set(part, this.#headBytes);
    this.#headBytes += part.length;
    if (this.#headBytes < fileHeadBytes) return;
    this.#decide(undefined);
    if (part.length < bytes.length) this.#take(bytes.subarray(part.length), offset + part.length);
  }

  end(): readonly FileSecret[] {
    if (this.#route === 'undecided') this.#decide(undefined);
    if (this.#route === 'search') return secretsFrom(this.#search.end(), this.#encoding, []);
    return this.#open(this.#form, { name: this.#file.path, bytes: this.#archive.subarray(0, this.#file.size) }, []);
  }

  coverage(): SearchCoverage {
    return {
      files: this.#files,
      bytes: this.#bytes,
      nestedArchives: this.#nestedArchives,
      nestedUnread: [...this.#unread.values()].reduce((sum, count) => sum + count, 0),
      unreadBecause: Object.fromEntries(this.#unread),
      documentsUnread: this.#search.documentsUnread,
      secretsLeftOut: this.#search.leftOut,
    };
  }

  /** By the first bytes: those given, or those kept so far. */
  #decide(given: Buffer | undefined): void {
    const { encoding, archive } = fileHeadOf(this.#file.path, given ?? this.#head.subarray(0, this.#headBytes));
    this.#encoding = encoding;
    const isKept =
      archive !== undefined && archive !== 'unsupported' && this.#file.size <= this.#limits.maxArchiveBytes;
    if (archive !== undefined && !isKept) this.#count(archive === 'unsupported' ? 'unsupported' : 'too-large');
    if (isKept) {
      this.#route = 'keep';
      this.#form = archive;
      if (this.#archive.length < this.#file.size) this.#archive = Buffer.alloc(this.#file.size);
      else this.#archive.fill(0, 0, this.#file.size);
    } else {
      this.#route = 'search';
      this.#search.begin(this.#file, encoding);
    }
    if (this.#headBytes > 0) this.#take(this.#head.subarray(0, this.#headBytes), 0);
  }

  #take(bytes: Buffer, offset: number): void {
    if (this.#route === 'search') this.#search.write(bytes, offset);
    else this.#archive.set(bytes.subarray(0, Math.max(0, this.#file.size - offset)), offset);
  }

  /** What is in an archive; what cannot be opened is searched as it is. `within` has the names of the archives round it. */
  #open(form: ArchiveForm, file: ArchiveMember, within: readonly string[]): readonly FileSecret[] {
    const secrets: FileSecret[] = [];
    let granted = Math.min(
      this.#limits.ratioFreeBytes + file.bytes.length * this.#limits.maxArchiveRatio,
      this.#limits.maxArchiveContentBytes - this.#contentBytes,
    );
    let members = 0;
    try {
      for (const member of archiveMembers(form, file, () => Math.min(granted, this.#limits.maxMemberBytes))) {
        members += 1;
        if (members > this.#limits.maxArchiveMembers) throw new UnreadArchive('too-many');
        if (typeof member === 'string') {
          this.#count(member);
          continue;
        }
        granted -= member.bytes.length;
        this.#contentBytes += member.bytes.length;
        if (secrets.length < this.#limits.maxSecretsPerFile)
          secrets.push(...this.#member(member, [...within, member.name]));
      }
    } catch (error) {
      if (!(error instanceof UnreadArchive)) throw error;
      this.#count(error.reason);
      if (members === 0) return this.#whole(file, within);
    }
    this.#nestedArchives += 1;
    return secrets;
  }

  #member(member: ArchiveMember, within: readonly string[]): readonly FileSecret[] {
    const { archive } = fileHeadOf(member.name, member.bytes.subarray(0, fileHeadBytes));
    if (archive === undefined) return this.#whole(member, within);
    if (archive !== 'unsupported' && within.length < this.#limits.maxArchiveDepth)
      return this.#open(archive, member, within);
    this.#count(archive === 'unsupported' ? 'unsupported' : 'too-deep');
    return this.#whole(member, within);
  }

  #whole({ name, bytes }: ArchiveMember, within: readonly string[]): readonly FileSecret[] {
    if (within.length > 0) this.#bytes += bytes.length;
    const { encoding } = fileHeadOf(name, bytes.subarray(0, fileHeadBytes));
    this.#search.begin({ path: name, size: bytes.length }, encoding);
    this.#search.write(bytes, 0);
    return secretsFrom(this.#search.end(), encoding, within);
  }

  #count(reason: UnreadReason): void {
    this.#unread.set(reason, (this.#unread.get(reason) ?? 0) + 1);
  }
}

function secretsFrom(
  matches: readonly ByteMatch[],
  encoding: WideEncoding | undefined,
  within: readonly string[],
): readonly FileSecret[] {
  if (matches.length === 0) return [];
  const places = new Map<string, FileSecret>();
  for (const match of matches) {
    const position =
      match.line === undefined
        ? ({ kind: 'offset', offset: encoding === undefined ? match.start : 2 * match.start } as const)
        : ({ kind: 'line', line: match.line } as const);
    const key = `${match.detector} ${match.line ?? `@${match.start}`}`;
    // Two tokens of one kind in one line are one place to look at.
    if (places.has(key)) continue;
    places.set(key, {
      detector: match.detector,
      title: match.title,
      certainty: match.certainty,
      ...(match.publicPrefix === undefined ? {} : { publicPrefix: match.publicPrefix }),
      position,
      ...(encoding === undefined ? {} : { encoding }),
      ...(within.length === 0 ? {} : { within }),
    });
  }
  return [...places.values()];
}
