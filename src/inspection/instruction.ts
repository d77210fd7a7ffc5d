// Build instructions as a Dockerfile would say them, out of what each builder writes into history (`created_by`).

export interface Instruction {
  /** `RUN`, `COPY`, `ENV`, … or `unknown`. */
  readonly keyword: string;
  /** Without the builder's decoration: shell, build arguments, `#(nop)`, `# buildkit`. */
  readonly text: string;
}

const keywords: ReadonlySet<string> = new Set([
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/** Instructions that can leave files behind; the others only change the config, whatever a builder recorded. */
const fileKeywords: ReadonlySet<string> = new Set(['ADD', 'COPY', 'RUN', 'WORKDIR', 'unknown']);

/** The shells of Dockerfiles, as far as the word that begins the command; quantifiers are bounded, so time is linear. */
const shell = String.raw`(?:[^\s]{0,100}[/\\])?(?:(?:ba|da|a|z|k)?sh(?: (?:-[A-Za-z]{1,10}|pipefail|errexit|nounset|xtrace)){0,8} -[A-Za-z]{0,10}c|cmd(?:\.exe)? \/[sS] \/[cC]|(?:powershell|pwsh)(?:\.exe)?(?: -\w{1,30}){0,8}) `;

const shellAtStart = new RegExp(`^${shell}`);
const shellAfterSpace = new RegExp(` (?=${shell})`);

/** The legacy builder and buildah: a shell that runs a comment. */
const metadataMark = /^(?:[^#\n]{0,300}\s)?#\(nop\)\s{1,4}/;
const buildArguments = /^\|(\d{1,3}) /;
const buildkitSuffix = / # buildkit$/;

/** Go's `%q` of a list of strings: quoted, and separated by spaces alone. */
const goStrings = /^\[(?:"(?:[^"\\]|\\.)*"(?: |(?=\])))*\]$/;
const goPortMap = /^map\[((?:[^\s:\]]{1,40}:\{\} ?){1,1000})\]$/;

/** Reads one `created_by`. Whatever is in it, there is an answer; what no rule knows is `unknown`, as written. */
export function instructionFrom(createdBy: string): Instruction {
  const text = createdBy.trim();
  const mark = metadataMark.exec(text);
  const isWritten = keywords.has(firstWord(text));
  if (isWritten || mark !== null) return written(isWritten ? text : text.slice(mark?.[0].length ?? 0).trim());
  if (buildArguments.test(text) || shellAtStart.test(text)) return run(text);
  return { keyword: 'unknown', text };
}

/** Whether a layer may be blamed on it. */
export function mayLeaveFiles(keyword: string): boolean {
  return fileKeywords.has(keyword);
}

function written(text: string): Instruction {
  const keyword = firstWord(text);
  if (!keywords.has(keyword)) return { keyword: 'unknown', text };
  const rest = text.slice(keyword.length).replace(buildkitSuffix, '').trim();
  return keyword === 'RUN' ? run(rest) : { keyword, text: `${keyword} ${readable(rest)}`.trim() };
}

function run(command: string): Instruction {
  return { keyword: 'RUN', text: `RUN ${withoutBuildArguments(command).replace(shellAtStart, '')}`.trim() };
}

/** Build arguments are not quoted: they end where the shell begins, or, without one, after as many words as there are. */
function withoutBuildArguments(command: string): string {
  const match = buildArguments.exec(command);
  if (match === null) return command;
  const start = shellAfterSpace.exec(command);
  if (start !== null) return command.slice(start.index + 1);
  let rest = command.slice(match[0].length);
  for (let left = Number(match[1]); left > 0; left -= 1) {
    const argument = /^[A-Za-z_]\w*=\S*(?: |$)/.exec(rest);
    if (argument === null) return command;
    rest = rest.slice(argument[0].length);
  }
  return rest;
}

/** buildah and the legacy builder write what was copied as the digest of its content. */
const copiedContent = /^((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{52} in /;

/** Lists as a Dockerfile writes them: `["a", "b"]` and `80/tcp 443/tcp`; digests short. */
function readable(rest: string): string {
  if (goStrings.test(rest)) return rest.replace(/("(?:[^"\\]|\\.)*") (?=")/g, '$1, ');
  const ports = goPortMap.exec(rest)?.[1];
  return ports === undefined ? rest.replace(copiedContent, '$1 in ') : ports.replaceAll(':{}', '').trim();
}

function firstWord(text: string): string {
  const end = text.search(/\s/);
  return end === -1 ? text : text.slice(0, end);
}
