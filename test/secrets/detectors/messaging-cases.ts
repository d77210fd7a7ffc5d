// What the detectors of messaging find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, digits, encoded, hex, upper, url, uuid } from '../token-parts.ts';

const botId = encoded('112233445566778899').replace(/=+$/, '');

/** For each detector of messaging. */
export const messagingCases: DetectorCases = {
  'slack-token': {
    finds: [
      `xoxb-${digits(12)}-${digits(12)}-${alnum(24)}`,
      `xoxp-${digits(11)}-${digits(11)}-${digits(11)}-${hex(32)}`,
    ],
    ignores: {
      'no numbers': 'xoxb-your-token-here-please-now',
      crosses: 'xoxb-000000000000-000000000000-xxxxxxxxxxxxxxxxxxxxxxxx',
    },
  },
  'slack-app-token': {
    finds: [`xapp-1-A${upper(10)}-${digits(13)}-${hex(64)}`],
    ignores: { 'too short': `xapp-1-A${upper(10)}-${digits(13)}-${hex(20)}`, blank: 'xapp-your-app-token' },
  },
  'slack-configuration-token': {
    finds: [`xoxe.xoxp-1-${alnum(166)}`, `xoxe-1-${alnum(146)}`],
    ignores: { 'too short': `xoxe-1-${alnum(20)}`, blank: 'xoxe-...' },
  },
  'slack-webhook': {
    finds: [`https://hooks.slack.com/services/«T${upper(10)}/B${upper(10)}/${alnum(24)}»`],
    ignores: {
      crosses: `https://hooks.slack.com/services/T00000000/B00000000/${'X'.repeat(24)}`,
      'the host alone': 'https://hooks.slack.com/services/',
    },
  },
  'telegram-bot-token': {
    finds: [`${digits(10)}:AA${url(33)}`],
    ignores: { 'a time': '2026-01-01T00:00:00:AA', 'too short': `${digits(10)}:AA${url(12)}` },
  },
  'discord-bot-token': {
    finds: [`DISCORD_TOKEN=«${botId}.${alnum(6)}.${url(38)}»`],
    ignores: {
      'no id inside': `DISCORD_TOKEN=M${alnum(23)}.${alnum(6)}.${url(38)}`,
      'no context': `${botId}.${alnum(6)}.${url(38)}`,
    },
  },
  'discord-webhook': {
    finds: [`https://discord.com/api/webhooks/«${digits(18)}/${url(68)}»`],
    ignores: {
      'no token': `https://discord.com/api/webhooks/${digits(18)}`,
      'another host': `https://chat.example.com/api/webhooks/${digits(18)}/${url(68)}`,
    },
  },
  'teams-webhook': {
    finds: [`https://a.webhook.office.com/webhookb2/«${uuid()}@${uuid()}/IncomingWebhook/${hex(32)}/${uuid()}»`],
    ignores: {
      'the host alone': 'https://a.webhook.office.com/webhookb2/',
      blank: 'https://a.webhook.office.com/webhookb2/<id>@<tenant>/IncomingWebhook/<a>/<b>',
    },
  },
  'twilio-auth-token': {
    finds: [`TWILIO_AUTH_TOKEN=«${hex(32)}»`, `twilio-api-secret: «${alnum(32)}»`],
    ignores: { 'the account': `TWILIO_ACCOUNT_SID=AC${hex(32)}`, 'a variable': 'TWILIO_AUTH_TOKEN=$TOKEN' },
  },
  'twilio-api-key': {
    finds: [`TWILIO_API_KEY=«SK${hex(32)}»`],
    ignores: { 'no context': `SK${hex(32)}`, 'the account': `TWILIO_ACCOUNT_SID=AC${hex(32)}` },
  },
  'sendgrid-key': {
    finds: [`SG.${url(22)}.${url(43)}`],
    ignores: { 'too short': `SG.${url(10)}.${url(20)}`, 'a sentence': 'SG.Paragraph ends here' },
  },
  'mailgun-key': {
    finds: [`MAILGUN_API_KEY=«key-${hex(32)}»`, `MAILGUN_KEY=«${hex(32)}-${hex(8)}-${hex(8)}»`],
    ignores: { 'no context': `key-${hex(32)}`, 'a blank': 'MAILGUN_API_KEY=key-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
  },
  'mailchimp-key': {
    finds: [`${hex(32)}-us14`],
    ignores: { 'no data centre': hex(32), 'one character': `${'a'.repeat(32)}-us1` },
  },
  'mandrill-key': {
    finds: [`MANDRILL_API_KEY=«md-${url(22)}»`],
    ignores: { 'a class': '"md-button-toggle"', 'too short': `MANDRILL_API_KEY=md-${url(8)}` },
  },
  'brevo-key': {
    finds: [`xkeysib-${hex(64)}-${alnum(16)}`, `xsmtpsib-${hex(64)}-${alnum(16)}`],
    ignores: { 'no second part': `xkeysib-${hex(64)}`, 'too short': `xkeysib-${hex(30)}-${alnum(16)}` },
  },
  'postmark-token': {
    finds: [`POSTMARK_SERVER_TOKEN=«${uuid()}»`],
    ignores: { 'an identifier': `POSTMARK_SERVER_ID=${uuid()}`, 'a variable': 'POSTMARK_API_TOKEN=$TOKEN' },
  },
  'resend-key': {
    finds: [`re_${alnum(8)}_${alnum(24)}`],
    ignores: { 'a name': 're_compiled_patterns_for_everything_here', 'too short': `re_${alnum(8)}_${alnum(8)}` },
  },
};
