// Proves that the control plane of the end-to-end tests starts, keeps what it is told, and leaves nothing behind.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startControlPlane } from './support/control-plane.ts';
import { createKubectl, succeed } from './support/kubectl.ts';
import { withoutControlPlane } from './support/tools.ts';

/** The children of this process that have not ended, whoever started them. */
function childProcesses(): readonly string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'ProcessWrap');
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'harbour' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
};

test('keeps a Deployment, and leaves no process and no file when it is stopped', {
  skip: withoutControlPlane,
}, async (t) => {
  await using controlPlane = await startControlPlane({ signal: t.signal });
  const { kubeconfigPath, processIds } = controlPlane;
  assert.equal(childProcesses().length, processIds.length, 'the test sees the processes that it looks for later');

  const kubectl = createKubectl(kubeconfigPath);
  await succeed(kubectl(['create', 'namespace', 'harbour']));
  await succeed(kubectl(['create', '-f', '-'], { input: deployment }));
  const image = await succeed(
    kubectl(['-n', 'harbour', 'get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}']),
  );
  assert.equal(image, 'registry.example/web:1');

  await controlPlane.stop();
  assert.deepEqual(childProcesses(), []);
  for (const pid of processIds) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.equal(existsSync(kubeconfigPath), false);
});

test('an API server that refuses its flags is reported in its own words, and etcd is stopped', {
  skip: withoutControlPlane,
}, async (t) => {
  await assert.rejects(startControlPlane({ apiServerFlags: ['--no-such-flag'], signal: t.signal }), (error: Error) => {
    assert.match(String(error.cause), /kube-apiserver ended with exit code 1:.*unknown flag: --no-such-flag/s);
    return true;
  });
  assert.deepEqual(childProcesses(), []);
});
