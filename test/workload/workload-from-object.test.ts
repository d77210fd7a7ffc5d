// Workloads read from Kubernetes objects: every kind, every place that names an image, and objects of any shape.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { workloadKinds } from '../../src/workload/kinds.ts';
import type { ImageUse } from '../../src/workload/use.ts';
import { workloadFromObject, workloadsFromManifest } from '../../src/workload/workload-from-object.ts';

const image = 'registry.example.com/shop/api:1';

function pod(spec: object, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: 'shop', ...metadata }, spec };
}

function usesOf(object: unknown): readonly ImageUse[] {
  return workloadFromObject(object)?.uses ?? [];
}

function onlyUse(object: unknown): ImageUse {
  const [use, ...others] = usesOf(object);
  assert.ok(use !== undefined && others.length === 0);
  return use;
}

const kindCases: readonly { readonly apiVersion: string; readonly kind: string; readonly path: string }[] = [
  { apiVersion: 'v1', kind: 'Pod', path: 'spec.containers[0].image' },
  { apiVersion: 'v1', kind: 'PodTemplate', path: 'template.spec.containers[0].image' },
  { apiVersion: 'v1', kind: 'ReplicationController', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'apps/v1', kind: 'Deployment', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'extensions/v1beta1', kind: 'Deployment', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'batch/v1', kind: 'Job', path: 'spec.template.spec.containers[0].image' },
  { apiVersion: 'batch/v1beta1', kind: 'CronJob', path: 'spec.jobTemplate.spec.template.spec.containers[0].image' },
];

/** An object whose pod spec lies where the expected path says it does. */
function objectWithPodSpecAt(apiVersion: string, kind: string, path: string): object {
  const steps = path.slice(0, path.indexOf('.containers')).split('.');
  const inner: object = { containers: [{ name: 'api', image }] };
  const body = steps.reduceRight((value, step) => ({ [step]: value }), inner);
  return { apiVersion, kind, metadata: { name: 'api' }, ...body };
}

describe('kinds', () => {
  for (const { apiVersion, kind, path } of kindCases) {
    it(`${apiVersion} ${kind} names its image at ${path}`, () => {
      const use = onlyUse(objectWithPodSpecAt(apiVersion, kind, path));
      assert.equal(use.path, path);
      assert.equal(use.image, image);
    });
  }

  it('has a case here for every kind in the list', () => {
    assert.deepEqual(new Set(workloadKinds.map(({ kind }) => kind)), new Set(kindCases.map(({ kind }) => kind)));
  });

  const strangers: readonly (readonly [string, object])[] = [
    ['a Service', { apiVersion: 'v1', kind: 'Service', spec: {} }],
    ['a custom resource that is called Deployment', { ...pod({}), apiVersion: 'example.com/v1', kind: 'Deployment' }],
    ['a Pod of another group', { ...pod({}), apiVersion: 'metrics.k8s.io/v1' }],
    ['a kind named like a field of every object', { apiVersion: 'v1', kind: 'constructor' }],
    ['an object without kind', { spec: { containers: [{ image }] } }],
  ];
  for (const [name, object] of strangers) {
    it(`knows no images of ${name}`, () => assert.equal(workloadFromObject(object), undefined));
  }

  it('believes an identity given from outside over the object', () => {
    const object = objectWithPodSpecAt('extensions/v1beta1', 'Deploy', 'spec.template.spec.containers');
    assert.equal(workloadFromObject(object, { apiVersion: 'apps/v1', kind: 'Deployment' })?.uses.length, 1);
  });
});

