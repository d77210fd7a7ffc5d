// Files of every format in which logins are kept, and what is to be found in each.
import { alnum, base64, encoded, hex, lower, pem, uuid } from './token-parts.ts';

export interface FileWithLogins {
  readonly path: string;
  readonly text: string;
  /** `detector:line` of all that is found. */
  readonly finds: readonly string[];
}

const password = lower(4) + alnum(12);
const secret = alnum(40);

export const filesWithLogins: Readonly<Record<string, FileWithLogins>> = {
  'an npm token without quotes': {
    path: 'root/.npmrc',
    text: `registry=https://registry.example.com/\n//registry.example.com/:_authToken=${uuid()}\n`,
    finds: ['npmrc-auth-token:2'],
  },
  'an npm token that is for every registry': {
    path: 'app/.npmrc',
    text: `_authToken = ${alnum(20)}`,
    finds: ['npmrc-auth-token:1'],
  },
  'an npm login and password': {
    path: 'app/.npmrc',
    text: `_auth="${encoded(`deploy:${password}`)}"\n//r.example.com/:_password=${encoded(password)}\nemail=me@example.com\n`,
    finds: ['npmrc-login:1', 'npmrc-password:2'],
  },
  'logins of yarn': {
    path: 'app/.yarnrc.yml',
    text: `npmRegistries:\n  "https://r.example.com":\n    npmAuthToken: ${alnum(30)}\n    npmAuthIdent: "${encoded(`a:${password}`)}"\n`,
    finds: ['npmrc-auth-token:3', 'npmrc-login:4'],
  },
  'passwords for a Python index': {
    path: 'root/.pypirc',
    text: `[pypi]\nusername = __token__\npassword = ${alnum(20)}\n`,
    finds: ['login-file-password:3'],
  },
  'a login in the address of a Python index': {
    path: 'etc/pip.conf',
    text: `[global]\nindex-url = https://ci:${password}@pypi.example.net/simple\n`,
    finds: ['url-password:2'],
  },
  'passwords of Maven, but not those in comments': {
    path: 'root/.m2/settings.xml',
    text: `<settings>\n<!-- <password>myPassword</password> -->\n<server><password>deploy</password></server></settings>`,
    finds: ['maven-password:3'],
  },
  'secrets of Gradle': {
    path: 'root/.gradle/gradle.properties',
    text: `org.gradle.jvmargs=-Xmx2g\nsigning.password=hunter2x\nmavenPassword: ${password}\n`,
    finds: ['named-password:2', 'named-password:3'],
  },
  'keys and passwords of NuGet': {
    path: 'src/NuGet.Config',
    text: `<configuration><apikeys>\n<add key="https://n.example.com" value="${alnum(40)}" />\n</apikeys>\n<add key="ClearTextPassword" value="${password}" /></configuration>`,
    finds: ['login-file-token:2', 'login-file-password:4'],
  },
  'tokens and logins of Composer': {
    path: 'root/.composer/auth.json',
    text: JSON.stringify(
      { 'github-oauth': { 'github.com': hex(40) }, 'http-basic': { 'r.example.com': { username: 'a', password } } },
      undefined,
      1,
    ),
    finds: ['login-file-token:3', 'login-file-password:8'],
  },
  'a key of a gem host': {
    path: 'root/.gem/credentials',
    text: `---\n:registry: ${alnum(32)}\n`,
    finds: ['login-file-token:2'],
  },
  'a token of a crate registry': {
    path: 'root/.cargo/credentials.toml',
    text: `[registries.internal]\ntoken = "${alnum(32)}"\n`,
    finds: ['login-file-token:2'],
  },
  'logins of docker': {
    path: 'root/.docker/config.json',
    text: JSON.stringify(
      { auths: { 'r.example.com': { auth: encoded(`ci:${password}`) }, 'a.example.com': { password } } },
      undefined,
      1,
    ),
    finds: ['docker-config-login:4', 'login-file-password:7'],
  },
  'keys and tokens of a kubeconfig': {
    path: 'root/.kube/config',
    text: `users:\n- name: a\n  user:\n    client-key-data: ${encoded(pem('EC PRIVATE KEY', base64(164)))}\n- name: b\n  user:\n    token: ${alnum(40)}\n`,
    finds: ['encoded-private-key:4', 'login-file-token:7'],
  },
  'keys of AWS': {
    path: 'root/.aws/credentials',
    text: `[default]\naws_secret_access_key = ${secret}\naws_session_token=${alnum(100)}\n`,
    finds: ['aws-secret-access-key:2', 'login-file-token:3'],
  },
  'keys of an S3 client': {
    path: 'root/.s3cfg',
    text: `[default]\nsecret_key = ${alnum(40)}\n`,
    finds: ['login-file-key:2'],
  },
  'the refresh token of gcloud': {
    path: 'root/.config/gcloud/application_default_credentials.json',
    text: `{\n "client_id": "764086051850.apps.example.com",\n "client_secret": "d-${alnum(22)}",\n "refresh_token": "1//${alnum(50)}"\n}`,
    finds: ['login-file-token:4'],
  },
  'the key of a service account': {
    path: 'app/sa.json',
    text: `{"type":"service_account",\n"private_key":"${pem('PRIVATE KEY').replaceAll('\n', '\\n')}\\n"}`,
    finds: ['private-key:2'],
  },
  'tokens of Azure': {
    path: 'root/.azure/msal_token_cache.json',
    text: `{"RefreshToken":{"a":{\n"secret": "0.${alnum(60)}"}}}`,
    finds: ['login-file-token:2'],
  },
  'the token of a code host’s client': {
    path: 'root/.config/gh/hosts.yml',
    text: `github.com:\n    user: a\n    oauth_token: ${hex(40)}\n`,
    finds: ['login-file-token:3'],
  },
  'passwords in a terraform state': {
    path: 'infra/terraform.tfstate',
    text: `{"resources":[{"instances":[{"attributes":{\n"master_password": "postgres1",\n"id":"x"}}]}]}`,
    finds: ['named-password:2'],
  },
  'the token of terraform': {
    path: 'root/.terraform.d/credentials.tfrc.json',
    text: `{"credentials":{"t.example.com":{\n"token":"${alnum(50)}"}}}`,
    finds: ['login-file-token:2'],
  },
  'logins of Composer beside composer.json': {
    path: 'app/auth.json',
    text: JSON.stringify({ 'http-basic': { 'repo.internal': { username: 'ci', password } } }),
    finds: ['login-file-password:1'],
  },
  'the key of the credentials of Rails': {
    path: 'app/config/master.key',
    text: hex(32),
    finds: ['login-file-key:1'],
  },
  'the key of the credentials of Rails for one environment': {
    path: 'app/config/credentials/production.key',
    text: `${hex(32)}\n`,
    finds: ['login-file-key:1'],
  },
  'the token of Vault': { path: 'root/.vault-token', text: `${alnum(26)}\n`, finds: ['login-file-token:1'] },
  'secrets of rclone': {
    path: 'root/.config/rclone/rclone.conf',
    text: `[b]\ntype = s3\nsecret_access_key = ${alnum(40)}\npass = ${alnum(30)}\n`,
    finds: ['aws-secret-access-key:3', 'login-file-password:4'],
  },
  'a netrc in any order, over any lines': {
    path: 'root/.netrc',
    text: `machine a.example.net\n  login deploy\n  password ${password}\ndefault password "two words" login me\n# password comment\n`,
    finds: ['netrc-password:3', 'netrc-password:4'],
  },
  'logins of git': {
    path: 'root/.git-credentials',
    text: `https://bot:${password}@git.example.net\nhttps://u:weakpass@git.example.org\n`,
    finds: ['url-password:1', 'url-password:2'],
  },
  'a login in the address of a remote': {
    path: 'app/.git/config',
    text: `[remote "origin"]\n\turl = https://oauth2:${alnum(24)}@git.example.net/a/b.git\n`,
    finds: ['url-password:2'],
  },
  'passwords of PostgreSQL': {
    path: 'root/.pgpass',
    text: `# host:port:db:user:password\ndb:5444:app:app:tiger\n`,
    finds: ['pgpass-password:2'],
  },
  'a password of MySQL': {
    path: 'root/.my.cnf',
    text: '[client]\nuser=root\npassword=tiger\n',
    finds: ['login-file-password:3'],
  },
  'hashes for a web server': { path: 'etc/nginx/.htpasswd', text: `admin:${alnum(13)}\n`, finds: ['password-hash:1'] },
  'what people typed': {
    path: 'root/.bash_history',
    text: `ls\nexport DB_PASSWORD=${password}\nmysql -uroot -p${password} app\ncd /\n`,
    finds: ['named-password:2', 'command-line-password:3'],
  },
  'settings of an environment, wherever they lie': {
    path: 'app/tests/.env',
    text: `# local\nPOSTGRES_PASSWORD=postgres\nAPI_URL=https://example.com\nAPI_KEY="${alnum(32)}"\n`,
    finds: ['named-password:2', 'named-key:4'],
  },
  'settings of an environment among served files': {
    path: 'usr/share/nginx/html/.env.production',
    text: `export JWT_SECRET='not so secret'\n`,
    finds: ['named-secret:1'],
  },
  'a value with the word false in it': {
    path: 'app/.env',
    text: `DB_PASSWORD=false${alnum(10)}\n`,
    finds: ['named-password:1'],
  },
  'passwords in settings of an application': {
    path: 'app/config/application.yaml',
    text: `spring:\n  datasource:\n    url: jdbc:postgresql://db/app\n    password: ${password}\n`,
    finds: ['named-password:4'],
  },
  'variables in a composition': {
    path: 'srv/compose.yml',
    text: `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${password}\n      MYSQL_PWD: "${password}"\n`,
    finds: ['named-password:4', 'named-password:5'],
  },
  'passwords in properties, TOML, JSON, INI and PHP': {
    path: 'opt/app/application-prod.properties',
    text: `db.url=jdbc:x\ndb.password=${password}\n`,
    finds: ['named-password:2'],
  },
  'passwords in JSON settings': {
    path: 'app/appsettings.Production.json',
    text: `{\n  "Smtp": { "Password": "${password}" }\n}`,
    finds: ['named-password:2'],
  },
  'passwords in PHP settings': {
    path: 'var/www/html/wp-config.php',
    text: `<?php\ndefine( 'DB_PASSWORD', '${password}' );\n`,
    finds: ['named-password:2'],
  },
  'values of a Kubernetes Secret': {
    path: 'deploy/secret.yaml',
    text: `apiVersion: v1\nkind: Secret\ndata:\n  password: ${encoded(password)}\n  url: ${encoded(`postgres://u:${password}@db.internal/x`)}\n---\nkind: ConfigMap\ndata:\n  password: ${encoded('aaaa')}\n`,
    finds: ['named-password:4', 'url-password:5'],
  },
};
