// What can be wrong with the database of facts; told, and never thrown at whoever asks for facts.

export type TroubleKind =
  /** No space left on the disk. */
  | 'full'
  /** The file, or a row of it, is not what was written. */
  | 'corrupt'
  /** Another process holds the lock longer than is waited for. */
  | 'locked'
  /** The directory or the file cannot be written. */
  | 'unusable'
  /** More is asked than the database can answer, or it is too slow. */
  | 'overloaded'
  /** The thread of the database died. */
  | 'stopped'
  /** Anything else that the database says. */
  | 'failed';

export interface StoreTrouble {
  readonly kind: TroubleKind;
  /** One sentence for the log. */
  readonly message: string;
  /** What the system or SQLite said. */
  readonly cause?: string;
}

const kindOfSystemCode: ReadonlyMap<string, TroubleKind> = new Map([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
]);

/** Primary result codes (https://sqlite.org/rescode.html): the low byte of the extended ones. */
const kindOfResult: ReadonlyMap<number, TroubleKind> = new Map([
  [3, 'unusable'], // SQLITE_PERM
  [5, 'locked'], // SQLITE_BUSY
  [6, 'locked'], // SQLITE_LOCKED
  [8, 'unusable'], // SQLITE_READONLY
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'unusable'], // SQLITE_CANTOPEN
  [26, 'corrupt'], // SQLITE_NOTADB
]);

const sentences: Readonly<Record<TroubleKind, string>> = {
  full: 'there is no space left for the database of facts',
  corrupt: 'the database of facts is damaged',
  locked: 'another process holds the database of facts',
  unusable: 'the database of facts cannot be opened or written',
  overloaded: 'the database of facts does not keep up',
  stopped: 'the thread of the database of facts died',
  failed: 'the database of facts failed',
};

export function troubleOf(kind: TroubleKind, cause?: string): StoreTrouble {
  return { kind, message: sentences[kind], ...(cause === undefined ? {} : { cause }) };
}

/** Undefined for what neither SQLite nor the file system threw: that is a bug. */
export function troubleFromThrown(thrown: unknown): StoreTrouble | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('errcode' in thrown && typeof thrown.errcode === 'number') {
    return troubleOf(kindOfResult.get(thrown.errcode & 0xff) ?? 'failed', `${thrown.message} (${thrown.errcode})`);
  }
  if ('syscall' in thrown && 'code' in thrown && typeof thrown.code === 'string') {
    return troubleOf(kindOfSystemCode.get(thrown.code) ?? 'unusable', thrown.message);
  }
  return undefined;
}
