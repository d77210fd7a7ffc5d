// Lines of the log: JSON, with faults told by code and bugs told with their stack.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { createLog, type Log, type LogLevel } from '../../src/telemetry/log.ts';

function written(level: LogLevel, use: (log: Log) => void): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLog({ level, writer: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => {
    assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1);
    return JSON.parse(line);
  });
}

describe('lines', () => {
  it('have level as a word, time as RFC 3339, fields and message, and nothing of the machine', () => {
    const [line] = written('info', (log) => log.info({ uid: 'u', digest: undefined }, 'decision'));
    assert.deepEqual({ ...line, time: 'T' }, { level: 'info', time: 'T', uid: 'u', msg: 'decision' });
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('below the level are not written', () => {
    const lines = written('warn', (log) => {
      log.debug({}, 'a');
      log.info({}, 'b');
      log.warn({}, 'c');
      log.error({}, 'd');
    });
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['c', 'd'],
    );
  });

  it('never break, whatever a field holds', () => {
    const [line] = written('info', (log) => log.info({ name: 'a\nb\u2028c"}' }, 'm'));
    assert.equal(line?.['name'], 'a\nb\u2028c"}');
  });
});

describe('faults', () => {
  it('are told by code, limit and causes, without stacks', () => {
    const cause = new Error('socket hang up', { cause: new Error('ECONNRESET') });
    const fault = new Fault('limit', 'too large', { cause, limit: 'maxConfigBytes' });
    const [line] = written('info', (log) => log.error({ err: fault }, 'm'));
    assert.deepEqual(line?.['err'], {
      code: 'limit',
      limit: 'maxConfigBytes',
      message: 'too large',
      causes: ['Error: socket hang up', 'Error: ECONNRESET'],
    });
  });

  it('that are bugs have the stack of what was thrown', () => {
    const bug = new TypeError('x is not a function');
    const [internal, bare, text] = written('info', (log) => {
      log.error({ err: new Fault('internal', 'an internal error occurred', { cause: bug }) }, 'm');
      log.error({ err: bug }, 'm');
      log.error({ err: 'a text that was thrown' }, 'm');
    });
    for (const line of [internal, bare]) assert.match(JSON.stringify(line?.['err']), /log\.test\.ts/);
    assert.deepEqual(text?.['err'], { message: 'a text that was thrown' });
  });

  it('with endless causes are told as far as makes sense', () => {
    const circular = new Error('again');
    circular.cause = circular;
    const [line] = written('info', (log) => log.error({ err: circular }, 'm'));
    assert.match(
      JSON.stringify(line?.['err']),
      /"causes":\["Error: again","Error: again","Error: again","Error: again"\]/,
    );
  });
});
