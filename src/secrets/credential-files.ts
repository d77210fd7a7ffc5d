// Every format of files in which credentials are kept, and which of them a path says a file to be.
import { cloudClientFiles } from './credential-files/cloud-clients.ts';
import type { CredentialFile } from './credential-files/credential-file.ts';
import { packageClientFiles } from './credential-files/package-clients.ts';
import { settingsFiles } from './credential-files/settings-files.ts';
import { systemLoginFiles } from './credential-files/system-logins.ts';

/** By whole base name, by `.ending`, and by `beginning.`. */
interface Index {
  readonly whole: Map<string, CredentialFile[]>;
  readonly endings: Map<string, CredentialFile[]>;
  readonly beginnings: Map<string, CredentialFile[]>;
}

const index: Index = { whole: new Map(), endings: new Map(), beginnings: new Map() };
for (const file of [...packageClientFiles, ...cloudClientFiles, ...systemLoginFiles, ...settingsFiles]) {
  for (const name of file.names) {
    if (name.startsWith('*')) add(index.endings, name.slice(1), file);
    else if (name.endsWith('*')) add(index.beginnings, name.slice(0, -1), file);
    else add(index.whole, name, file);
  }
}

function add(files: Map<string, CredentialFile[]>, name: string, file: CredentialFile): void {
  files.set(name, [...(files.get(name) ?? []), file]);
}

const none: readonly CredentialFile[] = [];

/** The formats that a file of this path may have, of logins rather than of settings; most paths have none, and are told so quickly. */
export function credentialFilesAt(path: string): readonly CredentialFile[] {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  let formats = index.whole.get(name) ?? none;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const byEnding = index.endings.get(name.slice(dot));
    if (byEnding !== undefined) formats = [...formats, ...byEnding];
    const byBeginning = index.beginnings.get(name.slice(0, dot + 1));
    if (byBeginning !== undefined) formats = [...formats, ...byBeginning];
  }
  if (formats.length === 0) return none;
  const fitting = [...new Set(formats)].filter((file) => file.path === undefined || file.path.test(path));
  const logins = fitting.filter(({ holdsLogins }) => holdsLogins);
  return logins.length > 0 ? logins : fitting;
}
