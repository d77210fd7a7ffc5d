// Where logins are looked for: every place of docker and podman, in order, and only a place that somebody named has to be there.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { readDockerConfigs } from '../../src/cli/docker-config-files.ts';
import type { Environment } from '../../src/cli/environment.ts';

/** Reads the files that are there; each holds its own name. */
async function sourcesOf(
  environment: Partial<Environment>,
  there: readonly string[],
  named: readonly string[] = [],
): Promise<readonly string[]> {
  const readText = async (path: string): Promise<string> => {
    if (there.includes(path)) return path;
    throw new Fault('usage', `${path}: there is no such file`);
  };
  const found = await readDockerConfigs(named, { noColor: false, ...environment }, readText);
  return found.map(({ text, source }) => (text === source ? source : `${source}=${text}`));
}

const home = { home: '/home/me' };
const homes = ['/home/me/.docker/config.json', '/home/me/.config/containers/auth.json'];

suite('logins are looked for', () => {
  const all = [
    ...homes,
    '/docker/config.json',
    '/run/user/1/containers/auth.json',
    '/config/containers/auth.json',
    '/auth.json',
  ];
  const rows: readonly (readonly [claim: string, environment: Partial<Environment>, sources: readonly string[]])[] = [
    ['nowhere without a home', {}, []],
    ['below the home of the user, with docker first', home, homes],
    [
      'in the directory that DOCKER_CONFIG names, and not in the usual one',
      { ...home, dockerConfig: '/docker' },
      ['/docker/config.json', ...homes.slice(1)],
    ],
    [
      'in the runtime directory, where podman login writes',
      { ...home, xdgRuntimeDir: '/run/user/1' },
      [homes[0] ?? '', '/run/user/1/containers/auth.json', ...homes.slice(1)],
    ],
    [
      'in the configuration directory, where it is another one',
      { ...home, xdgConfigHome: '/config' },
      [homes[0] ?? '', '/config/containers/auth.json'],
    ],
    [
      'in the file that REGISTRY_AUTH_FILE names',
      { ...home, registryAuthFile: '/auth.json' },
      [homes[0] ?? '', '/auth.json', ...homes.slice(1)],
    ],
    [
      'in the variable that holds them itself, first',
      { ...home, dockerAuthConfig: '{}' },
      ['DOCKER_AUTH_CONFIG={}', ...homes],
    ],
  ];
  for (const [claim, environment, sources] of rows) {
    test(claim, async () => assert.deepEqual(await sourcesOf(environment, all), sources));
  }

  test('in files that the configuration names before all others', async () => {
    assert.deepEqual(await sourcesOf(home, ['/own.json', ...homes], ['/own.json']), ['/own.json', ...homes]);
  });

  test('where nothing is, without a word', async () => {
    assert.deepEqual(await sourcesOf({ ...home, xdgRuntimeDir: '/run/user/1', dockerConfig: '/docker' }, []), []);
  });

  for (const [claim, environment, named] of [
    ['the configuration', home, ['/own.json']],
    ['REGISTRY_AUTH_FILE', { ...home, registryAuthFile: '/own.json' }, []],
  ] as const) {
    test(`in vain where ${claim} names a file: that is wrong usage`, async () => {
      await assert.rejects(sourcesOf(environment, homes, named), { code: 'usage', message: /\/own\.json/ });
    });
  }
});
