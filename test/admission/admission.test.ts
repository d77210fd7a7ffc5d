// What is judged of a review, by which policies, and what the answer says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Answer } from '../../src/admission/admission.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { denyAll, doorWith, policySet } from '../support/admission-door.ts';
import { admissionReview, deploymentOf, podOf, podWith } from '../support/admission-review.ts';
import { artifactFacts, imageFacts, inspectAs, inspectionOf } from '../support/facts.ts';

const image = 'registry.example.com/shop/api:1';
const bad = 'registry.example.com/shop/bad:1';
const rootImage = imageFacts({ user: { kind: 'unset' } });
const unchecked = imageFacts({ healthcheck: { kind: 'absent' } });
const nonRoot = { action: 'deny', checks: { user: { nonRoot: true } } };
const healthcheck = { action: 'deny', checks: { healthcheck: { required: true } } };

function deniedPaths({ response }: Answer): readonly string[] {
  return (response.status?.message ?? '').split('\n').flatMap((line) => /^(\S+?): \w+\//.exec(line)?.[1] ?? []);
}

/** Only the image called `bad` runs as root. */
function oneBad(name: string): Inspection {
  return inspectionOf(name === bad ? rootImage : imageFacts());
}

describe('places of a bad image', () => {
  const places: readonly (readonly [string, object, string])[] = [
    ['only in an init container', { initContainers: [{ name: 'i', image: bad }] }, 'spec.initContainers[0].image'],
    [
      'only in a sidecar',
      { initContainers: [{ name: 'i', image: bad, restartPolicy: 'Always' }] },
      'spec.initContainers[0].image',
    ],
    [
      'only in an ephemeral container',
      { ephemeralContainers: [{ name: 'e', image: bad }] },
      'spec.ephemeralContainers[0].image',
    ],
  ];
  for (const [claim, more, path] of places) {
    it(`${claim} is denied there`, async () => {
      const review = admissionReview(podWith({ containers: [{ name: 'api', image }], ...more }));
      const answer = await doorWith(policySet({ users: nonRoot }), { inspect: inspectAs(oneBad) }).ask(review);
      assert.deepEqual(deniedPaths(answer), [path]);
    });
  }

  it('a sidecar is asked for a health check, an init container is not', async () => {
    const initContainers = [
      { name: 'migrate', image },
      { name: 'proxy', image, restartPolicy: 'Always' },
    ];
    const inspect = inspectAs(inspectionOf(unchecked));
    const answer = await doorWith(policySet({ healthcheck }), { inspect }).ask(
      admissionReview(podWith({ initContainers })),
    );
    assert.deepEqual(deniedPaths(answer), ['spec.initContainers[1].image']);
  });

  it('Pods of a Job are not asked for a health check', async () => {
    const inspect = inspectAs(inspectionOf(unchecked));
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'backup', uid: 'u', controller: true }];
    const job = podWith({ containers: [{ name: 'api', image }] }, { ownerReferences });
    const door = doorWith(policySet({ healthcheck }), { inspect });
    assert.equal((await door.ask(admissionReview(job))).response.allowed, true);
    assert.equal((await door.ask(admissionReview(podOf(image)))).response.allowed, false);
  });

  it('an image volume from a registry that is not allowed is denied without a look at it', async () => {
    const inspect = inspectAs(inspectionOf(artifactFacts()));
    const registry = { action: 'deny', checks: { reference: { registries: ['good.example.com/**'] } } };
    const volumes = [{ name: 'model', image: { reference: 'evil.example.com/model:1' } }];
    const answer = await doorWith(policySet({ registry }), { inspect }).ask(admissionReview(podWith({ volumes })));
    assert.deepEqual(deniedPaths(answer), ['spec.volumes[0].image.reference']);
    assert.deepEqual(inspect.asked, []);
  });

  it('an owner that is approved does not vouch for its Pod', async () => {
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'approved', uid: 'u', controller: true },
    ];
    const annotations = { 'tidewaiter.dev/verdict': 'allow' };
    const pod = podWith({ containers: [{ name: 'api', image: bad }] }, { ownerReferences, annotations });
    const answer = await doorWith(policySet({ users: nonRoot }), { inspect: inspectAs(oneBad) }).ask(
      admissionReview(pod),
    );
    assert.equal(answer.response.allowed, false);
  });
});

