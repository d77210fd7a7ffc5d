// AdmissionReviews of the size and shape that an API server sends.
import { randomUUID } from 'node:crypto';
import { admissionReview } from '../test/support/admission-review.ts';

/** A Deployment as people write them: labels, resources, probes, environment, a mount. */
export function deploymentReview(index: number, images: readonly string[]): object {
  const name = `service-${index}`;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop', tier: 'backend' };
  const containers = images.map((image, position) => ({
    name: `container-${position}`,
    image,
    ports: [{ name: 'http', containerPort: 8080 + position, protocol: 'TCP' }],
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    ],
    resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    imagePullPolicy: 'IfNotPresent',
  }));
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      template: {
        metadata: { labels },
        spec: { serviceAccountName: 'shop', containers, volumes: [{ name: 'tmp', emptyDir: {} }] },
      },
    },
  };
  return admissionReview(deployment, { uid: randomUUID() });
}
