// Asks the API server without kubectl, for tests that ask more often than a process can be started.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface ApiClient extends Disposable {
  /** As the administrator. */
  post(path: string, object: object): Promise<{ readonly status: number; readonly body: string }>;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

/** @param path of a kubeconfig that a control plane wrote. */
export async function createApiClient(path: string): Promise<ApiClient> {
  const { clusters, users }: Kubeconfig = JSON.parse(await readFile(path, 'utf8'));
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error(`${path} names no cluster or no user`);
  const pem = (data: string): Buffer => Buffer.from(data, 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  });
  return {
    async post(place, object) {
      const headers = { 'Content-Type': 'application/json' };
      const asked = request(`${cluster.server}${place}`, { method: 'POST', agent, headers }).end(
        JSON.stringify(object),
      );
      const [response]: IncomingMessage[] = await once(asked, 'response');
      if (response === undefined) throw new Error('no response');
      return { status: response.statusCode ?? 0, body: await text(response) };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
