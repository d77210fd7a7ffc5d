// Instructions: what every builder writes into history, and what a Dockerfile would say instead.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { instructionFrom } from '../../src/inspection/instruction.ts';

const rows: readonly (readonly [builder: string, createdBy: string, text: string, keyword?: string])[] = [
  ['docker, two blanks', '/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
  ['docker, one blank', '/bin/sh -c #(nop) ADD file:0b1c in / ', 'ADD file:0b1c in /'],
  [
    'buildah, what was copied as a digest',
    `/bin/sh -c #(nop) COPY file:${'0b1c'.repeat(16)} in /root/.npmrc `,
    'COPY file:0b1c0b1c0b1c in /root/.npmrc',
  ],
  ['docker, run', '/bin/sh -c apt-get update', 'RUN apt-get update'],
  ['docker, run with arguments', '|1 VERSION=1.2 /bin/sh -c make', 'RUN make'],
  ['docker, an argument with a blank', '|2 A=a b B=c /bin/sh -c make all', 'RUN make all'],
  ['docker, a trigger', '/bin/sh -c #(nop)  ONBUILD RUN make', 'ONBUILD RUN make'],
  ['docker on Windows', 'cmd /S /C #(nop) USER ContainerUser', 'USER ContainerUser'],
  ['docker on Windows, run', 'cmd /S /C dir', 'RUN dir'],
  ['docker on Windows, PowerShell', 'powershell -Command Get-Item x', 'RUN Get-Item x'],
  [
    'docker on Windows, PowerShell with preferences',
    "powershell -Command $ErrorActionPreference = 'Stop'; #(nop)  ENV A=b",
    'ENV A=b',
  ],
  ['docker, another shell', '/bin/bash -o pipefail -c #(nop)  WORKDIR /srv', 'WORKDIR /srv'],
  ['BuildKit, run', 'RUN /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
  ['BuildKit, run with arguments', 'RUN |2 A=1 B=2 3 /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
  ['BuildKit, another shell', 'RUN /bin/bash -eo pipefail -c npm ci # buildkit', 'RUN npm ci'],
  ['BuildKit, no shell', 'RUN |1 A=1 /app/setup --all # buildkit', 'RUN /app/setup --all'],
  ['BuildKit, a document', 'RUN /bin/sh -c <<EOF (a\nb\nEOF) # buildkit', 'RUN <<EOF (a\nb\nEOF)'],
  ['BuildKit, copy', 'COPY --chown=app:app dist /srv # buildkit', 'COPY --chown=app:app dist /srv'],
  ['BuildKit, environment', 'ENV PATH=/usr/bin', 'ENV PATH=/usr/bin'],
  ['BuildKit, argument', 'ARG VERSION=1', 'ARG VERSION=1'],
  ['BuildKit, command', 'CMD ["node" "server.js"]', 'CMD ["node", "server.js"]'],
  [
    'BuildKit, command with quotes',
    'ENTRYPOINT ["sh" "-c" "echo \\"a b\\" \\"c\\""]',
    'ENTRYPOINT ["sh", "-c", "echo \\"a b\\" \\"c\\""]',
  ],
  ['BuildKit, ports', 'EXPOSE map[80/tcp:{} 443/tcp:{}]', 'EXPOSE 80/tcp 443/tcp'],
  ['BuildKit, ports as a list', 'EXPOSE [8080/tcp]', 'EXPOSE [8080/tcp]'],
  ['BuildKit, healthcheck', 'HEALTHCHECK {Test:[CMD true]}', 'HEALTHCHECK {Test:[CMD true]}'],
  [
    'BuildKit, a command that looks like a mark',
    "RUN /bin/sh -c echo '#(nop) CMD x' # buildkit",
    "RUN echo '#(nop) CMD x'",
  ],
  ['kaniko', 'COPY . /app', 'COPY . /app'],
  ['an argument list cut short', '|3 A=1 make', '|3 A=1 make', 'RUN'],
  ['ko', 'ko build ko://example.com/cmd', 'ko build ko://example.com/cmd', 'unknown'],
  ['apko', 'apko', 'apko', 'unknown'],
  ['debuerreotype', "# debian.sh --arch 'amd64' out/", "# debian.sh --arch 'amd64' out/", 'unknown'],
  ['a mark before what is no instruction', '/bin/sh -c #(nop) something', 'something', 'unknown'],
  ['nothing', '', '', 'unknown'],
];

suite('instructionFrom', () => {
  for (const [builder, createdBy, text, keyword] of rows) {
    test(`${builder}: ${JSON.stringify(createdBy)}`, () => {
      const wanted = text.startsWith('|') ? `RUN ${text}` : text;
      assert.deepEqual(instructionFrom(createdBy), { keyword: keyword ?? text.split(' ')[0], text: wanted });
    });
  }

  test('answers whatever is written, and says its keyword first', () => {
    const piece = fc.constantFrom(
      'RUN ',
      '|2 ',
      'A=1 ',
      '/bin/sh -c ',
      '#(nop) ',
      'CMD ',
      '["a" "b"]',
      ' # buildkit',
      '\n',
      'x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (createdBy) => {
          const { keyword, text } = instructionFrom(createdBy);
          assert.ok(keyword === 'unknown' || text.startsWith(keyword));
        },
      ),
    );
  });
});
