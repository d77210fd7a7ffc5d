// Which uses an update leaves as they were.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unchangedUses } from '../../src/workload/unchanged-uses.ts';
import type { Workload } from '../../src/workload/use.ts';
import { workloadFromObject } from '../../src/workload/workload-from-object.ts';

interface Change {
  readonly spec?: object;
  readonly container?: object;
  readonly metadata?: object;
}

const oldContainer = {
  name: 'api',
  image: 'registry.example.com/shop/api:1',
  securityContext: { runAsUser: 1000 },
  command: ['/api'],
  args: ['serve'],
  livenessProbe: { httpGet: { path: '/' } },
};

function podWith({ spec = {}, container = {}, metadata = {} }: Change): Workload {
  const workload = workloadFromObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'api', labels: { app: 'api' }, ...metadata },
    spec: {
      containers: [
        { ...oldContainer, ...container },
        { name: 'log', image: 'log:1' },
      ],
      ...spec,
    },
  });
  assert.ok(workload !== undefined);
  return workload;
}

function unchangedNames(old: Workload, now: Workload, labelsMatter = false): readonly string[] {
  return [...unchangedUses(old, now, { labelsMatter })].map(({ name }) => name);
}

const changes: readonly (readonly [string, Change, readonly string[]])[] = [
  ['nothing new leaves all unchanged', {}, ['api', 'log']],
  ['a new image changes its own use only', { container: { image: 'registry.example.com/shop/api:2' } }, ['log']],
  ['a new user changes the use', { container: { securityContext: { runAsUser: 0 } } }, ['log']],
  ['a dropped user changes the use', { container: { securityContext: {} } }, ['log']],
  ['a pod-wide group changes every use', { spec: { securityContext: { runAsGroup: 5 } } }, []],
  [
    'a pod-wide user that a container overrides leaves it alone',
    { spec: { securityContext: { runAsUser: 7 } } },
    ['api'],
  ],
  ['a dropped probe changes the use', { container: { livenessProbe: null } }, ['log']],
  [
    'another path in a probe does not',
    { container: { livenessProbe: { httpGet: { path: '/live' } } } },
    ['api', 'log'],
  ],
  ['a new command changes the use', { container: { command: ['/bin/sh'] } }, ['log']],
  ['a dropped command changes the use', { container: { command: null } }, ['log']],
  ['a command that ends sooner changes the use', { container: { args: [] } }, ['log']],
  ['new args change the use', { container: { args: ['serve', '-v'] } }, ['log']],
  ['a shared process namespace changes every use', { spec: { shareProcessNamespace: true } }, []],
  ['another operating system changes every use', { spec: { os: { name: 'windows' } } }, []],
  ['a new name is a new use', { container: { name: 'web' } }, ['log']],
  [
    'resources, env and pull policy change nothing',
    { container: { env: [], resources: {}, imagePullPolicy: 'Always' } },
    ['api', 'log'],
  ],
  [
    'a finalizer and an annotation change nothing',
    { metadata: { finalizers: ['x'], annotations: { a: 'b' } } },
    ['api', 'log'],
  ],
];

describe('unchanged uses', () => {
  for (const [claim, change, expected] of changes) {
    it(claim, () => assert.deepEqual(unchangedNames(podWith({}), podWith(change)), expected));
  }

  it('the order of containers does not matter', () => {
    const containers = [{ name: 'log', image: 'log:1' }, oldContainer];
    assert.deepEqual(unchangedNames(podWith({}), podWith({ spec: { containers } })), ['log', 'api']);
  });

  it('an init container that becomes a sidecar is changed', () => {
    const withInit = (more: object) =>
      podWith({ spec: { initContainers: [{ name: 'proxy', image: 'p:1', ...more }] } });
    assert.deepEqual(unchangedNames(withInit({}), withInit({ restartPolicy: 'Always' })), ['api', 'log']);
  });

  it('a container and a volume of one name are two uses', () => {
    const volumes = [{ name: 'api', image: { reference: oldContainer.image } }];
    assert.deepEqual(unchangedNames(podWith({}), podWith({ spec: { volumes } })), ['api', 'log']);
  });

  it('new labels change every use when a policy selects by labels, and none otherwise', () => {
    const relabelled = podWith({ metadata: { labels: { app: 'web' } } });
    const grown = podWith({ metadata: { labels: { app: 'api', tier: 'front' } } });
    assert.deepEqual(unchangedNames(podWith({}), relabelled, true), []);
    assert.deepEqual(unchangedNames(podWith({}), grown, true), []);
    assert.deepEqual(unchangedNames(podWith({}), relabelled, false), ['api', 'log']);
    assert.deepEqual(unchangedNames(podWith({}), podWith({}), true), ['api', 'log']);
  });
});
