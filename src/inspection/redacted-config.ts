// An image config in which every credential is replaced: what facts are made from, so that none can slip into them.
import type { ImageConfig } from '../oci/image-config.ts';
import type { FactRedactor } from './fact-redactor.ts';
import type { SecretPlace } from './image-facts.ts';

type CommandField = Extract<SecretPlace, { readonly kind: 'command' }>['field'];

/** The same config, searched and cleaned: env, labels, history with comments, and everything that is run. */
export function redactedConfig(config: ImageConfig, redactor: FactRedactor): ImageConfig {
  const command = (words: readonly string[], field: CommandField) => redactedCommand(words, field, redactor);
  return {
    ...config,
    author: redactor.strip(config.author),
    user: redactor.strip(config.user),
    env: config.env.map((entry) => redactedEntry(entry, redactor)),
    entrypoint: command(config.entrypoint, 'Entrypoint'),
    command: command(config.command, 'Cmd'),
    shell: command(config.shell, 'Shell'),
    onBuild: command(config.onBuild, 'OnBuild'),
    volumes: config.volumes.map(redactor.strip),
    workingDir: redactor.strip(config.workingDir),
    stopSignal: redactor.strip(config.stopSignal),
    labels: redactedMap(config.labels, redactor),
    ...(config.healthcheck === undefined
      ? {}
      : { healthcheck: { ...config.healthcheck, test: command(config.healthcheck.test, 'Healthcheck') } }),
    history: config.history.map((record, row) => {
      const place = { kind: 'history', history: row } as const;
      return {
        ...record,
        createdBy: redactor.clean(record.createdBy, place),
        comment: redactor.clean(record.comment, place),
      };
    }),
  };
}

/** Labels or annotations: keys and values. Without a prototype, because strangers choose the keys. */
export function redactedMap(
  map: Readonly<Record<string, string>>,
  redactor: FactRedactor,
): Readonly<Record<string, string>> {
  const cleaned: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(map)) {
    const name = redactor.strip(key);
    cleaned[name] = redactor.clean(value, { kind: 'label', key: name }, name);
  }
  return cleaned;
}

function redactedEntry(entry: string, redactor: FactRedactor): string {
  const equals = entry.indexOf('=');
  if (equals === -1) return redactor.strip(entry);
  const name = redactor.strip(entry.slice(0, equals));
  return `${name}=${redactor.clean(entry.slice(equals + 1), { kind: 'env', name }, name)}`;
}

/** A value that follows its option (`--password`, `x`) is known by the option's name. */
function redactedCommand(words: readonly string[], field: CommandField, redactor: FactRedactor): readonly string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? '';
    const option = /^--?[A-Za-z][\w.-]{0,120}$/.test(before) ? before : undefined;
    return redactor.clean(word, { kind: 'command', field }, option);
  });
}
