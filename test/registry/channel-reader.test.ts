// The reading end of a channel by itself, against another end that is scripted.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createChannelCarrier, readChannel } from '../../src/registry/channel-reader.ts';
import { defaultRegistrySettings } from '../../src/registry/settings.ts';
import { faultOf } from '../support/registry-client.ts';

const carrier = createChannelCarrier(defaultRegistrySettings);

function ends(t: TestContext): { readonly asker: MessagePort; readonly reader: MessagePort } {
  const { port1: asker, port2: reader } = new MessageChannel();
  t.after(() => asker.close());
  return { asker, reader };
}

suite('the reading end of a channel', () => {
  test('asks for the whole layer first, and gives what the other end says of it', async (t) => {
    const { asker, reader } = ends(t);
    const reading = readChannel(reader, { size: 10, signal: new AbortController().signal }, carrier);
    const [asked] = await once(asker, 'message');
    assert.deepEqual(asked, { kind: 'connect', offset: 0 });
    asker.postMessage({ kind: 'refused', fault: { code: 'registry/not-found', message: 'there is no such layer' } });
    const { message } = await faultOf(reading, 'registry/not-found');
    assert.equal(message, 'there is no such layer');
    await once(asker, 'close');
  });

  test('ends when the other end goes, when nobody wants it, and at once when nobody ever did', async (t) => {
    const { asker, reader } = ends(t);
    const left = readChannel(reader, { size: 10, signal: new AbortController().signal }, carrier);
    asker.close();
    await faultOf(left, 'cancelled');

    const controller = new AbortController();
    const unwanted = readChannel(ends(t).reader, { size: 10, signal: controller.signal }, carrier);
    controller.abort();
    await faultOf(unwanted, 'cancelled');
    await faultOf(readChannel(ends(t).reader, { size: 10, signal: controller.signal }, carrier), 'cancelled');
  });

  test('takes nothing for the body of an exchange that there is not', async (t) => {
    const { asker, reader } = ends(t);
    const reading = readChannel(reader, { size: 10, signal: new AbortController().signal }, carrier);
    await once(asker, 'message');
    asker.postMessage({ kind: 'connected', exchange: 7, from: 0, isDelimited: true });
    await faultOf(reading, 'internal');
    await once(asker, 'close');
  });
});
