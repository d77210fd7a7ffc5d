// The JSON Schema of the configuration file: every setting with its default and what it is for. The page of settings is made of it.
import { layerLimitSettings, searchLimitSettings } from './layer-limit-settings.ts';
import { apiServerLimitSettings, limitSettings, limitsSchema } from './limit-settings.ts';

export const configurationApiVersion = 'tidewaiter.dev/v1alpha1';
export const configurationKind = 'Configuration';
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const text = { type: 'string', minLength: 1 } as const;
const texts = (description: string) => ({ type: 'array', items: text, uniqueItems: true, description }) as const;

function section(description: string, properties: Readonly<Record<string, object>>) {
  return { type: 'object', additionalProperties: false, description, properties } as const;
}

const endpoint = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: {
      ...text,
      description:
        'Where the mirror is: `https://mirror.internal`, with a path if its images lie below one. `http://` is an explicit choice.',
    },
    resolveTags: {
      type: 'boolean',
      default: false,
      description:
        'Whether it may say which digest a tag names. Otherwise it only serves content by digest, and cannot move a tag.',
    },
  },
} as const;

const registry = {
  type: 'object',
  additionalProperties: false,
  required: ['match'],
  dependentRequired: {
    clientCertificateFile: ['clientKeyFile'],
    clientKeyFile: ['clientCertificateFile'],
  },
  properties: {
    match: {
      ...text,
      description:
        'The images it is for: `host[:port]`, with a path to narrow it. The entry with the longest match applies, alone.',
    },
    endpoints: {
      type: 'array',
      items: endpoint,
      description: 'Mirrors, asked in order; the registry itself is asked last.',
    },
    plainHTTP: {
      type: 'boolean',
      description:
        'true speaks plain HTTP, false insists on TLS. Without it: TLS, but on the command line plain HTTP to loopback.',
    },
    caFile: {
      ...text,
      description: 'Authorities, PEM, that are trusted beside the public ones. Read again when it changes.',
    },
    clientCertificateFile: { ...text, description: 'The certificate, PEM, that is shown to the registry.' },
    clientKeyFile: { ...text, description: 'Its key, PEM.' },
    allowAddresses: texts(
      'Addresses and CIDR ranges that would be refused, opened for this registry: loopback, link-local and the like.',
    ),
    tokenRealms: texts(
      'Token servers, `host[:port]`, that may be given credentials of this registry although they are another host.',
    ),
  },
} as const;

const server = section('The doors of `tidewaiter serve`. Flags override them.', {
  listen: { ...text, default: '0.0.0.0:8443', description: 'Where reviews are answered, `host:port`.' },
  probeListen: {
    ...text,
    default: '0.0.0.0:8080',
    description: 'Where `/livez`, `/readyz` and `/metrics` are answered, without TLS.',
  },
  tls: {
    ...section('The certificate, read again when its files change, without dropping a connection.', {
      certFile: { ...text, description: 'Certificate and those that lead to its authority, PEM.' },
      keyFile: { ...text, description: 'Its key, PEM, not encrypted.' },
      clientCaFile: {
        ...text,
        description: 'Authorities of client certificates, PEM; with it a client certificate is required.',
      },
    }),
    required: ['certFile', 'keyFile'],
  },
  insecureHTTP: {
    type: 'boolean',
    default: false,
    description: 'Answers reviews over plain HTTP: for tests, and behind something that ends TLS.',
  },
  shutdown: section('What happens on SIGTERM.', {
    grace: {
      ...text,
      default: '5s',
      description: 'How long reviews are still taken while the cluster learns that this instance leaves.',
    },
    finish: { ...text, default: '20s', description: 'How long reviews that are open then may take.' },
  }),
});

export const configurationSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind'],
  properties: {
    apiVersion: { type: 'string', const: configurationApiVersion },
    kind: { type: 'string', const: configurationKind },
    server,
    policies: section('Where policies and exceptions are.', {
      paths: texts('Directories and files. `--policies` takes their place.'),
      checkEvery: {
        ...text,
        default: '10s',
        description:
          'How often they are looked at, besides when the system says that they changed. Also for TLS files and credentials.',
      },
    }),
    dataDir: {
      ...text,
      description:
        'A directory of its own, where facts and the last good version of every policy are kept over a restart.',
    },
    layers: section('How the layers of images are read. Only policies that ask for their content have them read.', {
      workers: {
        type: 'integer',
        minimum: 1,
        maximum: 64,
        description: 'Threads that read layers. Without it one less than there are processors, at least 1.',
      },
      warmUp: texts(
        'Images that are read at the start, as their references are written in workloads: what many images are built on is known then.',
      ),
      limits: limitsSchema(layerLimitSettings, 'What ends the reading of a layer. The finding names the limit.'),
      searchLimits: limitsSchema(
        searchLimitSettings,
        'What ends the search for credentials in one file or archive. The coverage counts it.',
      ),
    }),
    kubernetes: section('The API server, for labels of namespaces, platforms of nodes and pull secrets.', {
      enabled: {
        type: 'boolean',
        default: true,
        description: 'Whether `serve` asks it for anything. Without it what depends on it is unknown.',
      },
      kubeconfig: { ...text, description: 'How it is reached from outside. Inside a pod nothing needs to be said.' },
      pullSecrets: {
        type: 'boolean',
        default: true,
        description: 'Whether pull secrets and service accounts of workloads are read.',
      },
      pullSecretNamespaces: texts(
        'The only namespaces in which they are read, for a role that covers no others; elsewhere the own credentials count.',
      ),
      limits: limitsSchema(apiServerLimitSettings, 'Limits of what is asked of the API server.'),
    }),
    credentialFiles: texts(
      "The service's own credentials: files in the format of docker's config.json, the first that matches first. Read again when they change.",
    ),
    registries: {
      type: 'array',
      items: registry,
      description: 'How single registries are reached. Without an entry: over HTTPS, with the public authorities.',
    },
    limits: limitsSchema(limitSettings, 'Every named limit. A message that a limit was passed names it.'),
    lastKnown: section('What counts while a registry cannot be asked.', {
      maxAge: {
        ...text,
        default: '24h',
        description:
          'How long a tag is taken for what it last was, and an authorisation for granted; the verdict says `stale since`.',
      },
    }),
    disclosure: {
      type: 'string',
      enum: ['own-credentials', 'full'],
      default: 'own-credentials',
      description:
        'Who is told the evidence of findings: whoever could have pulled the image with their own credentials, or everyone. The log has it in any case.',
    },
    exceptions: section('Bounds of exceptions, wherever they come from.', {
      maxDuration: {
        ...text,
        default: '90d',
        description: 'How far ahead an exception may expire; one that lasts longer does not load.',
      },
      fromNamespaces: texts(
        'Namespaces whose own `ImageAdmissionException` objects are honoured. This version reads exceptions from files only, which need none: the setting changes nothing yet.',
      ),
    }),
    log: section('The log of `serve`, JSON lines on standard output.', {
      level: { type: 'string', enum: [...logLevels], default: 'info', description: 'The least that is written.' },
    }),
  },
} as const;
