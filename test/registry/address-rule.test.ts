// No name, realm or redirect leads the service to addresses that only it can reach.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { type AddressRuleOptions, createAddressRule } from '../../src/registry/address-rule.ts';

const refusedEverywhere: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.0.0.0', '127.255.255.255', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1'],
  'link-local': ['169.254.0.1', '169.254.170.2', '169.254.255.255', 'fe80::1', 'febf::1', 'FE80::ABCD'],
  unspecified: ['0.0.0.0', '0.1.2.3', '::', '255.255.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'metadata of a cloud': ['169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254'],
  'IPv4-mapped': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::FFFF:168.63.129.16',
  ],
  'IPv4-compatible': ['::127.0.0.1', '::a9fe:a9fe'],
  'IPv4-translated': ['::ffff:0:127.0.0.1', '::ffff:0:a9fe:a9fe'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::100.100.100.200', '64:ff9b::0.0.0.0'],
  'local NAT64': [
    '64:ff9b:1::127.0.0.1',
    '64:ff9b:1:a9fe:a9:fe00::',
    '64:ff9b:1:7f00:0:100::',
    '64:ff9b:1:a9fe:a9:fe00:808:808',
    '64:ff9b:1:0:0:0::',
  ],
  '6to4': ['2002:7f00:1::', '2002:a9fe:a9fe::1'],
  'no address': [
    '',
    'localhost',
    'example.com',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '1.2.3.4/8',
  ],
  'an address with a zone': ['fe80::1%eth0', '::1%lo', '2001:db8::1%1'],
};

const dialled = [
  '1.1.1.1',
  '8.8.8.8',
  '10.0.0.5',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.201',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '223.255.255.255',
  '2001:db8::1',
  'fc00::1',
  'fd00:ec2::253',
  'fec0::1',
  '::2:0:0:1',
  '::ffff:10.0.0.5',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::8.8.8.8',
  '64:ff9b:1:808:8:800::',
  '64:ff9b:2:7f00:0:100:808:808',
  '65:ff9b::7f00:1',
  '64:ff9c::7f00:1',
  '::1:7f00:1',
  '2002:808:808::',
];

suite('the address rule refuses', () => {
  const rule = createAddressRule();
  for (const [kind, addresses] of Object.entries(refusedEverywhere)) {
    for (const address of addresses) {
      test(`${kind}: ${JSON.stringify(address)}`, () => assert.notEqual(rule.refusal(address), undefined));
    }
  }
});

suite('the address rule lets pass', () => {
  const rule = createAddressRule();
  for (const address of dialled) test(address, () => assert.equal(rule.refusal(address), undefined));
});

const opened: readonly (readonly [claim: string, options: AddressRuleOptions, address: string, passes: boolean])[] = [
  ['loopback is open where it is allowed', { allowLoopback: true }, '127.0.0.1', true],
  ['loopback of IPv6 is open where it is allowed', { allowLoopback: true }, '::1', true],
  ['mapped loopback is open where loopback is', { allowLoopback: true }, '::ffff:127.0.0.1', true],
  ['allowed loopback opens no metadata', { allowLoopback: true }, '169.254.169.254', false],
  ['a range opens what it has', { allow: ['169.254.0.0/16'] }, '169.254.169.254', true],
  ['a range opens nothing else', { allow: ['169.254.1.0/24'] }, '169.254.169.254', false],
  ['a range of one address opens it', { allow: ['127.0.0.5/32'] }, '127.0.0.5', true],
  ['a range of one address opens it, in IPv6', { allow: ['fe80::1/128'] }, 'fe80::1', true],
  ['a single address opens itself', { allow: ['127.0.0.5'] }, '127.0.0.5', true],
  ['a single address opens no neighbour', { allow: ['127.0.0.5'] }, '127.0.0.6', false],
  ['a range of IPv6 opens what it has', { allow: ['fe80::/10'] }, 'fe80::1', true],
  ['a range opens mapped forms as well', { allow: ['127.0.0.0/8'] }, '::ffff:127.0.0.1', true],
  ['a range opens no other address in the same one', { allow: ['10.0.0.0/8'] }, '64:ff9b:1:a9fe:a9:fe00:a00:1', false],
  ['a range of IPv6 opens whatever IPv4 is in it', { allow: ['64:ff9b::/96'] }, '64:ff9b::127.0.0.1', true],
  ['the API server is refused', { refuse: ['10.96.0.1'] }, '10.96.0.1', false],
  ['the API server is refused in mapped form', { refuse: ['10.96.0.1'] }, '::ffff:10.96.0.1', false],
  ['the neighbours of the API server pass', { refuse: ['10.96.0.1'] }, '10.96.0.2', true],
  ['what is opened outright wins', { refuse: ['10.96.0.1'], allow: ['10.96.0.1'] }, '10.96.0.1', true],
];

suite('settings of the address rule', () => {
  for (const [claim, options, address, passes] of opened) {
    test(claim, () => assert.equal(createAddressRule(options).refusal(address) === undefined, passes));
  }

  for (const range of [
    '',
    'example.com',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'fe80::1%eth0',
    '10.0.0.0/-1',
  ]) {
    test(`refuses the range ${JSON.stringify(range)}`, () => {
      assert.throws(
        () => createAddressRule({ allow: [range] }),
        (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
      );
    });
  }
});

test('rules that open or refuse different addresses have different ids: they share no connection', () => {
  const all: readonly AddressRuleOptions[] = [
    {},
    { allowLoopback: true },
    { allow: ['10.0.0.1'] },
    { allow: ['10.0.0.2'] },
    { refuse: ['10.0.0.1'] },
    { refuse: ['10.0.0.2'] },
  ];
  assert.equal(new Set(all.map((options) => createAddressRule(options).id)).size, all.length);
  assert.equal(createAddressRule({ allow: [], allowLoopback: false }).id, createAddressRule().id);
});

test('every IPv4 address is judged alike in every form that carries it', () => {
  const rule = createAddressRule();
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const isRefused = rule.refusal(address) !== undefined;
      for (const prefix of ['::ffff:', '64:ff9b::', '::ffff:0:']) {
        assert.equal(rule.refusal(prefix + address) !== undefined, isRefused, prefix + address);
      }
    }),
  );
});

test('no text makes it throw', () => {
  const rule = createAddressRule({ allow: ['10.0.0.0/8'] });
  fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => void rule.refusal(text)));
});
