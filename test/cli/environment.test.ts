// Environment variables: which are read, what counts as not set, and which of two spellings wins.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Environment, readEnvironment } from '../../src/cli/environment.ts';

suite('the environment', () => {
  const rows: readonly (readonly [claim: string, variables: Record<string, string>, read: Partial<Environment>])[] = [
    ['may be empty', {}, {}],
    ['says where docker keeps its logins', { DOCKER_CONFIG: '/a' }, { dockerConfig: '/a' }],
    ['says where podman keeps its logins', { REGISTRY_AUTH_FILE: '/a' }, { registryAuthFile: '/a' }],
    ['has a proxy for TLS', { HTTPS_PROXY: 'http://p:1' }, { httpsProxy: 'http://p:1' }],
    ['has a proxy for plain HTTP', { HTTP_PROXY: 'http://p:1' }, { httpProxy: 'http://p:1' }],
    ['has hosts that no proxy is asked for', { NO_PROXY: '.internal' }, { noProxy: '.internal' }],
    ['says it in lower case as well', { https_proxy: 'http://p:1' }, { httpsProxy: 'http://p:1' }],
    ['says it in lower case first', { https_proxy: 'http://p:1', HTTPS_PROXY: 'x' }, { httpsProxy: 'http://p:1' }],
    ['says nothing in an empty variable', { HTTPS_PROXY: '', DOCKER_CONFIG: '', NO_COLOR: '' }, {}],
    ['wants no colours, whatever the value', { NO_COLOR: '0' }, { noColor: true }],
    ['has no settings of the service', { TIDEWAITER_DISCLOSURE: 'full', LISTEN: ':1' }, {}],
  ];
  for (const [claim, variables, read] of rows) {
    test(claim, () => assert.deepEqual(readEnvironment(variables), { noColor: false, ...read }));
  }
});
