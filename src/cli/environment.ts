// The one place that reads environment variables: secrets and the conventional names, nothing else.

export interface Environment {
  /** Directory of docker's config.json. */
  readonly dockerConfig?: string;
  /** docker's credentials as JSON text. */
  readonly dockerAuthConfig?: string;
  /** podman's auth.json. */
  readonly registryAuthFile?: string;
  readonly xdgRuntimeDir?: string;
  readonly xdgConfigHome?: string;
  readonly home?: string;
  /** Directories in which credential helpers are looked for. */
  readonly path?: string;
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
  readonly noColor: boolean;
  readonly kubeconfig?: string;
  readonly kubernetesServiceHost?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The lower-case form wins, as in curl; upper-case HTTP_PROXY is fine here because nothing sets it from a request. */
function proxy(variables: Variables, name: string): string | undefined {
  return variables[name] ?? variables[name.toUpperCase()];
}

/** Reads the process environment once; an empty variable counts as not set. */
export function readEnvironment(all: Variables = process.env): Environment {
  const variables: Variables = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const found: Record<string, string | undefined> = {
    dockerConfig: variables['DOCKER_CONFIG'],
    dockerAuthConfig: variables['DOCKER_AUTH_CONFIG'],
    registryAuthFile: variables['REGISTRY_AUTH_FILE'],
    xdgRuntimeDir: variables['XDG_RUNTIME_DIR'],
    xdgConfigHome: variables['XDG_CONFIG_HOME'],
    home: variables['HOME'],
    path: variables['PATH'],
    httpProxy: proxy(variables, 'http_proxy'),
    httpsProxy: proxy(variables, 'https_proxy'),
    noProxy: proxy(variables, 'no_proxy'),
    kubeconfig: variables['KUBECONFIG'],
    kubernetesServiceHost: variables['KUBERNETES_SERVICE_HOST'],
  };
  const set = Object.entries(found).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(set), noColor: variables['NO_COLOR'] !== undefined };
}
