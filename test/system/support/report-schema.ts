// The JSON report as it is documented: what other people's scripts may rely on. Fields are only ever added, here as well.

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } as const;
const verdict = { enum: ['allow', 'warn', 'deny'] } as const;
const action = { enum: ['deny', 'warn', 'audit', 'retry'] } as const;

/** An object of exactly these fields; those that may be absent are named. */
function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const evidence = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { enum: ['env', 'label', 'history', 'command', 'file', 'layer', 'manifest', 'source'] } },
} as const;

const finding = object(
  {
    rule: { type: 'string', pattern: '^[a-z]+/[a-z0-9-]+$' },
    severity: { enum: ['critical', 'high', 'medium', 'low'] },
    action,
    policies: { type: 'array', minItems: 1, items: object({ name: text, action }) },
    fingerprint: text,
    message: { type: 'string', minLength: 1 },
    advice: text,
    evidence,
    platforms: { type: 'array', minItems: 1, items: text },
    waivedBy: text,
  },
  ['evidence', 'platforms', 'waivedBy'],
);

const subject = object(
  {
    target: text,
    source: object({ file: text, line: { type: 'integer', minimum: 1 } }),
    resource: object({ apiVersion: text, kind: text, namespace: text, name: text }, ['namespace', 'name']),
    use: object({ kind: { enum: ['container', 'init', 'sidecar', 'ephemeral', 'volume'] }, path: text, name: text }),
    image: text,
    digest,
    platforms: { type: 'array', items: object({ platform: text, digest }) },
    verdict,
    unjudged: { type: 'boolean' },
    coverage: object({ layers: count, read: count }),
    staleSince: text,
    findings: { type: 'array', items: finding },
  },
  ['source', 'resource', 'use', 'digest', 'coverage', 'staleSince'],
);

export const reportSchema = object({
  version: { const: 1 },
  engine: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
  detectors: count,
  at: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d' },
  policies: {
    type: 'array',
    minItems: 1,
    items: object({ name: text, source: text, revision: { type: 'string', pattern: '^sha256:[0-9a-f]+$' } }),
  },
  verdict,
  summary: object({ subjects: count, deny: count, warn: count, unjudged: count }),
  subjects: { type: 'array', items: subject },
});