describe('updates', () => {
  const old = podOf(image, image, image);
  const changes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['that change nothing are allowed without a look at any image', [image, image, image], []],
    ['that change one image of three are judged by that one', [image, bad, image], [bad]],
    ['that drop a container are allowed without a look', [image], []],
  ];
  for (const [claim, images, asked] of changes) {
    it(claim, async () => {
      const inspect = inspectAs(oneBad);
      const review = admissionReview(podOf(...images), { operation: 'UPDATE', oldObject: old });
      const { response } = await doorWith(policySet({ users: nonRoot }), { inspect }).ask(review);
      assert.deepEqual(inspect.asked, asked);
      assert.equal(response.allowed, asked.length === 0);
    });
  }

  it('scaling to zero is allowed while the registry is down', async () => {
    const inspect = inspectAs(() => assert.fail('the registry was asked'));
    const now = deploymentOf(image);
    const review = admissionReview(
      { ...now, metadata: { name: 'api', annotations: {} } },
      { operation: 'UPDATE', oldObject: now },
    );
    assert.equal((await doorWith(policySet({ all: denyAll }), { inspect }).ask(review)).response.allowed, true);
  });

  it('labels matter only where a policy selects by them, and then old and new ones do', async () => {
    const labelled = (app: string) => podWith({ containers: [{ name: 'api', image }] }, { labels: { app } });
    const review = admissionReview(labelled('web'), { operation: 'UPDATE', oldObject: labelled('api') });
    const selecting = (app: string) => ({ ...denyAll, match: { objectSelector: { matchLabels: { app } } } });
    const ask = async (spec: object) => (await doorWith(policySet({ spec })).ask(review)).response.allowed;
    assert.deepEqual(
      [await ask(denyAll), await ask(selecting('web')), await ask(selecting('api')), await ask(selecting('other'))],
      [true, false, false, true],
    );
  });

  it('without the old object every use is judged', async () => {
    const review = admissionReview(podOf(image), { operation: 'UPDATE' });
    assert.equal((await doorWith(policySet({ all: denyAll })).ask(review)).response.allowed, false);
  });
});

describe('objects', () => {
  it('are read by what they were converted to, and logged by what was sent', async () => {
    const requestKind = { group: 'extensions', version: 'v1beta1', kind: 'Deployment' };
    const answer = await doorWith(policySet({ all: denyAll })).ask(
      admissionReview(deploymentOf(image), { requestKind }),
    );
    assert.deepEqual(deniedPaths(answer), ['spec.template.spec.containers[0].image']);
    assert.deepEqual(answer.decision.request.requestKind, requestKind);
  });

  it('with generateName have no name yet, and keep their generateName', async () => {
    const pod = podWith({ containers: [{ name: 'api', image }] }, { name: undefined, generateName: 'api-' });
    const { decision } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(pod));
    assert.equal(decision.workload?.name, undefined);
    assert.equal(decision.workload?.generateName, 'api-');
  });

  it('with a null template are allowed', async () => {
    const controller = { apiVersion: 'v1', kind: 'ReplicationController', metadata: {}, spec: { template: null } };
    const answer = await doorWith(policySet({ all: denyAll })).ask(admissionReview(controller));
    assert.equal(answer.response.allowed, true);
    assert.equal(answer.decision.skipped, 'no-images');
  });

  it('that are missing are refused cleanly', async () => {
    for (const object of [null, 'text', []]) {
      const review = { ...admissionReview(podOf(image)) };
      Object.assign(review, { request: { ...Reflect.get(review, 'request'), object } });
      const { response } = await doorWith(policySet({ all: denyAll })).ask(review);
      assert.deepEqual([response.allowed, response.status?.code], [false, 400]);
    }
  });

  it('behind a subresource that cannot bring images are allowed, whatever they hold', async () => {
    for (const subResource of ['status', 'resize', 'binding', 'eviction', 'scale', 'exec']) {
      const inspect = inspectAs(oneBad);
      const review = admissionReview(podOf(bad), { operation: 'UPDATE', subResource });
      const { response } = await doorWith(policySet({ all: denyAll }), { inspect }).ask(review);
      assert.equal(response.allowed, true);
      assert.deepEqual(inspect.asked, []);
    }
  });

  it('other than Pods are no mirrors, whoever sends them', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    const deployment = { ...deploymentOf(bad), metadata: { name: 'api', annotations } };
    const review = admissionReview(deployment, { groups: ['system:nodes'] });
    assert.equal((await doorWith(policySet({ all: denyAll })).ask(review)).response.allowed, false);
  });

  it('sent by a node are no mirrors unless they say so', async () => {
    for (const annotations of [undefined, {}, { 'example.com/note': 'x' }]) {
      const pod = podWith({ containers: [{ name: 'api', image: bad }] }, { annotations });
      const review = admissionReview(pod, { username: 'system:node:n1', groups: ['system:nodes'] });
      assert.equal((await doorWith(policySet({ all: denyAll })).ask(review)).response.allowed, false);
    }
  });

  it('of kinds that carry no images are allowed', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: {} };
    const { response, decision } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(service));
    assert.equal(response.allowed, true);
    assert.equal(decision.kind, 'other');
  });

  it('of custom resources with placeholders for images are allowed', async () => {
    const task = {
      apiVersion: 'tekton.dev/v1',
      kind: 'Task',
      metadata: { name: 'build' },
      spec: { steps: [{ image: '$(params.image)' }] },
    };
    assert.equal((await doorWith(policySet({ all: denyAll })).ask(admissionReview(task))).response.allowed, true);
  });

  it('with an empty image are let through with a warning', async () => {
    const { response } = await doorWith(policySet({ all: denyAll })).ask(admissionReview(deploymentOf('')));
    assert.equal(response.allowed, true);
    assert.match(
      response.warnings?.join() ?? '',
      /^spec\.template\.spec\.containers\[0\]\.image: reference\/invalid: /,
    );
  });

  it('in a dry run are answered alike', async () => {
    const door = doorWith(policySet({ all: denyAll }));
    const [wet, dry] = await Promise.all(
      [false, true].map((dryRun) => door.ask(admissionReview(podOf(image), { dryRun }))),
    );
    assert.deepEqual(wet?.response, dry?.response);
  });
});