describe('uses', () => {
  it('lists containers, init containers, sidecars, ephemeral containers and image volumes', () => {
    const uses = usesOf(
      pod({
        containers: [{ name: 'api', image: 'a' }],
        initContainers: [
          { name: 'migrate', image: 'b' },
          { name: 'proxy', image: 'c', restartPolicy: 'Always' },
        ],
        ephemeralContainers: [{ name: 'debugger', image: 'd', targetContainerName: 'api' }],
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'model', image: { reference: 'e', pullPolicy: 'Always' } },
        ],
      }),
    );
    assert.deepEqual(
      uses.map(({ kind, path, name, image: named }) => [kind, path, name, named]),
      [
        ['init', 'spec.initContainers[0].image', 'migrate', 'b'],
        ['sidecar', 'spec.initContainers[1].image', 'proxy', 'c'],
        ['container', 'spec.containers[0].image', 'api', 'a'],
        ['ephemeral', 'spec.ephemeralContainers[0].image', 'debugger', 'd'],
        ['volume', 'spec.volumes[1].image.reference', 'model', 'e'],
      ],
    );
    assert.equal(uses.at(-1)?.pullPolicy, 'Always');
  });

  it('a container without image is a use with an empty one, as templates may have', () => {
    assert.equal(onlyUse(pod({ containers: [{ name: 'injected' }] })).image, '');
  });

  it('the container decides over the pod, field by field', () => {
    const { runAs } = onlyUse(
      pod({
        securityContext: { runAsUser: 1000, runAsGroup: 2000, runAsNonRoot: true },
        containers: [{ image, securityContext: { runAsUser: 0, runAsNonRoot: false } }],
      }),
    );
    assert.deepEqual(runAs, { user: 0, group: 2000, nonRoot: false });
  });

  it('the Windows user name is inherited in the same way', () => {
    const { runAs } = onlyUse(
      pod({
        securityContext: { windowsOptions: { runAsUserName: 'ContainerUser' } },
        containers: [{ image, securityContext: { windowsOptions: {} } }],
      }),
    );
    assert.deepEqual(runAs, { windowsUserName: 'ContainerUser' });
  });

  it('a fraction, a text or null is no user id', () => {
    for (const runAsUser of [1.5, '1000', null, {}]) {
      const object = pod({ containers: [{ image, securityContext: { runAsUser } }] });
      assert.deepEqual(onlyUse(object).runAs, {});
    }
  });

  it('sees which probes are there', () => {
    const { probes } = onlyUse(
      pod({
        containers: [{ image, livenessProbe: { httpGet: {} }, readinessProbe: null, startupProbe: { exec: {} } }],
      }),
    );
    assert.deepEqual(probes, { liveness: true, readiness: false, startup: true });
  });

  it('an empty command is none, because Kubernetes then runs the image’s own', () => {
    const use = onlyUse(pod({ containers: [{ image, command: [], args: ['--port', '80'] }] }));
    assert.equal(use.command, undefined);
    assert.deepEqual(use.args, ['--port', '80']);
  });

  for (const setting of ['shareProcessNamespace', 'hostPID']) {
    it(`${setting} shares the process namespace`, () => {
      assert.equal(onlyUse(pod({ [setting]: true, containers: [{ image }] })).sharesProcessNamespace, true);
      assert.equal(onlyUse(pod({ [setting]: false, containers: [{ image }] })).sharesProcessNamespace, false);
    });
  }
});

describe('workloads', () => {
  it('labels are those of the pod template, not of the workload', () => {
    const workload = workloadFromObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels: { app: 'outer' } },
      spec: { template: { metadata: { labels: { app: 'inner' } }, spec: {} } },
    });
    assert.deepEqual({ ...workload?.podLabels }, { app: 'inner' });
  });

  it('names the pull secrets, and the service account by either of its fields', () => {
    const spec = { imagePullSecrets: [{ name: 'regcred' }, {}, null, { name: '' }], containers: [] };
    assert.deepEqual(workloadFromObject(pod(spec))?.imagePullSecrets, ['regcred']);
    assert.equal(workloadFromObject(pod(spec))?.serviceAccountName, 'default');
    assert.equal(workloadFromObject(pod({ serviceAccount: 'old' }))?.serviceAccountName, 'old');
    assert.equal(
      workloadFromObject(pod({ serviceAccountName: 'new', serviceAccount: 'old' }))?.serviceAccountName,
      'new',
    );
  });

  it('Pods of a Job run to completion, other Pods do not', () => {
    const ownedBy = (owner: object) => workloadFromObject(pod({}, { ownerReferences: [owner] }))?.runsToCompletion;
    assert.equal(ownedBy({ apiVersion: 'batch/v1', kind: 'Job', name: 'backup' }), true);
    assert.equal(ownedBy({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api' }), false);
    assert.equal(ownedBy({ apiVersion: 'example.com/v1', kind: 'Job', name: 'api' }), false);
    assert.equal(workloadFromObject(pod({}))?.runsToCompletion, false);
  });

  it('a generateName object has no name', () => {
    const workload = workloadFromObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'api-', name: '' },
    });
    assert.equal(workload?.name, undefined);
    assert.equal(workload?.generateName, 'api-');
  });

  it('knows the operating system the pod names', () => {
    assert.equal(workloadFromObject(pod({ os: { name: 'windows' } }))?.os, 'windows');
  });
});

