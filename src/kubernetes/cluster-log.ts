// The port through which this folder tells what happened; a pino logger fits as it is.

/** Fields never hold anything of a secret: names, counts and fault codes only. */
export interface ClusterLog {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}
