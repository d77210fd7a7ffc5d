// Reads the project's Dockerfile as a list of instructions; just enough of the language for this one file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from './helm.ts';

export interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

export const projectDirectory = join(chartDirectory, '../..');

export function readDockerfile(): readonly Instruction[] {
  return readFileSync(join(projectDirectory, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => {
      const match = /^([A-Z]+) +(.*)$/.exec(line);
      return match === null ? [] : [{ keyword: match[1] ?? '', text: match[2] ?? '' }];
    });
}

/** The instructions of the last stage, which is what is shipped. */
export function finalStage(): readonly Instruction[] {
  const all = readDockerfile();
  return all.slice(all.findLastIndex(({ keyword }) => keyword === 'FROM'));
}

/** The text of the one instruction with this keyword in the last stage. */
export function finalInstruction(keyword: string): string {
  const found = finalStage().filter((instruction) => instruction.keyword === keyword);
  if (found.length !== 1) throw new Error(`the last stage has ${found.length} ${keyword}`);
  return found[0]?.text ?? '';
}

/** The words of an instruction in exec form: `["a", "b"]`. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text.slice(text.indexOf('[')));
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) throw new Error('not in exec form');
  return words;
}
