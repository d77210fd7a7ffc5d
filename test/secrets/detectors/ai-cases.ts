// What the detectors of ai find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, hex, letters, lower, url, uuid } from '../token-parts.ts';

const mark = ['T3Blbk', 'FJ'].join('');

/** For each detector of ai. */
export const aiCases: DetectorCases = {
  'openai-key': {
    finds: [
      `sk-proj-${url(74)}${mark}${url(74)}`,
      `sk-${alnum(20)}${mark}${alnum(20)}`,
      `sk-svcacct-${url(58)}${mark}${url(58)}`,
    ],
    ignores: {
      'without the mark': `sk-${alnum(48)}`,
      'the mark alone': `${mark} is base64`,
      'too short': `sk-${alnum(5)}${mark}${alnum(5)}`,
    },
  },
  'anthropic-key': {
    finds: [`sk-ant-api03-${url(93)}AA`, `sk-ant-admin01-${url(93)}AA`],
    ignores: { 'cut off': 'sk-ant-api03-...', crosses: `sk-ant-api03-${'x'.repeat(93)}AA` },
  },
  'huggingface-token': {
    finds: [`hf_${letters(34)}`, `api_org_${letters(34)}`],
    ignores: {
      'a name': 'hf_transfer_enabled',
      'too short': `hf_${letters(20)}`,
      'one character': `hf_${'a'.repeat(34)}`,
    },
  },
  'groq-key': {
    finds: [`gsk_${alnum(52)}`],
    ignores: { 'too short': `gsk_${alnum(30)}`, 'one character': `gsk_${'a'.repeat(52)}` },
  },
  'perplexity-key': {
    finds: [`pplx-${alnum(48)}`],
    ignores: { 'too short': `pplx-${alnum(30)}`, 'a model': 'pplx-70b-online' },
  },
  'replicate-token': {
    finds: [`r8_${alnum(37)}`],
    ignores: { 'too short': `r8_${alnum(20)}`, 'a register': 'mov r8_d, rax' },
  },
  'xai-key': { finds: [`xai-${alnum(80)}`], ignores: { 'too short': `xai-${alnum(30)}`, 'a name': 'xai-sdk-python' } },
  'openrouter-key': {
    finds: [`sk-or-v1-${hex(64)}`],
    ignores: { 'too short': `sk-or-v1-${hex(30)}`, 'another version': `sk-or-v2-${hex(64)}` },
  },
  'langsmith-key': {
    finds: [`lsv2_pt_${hex(32)}_${hex(10)}`],
    ignores: { 'no second part': `lsv2_pt_${hex(32)}`, 'another kind': `lsv2_xx_${hex(32)}_${hex(10)}` },
  },
  'langfuse-key': {
    finds: [`sk-lf-${uuid()}`],
    ignores: { 'the public key': `pk-lf-${uuid()}`, 'too short': `sk-lf-${hex(8)}` },
  },
  'nvidia-key': {
    finds: [`nvapi-${url(64)}`],
    ignores: { 'too short': `nvapi-${url(20)}`, crosses: `nvapi-${'x'.repeat(64)}` },
  },
  'elevenlabs-key': {
    finds: [`ELEVENLABS_API_KEY=«sk_${hex(48)}»`, `xi-api-key: «${hex(32)}»`],
    ignores: { 'an identifier': `ELEVENLABS_VOICE_ID=${alnum(20)}`, 'a variable': 'ELEVENLABS_API_KEY=$KEY' },
  },
  'pinecone-key': {
    finds: [`pcsk_${alnum(6)}_${alnum(63)}`],
    ignores: { 'no second part': `pcsk_${alnum(30)}`, 'a name': 'pcsk_index_name' },
  },
  'together-key': {
    finds: [`tgp_v1_${url(43)}`],
    ignores: { 'too short': `tgp_v1_${url(20)}`, 'another version': `tgp_v2_${url(43)}` },
  },
  'cerebras-key': {
    finds: [`csk-${lower(48)}`],
    ignores: { 'too short': `csk-${lower(20)}`, 'one character': `csk-${'a'.repeat(48)}` },
  },
  'tavily-key': {
    finds: [`tvly-${alnum(32)}`, `tvly-dev-${alnum(32)}`],
    ignores: { 'too short': `tvly-${alnum(12)}`, blank: 'tvly-YOUR_API_KEY' },
  },
  'e2b-key': {
    finds: [`e2b_${hex(40)}`],
    ignores: { 'too short': `e2b_${hex(20)}`, 'a name': 'e2b_code_interpreter' },
  },
  'wandb-key': {
    finds: [`WANDB_API_KEY=«${hex(40)}»`],
    ignores: { 'another name': `WANDB_RUN=${hex(40)}`, 'a variable': 'WANDB_API_KEY=$WANDB_API_KEY' },
  },
  'cohere-key': {
    finds: [`COHERE_API_KEY=«${alnum(40)}»`, `CO_API_KEY=«${alnum(40)}»`],
    ignores: { 'another name': `MOCO_API_KEYS=${alnum(40)}`, 'too short': `COHERE_API_KEY=${alnum(12)}` },
  },
  'mistral-key': {
    finds: [`MISTRAL_API_KEY=«${alnum(32)}»`],
    ignores: { 'a model': 'MISTRAL_MODEL=mistral-large-latest', 'too short': `MISTRAL_API_KEY=${alnum(12)}` },
  },
  'deepseek-key': {
    finds: [`DEEPSEEK_API_KEY=«sk-${hex(32)}»`],
    ignores: { 'no prefix': `DEEPSEEK_API_KEY=${hex(30)}`, 'a variable': 'DEEPSEEK_API_KEY=$KEY' },
  },
};