describe('policies', () => {
  it('that do not match leave an image alone', async () => {
    const inspect = inspectAs(oneBad);
    const elsewhere = { ...denyAll, match: { namespaces: ['prod-*'] } };
    const { response, decision } = await doorWith(policySet({ elsewhere }), { inspect }).ask(
      admissionReview(podOf(bad)),
    );
    assert.equal(response.allowed, true);
    assert.equal(decision.uses[0]?.unjudged, true);
    assert.deepEqual(inspect.asked, []);
  });

  it('one that warns and one that denies deny once, and the warning is kept, in whatever order', async () => {
    const inspect = inspectAs(inspectionOf(imageFacts({ user: { kind: 'unset' }, healthcheck: { kind: 'absent' } })));
    const specs = { a: { ...healthcheck, action: 'warn' }, b: nonRoot, c: { ...nonRoot, action: 'audit' } };
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(Object.entries(specs), { minLength: 3 }), async (entries) => {
        const door = doorWith(policySet(Object.fromEntries(entries)), { inspect });
        const { response } = await door.ask(admissionReview(podOf(image)));
        assert.equal(response.status?.message.match(/user\/root/g)?.length, 1);
        assert.equal(response.warnings?.length, 1);
        assert.match(response.warnings?.[0] ?? '', /healthcheck\/missing/);
      }),
      { numRuns: 12 },
    );
  });

  it('adding one never turns a denial into an admission', async () => {
    const action = fc.constantFrom('deny', 'warn', 'audit');
    const check = fc.constantFrom(
      { user: { nonRoot: true } },
      { size: { maxCompressed: 1 } },
      { healthcheck: { required: true } },
    );
    const spec = fc.record({ action, checks: check });
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 4 }), spec, async (specs, more) => {
        const ask = async (all: readonly object[]) => {
          const named = Object.fromEntries(all.map((one, index) => [`p${index}`, one]));
          const inspect = inspectAs(inspectionOf(rootImage));
          return (await doorWith(policySet(named), { inspect }).ask(admissionReview(podOf(image)))).response.allowed;
        };
        assert.ok((await ask(specs)) || !(await ask([...specs, more])));
      }),
      { numRuns: 40 },
    );
  });

  it('in their absence everything is allowed', async () => {
    const { response } = await doorWith({ policies: [], exceptions: [] }).ask(admissionReview(podOf(bad)));
    assert.equal(response.allowed, true);
  });

  it('the snapshot taken at the start judges the whole review', async () => {
    let set = policySet({ all: denyAll });
    const inspect = async () => {
      set = policySet({ all: { ...denyAll, action: 'audit' } });
      return inspectionOf(imageFacts());
    };
    const door = doorWith(set, { inspect, policies: () => set });
    assert.equal((await door.ask(admissionReview(podOf(image)))).response.allowed, false);
    assert.equal((await door.ask(admissionReview(podOf(image)))).response.allowed, true);
  });
});
