// What the detectors of payment find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, hex, lower, url, uuid } from '../token-parts.ts';

/** For each detector of payment. */
export const paymentCases: DetectorCases = {
  'stripe-live-key': {
    finds: [`sk_live_${alnum(24)}`, `rk_live_${alnum(99)}`],
    ignores: {
      'the public key': `pk_live_${alnum(24)}`,
      crosses: `sk_live_${'x'.repeat(24)}`,
      'too short': `sk_live_${alnum(10)}`,
    },
  },
  'stripe-test-key': {
    finds: [`sk_test_${alnum(24)}`],
    ignores: {
      'what the documentation shows': ['sk_test_', '4eC39HqLyjWDarjtT1zdp7dc'].join(''),
      'the public key': `pk_test_${alnum(24)}`,
    },
  },
  'stripe-webhook-secret': {
    finds: [`whsec_${alnum(32)}`],
    ignores: { crosses: `whsec_${'x'.repeat(32)}`, 'too short': `whsec_${alnum(10)}` },
  },
  'square-token': {
    finds: [`EAAAE${url(59)}`, `EAAAl${url(59)}`, `sq0atp-${url(22)}`],
    ignores: { 'too short': `EAAAE${url(10)}`, 'one character': `sq0atp-${'a'.repeat(22)}` },
  },
  'square-secret': {
    finds: [`sq0csp-${url(43)}`],
    ignores: { 'the application': `sq0idp-${url(22)}`, 'too short': `sq0csp-${url(20)}` },
  },
  'shopify-token': {
    finds: ['shpat_', 'shpca_', 'shppa_', 'shpss_'].map((prefix) => prefix + hex(32)),
    ignores: { 'too short': `shpat_${hex(16)}`, 'not hexadecimal': `shpat_${'z'.repeat(32)}` },
  },
  'braintree-token': {
    finds: [`access_token$production$${lower(16)}$${hex(32)}`],
    ignores: {
      'the sandbox': `access_token$sandbox$${lower(16)}$${hex(32)}`,
      'too short': `access_token$production$${lower(16)}`,
    },
  },
  'razorpay-key': {
    finds: [`RAZORPAY_KEY_SECRET=«${alnum(24)}»`],
    ignores: { 'the id': `RAZORPAY_KEY_ID=rzp_live_${alnum(14)}`, 'a variable': 'RAZORPAY_KEY_SECRET=$SECRET' },
  },
  'flutterwave-key': {
    finds: [`FLWSECK-${hex(32)}-X`, `FLWSECK_TEST-${hex(32)}-X`],
    ignores: { 'the public key': `FLWPUBK-${hex(32)}-X`, 'no end': `FLWSECK-${hex(32)}` },
  },
  'plaid-token': {
    finds: [`access-production-${uuid()}`],
    ignores: { 'the sandbox': `access-sandbox-${uuid()}`, 'a name': 'access-production-database' },
  },
  'plaid-secret': {
    finds: [`PLAID_SECRET=«${hex(30)}»`],
    ignores: { 'the client': `PLAID_CLIENT_ID=${hex(24)}`, 'a variable': 'PLAID_SECRET=$PLAID_SECRET' },
  },
  'mollie-key': {
    finds: [`MOLLIE_API_KEY=«live_${alnum(30)}»`],
    ignores: { 'no context': `live_${alnum(30)}`, 'a test key': `MOLLIE_API_KEY=test_${alnum(30)}` },
  },
  'adyen-key': {
    finds: [`AQEmhm${base64(80)}-${base64(44)}=-${alnum(16)}`],
    ignores: { 'no second part': `AQEmhm${base64(80)}`, 'too short': `AQEm-${alnum(10)}-${alnum(10)}` },
  },
  'easypost-key': {
    finds: [`EZAK${alnum(54)}`, `EZTK${alnum(54)}`],
    ignores: { 'too short': `EZAK${alnum(20)}`, 'too long': `EZAK${alnum(70)}` },
  },
  'shippo-token': {
    finds: [`shippo_live_${hex(40)}`],
    ignores: { 'too short': `shippo_live_${hex(20)}`, 'a name': 'shippo_live_mode_is_enabled_for_this_shop' },
  },
  'duffel-token': {
    finds: [`duffel_live_${url(43)}`],
    ignores: { 'too short': `duffel_live_${url(20)}`, crosses: `duffel_live_${'x'.repeat(43)}` },
  },
};