describe('objects of any shape', () => {
  const oddities: readonly (readonly [string, unknown])[] = [
    [
      'a ReplicationController with a null template',
      { apiVersion: 'v1', kind: 'ReplicationController', spec: { template: null } },
    ],
    ['a Pod without spec', { apiVersion: 'v1', kind: 'Pod' }],
    ['containers that are a map', pod({ containers: { image } })],
    ['containers that are null, texts and lists', pod({ containers: [null, 'nginx', [image]] })],
    ['an image volume without body', pod({ volumes: [{ name: 'a', image: null }, null, 7] })],
  ];
  for (const [name, object] of oddities) {
    it(`${name} is a workload without uses`, () => assert.deepEqual(usesOf(object), []));
  }

  it('an image that is not a text reads as empty', () => {
    assert.equal(onlyUse(pod({ containers: [{ image: { toString: 'x' } }] })).image, '');
  });

  it('fields of a prototype count for nothing', () => {
    const object: unknown = JSON.parse(
      '{"apiVersion":"v1","kind":"Pod","__proto__":{"spec":{"containers":[{"image":"x"}]}},"metadata":{"labels":{"__proto__":"y"}}}',
    );
    assert.deepEqual(usesOf(object), []);
    assert.deepEqual(Object.entries(workloadFromObject(object)?.podLabels ?? {}), [['__proto__', 'y']]);
    assert.equal(workloadFromObject(Object.create({ apiVersion: 'v1', kind: 'Pod' })), undefined);
  });

  it('500 containers are 500 uses', () => {
    const containers = Array.from({ length: 500 }, (_, index) => ({ name: `c${index}`, image: `${image}${index}` }));
    assert.equal(usesOf(pod({ containers })).length, 500);
  });

  it('nothing that JSON can say makes it throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kindCases), fc.jsonValue(), (known, body) => {
        const path = known.path.slice(0, known.path.indexOf('.containers')).split('.');
        const nested = path.reduceRight<unknown>((value, step) => ({ [step]: value }), {
          containers: [body],
          volumes: body,
        });
        const object = Object.assign({}, nested, { apiVersion: known.apiVersion, kind: known.kind, metadata: body });
        for (const use of usesOf(object)) assert.equal(typeof use.image, 'string');
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => workloadsFromManifest(value).length >= 0));
  });
});

describe('manifests', () => {
  it('a List gives the workloads of its items, with the way to each', () => {
    const found = workloadsFromManifest({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ kind: 'Service', apiVersion: 'v1' }, pod({}), { kind: 'List', apiVersion: 'v1', items: [pod({})] }],
    });
    assert.deepEqual(
      found.map(({ at, workload }) => [at, workload.kind]),
      [
        [['items', 1], 'Pod'],
        [['items', 2, 'items', 0], 'Pod'],
      ],
    );
  });

  it('items of a typed list need not say what they are', () => {
    const items = [{ metadata: { name: 'api' }, spec: { template: { spec: { containers: [{ image }] } } } }];
    const [found] = workloadsFromManifest({ apiVersion: 'apps/v1', kind: 'DeploymentList', items });
    assert.equal(found?.workload.kind, 'Deployment');
    assert.equal(found?.workload.uses.length, 1);
  });

  it('a document that carries no images gives none', () => {
    for (const document of [
      null,
      'text',
      [],
      {},
      { kind: 'ConfigMap', apiVersion: 'v1' },
      { kind: 'List', items: {} },
    ]) {
      assert.deepEqual(workloadsFromManifest(document), []);
    }
  });
});
