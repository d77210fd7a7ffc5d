// Where docker and podman keep credentials, in the order in which they are asked.
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { readTextFile } from '../files/file-fault.ts';
import type { Environment } from './environment.ts';

export interface CredentialText {
  readonly text: string;
  /** The file, or the variable. */
  readonly source: string;
}

interface Place {
  readonly path: string;
  /** Someone named it, so it has to be there. */
  readonly isNamed: boolean;
}

/**
 * Reads every configuration that is there.
 * @param named files that must be there: from the configuration of the program.
 * @throws Fault `usage` for a named file that cannot be read.
 */
export async function readDockerConfigs(
  named: readonly string[],
  environment: Environment,
  readText: typeof readTextFile,
): Promise<readonly CredentialText[]> {
  const { dockerAuthConfig } = environment;
  const places = [...named.map((path) => ({ path, isNamed: true })), ...conventionalPlaces(environment)];
  const texts = await Promise.all(places.map((place) => readPlace(place, readText)));
  const variable = dockerAuthConfig === undefined ? [] : [{ text: dockerAuthConfig, source: 'DOCKER_AUTH_CONFIG' }];
  return [...variable, ...texts.flatMap((text) => text ?? [])];
}

function conventionalPlaces({
  dockerConfig,
  registryAuthFile,
  home,
  xdgRuntimeDir,
  xdgConfigHome,
}: Environment): readonly Place[] {
  const place = (path: string | undefined, isNamed = false): readonly Place[] =>
    path === undefined ? [] : [{ path, isNamed }];
  const below = (directory: string | undefined, ...rest: readonly string[]): string | undefined =>
    directory === undefined ? undefined : join(directory, ...rest);
  return [
    ...place(below(dockerConfig ?? below(home, '.docker'), 'config.json')),
    ...place(registryAuthFile, true),
    ...place(below(xdgRuntimeDir, 'containers', 'auth.json')),
    ...place(below(xdgConfigHome ?? below(home, '.config'), 'containers', 'auth.json')),
  ];
}

async function readPlace({ path, isNamed }: Place, readText: typeof readTextFile): Promise<CredentialText | undefined> {
  try {
    return { text: await readText(path), source: path };
  } catch (cause) {
    if (!isNamed) return undefined;
    const why = cause instanceof Fault ? cause.message : printable(path);
    throw new Fault('usage', `the credentials file cannot be read: ${why}`, { cause });
  }
}
