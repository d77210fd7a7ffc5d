// The service's certificate and key from files, read again when their content changes; a pair that does not fit is never served.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { readTextFile } from './file-fault.ts';
import { type FileWatch, watchFiles } from './file-watch.ts';

export interface TlsFileNames {
  /** PEM: the service's certificate, then those that lead to its authority. */
  readonly certFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
  /** PEM: the authorities of client certificates, which are then required. */
  readonly clientCaFile?: string;
}

/** What a TLS server is given; all parts were read in one go and fit together. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthorities?: string;
  /** When the service's certificate ends. Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

export interface TlsFiles {
  current(): TlsMaterial;
  /** Why what lies in the files now is not what is served; undefined when it is. */
  problem(): Fault | undefined;
  close(): Promise<void>;
}

export interface TlsWatchOptions {
  /** Between two looks at the files. Milliseconds. */
  readonly everyMs: number;
  /** New material was read and fits together. Throws a Fault where it cannot be served all the same. */
  readonly onChange: (material: TlsMaterial) => void;
  /** The files cannot be used any more, or another problem took the place of the last one; the old material stays in force. */
  readonly onProblem: (problem: Fault) => void;
}

/**
 * Reads the files once.
 * @throws Fault `usage` for files that cannot be read, `document/invalid` for ones that hold no pair that fits, `limit`.
 */
export async function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFileNames): Promise<TlsMaterial> {
  const [certificate, key, clientAuthorities] = await Promise.all([
    readTextFile(certFile),
    readTextFile(keyFile),
    clientCaFile === undefined ? undefined : readTextFile(clientCaFile),
  ]);
  const leaf = certificateIn(certificate, certFile);
  const privateKey = told(keyFile, 'holds no private key in PEM, or an encrypted one', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw invalid(certFile, `does not belong to the key in ${printable(keyFile)}`);
  }
  if (clientAuthorities !== undefined && clientCaFile !== undefined) certificateIn(clientAuthorities, clientCaFile);
  const ca = clientAuthorities === undefined ? {} : { ca: clientAuthorities };
  told(certFile, 'cannot be served', () => createSecureContext({ cert: certificate, key, ...ca }));
  const authorities = clientAuthorities === undefined ? {} : { clientAuthorities };
  return { certificate, key, ...authorities, expiresAtMs: leaf.validToDate.getTime() };
}

/**
 * Reads the files and follows them: by content, because mounted secrets are swapped as whole directories and their times tell nothing.
 * @throws Fault as readTlsFiles does, for the first reading only.
 */
export async function openTlsFiles(files: TlsFileNames, options: TlsWatchOptions): Promise<TlsFiles> {
  let material = await readTlsFiles(files);
  let problem: Fault | undefined;

  async function look(): Promise<void> {
    try {
      const found = await readTlsFiles(files);
      if (isSame(found, material)) {
        problem = undefined;
        return;
      }
      // Told first: a server that refuses it leaves the old material in force, and the next look tries again.
      options.onChange(found);
      material = found;
      problem = undefined;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      const isNew = problem?.message !== thrown.message;
      problem = thrown;
      if (isNew) options.onProblem(thrown);
    }
  }

  const { certFile, keyFile, clientCaFile = certFile } = files;
  const watching: FileWatch = watchFiles({
    look,
    directories: () => [certFile, keyFile, clientCaFile].map((file) => dirname(file)),
    everyMs: options.everyMs,
  });
  return { current: () => material, problem: () => problem, close: () => watching.close() };
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.certificate === b.certificate && a.key === b.key && a.clientAuthorities === b.clientAuthorities;
}

function certificateIn(pem: string, path: string): X509Certificate {
  return told(path, 'holds no certificate in PEM', () => new X509Certificate(pem));
}

/** OpenSSL's own words go to the log; they say little and could quote the file. */
function told<T>(path: string, problem: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalid(path, problem, cause);
  }
}

function invalid(path: string, problem: string, cause?: unknown): Fault {
  return new Fault('document/invalid', `${printable(path)} ${problem}`, { cause });
}
