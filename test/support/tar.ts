// A tar writer for tests: ustar entries with fixed times, so that the same files always give the same bytes.

export interface TarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly content: Uint8Array;
  readonly linkname: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface TarEntryOptions {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

const blockBytes = 512;

const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;

export function file(path: string, content: string | Uint8Array = '', options: TarEntryOptions = {}): TarEntry {
  return entry(path, 'file', { mode: 0o644, ...options }, { content });
}

export function directory(path: string, options: TarEntryOptions = {}): TarEntry {
  return entry(path.endsWith('/') ? path : `${path}/`, 'directory', { mode: 0o755, ...options });
}

export function symlink(path: string, linkname: string): TarEntry {
  return entry(path, 'symlink', { mode: 0o777 }, { linkname });
}

export function hardlink(path: string, linkname: string): TarEntry {
  return entry(path, 'hardlink', { mode: 0o644 }, { linkname });
}

/** The marker that removes `path` of the layers below. */
export function whiteout(path: string): TarEntry {
  const slash = path.lastIndexOf('/');
  return file(`${path.slice(0, slash + 1)}.wh.${path.slice(slash + 1)}`);
}

/** One archive, closed by its two zero blocks. Names are at most 100 bytes. */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  return Buffer.concat([...entries.flatMap((one) => [header(one), padded(one.content)]), Buffer.alloc(2 * blockBytes)]);
}

function entry(
  path: string,
  type: TarEntry['type'],
  { mode = 0, uid = 0, gid = 0 }: TarEntryOptions,
  { content = '', linkname = '' }: { readonly content?: string | Uint8Array; readonly linkname?: string } = {},
): TarEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { path: path.replace(/^\/+/, ''), type, content: bytes, linkname, mode, uid, gid };
}

function header(one: TarEntry): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(one.path) > 100) throw new RangeError('this tar writer takes names of at most 100 bytes');
  block.write(one.path, 0);
  octal(block, one.mode, 100, 8);
  octal(block, one.uid, 108, 8);
  octal(block, one.gid, 116, 8);
  octal(block, one.content.byteLength, 124, 12);
  octal(block, 0, 136, 12);
  block.write(typeFlags[one.type], 156);
  block.write(one.linkname, 157, 100);
  block.write('ustar\u000000', 257, 'latin1');
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}

function octal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\u0000`, offset, 'latin1');
}

function padded(content: Uint8Array): Uint8Array {
  const block = Buffer.alloc(Math.ceil(content.byteLength / blockBytes) * blockBytes);
  block.set(content);
  return block;
}
