// Reads what Composer says it installed, and the groups of a Gemfile: which packages are for development only.
import { isRecord, parseJsonRecord, textIn, textsIn } from './json-fields.ts';
import type { DevPackages } from './packaging-document.ts';
import { isNameLike, linesOf } from './text-lines.ts';

/** `vendor/composer/installed.json` of Composer 2, which names what `--no-dev` would leave out. */
export function parseComposerInstalled(bytes: Uint8Array): DevPackages | undefined {
  const installed = parseJsonRecord(bytes);
  if (installed === undefined || !Array.isArray(installed['packages'])) return undefined;
  const versions = new Map(
    installed['packages'].filter(isRecord).map((one) => [textIn(one, 'name') ?? '', textIn(one, 'version') ?? '']),
  );
  const dev = textsIn(installed['dev-package-names'])
    .filter(isNameLike)
    .map((name) => ({ name, ...(isNameLike(versions.get(name) ?? '') && { version: versions.get(name) ?? '' }) }));
  return { kind: 'dev-packages', tool: 'composer', dev };
}

const developmentGroups = /:(?:development|test)\b/;

/**
 * A Gemfile is Ruby; read are its plain forms: `group :development, :test do` … `end` and `gem 'name', group: :test`. A gem that also stands
 * outside such a group, or in one with others, is needed.
 */
export function parseGemfile(bytes: Uint8Array): DevPackages {
  const dev = new Set<string>();
  const needed = new Set<string>();
  const blocks: boolean[] = [];
  for (const raw of linesOf(bytes)) {
    const line = raw.trim();
    if (/^end\b/.test(line)) blocks.pop();
    else if (/\bdo(?: \|\w+\|)?$/.test(line)) blocks.push(/^group\b/.test(line) && isForDevelopment(line));
    else if (/^(?:if|unless|case|begin)\b/.test(line)) blocks.push(false);
    const [, name = '', options = ''] = /^gem[ (]+['"]([^'"]+)['"](.*)$/.exec(line) ?? [];
    if (!isNameLike(name)) continue;
    const isDev = blocks.includes(true) || (/\bgroups?:|:groups? *=>/.test(options) && isForDevelopment(options));
    (isDev ? dev : needed).add(name);
  }
  return {
    kind: 'dev-packages',
    tool: 'bundler',
    dev: [...dev].filter((name) => !needed.has(name)).map((name) => ({ name })),
  };
}

/** Every group that is named is one for development. */
function isForDevelopment(text: string): boolean {
  const groups = text.match(/(?<!\w):\w+\b(?! *=>)/g) ?? [];
  return groups.length > 0 && groups.every((group) => developmentGroups.test(group));
}
