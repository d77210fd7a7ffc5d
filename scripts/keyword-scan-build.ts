// Compiles assembly/keyword-scan.ts, and writes the bytes as a module of the sources.

import { readFile } from 'node:fs/promises';
import { main } from 'assemblyscript/asc';

const source = 'assembly/keyword-scan.ts';
const options = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
  ...['--enable', 'simd', '--importMemory', '--initialMemory', '1'],
];

/** The text of src/secrets/keyword-scan-module.ts. @throws Error with what the compiler says. */
export async function keywordScanModuleText(): Promise<string> {
  const text = await readFile(new URL(`../${source}`, import.meta.url), 'utf8');
  let built: Uint8Array | undefined;
  const { error, stderr } = await main([source, '--outFile', 'out.wasm', ...options], {
    readFile: (name) => (name === source ? text : null),
    writeFile: (name, contents) => {
      if (name === 'out.wasm' && typeof contents !== 'string') built = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || built === undefined) throw new Error(`${source}: ${stderr.toString()}`);
  const lines =
    Buffer.from(built)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  return [
    `// Generated from ${source} by \`make generate\`; changes belong there. WebAssembly in base64.`,
    'export const keywordScanModule: string = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}
