// Builds AdmissionReviews as an API server sends them, and the objects they are about.

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface ReviewOptions {
  readonly uid?: string;
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly oldObject?: KubernetesObject;
  readonly subResource?: string;
  readonly namespace?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly dryRun?: boolean;
  /** What the requester sent, where the API server converted it. */
  readonly requestKind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** The envelope for an object; on DELETE the object is the old one, as it is from an API server. */
export function admissionReview(object: KubernetesObject, options: ReviewOptions = {}): object {
  const { operation = 'CREATE', subResource = '', namespace = 'shop' } = options;
  const kind = groupVersionKind(object);
  const { group, version } = kind;
  const resource = { group, version, resource: `${kind.kind.toLowerCase()}s` };
  const isDelete = operation === 'DELETE';
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: options.uid ?? '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      resource,
      requestKind: options.requestKind ?? kind,
      requestResource: resource,
      subResource,
      requestSubResource: subResource,
      name: typeof object.metadata['name'] === 'string' ? object.metadata['name'] : '',
      namespace,
      operation,
      userInfo: { username: options.username ?? 'alice', groups: options.groups ?? ['system:authenticated'] },
      object: isDelete ? null : object,
      oldObject: isDelete ? object : (options.oldObject ?? null),
      dryRun: options.dryRun ?? false,
      options: { kind: `${operation}Options`, apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function groupVersionKind({ apiVersion, kind }: KubernetesObject) {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? { group: '', version: first, kind } : { group: first, version: second, kind };
}

/** A Pod whose spec is given whole. */
export function podWith(spec: object, metadata: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: 'shop', ...metadata }, spec };
}

/** A Pod with one container for each image, named `c0`, `c1` and so on. */
export function podOf(...images: readonly string[]): KubernetesObject {
  return podWith({ containers: images.map((image, index) => ({ name: `c${index}`, image })) });
}

/** A Deployment with one container for each image, named as in podOf. */
export function deploymentOf(...images: readonly string[]): KubernetesObject {
  const labels = { app: 'api' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'shop', labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podOf(...images)['spec'] },
    },
  };
}
