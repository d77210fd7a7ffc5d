// How the API server is reached and who we are there: a kubeconfig, or what a pod finds in its own file system.
import { KubeConfig } from '@kubernetes/client-node';
import { Fault } from '../base/fault.ts';

export type ApiAccess =
  /** `directory` is where relative file names in the text start. */
  | { readonly kind: 'kubeconfig'; readonly text: string; readonly directory?: string }
  /** The service account of the pod; `root` goes before its paths. */
  | { readonly kind: 'in-cluster'; readonly root?: string };

export interface ApiEndpoint {
  /** Without a trailing slash; may carry a path, as behind a gateway for many clusters. */
  readonly server: string;
  readonly host: string;
  readonly throughProxy: boolean;
  /** Adds credentials and TLS material to the options of a request; read anew each time, so that rotated tokens are used. */
  readonly kubeConfig: KubeConfig;
}

/** @throws Fault `document/invalid` for a kubeconfig that does not lead to a server. */
export function endpointFromAccess(access: ApiAccess): ApiEndpoint {
  const kubeConfig = loadKubeConfig(access);
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Fault('document/invalid', 'the kubeconfig has no cluster for its current context');
  const url = URL.parse(cluster.server);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    throw new Fault('document/invalid', 'the kubeconfig names no https server');
  }
  if (url.protocol === 'http:' && cluster.skipTLSVerify !== true) {
    throw new Fault('document/invalid', 'the kubeconfig names an http server without insecure-skip-tls-verify');
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    throughProxy: cluster.proxyUrl !== undefined && cluster.proxyUrl !== '',
    kubeConfig,
  };
}

function loadKubeConfig(access: ApiAccess): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (access.kind === 'in-cluster') {
    kubeConfig.loadFromCluster(access.root);
    return kubeConfig;
  }
  try {
    kubeConfig.loadFromString(access.text);
  } catch (cause) {
    throw new Fault('document/invalid', 'the kubeconfig cannot be read', { cause });
  }
  if (access.directory !== undefined) kubeConfig.makePathsAbsolute(access.directory);
  return kubeConfig;
}
