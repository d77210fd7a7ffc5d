// Files in which the clients of clouds, clusters and code hosts keep their logins.
import {
  all,
  asVariables,
  type CredentialFile,
  type FoundInFile,
  found,
  isEncodedLogin,
  isLogin,
  matching,
  named,
} from './credential-file.ts';
import { entriesOf } from './entries.ts';

const password = 'login-file-password';
const token = 'login-file-token';
const key = 'login-file-key';

const oauthNames: readonly (readonly [RegExp, string])[] = [
  [/^(?:access|refresh|id|session|oauth|api|auth)?[_-]?token$/i, token],
  [/^secret$/i, token],
  [/^client[_-]?secret$/i, key],
  [/^(?:password|passwd|pass)$/i, password],
];

/** Client secrets that ship with public clients are no one's. */
const clientNames = oauthNames.filter(([, detector]) => detector !== key);

export const cloudClientFiles: readonly CredentialFile[] = [
  {
    names: ['config.json', '.dockercfg', '.dockerconfigjson', 'auth.json'],
    path: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson|kaniko\/\.docker\/config\.json|(?:containers|skopeo|buildah)(?:\/.*)?\/auth\.json|kubelet\/config\.json)$/,
    holdsLogins: true,
    find: all(
      named('json', [
        [/^password$/, password],
        [/^(?:identity|registry)token$/, 'docker-config-token'],
      ]),
      dockerLogins,
    ),
  },
  {
    names: [
      'config',
      'kubeconfig',
      '*.kubeconfig',
      'admin.conf',
      'super-admin.conf',
      'kubelet.conf',
      'controller-manager.conf',
      'scheduler.conf',
      'k3s.yaml',
      'rke2.yaml',
    ],
    path: /(?:^|\/)(?:\.kube\/config|[^/]*kubeconfig|(?:kubernetes|k3s|rke2)\/[^/]+\.(?:conf|yaml))$/,
    holdsLogins: true,
    find: all(
      named('yaml', [...clientNames, [/^(?:id|refresh|access)-token$/, token]]),
      matching(/^\s{0,40}client-key-data:[ \t]{1,8}["']?(?<secret>[A-Za-z0-9+/]{60,16000}={0,2})/dgm, key),
    ),
  },
  {
    names: ['credentials', 'config', '.boto', '.s3cfg', '.aws-credentials'],
    path: /(?:^|\/)(?:\.aws\/(?:credentials|config)|\.boto|\.s3cfg|\.aws-credentials)$/,
    holdsLogins: true,
    find: named('equals', [
      [/^aws_secret_access_key$/i, 'aws-secret-access-key'],
      [/^(?:gs_)?secret_(?:access_)?key$/i, key],
      [/^(?:aws_(?:session|security)_token|access_token)$/i, token],
      [/^gpg_passphrase$/, password],
    ]),
  },
  {
    names: ['.passwd-s3fs', 'passwd-s3fs'],
    holdsLogins: true,
    find: matching(/^[^\s:#]{3,128}:(?<secret>[^\s:]{16,128})$/dgm, key),
  },
  {
    names: ['*.json'],
    path: /(?:^|\/)\.aws\/(?:sso|cli)\/cache\/[^/]+\.json$/,
    holdsLogins: true,
    find: named('json', [
      [/^(?:access|refresh|session)Token$/i, token],
      [/^(?:SecretAccessKey|clientSecret)$/, key],
    ]),
  },
  {
    names: [
      'application_default_credentials.json',
      'adc.json',
      'credentials.db',
      'access_tokens.db',
      'legacy_credentials',
    ],
    holdsLogins: true,
    find: named('json', [[/^(?:refresh_token|access_token|id_token)$/, token]]),
  },
  {
    names: [
      'accesstokens.json',
      'msal_token_cache.json',
      'msal_http_cache.json',
      'service_principal_entries.json',
      'tokencache.dat',
    ],
    holdsLogins: true,
    find: named('json', [...oauthNames, [/^certificate$/i, key]]),
  },
  {
    names: ['hosts.yml', 'hub', 'config.yml', 'config.yaml', 'cli.yml', 'cli.toml', 'auth.yml'],
    path: /(?:^|\/)\.?(?:config\/)?(?:gh\/hosts\.yml|hub|glab-cli\/config\.yml|doctl\/config\.yaml|\.?circleci\/cli\.yml|tea\/config\.yml|argocd\/config)$/,
    holdsLogins: true,
    find: named('yaml', clientNames),
  },
  { names: ['cli.toml'], path: /hcloud\//, holdsLogins: true, find: named('equals', clientNames) },
  { names: ['token', 'stored_tokens'], path: /huggingface\//, holdsLogins: true, find: wholeText },
  { names: ['*.tfstate', '*.tfstate.backup'], holdsLogins: true, find: asVariables('json') },
  {
    names: ['*.tfvars', '*.tfvars.json', '*.auto.tfvars'],
    holdsLogins: true,
    find: all(asVariables('equals'), asVariables('json')),
  },
  { names: ['.terraformrc', 'terraform.rc'], holdsLogins: true, find: named('equals', [[/^token$/, token]]) },
  { names: ['credentials.tfrc.json'], holdsLogins: true, find: named('json', [[/^token$/, token]]) },
  { names: ['.vault-token'], holdsLogins: true, find: wholeText },
  {
    names: ['rclone.conf', '.rclone.conf'],
    holdsLogins: true,
    find: all(
      named('equals', [
        [/^(?:pass|password|password2|key_file_pass)$/, password],
        [/^(?:secret_access_key|client_secret|key|account_key|sas_url|application_key)$/, key],
        [/^(?:bearer_token|api_key|access_token)$/, token],
      ]),
      named('json', [[/^(?:access|refresh)_token$/, token]]),
    ),
  },
];

function dockerLogins(text: string): readonly FoundInFile[] {
  return entriesOf(text, 'json')
    .filter(({ name, value }) => name === 'auth' && isEncodedLogin(value))
    .map((entry) => found('docker-config-login', entry));
}

/** The file is one token, and nothing else. */
function wholeText(text: string): readonly FoundInFile[] {
  const value = text.trim();
  const start = text.indexOf(value);
  return /^\S{8,2000}$/.test(value) && isLogin(value)
    ? [found(token, { value, start, end: start + value.length })]
    : [];
}
