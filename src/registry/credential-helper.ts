// Asks a `docker-credential-*` program for a login, by the protocol of docker-credential-helpers.
import { Fault } from '../base/fault.ts';
import type { Credential } from '../inspection/image-source.ts';

export interface HelperResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** Runs a program found in PATH without a shell, with `input` on its standard input; bounded in time and output. */
export type RunHelper = (
  program: string,
  parameters: readonly string[],
  input: string,
  signal: AbortSignal,
) => Promise<HelperResult>;

/** A name becomes part of a file name: nothing that could lead elsewhere. */
const helperName = /^[A-Za-z0-9._-]+$/;

/** The user name by which a helper says that the secret is an identity token. */
const tokenUser = '<token>';

/**
 * Undefined when the helper has nothing for the server.
 * @throws Fault `document/invalid` for a name that cannot be a helper's, `registry/unauthorized` when the helper cannot be run or fails.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  run: RunHelper,
  signal: AbortSignal,
): Promise<Credential['login'] | undefined> {
  if (!helperName.test(name))
    throw new Fault('document/invalid', 'the name of a credential helper has a character that none has');
  const program = `docker-credential-${name}`;
  const failed = (what: string, cause?: unknown): Fault =>
    new Fault('registry/unauthorized', `${program} ${what}`, { cause });
  const { exitCode, stdout } = await run(program, ['get'], server, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw failed('could not be run; is it installed, and in PATH?', cause);
  });
  // What helpers print for it differs in the words behind these.
  if (exitCode !== 0 && stdout.startsWith('credentials not found')) return undefined;
  if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}`);
  const answer = parseAnswer(stdout);
  if (answer === undefined) throw failed('printed something else than a login');
  const { username, secret } = answer;
  if (username === tokenUser) return { kind: 'identity-token', token: secret };
  return username === '' && secret === '' ? undefined : { kind: 'password', username, password: secret };
}

function parseAnswer(stdout: string): { readonly username: string; readonly secret: string } | undefined {
  try {
    const answer: unknown = JSON.parse(stdout);
    if (typeof answer !== 'object' || answer === null) return undefined;
    const username: unknown = Reflect.get(answer, 'Username');
    const secret: unknown = Reflect.get(answer, 'Secret');
    return typeof username === 'string' && typeof secret === 'string' ? { username, secret } : undefined;
  } catch {
    return undefined;
  }
}
