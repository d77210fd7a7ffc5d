// Writes the kubeconfig of a control plane's administrator.
import type { KeyPair } from './certificates.ts';

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

/** JSON, which is YAML too. Nothing in it is a path, so it can be moved. */
export function formatKubeconfig(server: { readonly url: string; readonly ca: string }, admin: KeyPair): string {
  const name = 'e2e';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: server.url, 'certificate-authority-data': base64(server.ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(admin.cert), 'client-key-data': base64(admin.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
