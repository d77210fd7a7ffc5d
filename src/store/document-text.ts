// Documents as the text in which stores outside the process keep them.
import type { StoredDocument } from '../inspection/facts-store.ts';

export function formatStoredDocument(document: StoredDocument): string {
  if (document.kind === 'facts') return JSON.stringify(document);
  const { index } = document;
  const manifests = index.manifests.map(({ data, ...entry }) =>
    data === undefined ? entry : { ...entry, data: Buffer.from(data).toString('base64') },
  );
  return JSON.stringify({ kind: 'index', index: { ...index, manifests } });
}

/** Undefined for what `formatStoredDocument` did not write. */
export function parseStoredDocument(text: string): StoredDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isFactsDocument(value)) return { kind: 'facts', facts: withPlainMaps(value.facts) };
  return isIndexDocument(value) ? { kind: 'index', index: indexFromText(value.index) } : undefined;
}

type FactsDocument = StoredDocument & { readonly kind: 'facts' };

/** As it is in the text: embedded content is base64. */
interface IndexText {
  readonly kind: 'index';
  readonly index: Omit<Index, 'manifests'> & {
    readonly manifests: readonly (Omit<Index['manifests'][number], 'data'> & { readonly data?: string })[];
  };
}
type Index = (StoredDocument & { readonly kind: 'index' })['index'];

function indexFromText(index: IndexText['index']): Index {
  const manifests = index.manifests.map(({ data, ...entry }) => ({
    ...withPlainMaps(entry),
    ...(data === undefined ? {} : { data: new Uint8Array(Buffer.from(data, 'base64')) }),
  }));
  return { ...withPlainMaps(index), manifests };
}

type TextMap = Readonly<Record<string, string>>;

/** Strangers chose the keys: as when they were read, the maps have no prototype whose names could be mistaken for theirs. */
function withPlainMaps<T extends { readonly annotations: TextMap; readonly labels?: TextMap }>(value: T): T {
  return {
    ...value,
    annotations: plainMap(value.annotations),
    ...(value.labels === undefined ? {} : { labels: plainMap(value.labels) }),
  };
}

function plainMap(map: TextMap): TextMap {
  const plain: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(map)) plain[key] = value;
  return plain;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** That it was written by `formatStoredDocument` stands for all the rest; the facts' own schema number is looked at by whoever uses them. */
function isFactsDocument(value: unknown): value is FactsDocument {
  if (!isObject(value) || value['kind'] !== 'facts' || !isObject(value['facts'])) return false;
  return typeof value['facts']['schema'] === 'number' && isObject(value['facts']['annotations']);
}

function isIndexDocument(value: unknown): value is IndexText {
  if (!isObject(value) || value['kind'] !== 'index' || !isObject(value['index'])) return false;
  return Array.isArray(value['index']['manifests']) && isObject(value['index']['annotations']);
}
