// Everything that names an image is asked about: all kinds of workloads, and every place in a pod.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertGolden } from '../support/golden.ts';
import type { Harbour } from '../support/harbour.ts';
import { succeed } from '../support/kubectl.ts';
import { deployment, everyKind, type PodSpec, pod, podSpecOf } from '../support/workloads.ts';

const webhook = 'admission webhook "images.tidewaiter.dev" denied the request:';

interface Place {
  readonly claim: string;
  readonly path: string;
  /** A pod that is good but for this image. */
  readonly spec: (good: string, bad: string) => PodSpec;
}

const places: readonly Place[] = [
  {
    claim: 'an init container',
    path: 'spec.initContainers[0].image',
    spec: (good, bad) => ({ ...podSpecOf(good), initContainers: [{ name: 'migrate', image: bad }] }),
  },
  {
    claim: 'a sidecar',
    path: 'spec.initContainers[1].image',
    spec: (good, bad) => ({
      ...podSpecOf(good),
      initContainers: [
        { name: 'migrate', image: good },
        { name: 'proxy', image: bad, restartPolicy: 'Always' },
      ],
    }),
  },
  {
    claim: 'an image volume',
    path: 'spec.volumes[0].image.reference',
    spec: (good, bad) => ({ ...podSpecOf(good), volumes: [{ name: 'model', image: { reference: bad } }] }),
  },
];

export function tellKinds(harbour: () => Harbour): void {
  describe('every kind of workload', () => {
    // The paths do not depend on the image, and tests are named before there is one.
    for (const [index, [{ kind }, specPath]] of everyKind(podSpecOf('')).entries()) {
      it(`a ${kind} passes with a good image and is refused with a bad one`, async () => {
        const { kubectl, image } = harbour();
        const create = (name: string, bad: string) => {
          const [object] = everyKind(podSpecOf(bad))[index] ?? assert.fail(kind);
          const input = { ...object, metadata: { name, namespace: 'shop' } };
          return kubectl(['create', '-f', '-'], { input });
        };
        assert.match(await succeed(create('kind-good', image('good'))), /created/);
        const { code, stderr } = await create('kind-bad', image('root'));
        assert.equal(code, 1);
        assert.ok(
          stderr.includes(`${webhook} 1 finding on 1 image:\n${specPath}.containers[0].image: user/root: `),
          stderr,
        );
      });
    }

    it('one made from generateName is judged as any other', async () => {
      const { kubectl, image } = harbour();
      const input = { ...pod('', podSpecOf(image('root'))), metadata: { generateName: 'job-', namespace: 'shop' } };
      const { code, stderr } = await kubectl(['create', '-f', '-'], { input });
      assert.equal(code, 1);
      assert.ok(stderr.includes(webhook), stderr);
    });

    it('what names no image is not asked about', async () => {
      const { kubectl, service } = harbour();
      const before = await service.metric('tidewaiter_admission_requests_total');
      await succeed(kubectl(['create', 'configmap', 'settings', '--namespace=shop']));
      assert.equal(await service.metric('tidewaiter_admission_requests_total'), before);
    });
  });

  describe('every place in a pod', () => {
    for (const { claim, path, spec } of places) {
      it(claim, async () => {
        const { kubectl, image } = harbour();
        const create = (name: string, bad: string) =>
          kubectl(['create', '--namespace=shop', '-f', '-'], { input: pod(name, spec(image('good'), bad)) });
        const name = claim.replaceAll(' ', '-');
        assert.match(await succeed(create(`${name}-good`, image('good'))), /created/);
        const { code, stderr } = await create(`${name}-bad`, image('leaking'));
        assert.equal(code, 1);
        assert.ok(stderr.includes(`${webhook} 2 findings on 1 image:\n${path}: secrets/env: `), stderr);
      });
    }

    it('an ephemeral container of kubectl debug: refused with a bad image, which the message tells', async () => {
      const { kubectl, image, apply, replacements } = harbour();
      await apply(pod('debugged', podSpecOf(image('good'))), '--namespace=shop');
      const debug = ['debug', 'debugged', '--container=probe', '--attach=false', '--profile=general'];
      const { code, stdout, stderr } = await kubectl([...debug, '--namespace=shop', `--image=${image('root')}`]);
      const command = `$ kubectl ${debug.join(' ')} --namespace shop --image=${image('root')}`;
      assertGolden('debug', `${command}\n${stdout}${stderr}`, replacements);
      assert.equal(code, 1);
      await succeed(kubectl([...debug, '--namespace=shop', `--image=${image('healthless')}`]));
      const added = ['get', 'pod', 'debugged', '-o', 'jsonpath={.spec.ephemeralContainers[*].image}'];
      assert.equal(await succeed(kubectl([...added, '--namespace=shop'])), image('healthless'));
    });
  });

  describe('a server-side dry run', () => {
    it('is answered alike, and leaves no object and no count of findings behind', async () => {
      const { kubectl, image, service, replacements } = harbour();
      const before = await service.metric('tidewaiter_findings_total');
      const apply = ['apply', '--dry-run=server', '--namespace=shop', '-f'];
      const refused = await kubectl([...apply, '-'], { input: deployment('rehearsal', podSpecOf(image('root'))) });
      const seen = `$ kubectl ${apply.join(' ')} deployment.yaml\n${refused.stdout}${refused.stderr}`;
      assertGolden('dry-run', seen, replacements);
      assert.equal(refused.code, 1);
      const input = deployment('rehearsal', podSpecOf(image('good')));
      assert.match(await succeed(kubectl([...apply, '-'], { input })), /created \(server dry run\)/);
      assert.equal((await kubectl(['get', 'deployment', 'rehearsal', '--namespace=shop'])).code, 1);
      assert.equal(await service.metric('tidewaiter_findings_total'), before);
    });
  });

  describe('the audit log of the API server', () => {
    it('has the digest that was judged, container by container, and what was found', async () => {
      const { kubectl, image, pinned, auditEvents } = harbour();
      const create = (name: string, used: string) =>
        kubectl(['create', '--namespace=shop', '-f', '-'], { input: pod(name, podSpecOf(used)) });
      await succeed(create('audited', image('good')));
      await create('audited-bad', image('root'));
      const events = (await auditEvents()).filter(({ objectRef }) => objectRef?.name?.startsWith('audited'));
      const annotated = (name: string): Readonly<Record<string, string>> =>
        events.find(({ verb, objectRef }) => verb === 'create' && objectRef?.name === name)?.annotations ?? {};
      const digest = pinned('good').split('@')[1];
      assert.equal(annotated('audited')['images.tidewaiter.dev/digest.web'], digest);
      assert.equal(annotated('audited')['images.tidewaiter.dev/verdict'], 'allow');
      assert.equal(annotated('audited-bad')['images.tidewaiter.dev/verdict'], 'deny');
      assert.match(annotated('audited-bad')['images.tidewaiter.dev/findings'] ?? '', /web user\/root deny/);
    });
  });
}
