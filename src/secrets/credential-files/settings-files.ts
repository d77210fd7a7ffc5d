// Files that names say to be settings: of environments, applications, clusters. Source code and documents are none.

import { findSecrets } from '../find-secrets.ts';
import { detectorByName } from '../named-values.ts';
import {
  all,
  asSettings,
  asVariables,
  type CredentialFile,
  decodedText,
  type FoundInFile,
  matching,
} from './credential-file.ts';
import { type Entry, entriesOf } from './entries.ts';

const settingWords =
  /(?:^|[._-])(?:config|configuration|settings|appsettings|secrets?|credentials?|creds|auth|env|environment|database|parameters|local|prod(?:uction)?|dev(?:elopment)?|staging)(?:[._-]|$)/i;

export const settingsFiles: readonly CredentialFile[] = [
  {
    names: ['.env', '.env.*', '*.env', '.envrc', 'env.sh', '.flaskenv', '.dev.vars'],
    path: /^(?!.*(?:example|sample|template|dist|defaults?|schema)$)/i,
    holdsLogins: true,
    find: asVariables('equals'),
  },
  {
    // What Rails opens its encrypted credentials with: 16 bytes.
    names: ['master.key', '*.key'],
    path: /(?:^|\/)config\/(?:master|credentials\/[^/]+)\.key$/,
    holdsLogins: true,
    find: matching(/^(?<secret>[0-9a-f]{32})\s*$/dg, 'login-file-key'),
  },
  { names: ['.env.*', 'env.example'], holdsLogins: false, find: asSettings('equals') },
  { names: ['*.properties'], holdsLogins: false, find: asSettings('properties') },
  {
    names: ['*.ini', '*.conf', '*.cfg', '*.cnf', '*.toml', '*.config', '*.service'],
    holdsLogins: false,
    find: asSettings('equals'),
  },
  { names: ['*.yaml', '*.yml'], holdsLogins: false, find: all(asSettings('yaml'), kubernetesSecrets('yaml')) },
  { names: ['*.json'], path: settingWords, holdsLogins: false, find: asSettings('json') },
  { names: ['*.json'], path: /secret/i, holdsLogins: false, find: kubernetesSecrets('json') },
  {
    names: [
      'web.config',
      'app.config',
      '*.exe.config',
      '*.dll.config',
      'context.xml',
      'tomcat-users.xml',
      'server.xml',
    ],
    holdsLogins: false,
    find: asSettings('xml'),
  },
  {
    names: [
      'wp-config.php',
      'config.inc.php',
      'localsettings.php',
      'config.php',
      'settings.php',
      'database.php',
      'parameters.php',
    ],
    holdsLogins: false,
    find: asSettings('php'),
  },
];

const kindSecret = { yaml: /^kind:[ \t]{0,8}["']?Secret["']?\s*$/m, json: /"kind"\s{0,8}:\s{0,8}"Secret"/ } as const;

/** `data` of a Secret is base64, `stringData` is not; what else stands in the document is neither. */
function kubernetesSecrets(form: 'yaml' | 'json'): (text: string) => readonly FoundInFile[] {
  return (text) => {
    const found: FoundInFile[] = [];
    let offset = 0;
    for (const part of form === 'json' ? [text] : text.split(/^(?=---)/m)) {
      if (kindSecret[form].test(part)) {
        for (const entry of entriesOf(part, form)) found.push(...secretValue(entry, offset));
      }
      offset += part.length;
    }
    return found;
  };
}

function secretValue({ name, value, start, end }: Entry, offset: number): readonly FoundInFile[] {
  const decoded = decodedText(value);
  const match = decoded === undefined ? detectorByName(name, value, true) : findSecrets(decoded, 'env', name)[0];
  if (match === undefined) return [];
  return [
    {
      detector: 'id' in match ? match.id : match.detector,
      certainty: match.certainty,
      start: start + offset,
      end: end + offset,
    },
  ];
}
